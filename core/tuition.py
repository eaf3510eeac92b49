"""What a training will cost here before it starts: minutes, memory and disk. Guessed from its preset, its base and its
CARD at first, then from what earlier trainings took on this computer. Pictures are foretold in core/forecast.py."""

import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import forecast
from core.errors import BadFile, Missing
from core.fitting import choose, weigh
from core.forecast import Took, Work
from core.lanes import PROCESSOR
from core.requests import TrainRequest
from core.weights import places

BACK = 3
"""A step also goes back through the model: about three times a look."""
DRAWN, LOOKS = 90, 30
"""Pictures with which a training looks at what it learned, and evaluations for each; until it was measured."""
PACKED = "int8"
"""The precision in which only the base is kept; what is counted with stays as auto has it."""
WORDS = "words"
"""The reach that goes as far as what reads the words."""
SPARED, EIGHT = 0.7, 0.6
"""Of the memory, when what lies between is computed again instead of kept, and when the base is kept in 8 bits."""
NEEDED = frozenset({"steps", "learning_rate", "rank", "alpha", "batch", "reach", "optimizer", "schedule", "warmup",
                    "ema", "preserve", "resolution", "step_pixels"})
RATES = {"prodigy": 1.0}
"""Of optimizers that find their own rate: this is a factor of it, and that of a preset would hold them still."""
SAVES_GB, RANK_GB = 64 / 1024, 12 / 1024
"""Disk for saves and candidates, and more for each rank; until it was measured."""


@dataclass(frozen=True)
class Tuition:
    """What will come. `measured` is False while it is only a guess; of memory 0 where nothing is known."""

    seconds: float
    memory_gb: float
    free_gb: float
    disk_gb: float
    free_disk_gb: float
    on_card: bool
    measured: bool

    @property
    def fits_memory(self) -> bool:
        return self.memory_gb <= self.free_gb

    @property
    def fits_disk(self) -> bool:
        return self.disk_gb <= self.free_disk_gb


def read_preset(files: Mapping[str, Path], family: str, request: TrainRequest) -> dict[str, Any]:
    """One effort of a family, with what the request says otherwise. `files` are those of configs/training."""
    table = _read(files, family)
    preset = {name: value for part in (table, table.get(request.effort)) if isinstance(part, dict)
              for name, value in part.items() if not isinstance(value, dict | list)}
    if lacking := NEEDED - preset.keys():
        raise _torn(files[family], f"no {', '.join(sorted(lacking))} for {request.effort}")
    wished = ("steps", "rank", "reach", "learning_rate", "optimizer", "batch", "schedule", "resolution")
    preset |= {name: value for name in wished if (value := getattr(request, name))}
    if request.optimizer in RATES and not request.learning_rate:
        preset["learning_rate"] = RATES[request.optimizer]
    preset["alpha"] = request.alpha or (request.rank or preset["alpha"])
    return preset | {name: value for name in ("ema", "preserve", "min_snr") if (value := getattr(request, name)) >= 0}


def for_card(files: Mapping[str, Path], family: str, request: TrainRequest, card_gb: float) -> TrainRequest:
    """The request as a card of this size learns it, where the person left that to the studio; 0 is no card."""
    known = _read(files, family).get("cards", ())
    small = next((one for one in known if 0 < round(card_gb) <= one.get("up_to_gb", 0)), {})
    told = request.precision != "auto" or request.dora
    return replace(request, spare_memory=request.spare_memory or bool(small.get("spare_memory")),
                   precision=request.precision if told else small.get("precision", request.precision),
                   resolution=request.resolution or small.get("resolution", 0))


def _read(files: Mapping[str, Path], family: str) -> dict[str, Any]:
    path = files.get(family)
    if path is None:
        raise Missing(f"There is no preset for {family}.", f"Put configs/training/{family}.toml back.")
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _torn(path, error) from error


def _torn(path: Path, why: object) -> BadFile:
    return BadFile(f"{path.name} could not be read: {why}.", "Put back the file that came with the studio.")


