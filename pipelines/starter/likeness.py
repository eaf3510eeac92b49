"""Teaches the likeness encoder who is who: same person, other mood, clothes, place and framing; and near doubles."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy

from pipelines.kit import likeness_net
from pipelines.starter.artist.recipe import KEPT_OUT, Recipe, draw_lot, sample, settle
from pipelines.starter.course import Course, Desk, learn, learned
from pipelines.starter.plan import Plan
from pipelines.starter.pool import HELD_OUT, Pool, open_pool
from pipelines.starter.reading import disturb, resized

IDENTITY = ("who", "build", "skin", "hair", "bangs", "hair_colour", "eyes", "feature")
SHOTS = 6
WARMTH = 0.1


def person(number: int) -> dict[str, str]:
    """What stays the same in every picture of a person. Odd numbers are near doubles of the even one before."""
    base = sample(number // 2 * 2 + 77, places=0.0)
    traits = {name: getattr(base, name) for name in IDENTITY}
    if number % 2:
        dice = random.Random(f"double {number}")
        for name in dice.sample(("who", "skin", "hair", "hair_colour", "eyes", "feature"), k=dice.choice((1, 2))):
            before = traits[name]
            while traits[name] == before:
                traits[name] = draw_lot(dice, name)
    if (traits["hair"], traits["hair_colour"]) == KEPT_OUT:
        traits["hair_colour"] = "purple"
    return traits


def portrait(seed: int) -> Recipe:
    """Shot `seed` % SHOTS of person `seed` // SHOTS: all but the identity is drawn by lot."""
    return settle(replace(sample(seed + 5_000_000, places=0.0), **person(seed // SHOTS)))


def train(plan: Plan, desk: Desk) -> bool:
    import torch
    from torch.nn import functional

    pool = open_pool(desk.folder.parent, plan.size, 0, plan.likeness_pool, desk.tell, portrait)
    unseen = open_unseen(plan, desk)
    net = likeness_net.build().to(desk.device)
    inherit(net, desk)
    net.train()
    pairs = len(pool) // SHOTS // 2

    def recognise(step: int, dice: Any) -> Any:
        """Each picture has to find its partner among all others of the batch; doubles sit beside each other."""
        chosen = torch.randperm(pairs, generator=dice)[: plan.likeness_people // 2 + 1].tolist()
        people = [number for pair in chosen for number in (2 * pair, 2 * pair + 1)]
        shots = [torch.randperm(SHOTS, generator=dice)[:2].tolist() for _ in people]
        indices = [who * SHOTS + shot[turn] for turn in (0, 1) for who, shot in zip(people, shots, strict=True)]
        rows = net(disturb(resized(pool.pictures(indices), plan.reader_size), dice).to(desk.device))
        alike = rows @ rows.T / WARMTH
        alike = alike.masked_fill(torch.eye(len(rows), dtype=torch.bool, device=alike.device), -1e4)
        partner = torch.arange(len(rows), device=alike.device).roll(len(people))
        return functional.cross_entropy(alike, partner)

    course = Course("likeness", {"net": net}, plan.likeness_steps, 1.5e-3, recognise)
    course.look = lambda step: report(course.averaged["net"], unseen, plan, desk, step)
    course.look_every = 250
    return learn(course, desk)


def open_unseen(plan: Plan, desk: Desk) -> Pool:
    """People that no training picture shows: 500 of them, half are near doubles of the other half."""
    count = SHOTS * (6 if plan.name == "toy" else 500)
    return open_pool(desk.folder.parent, plan.size, HELD_OUT // SHOTS * SHOTS, count, desk.tell, portrait)


def inherit(net: Any, desk: Desk) -> None:
    """Begin with the eyes of the attribute reader, where it has learned already."""
    from pipelines.kit import attributes
    from pipelines.starter.reading import answers

    reader = attributes.build(answers())
    if learned("reader", {"net": reader}, desk):
        net.trunk.load_state_dict(reader.trunk.state_dict())


def area_under_curve(same: numpy.ndarray, other: numpy.ndarray) -> float:
    """The chance that a pair of one person scores higher than a pair of two."""
    order = numpy.argsort(numpy.concatenate([same, other]), kind="stable")
    ranks = numpy.empty(len(order))
    ranks[order] = numpy.arange(1, len(order) + 1)
    return float((ranks[: len(same)].sum() - len(same) * (len(same) + 1) / 2) / (len(same) * len(other)))


def scores(encoder: likeness_net.Encoder, unseen: Pool) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Likeness of pairs of one person, of two strangers, and of near doubles."""
    rows = likeness_net.embed(encoder, [unseen.picture(index) for index in range(len(unseen))])
    people = rows.reshape(-1, SHOTS, rows.shape[-1])
    own = numpy.einsum("psd,ptd->pst", people, people)
    same = own[:, *numpy.triu_indices(SHOTS, 1)].ravel()
    first = people[0::2, 0]
    strange = first @ people[0::2, 1].T
    strangers = strange[~numpy.eye(len(first), dtype=bool)]
    doubles = numpy.einsum("psd,ptd->pst", people[0::2], people[1::2]).ravel()
    return same, strangers, doubles


def report(net: Any, unseen: Pool, plan: Plan, desk: Desk, step: int) -> None:
    encoder = likeness_net.Encoder(net.eval(), plan.reader_size, 0.0, desk.device)
    same, strangers, doubles = scores(encoder, unseen)
    desk.tell(f"likeness at {step}: AUC {area_under_curve(same, strangers):.4f} against strangers, "
              f"{area_under_curve(same, doubles):.4f} against near doubles")


def ship(plan: Plan, desk: Desk, target: Path) -> bool:
    net = likeness_net.build()
    if not learned("likeness", {"net": net}, desk):
        return False
    unseen = open_unseen(plan, desk)
    encoder = likeness_net.Encoder(net.eval(), plan.reader_size, 0.0, "cpu")
    threshold = float(numpy.quantile(scores(encoder, unseen)[1], 0.99))
    target.parent.mkdir(parents=True, exist_ok=True)
    likeness_net.save(net, plan.reader_size, threshold, target)
    return True
