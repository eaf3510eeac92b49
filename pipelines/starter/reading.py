"""Teaches the attribute reader on drawn pictures, and measures it."""

from pathlib import Path
from typing import Any

import numpy

from pipelines.kit import attributes
from pipelines.starter.artist.recipe import CHOICES, HIDES_EYES, Recipe, visible
from pipelines.starter.course import Course, Desk, learn, learned
from pipelines.starter.plan import Plan
from pipelines.starter.pool import Pool
from pipelines.starter.signals import as_signal

READ = ("who", "skin", "hair", "hair_colour", "eyes", "expression", "outfit", "outfit_colour", "accessory",
        "accessory_colour", "feature", "pose", "framing", "view", "place", "light", "backdrop_colour")
UNSEEN = -100


def answers() -> dict[str, tuple[str, ...]]:
    possible = {name: tuple(CHOICES[name]) for name in READ}
    possible["who"] += ("nobody",)
    return {**possible, "open_eyes": ("none", "one", "two")}


def truth(recipe: Recipe) -> dict[str, str]:
    """What the reader should say: all that is visible, and how many eyes stand open."""
    shown = {name: value for name, value in visible(recipe).items() if name in READ}
    if recipe.who == "nobody":
        return shown
    eyes = 2 - (recipe.feature == "eyepatch") - (recipe.expression == "winking")
    if recipe.expression in HIDES_EYES or recipe.accessory == "sunglasses":
        eyes = 0
    if recipe.feature == "eyepatch" and recipe.expression == "winking":
        # The patch lies over the closed eye: both are on the near side.
        eyes = 1
    return {**shown, "open_eyes": ("none", "one", "two")[eyes]}


def marks(pool: Pool) -> numpy.ndarray:
    """One row of answer numbers per picture; what is out of sight is not asked."""
    possible = answers()
    table = numpy.full((len(pool), len(possible)), UNSEEN, numpy.int64)
    for index in range(len(pool)):
        shown = truth(pool.recipe(index))
        for column, (name, values) in enumerate(possible.items()):
            if name in shown:
                table[index, column] = values.index(shown[name])
    return table


def disturb(signal: Any, dice: Any) -> Any:
    """Shifts, brightness, softness and grain, so that made pictures are read as well as drawn ones."""
    import torch
    from torch.nn import functional

    size = signal.shape[-1]
    shift = torch.randint(0, 9, (2,), generator=dice).tolist()
    signal = functional.pad(signal, (4, 4, 4, 4), mode="replicate")[..., shift[0] :, shift[1] :][..., :size, :size]
    chance = torch.rand(3, generator=dice).tolist()
    if chance[0] < 0.35:
        small = functional.interpolate(signal, scale_factor=0.5 + 0.4 * chance[1], mode="bilinear", antialias=True)
        signal = functional.interpolate(small, size=(size, size), mode="bilinear")
    level = 1.0 + 0.12 * (torch.rand(len(signal), 1, 1, 1, generator=dice) - 0.5)
    offset = 0.12 * (torch.rand(len(signal), 3, 1, 1, generator=dice) - 0.5)
    grain = 0.06 * chance[2] * torch.randn(signal.shape, generator=dice)
    return (signal * level + offset + grain).clamp(-1, 1)


def resized(pictures: numpy.ndarray, size: int) -> Any:
    from torch.nn import functional

    signal = as_signal(pictures)
    return signal if signal.shape[-1] == size else functional.interpolate(signal, (size, size), mode="area")


def train(plan: Plan, pool: Pool, held_out: Pool, desk: Desk) -> bool:
    """First on small pictures, where a step is cheap; then on whole ones, where a scar has more than two pixels."""
    small = lessons(plan, pool, held_out, desk, "reader", plan.reader_size)
    if not learn(small, desk):
        return False
    fine = lessons(plan, pool, held_out, desk, "reader_fine", plan.size)
    fine.modules["net"].load_state_dict(small.averaged["net"].state_dict())
    fine.steps, fine.rate, fine.look_every = plan.reader_fine_steps, 1.2e-3, 200
    return learn(fine, desk)


def lessons(plan: Plan, pool: Pool, held_out: Pool, desk: Desk, name: str, size: int) -> Course:
    import torch
    from torch.nn import functional

    table = torch.from_numpy(marks(pool))
    net = attributes.build(answers()).to(desk.device)
    net.train()

    def questions(step: int, dice: Any) -> Any:
        indices = torch.randint(len(pool), (plan.reader_batch,), generator=dice)
        signal = disturb(resized(pool.pictures(indices.tolist()), size), dice).to(desk.device)
        wanted = table[indices].to(desk.device)
        losses = [functional.cross_entropy(said.float(), wanted[:, column], ignore_index=UNSEEN, reduction="sum",
                                           label_smoothing=0.03) / (wanted[:, column] != UNSEEN).sum().clamp(min=1)
                  for column, said in enumerate(net(signal))]
        return torch.stack(losses).mean()

    course = Course(name, {"net": net}, plan.reader_steps, 3e-3, questions)
    course.look = lambda step: report(course.averaged["net"], held_out, size, desk, f"{name} at {step}")
    return course


def finished(plan: Plan, desk: Desk) -> attributes.Reader | None:
    net = attributes.build(answers()).to(desk.device)
    for name, size in (("reader_fine", plan.size), ("reader", plan.reader_size)):
        if learned(name, {"net": net}, desk):
            return attributes.Reader(net.eval(), answers(), size, desk.device)
    return None


def accuracy(reader: attributes.Reader, pictures: Any, recipes: list[Recipe]) -> dict[str, float]:
    """The share of right answers by attribute, over what is in sight."""
    hits: dict[str, list[bool]] = {name: [] for name in reader.answers}
    for said, recipe in zip(attributes.read_many(reader, pictures), recipes, strict=True):
        for name, value in truth(recipe).items():
            hits[name].append(said[name][0] == value)
    return {name: float(numpy.mean(right)) for name, right in hits.items() if right}


def report(net: Any, held_out: Pool, size: int, desk: Desk, when: str) -> None:
    count = min(len(held_out), 500)
    reader = attributes.Reader(net.eval(), answers(), size, desk.device)
    shares = accuracy(reader, held_out.pictures(range(count)), [held_out.recipe(index) for index in range(count)])
    desk.tell(f"{when}: " + " ".join(f"{name} {share:.3f}" for name, share in shares.items()))


def ship(plan: Plan, desk: Desk, target: Path) -> bool:
    reader = finished(plan, desk)
    if reader is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        attributes.save(reader.net, reader.answers, reader.size, target)
    return reader is not None
