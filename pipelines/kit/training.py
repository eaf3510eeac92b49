"""The training loop that every family shares. It reads from top to bottom as the recipe it is.

Nothing here knows a model: a family brings a Lesson, the caller brings a Desk.
"""

import hashlib
import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import Refused, StudioError, TooBig
from pipelines.kit import checkpoints, memory
from pipelines.kit.chance import Draw, draw, key
from pipelines.kit.learner import Learner, Plan
from pipelines.kit.team import Team

log = logging.getLogger(__name__)
SAVE_SECONDS, SMOOTHED = 300, 400
RECIPE = "2"
"""Raised when the same plan on the same pairs would give other weights; recorded in every file."""


@dataclass(frozen=True)
class Lesson:
    """What a family teaches: which weights learn, from which pairs, and how wrong they are."""

    weights: Mapping[str, Any]
    buckets: Sequence[Sequence[int]]
    loss: Callable[[Draw], Any]
    """Mean loss over the pairs of a draw, with everything random taken from the draw."""
    about: str = ""
    """Names pairs, base and settings; a checkpoint of another lesson is refused."""
    factors: Mapping[str, float] = field(default_factory=dict)
    """Learning-rate factors by name prefix."""
    dropout: bool = False
    spare: Callable[[], bool] = lambda: False
    """Make the model need less memory (recompute activations …). False when there is nothing left to give."""
    move: Callable[[str], None] = lambda device: None
    """Carry the frozen model to a device: "cpu" while the card is lent, "" back home."""


@dataclass(frozen=True)
class Progress:
    """What is true after a step."""

    step: int
    steps: int
    loss: float
    smooth: float
    rate: float
    seconds_per_step: float
    seconds_left: float
    memory_gb: float


@dataclass(frozen=True)
class Desk:
    """Where a training lies and whom it talks to."""

    folder: Path
    tell: Callable[[Progress], None] = lambda progress: None
    orders: Callable[[int, int], frozenset[str]] = lambda step, steps: frozenset()
    """Asked once before each step, and free to wait: any of "stop" (keep what was learned), "save", "sample"."""
    rested: Callable[[], float] = lambda: 0.0
    """Seconds for which a person let it stand still so far: they are no part of a step."""
    lends: Callable[[], bool] = lambda: False
    """True when the coming `orders` will wait and others want the memory meanwhile."""
    note: Callable[[str], None] = log.info
    resumed: Callable[[Sequence[float]], None] = lambda losses: None
    """Told of the losses so far when it goes on from a save."""
    look: Callable[[int], None] = lambda step: None
    """Make samples with the weights as they stand in the model."""
    export: Callable[[int], None] = lambda step: None
    """Write the weights as they stand in the model as a file for use."""
    judge: Callable[[int], None] = lambda step: None
    """Find out how good they are. It may take long: all is saved before."""
    look_at: frozenset[int] = frozenset()
    export_at: frozenset[int] = frozenset()
    keep: int = 3


@dataclass(frozen=True)
class Outcome:
    """How it ended."""

    step: int
    finished: bool
    losses: tuple[float, ...]
    resumed_from: int


def train(lesson: Lesson, plan: Plan, desk: Desk, team: Team | None = None) -> Outcome:
    """Learn from where the folder left off until the last step; leave with all of it on disk, however it ends."""
    team = team or Team()
    learner = Learner(lesson.weights, plan, lesson.factors)
    start = saved_at = _take_up(learner, lesson, plan, desk, team)
    clock, saved_clock, pieces = time.monotonic() - desk.rested(), time.monotonic(), 1
    try:
        while learner.step < plan.steps:
            orders = team.agree(_hear(lesson, learner, desk, team))
            if "stop" in orders:
                break
            loss, pieces = _learn(lesson, learner, team, desk, pieces)
            if team.leads:
                desk.tell(_progress(learner, loss, start, time.monotonic() - desk.rested() - clock))
                exports = learner.step in desk.export_at or "save" in orders
                if exports:
                    with learner.averaged():
                        desk.export(learner.step)
                if exports or _due(learner, saved_at, saved_clock):
                    _save(learner, lesson, desk)
                    saved_at, saved_clock = learner.step, time.monotonic()
                _show(learner, desk, exports, learner.step in desk.look_at or "sample" in orders)
    finally:
        learner.forget_gradients()
        if team.leads and learner.step > saved_at:
            _save(learner, lesson, desk)
    return Outcome(learner.step, learner.step >= plan.steps, tuple(learner.losses), start)


def smooth(losses: Sequence[float], memory: float = 0.96) -> float:
    """The running mean of the newest losses, without the pull towards zero at the start."""
    mean = weight = 0.0
    for loss in losses[-SMOOTHED:]:
        mean, weight = memory * mean + (1 - memory) * loss, memory * weight + (1 - memory)
    return mean / weight if weight else 0.0


