"""How alike a picture is to a character, judged by the character's own photos. Numbers come from likeness pipelines.

Thresholds do not carry over from one eye to another, so every character is its own measure: how alike its photos are
to each other (each against the rest) says what "looks like them" means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import StudioError

FEWEST = 3


@dataclass(frozen=True)
class Measure:
    """A character as one eye sees it."""

    eye: str
    """Which encoder, with its version; numbers of different eyes are never mixed."""
    centre: tuple[float, ...]
    usual: float
    """Median likeness of its own photos to the rest of them."""
    low: float
    """What nine in ten of its own photos reach."""
    stranger: float
    """What strangers seldom reach with this eye."""
    photos: int

    def row(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """`score` is 0 to 100, or None when nobody can tell; `words` is what to show."""

    score: int | None
    words: str
    raw: float = 0.0


def calibrate(rows: Sequence[Sequence[float]], eye: str, stranger: float) -> Measure:
    """Leave one out: each photo against the mean of the others."""
    if len(rows) < FEWEST:
        raise StudioError(f"{len(rows)} usable photos are too few to judge a likeness.",
                          f"Add photos until there are {FEWEST} in which the character is well seen.")
    alone = sorted(dot(row, centre_of([other for n, other in enumerate(rows) if n != place]))
                   for place, row in enumerate(rows))
    return Measure(eye, tuple(centre_of(rows)), alone[len(alone) // 2], alone[len(alone) // 10], stranger, len(rows))


def from_row(row: Mapping[str, Any]) -> Measure | None:
    """The measure a character's row holds, if it holds one."""
    if not row or set(row) != set(Measure.__dataclass_fields__):
        return None
    return Measure(**{**row, "centre": tuple(row["centre"])})


def judge(measure: Measure, rows: Sequence[Sequence[float]], name: str) -> Verdict:
    """The verdict on a picture in which these faces were found: the likest one counts."""
    if not rows:
        return Verdict(None, f"Can't tell: nobody was found in it who could be compared with {name}.")
    raw = max(dot(row, measure.centre) for row in rows)
    score = points(measure, raw)
    if score >= 80:
        return Verdict(score, f"Looks like {name}.", raw)
    if score >= 50:
        return Verdict(score, f"Resembles {name}.", raw)
    return Verdict(score, f"Does not look like {name}.", raw)


def points(measure: Measure, raw: float) -> int:
    """100 where the character's own photos usually are, 80 where nine in ten are, 0 at what strangers reach."""
    low = max(measure.low, measure.stranger + 1e-3)
    usual = max(measure.usual, low + 1e-3)
    if raw >= low:
        return min(100, round(80 + 20 * (raw - low) / (usual - low)))
    return max(0, round(80 * (raw - measure.stranger) / (low - measure.stranger)))


def best_of(scores: Sequence[Mapping[str, float]]) -> tuple[int, str]:
    """Which checkpoint to use and why: the likest whose pictures still listen, vary, and do not leak.

    Each has likeness, and where measured: adherence, diversity, bleed, memorised (all 0 to 1).
    """
    if not scores:
        raise StudioError("There is no checkpoint to choose from.", "Train for more steps.")
    floors = {"adherence": 0.8 * max((s.get("adherence", 0.0) for s in scores), default=0.0),
              "diversity": 0.5 * max((s.get("diversity", 0.0) for s in scores), default=0.0)}
    sound = [n for n, s in enumerate(scores)
             if all(s.get(name, floor) >= floor for name, floor in floors.items())
             and s.get("bleed", 0.0) <= 0.5 and s.get("memorised", 0.0) < 0.98]
    fit = sound or list(range(len(scores)))
    best = max(fit, key=lambda n: (round(scores[n].get("likeness", 0.0), 2), n))
    reason = "the likest that still follows the words and leaks nothing" if sound else (
        "the likest; every checkpoint failed a check, so look at the pictures before you rely on it")
    if scores[best].get("likeness", 1.0) < 0.5:
        reason = "the likest of them, but it does not look like the character yet: train longer or add photos"
    return best, reason


def centre_of(rows: Sequence[Sequence[float]]) -> list[float]:
    """The mean of unit rows, as a unit row."""
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    length = sum(v * v for v in mean) ** 0.5 or 1.0
    return [v / length for v in mean]


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
