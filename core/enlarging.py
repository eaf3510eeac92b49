"""What making pictures larger will cost: seconds for each megapixel of the result, from the last jobs that did it here
(nothing is guessed before one of about such a size), and the memory of the largest picture. What drawing pictures costs
is in core/forecast.py."""

import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import StudioError
from core.forecast import RUNS, room_of
from core.jobs import Job
from core.knobs import with_options
from core.lanes import PROCESSOR
from core.requests import UpscaleRequest

WORK_GB = 1.0
"""The studio, torch and a model at work on one tile; only until it was measured here."""
PICTURE_GB = 0.01
"""For each megapixel of a result: it stands there as it is sewn, as it is resized and as it is written."""
FAR = 8.0
"""A job this many times smaller says nothing: most of it was making ready."""


def foretell(studio: Any, key: str, asked: UpscaleRequest) -> float | None:
    """Seconds; None where nothing of about the size was enlarged in this way yet, or there is no picture."""
    wanted = sum(_megapixels(studio, asked.pictures)) * asked.scale**2
    if not wanted:
        return None
    made = ((job.seconds, sum(_megapixels(studio, job.assets))) for job in _like_it(studio, key, asked))
    rates = [seconds / size for seconds, size in made if size * FAR >= wanted]
    return statistics.median_low(rates) * wanted if rates else None


def needs(studio: Any, key: str, asked: UpscaleRequest) -> tuple[float, bool]:
    """(GB, whether there is as much). Pictures are enlarged in tiles and one after another, so only the largest result
    counts, which stands in the computer's memory beside what works on a tile."""
    device = studio.jobs.device_for(key)
    room, wanted = room_of(device, studio.machine), _standing_gb(_megapixels(studio, asked.pictures), asked.scale**2)
    if device != PROCESSOR:  # a card holds tiles alone, and those become smaller where it is short
        return wanted, wanted <= room.ram_gb
    took = [(job.measured.get("peak_ram_gb", 0.0), _standing_gb(_megapixels(studio, job.assets)))
            for job in _like_it(studio, key, asked)]
    beside = [peak - standing for peak, standing in took if peak > standing > 0]
    total = wanted + (statistics.median_low(beside) if beside else WORK_GB)
    return total, total <= room.free_gb


def _like_it(studio: Any, key: str, asked: UpscaleRequest) -> list[Job]:
    """The last jobs that say the most of this one."""
    asked, device = with_options(asked, studio.catalog[key].options), studio.jobs.device_for(key)
    done = [job for job in studio.jobs.all() if job.key == key and job.state == "done" and job.device == device]
    return alike(done, asked)[:RUNS]


def _standing_gb(megapixels: list[float], times: float = 1.0) -> float:
    return max(megapixels, default=0.0) * times * PICTURE_GB


def alike(done: list[Job], asked: UpscaleRequest) -> list[Job]:
    """Jobs that were asked for in the same way; without any, those with the same options, else whatever there is."""
    same = [job for job in done if job.request.get("options") == asked.options]
    return [job for job in same if job.request.get("scale") == asked.scale] or same or done


def _megapixels(studio: Any, ids: Iterable[str]) -> list[float]:
    """Of each of them; none where one of them is gone."""
    try:
        return [_area(studio.assets.record(one)) / 1e6 for one in ids]
    except StudioError:
        return []


def _area(record: Mapping[str, Any]) -> float:
    return float(record.get("width") or 0) * float(record.get("height") or 0)
