"""What launch.sh adds to a start: `python -m tests.bench.launch` in a clone that has started once.

Both ways run `app.py --help` in turn, so that a busy computer slows both; the goal is under a second.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 15


def seconds_of(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> int:
    python = ROOT / ".venv/bin/python"
    ways = {
        "app.py directly": [str(python), str(ROOT / "app.py"), "--help"],
        "launch.sh": ["bash", str(ROOT / "launch.sh"), "--help"],
    }
    for command in ways.values():
        seconds_of(command)
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, command in ways.items():
            times[name].append(seconds_of(command))
    direct, launched = (statistics.median(times[name]) for name in ways)
    for name, measured in times.items():
        sys.stdout.write(f"{name:18} median {statistics.median(measured):6.3f} s   worst {max(measured):6.3f} s\n")
    sys.stdout.write(f"launch.sh adds {launched - direct:.3f} s (goal: under 1), ratio {launched / direct:.2f}\n")
    return 0 if launched - direct < 1 else 1


if __name__ == "__main__":
    sys.exit(main())
