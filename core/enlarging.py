"""How long making pictures larger will take: seconds for each megapixel of the result, from the last jobs that did it
here. Nothing is guessed before one of about such a size; what drawing pictures costs is in core/forecast.py."""

import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import StudioError
from core.forecast import RUNS
from core.jobs import Job
from core.requests import UpscaleRequest, with_options

FAR = 8.0
"""A job this many times smaller says nothing: most of it was making ready."""


def foretell(studio: Any, key: str, asked: UpscaleRequest) -> float | None:
    """Seconds; None where nothing of about the size was enlarged in this way yet, or there is no picture."""
    wanted = _megapixels(studio, asked.pictures) * asked.scale**2
    if not wanted:
        return None
    asked, device = with_options(asked, studio.catalog[key].options), studio.jobs.device_for(key)
    done = [job for job in studio.jobs.all() if job.key == key and job.state == "done" and job.device == device]
    made = ((job.seconds, _megapixels(studio, job.assets)) for job in alike(done, asked)[:RUNS])
    rates = [seconds / size for seconds, size in made if size * FAR >= wanted]
    return statistics.median_low(rates) * wanted if rates else None


def alike(done: list[Job], asked: UpscaleRequest) -> list[Job]:
    """Jobs that were asked for in the same way; without any, those with the same options, else whatever there is."""
    same = [job for job in done if job.request.get("options") == asked.options]
    return [job for job in same if job.request.get("scale") == asked.scale] or same or done


def _megapixels(studio: Any, ids: Iterable[str]) -> float:
    """Of all of them together; 0 where one of them is gone."""
    try:
        return sum(_area(studio.assets.record(one)) for one in ids) / 1e6
    except StudioError:
        return 0.0


def _area(record: Mapping[str, Any]) -> float:
    return float(record.get("width") or 0) * float(record.get("height") or 0)
