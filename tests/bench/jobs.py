"""A job's own overhead: submit, run, sidecar, index. CPU time, at 10 and at 10,000 past jobs."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import pipelines
from core.home import Home
from core.jobs import ENDED, Job, new_id
from core.machine import Machine
from core.studio import Studio

ROUNDS = 60
MACHINE = Machine("Linux", "6", "x86_64", "any", 2, 2, (), 8.0)


def one_job(studio: Studio, picture: str) -> float:
    """CPU seconds of the whole process for one tiny upscale, from submit to shown."""
    before = time.process_time()
    job = studio.submit("upscale.lanczos", {"pictures": [picture], "scale": 1.0})
    while job.state not in ENDED:
        studio.jobs.wait(studio.jobs.revision, 0.01)
    assert job.state == "done", job.error
    return time.process_time() - before


def fill(studio: Studio, count: int) -> None:
    """Past jobs, as they are after `count` of them: the newest in the store, the rest in the archive."""
    ids = []
    for _ in range(count):
        job = Job(new_id(), "upscale.lanczos", "Lanczos", {"pictures": ["x"], "scale": 2.0}, state="done",
                  created=time.time(), ended=time.time())
        studio.store.put("jobs", job.id, job.row())
        ids.append(job.id)
    studio.store.archive("jobs", ids[:-200])
    studio.store.flush()


def measure(past: int) -> list[float]:
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Home(Path(folder)), pipelines, {}, MACHINE)
        fill(studio, past)
        studio.close()
        studio = Studio(Home(Path(folder)), pipelines, {}, MACHINE).start()
        picture = studio.assets.save(Image.new("RGB", (16, 16)), folder="images", suffix=".png", record={}).id
        one_job(studio, picture)
        times = [one_job(studio, picture) for _ in range(ROUNDS)]
        studio.close()
    return times


def main() -> None:
    rows = {past: measure(past) for past in (10, 10_000)}
    sys.stdout.write(f"{'past jobs':>10} {'median ms':>10} {'p95 ms':>8}\n")
    p95 = {}
    for past, times in rows.items():
        p95[past] = sorted(times)[int(len(times) * 0.95)]
        sys.stdout.write(f"{past:>10} {statistics.median(times) * 1000:>10.1f} {p95[past] * 1000:>8.1f}\n")
    sys.stdout.write(f"p95 at 10,000 against 10: {p95[10_000] / p95[10]:.2f} × (at most 1.5); median under 30 ms CPU\n")


if __name__ == "__main__":
    main()
