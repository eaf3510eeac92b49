"""`python -m pipelines.train job.json`: the same training without the window.

The job file holds {"pipeline": "train.starter", "request": {"character": "Mira", …}, "home": "folder"}; without a home
it is the folder in which the file lies. A training that was killed goes on where it was when it is started again.
`--pack job.json FOLDER` makes a folder for another machine, with a SkyPilot file; `--for-diffusers LORA FILE` writes a
LoRA without the word inside, which diffusers refuses. Several cards:
`accelerate launch --num_processes 2 -m pipelines.train job.json`.
"""

import hashlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pipelines
from core.errors import BadFile, Refused, StudioError
from core.home import Home
from core.jobs import ENDED, Job, new_id
from core.knobs import plain, with_options
from core.requests import read_for
from core.studio import Studio
from pipelines.kit import lora_files
from pipelines.kit.following import follow
from pipelines.kit.job_bundle import pack
from pipelines.kit.team import place


def main(arguments: list[str]) -> int:
    """Train what the job file says. The exit status is 0 when it ended well."""
    if len(arguments) not in (1, 3) or len(arguments) == 3 and arguments[0] not in ("--pack", "--for-diffusers"):
        sys.stderr.write("Usage: python -m pipelines.train job.json\n"
                         "       python -m pipelines.train --pack job.json FOLDER\n"
                         "       python -m pipelines.train --for-diffusers LORA FILE\n")
        return 2
    try:
        if len(arguments) == 3 and arguments[0] == "--for-diffusers":
            lora_files.write_without_word(Path(arguments[2]), lora_files.read(Path(arguments[1])))
            return 0
        if len(arguments) == 3:
            sky = pack(read_job(Path(arguments[1])), Path(arguments[2]), pipelines)
            sys.stdout.write(f"{sky.parent} holds the training. sky jobs launch {sky}\n")
            return 0
        return work(read_job(Path(arguments[0])))
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def read_job(path: Path) -> dict[str, Any]:
    """The job file, checked before anything is opened."""
    try:
        told = dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BadFile(f"{path.name} is not a job file.", "The README shows what one looks like.") from error
    missing = [name for name in ("pipeline", "request") if name not in told]
    if missing:
        raise BadFile(f"{path.name} does not say {' and '.join(missing)}.", "Add it and start again.")
    if not str(told["pipeline"]).startswith("train."):
        raise Refused(f"{told['pipeline']} is not a training.", "Use a pipeline whose name begins with train.")
    return {"home": str(path.resolve().parent), **told}


def work(told: dict[str, Any]) -> int:
    """Open the home, run the one job, say how it ends. Of several processes only the first one does."""
    rank, local = place()
    device = f"cuda:{local}" if "WORLD_SIZE" in os.environ and _has_cards() else ""
    request = plain(read_for("train", told["request"]))
    folder = hashlib.sha256(json.dumps([told["pipeline"], request], sort_keys=True).encode()).hexdigest()[:16]
    if rank:
        follow(Path(told["home"]), pipelines, told["pipeline"], request, (f"headless-{folder}", device or "cpu"))
        return 0
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _leave)
    studio = Studio(Home(Path(told["home"])), pipelines).start()
    try:
        entry = studio.catalog[told["pipeline"]]
        request = plain(with_options(read_for(entry.task, told["request"]), entry.options))
        job = studio.jobs.add(Job(new_id(), told["pipeline"], entry.card.name, request, work=f"headless-{folder}",
                                  asked=device))
        _watch(studio, job)
        for notice in job.notices:
            sys.stdout.write(f"{notice}\n")
        if job.error:
            sys.stderr.write(f"{job.error['message']} {job.error['hint']}\n")
        return 0 if job.state == "done" else 1
    finally:
        studio.close()


def _leave(number: int, _frame: Any) -> None:
    """A machine that is taken away says so first: closing the studio saves the step that it stands at."""
    sys.stdout.write("Stopped. The same file again goes on from here.\n")
    sys.stdout.flush()
    raise SystemExit(128 + number)


def _watch(studio: Studio, job: Job) -> None:
    revision, said = 0, ""
    while job.state not in ENDED:
        revision = studio.jobs.wait(revision, 1.0)
        line = f"{job.phase} {job.progress.done}/{job.progress.total}"
        if line != said and (job.progress.done % 10 == 0 or job.phase != said.rpartition(" ")[0]):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
        said = line


def _has_cards() -> bool:
    import torch

    return torch.cuda.is_available()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
