"""What graphics cards draw while jobs work on them, added up from their meters. What it costs is core/usage.py's."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from core.gpus import Gpu, GpuLoad, measure_gpus
from core.jobs import Job

EVERY_SECONDS = 5.0


class PowerMeter:
    """Watt-hours by job. Two jobs never share a card: each has a lane of its own."""

    def __init__(self, running: Callable[[], Iterable[Job]], cards: Mapping[str, Gpu],
                 ask: Callable[[], Iterable[GpuLoad]] = measure_gpus) -> None:
        """`cards` are the devices with a card behind them, by torch's name."""
        self._running, self._cards, self._ask = running, cards, ask
        self._drawn: dict[str, float] = {}
        self._closed = threading.Event()

    def start(self) -> None:
        if self._cards:
            threading.Thread(target=self._watch, name="power", daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def look(self, seconds: float) -> None:
        """Read the meters once; the reading stands for the last `seconds`."""
        jobs = [job for job in self._running() if job.state == "running" and job.device in self._cards]
        if not jobs:
            return
        watts = {(load.vendor, load.index): load.watts for load in self._ask() if load.watts is not None}
        for job in jobs:
            card = self._cards[job.device]
            drawn = watts.get((card.vendor, card.index))
            if drawn is not None:
                self._drawn[job.id] = self._drawn.get(job.id, 0.0) + drawn * seconds / 3600

    def take(self, job_id: str) -> float | None:
        """What a job's card drew, in watt-hours; None when it was never read. Handed over once."""
        return self._drawn.pop(job_id, None)

    def _watch(self) -> None:
        last = time.monotonic()
        while not self._closed.wait(EVERY_SECONDS):
            now = time.monotonic()
            self.look(now - last)
            last = now