def fingerprint(plan: Plan, lesson: Lesson) -> str:
    """One line that two runs share exactly when they would give the same weights."""
    shapes = {name: list(p.shape) for name, p in sorted(lesson.weights.items())}
    text = json.dumps([RECIPE, plan.facts(), lesson.about, shapes, [list(b) for b in lesson.buckets]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _take_up(learner: Learner, lesson: Lesson, plan: Plan, desk: Desk, team: Team) -> int:
    """Go on from the newest whole checkpoint, if there is one. Returns the step it stands at."""
    saved = checkpoints.newest(desk.folder)
    if saved is None:
        return 0
    for what in saved.damaged if team.leads else ():
        desk.note(f"A save was damaged and not used ({what}).")
    if not saved.tensors:
        desk.note("No whole save was left, so the training starts from the beginning.")
        return 0
    if saved.facts.get("recipe", RECIPE) != RECIPE:
        raise Refused("The studio learns by another recipe now than when this training was paused.",
                      "Start a new training with the same photos.")
    if saved.facts.get("fingerprint") != fingerprint(plan, lesson):
        raise Refused(
            "The photos, captions or settings were changed since this training was paused.",
            "Put them back to resume it exactly, or start a new training with the new ones.",
        )
    learner.restore(saved.step, saved.tensors, saved.facts)
    desk.note(f"Resumed at step {saved.step} of {plan.steps}.")
    desk.resumed(learner.losses)
    return saved.step


def _learn(lesson: Lesson, learner: Learner, team: Team, desk: Desk, pieces: int) -> tuple[float, int]:
    """One step; when memory runs out, the same step again with less memory. The draws stay the same."""
    while True:
        try:
            return _one_step(lesson, learner, team, pieces), pieces
        except (MemoryError, RuntimeError) as error:
            if not memory.ran_out(error):
                raise
            cause = error.with_traceback(None)  # its frames would hold on to the very memory that is missing
        learner.forget_gradients()
        memory.tidy(_place(lesson.weights))
        if lesson.spare():
            desk.note("Memory ran out: it goes on with less memory for each step, a little slower.")
        elif pieces < learner.plan.batch:
            pieces *= 2
            desk.note("Memory ran out: each batch is now learned in smaller pieces. The result stays the same.")
        else:
            raise TooBig("This training does not fit into the memory of this computer.",
                         "Choose a smaller picture size or a smaller base model.") from cause


def _one_step(lesson: Lesson, learner: Learner, team: Team, pieces: int) -> float:
    plan, total = learner.plan, 0.0
    of = plan.accumulate * team.size
    for micro in range(team.rank, of, team.size):
        whole = draw(lesson.buckets, plan.batch, plan.seed, learner.step, {"micro": micro, "of": of})
        for part in whole.parts(pieces):
            with _dropout(lesson, plan.seed, learner.step, part.slots[0]):
                loss = lesson.loss(part) * (len(part.pairs) / len(whole.pairs) / of)
            loss.backward()
            total += float(loss.detach())
    team.share_gradients(learner.weights.values())
    total = team.sum(total)
    if not math.isfinite(total):
        learner.forget_gradients()
        raise StudioError(
            f"The training became unstable at step {learner.step + 1} (the loss is not a number any more).",
            "The last good state was kept. Lower the learning rate, or choose Balanced, and train again.",
        )
    learner.apply()
    learner.losses.append(total)
    return total


@contextmanager
def _dropout(lesson: Lesson, seed: int, step: int, slot: int) -> Iterator[None]:
    """Layers that drop at random take the global generator: seed it for this place, and put it back after."""
    if not lesson.dropout:
        yield
        return
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(key(seed, "dropout", step, slot))
        yield


def _hear(lesson: Lesson, learner: Learner, desk: Desk, team: Team) -> frozenset[str]:
    """The orders of this step. Hearing them may take as long as a person likes; lent memory is given up meanwhile."""
    if not team.leads:
        return frozenset()
    if not desk.lends():
        return desk.orders(learner.step, learner.plan.steps)
    _save(learner, lesson, desk)
    with learner.aside(), making_room(lesson):
        return desk.orders(learner.step, learner.plan.steps)


@contextmanager
def making_room(lesson: Lesson) -> Iterator[None]:
    """The memory of the card is somebody else's for a while."""
    device = _place(lesson.weights)
    lesson.move("cpu")
    memory.tidy(device)
    try:
        yield
    finally:
        lesson.move("")


def _show(learner: Learner, desk: Desk, judge: bool, look: bool) -> None:
    """Samples are made from the running average, as the files are: it is what people will use."""
    if judge or look:
        with learner.averaged():
            if judge:
                desk.judge(learner.step)
            if look:
                desk.look(learner.step)


def _due(learner: Learner, saved_at: int, saved_clock: float) -> bool:
    """At most a tenth of the run or five minutes are at risk, whichever is less."""
    return (learner.step - saved_at >= max(1, learner.plan.steps // 10)
            or time.monotonic() - saved_clock >= SAVE_SECONDS)


def _save(learner: Learner, lesson: Lesson, desk: Desk) -> None:
    tensors, facts = learner.state()
    facts |= {"fingerprint": fingerprint(learner.plan, lesson), "recipe": RECIPE}
    checkpoints.write(desk.folder, learner.step, tensors, facts, desk.keep)


def _progress(learner: Learner, loss: float, start: int, seconds: float) -> Progress:
    each = seconds / max(1, learner.step - start)
    left = each * (learner.plan.steps - learner.step)
    return Progress(learner.step, learner.plan.steps, loss, smooth(learner.losses),
                    learner.plan.rate(learner.step - 1), each, left, _memory_gb(learner))


def _place(weights: Mapping[str, Any]) -> str:
    """The device on which they are now."""
    return str(next(iter(weights.values())).device)


def _memory_gb(learner: Learner) -> float:
    """The most that the card of this training held; on a processor, what the whole studio holds now."""
    import psutil

    return memory.peak_gb(_place(learner.weights)) or psutil.Process().memory_info().rss / 2**30
