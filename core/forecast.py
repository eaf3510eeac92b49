"""What pictures will cost before they are made: time and memory, guessed from the weights of the model and corrected
by what earlier ones took here. How a model is kept so that it fits is in core/fitting.py."""

import importlib.util
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import BadFile
from core.fitting import SLOWER, Plan, Room, Weights, choose, weigh
from core.lanes import PROCESSOR
from core.machine import Machine
from core.requests import ImageRequest
from core.weights import places

TABLE = "paces"
RUNS = 5
"""What counts is the middle one of this many last measurements: a crowded moment spoils none of them for long."""
CELL = 256
"""Pixels that a model looks at as one."""
TERAFLOPS = ((7.0, 8.0), (12.0, 25.0), (16.0, 40.0), (26.0, 80.0), (1e9, 250.0))
"""(VRAM in GB, what such a card about computes): only until something was measured on it."""
CORE_TERAFLOPS, CORE_16_TERAFLOPS = 0.025, 0.15
LOAD_GB_PER_SECOND = 0.7
UNTOLD_GB = 1e9
"""Of a card that does not say how much memory it has: a run sees, and steps down when it runs out."""


@dataclass(frozen=True)
class Work:
    """What is asked, counted. `looks` are evaluations of the model for one picture: steps, twice where it is guided."""

    pipeline: str
    model: str
    device: str
    megapixels: float
    looks: float
    pictures: int = 1

    @property
    def units(self) -> float:
        return self.looks * self.megapixels

    @property
    def size(self) -> str:
        """Pictures of about the same size are compared with each other."""
        return f"{_power(self.megapixels):g}"


@dataclass(frozen=True)
class Took:
    """What one picture took. `unit`: seconds for one look at one megapixel; `rest`: what it took beside; `load`: None
    where the model stood ready; `billions`: numbers that the model counts with."""

    unit: float
    rest: float = 0.0
    load: float | None = None
    peak_gb: float = 0.0
    billions: float = 0.0


@dataclass(frozen=True)
class Forecast:
    """What will come. `measured` is False while it is only a guess."""

    seconds: float
    plan: Plan
    free_gb: float
    measured: bool


def key_of(work: Work, way: str) -> str:
    return f"{work.device}/{work.pipeline}/{work.model}/{way}"


def learn(row: Mapping[str, Any] | None, work: Work, way: str, took: Took) -> dict[str, Any]:
    """The row of a model with one more picture in it."""
    old = dict(row or {})
    units, peaks, runs = (dict(old.get(name) or {}) for name in ("units", "peaks", "runs"))
    units[work.size] = _settle(runs, f"unit {work.size}", units.get(work.size), took.unit)
    if took.peak_gb > 0 and work.device == PROCESSOR:  # jobs beside it may be in it
        peaks[work.size] = _settle(runs, f"peak {work.size}", peaks.get(work.size), took.peak_gb)
    elif took.peak_gb > 0:
        peaks[work.size] = max(took.peak_gb, float(peaks.get(work.size, 0.0)))
    return {"id": key_of(work, way), "device": work.device, "way": way, "units": units, "peaks": peaks, "runs": runs,
            "rest": _settle(runs, "rest", old.get("rest"), took.rest),
            "load": _settle(runs, "load", old.get("load"), took.load),
            "billions": round(took.billions, 3), "pictures": int(old.get("pictures", 0)) + 1,
            "when": round(time.time())}


def foretell(work: Work, plan: Plan, weights: Weights, machine: Machine, rows: Iterable[Mapping[str, Any]],
             warm: bool = False) -> tuple[float, bool]:
    """(seconds, whether they rest on what was measured here)."""
    known = list(rows)
    own = next((row for row in known if row.get("id") == key_of(work, plan.way)), {})
    unit = nearest(own.get("units"), work.megapixels)
    measured = unit is not None
    if unit is None:
        unit = _from_others(known, weights, work, plan) or _guess(weights, work, plan, machine)
    rest = float(own.get("rest") or 0.0)
    load = 0.0 if warm else float(own.get("load") or weights.whole * plan.bits / 16 / LOAD_GB_PER_SECOND)
    return load + work.pictures * (work.units * unit + rest), measured


def peak_of(work: Work, plan: Plan, rows: Iterable[Mapping[str, Any]]) -> float:
    """The memory that pictures like this one really took; 0 where none was made yet. On a processor that is the whole
    studio's, itself included."""
    own = next((row for row in rows if row.get("id") == key_of(work, plan.way)), {})
    return float((own.get("peaks") or {}).get(work.size, 0.0))


def _settle(runs: dict[str, Any], name: str, old: Any, new: float | None) -> float | None:
    """Adds to the last runs; gives the middle one, of two the smaller: what disturbs only ever adds."""
    if new is None:
        return old
    kept = [float(one) for one in runs.get(name) or ([] if old is None else [old])]
    runs[name] = [*kept, round(new, 6)][-RUNS:]
    return statistics.median_low(runs[name])


def _power(megapixels: float) -> float:
    power = 0.0078125
    while power * 2**0.5 < megapixels:
        power *= 2
    return power


