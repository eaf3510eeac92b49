"""A model on its easel within the memory there is: planned from its weights, stepped down when memory runs out, and
timed, so that the next forecast is a better one."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import forecast
from core.bench import Bench
from core.errors import BadFile, StudioError
from core.fitting import Plan, Weights, choose, plan, weigh
from core.memory import collect_later
from core.weights.places import called
from pipelines.kit import memory, previews, reading
from pipelines.kit.easel import Easel
from pipelines.kit.finding import find_config
from pipelines.kit.loading import load
from pipelines.kit.peaks import Peak
from pipelines.kit.sitting import Sitting

LOOKS_KEPT = 4


@dataclass
class Watch:
    """How long the steps of one picture took, without what a person paused between them, and its memory."""

    peak: Peak
    steps: list[float] = field(default_factory=list)
    loaded: float | None = None
    """Seconds of loading; None where the model stood ready."""
    began: float = field(default_factory=time.monotonic)
    left: float = 0.0
    paused: float = 0.0

    def enter(self) -> None:
        if self.left:
            self.steps.append(time.monotonic() - self.left)
        self.entered = time.monotonic()

    def leave(self) -> None:
        self.left = time.monotonic()
        self.paused += self.left - self.entered


def draw_within_memory(sitting: Sitting, bench: Bench, draw: Callable[[Plan, Watch], Any]) -> Any:
    """What `draw` gives, on the first plan that works: one step down the memory ladder for each time that memory ran
    out, and in float32 for a picture of invalid numbers (None). Each step is said."""
    weights = weigh_model(sitting, bench)
    with collect_later():  # torch is read here
        room = memory.room(bench.device, bench.standing_gb)
    megapixels = sitting.size[0] * sitting.size[1] / 1e6
    chosen, finer = choose(weights, room, megapixels, sitting.request.memory), None
    while True:
        watch = Watch(Peak(bench.device))
        try:
            with watch.peak:
                made = draw(chosen, watch)
        except (RuntimeError, MemoryError) as error:
            if not memory.ran_out(error):
                raise
            if chosen is finer:  # what is precise enough does not fit, and what fits was not: it would go round
                raise _only_invalid() from error
            following = memory.next_way(chosen.way, weights, room)
        else:
            if made is not None:
                _learn(sitting, bench, chosen, weights, watch)
                return made
            chosen = finer = _finer(chosen, bench)
            continue
        bench.drop(key_of(sitting, chosen))
        chosen = plan(following, weights, room, megapixels)
        bench.note(memory.SAID[following])
        memory.tidy(bench.device)


def weigh_model(sitting: Sitting, bench: Bench) -> Weights:
    path = sitting.weights
    try:
        return weigh(path, find_config(bench, sitting.family) if path.is_file() else None)
    except BadFile:
        return Weights(1.0, loose=path.is_dir())  # loading says what is wrong with it, in its own words


def key_of(sitting: Sitting, chosen: Plan) -> str:
    return f"{sitting.weights}:{chosen.bits}:{chosen.way}"


def easel(sitting: Sitting, bench: Bench, chosen: Plan, watch: Watch) -> Easel:
    """The model, from the shelf or loaded now; this is the one place where models that draw are loaded."""
    family, path = sitting.family, sitting.weights

    def build() -> Easel:
        began = time.monotonic()
        watch.peak.begin_anew()
        bench.step(0, 0, "Loading the model")
        config = find_config(bench, family) if path.is_file() else None
        dtype = memory.dtype_of(chosen.bits, bench.device)
        with collect_later():
            pipe = memory.place(load(family, path, dtype, config, chosen.way), bench.device, chosen.way)
        watch.loaded = time.monotonic() - began
        made = Easel(pipe, pipe.scheduler, colours=previews.kept_colours(path, pipe.vae))
        reading.remember_looks(pipe.vae, made.seen, LOOKS_KEPT)
        return made

    return bench.keep(key_of(sitting, chosen), build, gb=_stands_gb(path, chosen))


def _stands_gb(path: Path, chosen: Plan) -> float:
    return max(chosen.device_gb - 1.0, 0.05) if chosen.device_gb else path.stat().st_size / 2**30


def _finer(chosen: Plan, bench: Bench) -> Plan:
    if chosen.bits == 32:
        raise _only_invalid()
    bench.note("The first try gave invalid numbers, so the picture was drawn again in full precision.")
    return Plan("full", 32, chosen.device_gb * 2, chosen.ram_gb * 2, True)


def _only_invalid() -> StudioError:
    return StudioError("The model gave no picture, only invalid numbers.",
                       "Try another sampler or a lower guidance; the model file may also be damaged.")


def _learn(sitting: Sitting, bench: Bench, chosen: Plan, weights: Weights, watch: Watch) -> None:
    """Keep what this picture took. One that was guided, painted or drawn over says little about plain ones."""
    request = sitting.request
    plain = not (request.picture or request.control or request.reference or request.fix_faces or request.enlarge > 1)
    if not plain or len(watch.steps) < 2:
        return
    path, card = sitting.weights, bench.card
    work = forecast.count(bench.key, sitting.family, request, called(path), bench.device,
                          card.can)
    step = statistics.median(watch.steps)
    looks = work.looks / sitting.pace.steps
    taken = time.monotonic() - watch.began - watch.paused - (watch.loaded or 0.0)
    rest, loaded = max(0.0, taken - step * sitting.pace.steps), watch.loaded
    if loaded is not None:  # a first picture warms up; what that takes comes once, like loading, and not with each one
        once = max(0.0, rest - step * sitting.pace.steps)
        rest, loaded = rest - once, loaded + once
    took = forecast.Took(step / looks / work.megapixels, rest, loaded, _took_gb(bench, watch, path, chosen),
                         forecast.billions(weights))
    key = forecast.key_of(work, chosen.way)
    bench.put(forecast.TABLE, key, forecast.learn(bench.row(forecast.TABLE, key), work, chosen.way, took))


def _took_gb(bench: Bench, watch: Watch, path: Path, chosen: Plan) -> float:
    """On a processor the whole studio is measured; models that only stand beside would go if room were short."""
    beside = max(0.0, bench.standing_gb - _stands_gb(path, chosen)) if bench.device == "cpu" else 0.0
    return max(0.0, watch.peak.gb - beside)