def precision_of(request: TrainRequest, device: str) -> str:
    if request.precision not in ("auto", PACKED):
        return request.precision
    return "float32" if device == PROCESSOR else "bfloat16"


def way_of(request: TrainRequest, device: str) -> str:
    """How it learns: what takes another time and another room is remembered by itself."""
    packed = "-packed" if request.precision == PACKED else ""
    return f"learns-{precision_of(request, device)}{packed}" + ("-sparing" if request.spare_memory else "")


def count(key: str, preset: Mapping[str, Any], request: TrainRequest, device: str) -> Work:
    """A training in numbers: its looks are its steps, and its size is all that one step sees."""
    seen = preset["resolution"] ** 2 * preset["batch"] * request.accumulate / 1e6
    return Work(key, "", device, seen, preset["steps"])


def learn(row: Mapping[str, Any] | None, work: Work, way: str, took: Took, rank_gb: float) -> dict[str, Any]:
    """The row of a trainer with one more training in it. `rank_gb`: the disk that it took, for each rank."""
    return forecast.learn(row, work, way, took) | {"rank_gb": max(rank_gb, float((row or {}).get("rank_gb") or 0.0))}


def disk_gb(rank: int, row: Mapping[str, Any] | None) -> float:
    """What saves and candidates will take: a fixed guess, or more where earlier ones took more."""
    return max(SAVES_GB + RANK_GB * rank, rank * float((row or {}).get("rank_gb") or 0.0))


def foretell(studio: Any, key: str, asked: TrainRequest, device: str = "") -> Tuition | None:
    """What this training will cost here; None where there is no model of the family, or it or the preset is torn."""
    entry, family = studio.catalog.entries.get(key), key.partition(".")[2]
    files = studio.home.configs("training", ".toml")
    if entry is None or family not in files:
        return None
    tops = studio.tops()
    path = forecast.find_model(tops, family, asked.model or next(iter(entry.card.weights), ""))
    if path is None:
        return None
    device = device or studio.jobs.device_for(key)
    rows = studio.store.rows(forecast.TABLE)
    try:
        asked = for_card(files, family, asked, studio.machine.memory_gb(device) if device != PROCESSOR else 0.0)
        preset = read_preset(files, family, asked)
        work, way = count(key, preset, asked, device), way_of(asked, device)
        own: dict[str, Any] = next((row for row in rows if row.get("id") == forecast.key_of(work, way)), {})
        unit = forecast.nearest(own.get("units"), work.megapixels)
        seconds = (_guess(studio, family, path, preset, work, rows) if unit is None
                   else work.units * unit + float(own.get("rest") or 0.0))
    except (BadFile, OSError):
        return None
    peaks = own.get("peaks") or {}
    memory = float(peaks.get(work.size) or 0.0) or _estimate(entry.card.memory_gb, asked, device)
    return Tuition(seconds, memory, forecast.room_of(device, studio.machine).free_gb, disk_gb(preset["rank"], own),
                   shutil.disk_usage(studio.home.root).free / 2**30, device != PROCESSOR, unit is not None)


def _guess(studio: Any, family: str, path: Path, preset: Mapping[str, Any], work: Work, rows: list[Any]) -> float:
    """From how fast pictures of this model are drawn here, or would be."""
    side = preset["resolution"] ** 2 / 1e6
    weights, room = weigh(path), forecast.room_of(work.device, studio.machine)
    looks = work.units * BACK / side + DRAWN * LOOKS
    drawing = Work(f"image.{family}", places.called(path), work.device, side, looks)
    whole = choose(weights, replace(room, free_gb=forecast.UNTOLD_GB), side)
    return forecast.foretell(drawing, whole, weights, studio.machine, rows)[0]


def _estimate(card_gb: float, asked: TrainRequest, device: str) -> float:
    """A CARD speaks of 16 bits on a graphics card, without sparing."""
    wide = 2 if precision_of(asked, device) == "float32" else 1
    return card_gb * wide * (SPARED if asked.spare_memory else 1.0) * (EIGHT if asked.precision == PACKED else 1.0)