def nearest(units: Any, megapixels: float) -> float | None:
    """What was measured at the size that is most like this one; None where nothing was."""
    if not isinstance(units, Mapping) or not units:
        return None
    near = min(units, key=lambda size: abs(_power(float(size)) / megapixels - 1))
    return float(units[near])


def _from_others(rows: Sequence[Mapping[str, Any]], weights: Weights, work: Work, plan: Plan) -> float | None:
    """What other models took on this device, by how many numbers they count with."""
    each = [float(value) / float(row["billions"]) / SLOWER.get(str(row.get("way")), 1.0) for row in rows
            if row.get("device") == work.device and float(row.get("billions") or 0) > 0.1
            for value in list((row.get("units") or {}).values())[:1]]
    return statistics.median(each) * billions(weights) * plan.slower if each else None


def _guess(weights: Weights, work: Work, plan: Plan, machine: Machine) -> float:
    flops = 2 * billions(weights) * 1e9 * 1e6 / CELL
    return flops / (_teraflops(work.device, machine) * 1e12) * plan.slower


def _teraflops(device: str, machine: Machine) -> float:
    card = _card(device, machine)
    if card is not None:
        return next(speed for most, speed in TERAFLOPS if card <= most)
    return max(1, machine.cores) * (CORE_16_TERAFLOPS if machine.fast_bf16 else CORE_TERAFLOPS)


def _card(device: str, machine: Machine) -> float | None:
    """GB of the card behind a device, 0.0 where it does not say; None for a processor."""
    return None if device == PROCESSOR else machine.memory_gb(device)


def billions(weights: Weights) -> float:
    return weights.drawing * 2**30 / 2 / 1e9


# --- for what a form asks -----------------------------------------------------------------------------------------


def room_of(device: str, machine: Machine) -> Room:
    """What there is before anything is loaded; a run looks again at what is free then."""
    card = _card(device, machine)
    packs = importlib.util.find_spec("bitsandbytes") is not None
    if card is None:
        return Room("cpu", machine.ram_gb * 0.85, machine.ram_gb * 0.85, machine.fast_bf16)
    return Room(device, max(0.0, card - 0.6) if card else UNTOLD_GB, machine.ram_gb * 0.85, True, packs)


def forecast(studio: Any, key: str, asked: ImageRequest) -> Forecast | None:
    """What this request will cost here; None where the pipeline says too little of itself, or has no model yet."""
    entry = studio.catalog.entries.get(key)
    family = getattr(getattr(entry, "module", None), "FAMILY", None)
    if family is None or not hasattr(family, "paces"):
        return None
    tops = studio.tops()
    path = find_model(tops, family.key, asked.model or family.weights)
    if path is None:
        return None
    try:
        weights = weigh(path, None if path.is_dir() else find_model(tops, family.key, "", whole=True))
    except (BadFile, OSError):
        return None
    device = studio.jobs.device_for(key)
    work = count(key, family, asked, places.called(path), device, entry.card.can)
    room = room_of(device, studio.machine)
    plan = choose(weights, room, work.megapixels, asked.memory)
    rows = studio.store.rows(TABLE)
    if took := peak_of(work, plan, rows):
        ram = took if device == PROCESSOR else plan.ram_gb
        plan = replace(plan, device_gb=took, ram_gb=ram, fits=took <= room.free_gb and ram <= room.ram_gb)
    warm = any(one["device"] == device and str(path) in one["key"] for one in studio.shelf.standing())
    seconds, measured = foretell(work, plan, weights, studio.machine, rows, warm)
    return Forecast(seconds, plan, room.free_gb, measured)


def count(key: str, family: Any, asked: ImageRequest, model: str, device: str, can: Iterable[str]) -> Work:
    """A request in numbers: size, steps, and the passes that come after the first."""
    shape = family.shapes[asked.shape]
    wide, high = asked.width or shape[0], asked.height or shape[1]
    pace = family.pace(asked.speed, model)
    steps = asked.steps or pace.steps
    guidance = pace.guidance if asked.guidance < 0 else asked.guidance
    looks = steps * (2 if "negative" in can and guidance > family.guided_above else 1)
    share = asked.strength if asked.picture else 1.0
    whole = looks * share
    if asked.enlarge > 1:
        whole += looks * asked.enlarge_strength * asked.enlarge**2
    if asked.fix_faces:
        whole += looks * asked.face_strength
    return Work(key, model, device, wide * high / 1e6, max(1.0, whole), asked.count)


def find_model(tops: Sequence[Path], family: str, name: str, whole: bool = False) -> Path | None:
    """The model that was named, else the first of the family among the checkpoints. `whole`: folders only."""
    if name:
        found = ((top / name).resolve() for top in tops)
        return next((path for path in found if path.exists() and any(path.is_relative_to(top) for top in tops)), None)
    for folder in places.folders(tops, "checkpoints"):
        for path in places.models_in(folder):
            if (path.is_dir() or not whole) and places.belongs(path, family):
                return path
    return None
