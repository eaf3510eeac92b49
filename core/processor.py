"""How the threads of heavy libraries share the processor. Which graphics cards there are is in core/gpus.py."""

import os


def wait_asleep() -> None:
    """Threads that wait for each other sleep instead of spinning. Call before torch is read: OpenMP looks once.

    A waiting thread that spins holds the very core that the other one needs: measured on two cores that other
    programs used too, a step of the starter's training took 17 s spinning and 0.5 s asleep.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
