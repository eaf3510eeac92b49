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


def eye_of(kind: str) -> str:
    """The likeness pipeline that knows this kind of character."""
    return "likeness.drawn" if kind == "drawn" else "likeness.faces"


def calibrate(rows: Sequence[Sequence[float]], eye: str, stranger: float) -> Measure:
    """Leave one out: each photo against the mean of the others."""
    if len(rows) < FEWEST:
        raise StudioError(f"{len(rows)} usable photos are too few to judge a likeness.",
                          f"Add photos until there are {FEWEST} in which the character is well seen.")
    whole = [sum(column) for column in zip(*rows, strict=True)]  # so that thousands of photos take a moment
    alone = sorted(dot(row, _unit([all_of - own for all_of, own in zip(whole, row, strict=True)])) for row in rows)
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


LEAK_MAX, COPIED, LISTENS = 0.15, 0.98, 0.85


def best_of(scores: Sequence[Mapping[str, float]]) -> tuple[int, str]:
    """Which checkpoint to use and why: the likest whose pictures still listen, vary, and do not leak. The reason is
    made of whole phrases with "; " between them, so that it can be said in every language.

    Each has, where it was measured (all 0 to 1): likeness; looks, the share of traits that are right; adherence and
    diversity, each beside what the model had before (`_base`); bleed, by how much the character shows where nobody
    called for them; memorised. What was not measured counts for nobody and against nobody.
    """
    if not scores:
        raise StudioError("There is no checkpoint to choose from.", "Train for more steps.")
    faults = [_faults(one, scores) for one in scores]
    sound = [n for n, found in enumerate(faults) if not found]
    best = max(sound or range(len(scores)), key=lambda n: (-len(faults[n]), _alike(scores[n]), n))
    if not any("likeness" in one or "looks" in one for one in scores):
        return best, "the last one; nobody here could judge the likeness"
    if not sound:
        return best, "; ".join(["the likest", *faults[best], "look at the pictures before you rely on it"])
    if scores[best].get("likeness", 1.0) < 0.5:
        return best, "the likest of them, but it does not look like the character yet: train longer or add photos"
    return best, "the likest that still follows the words and leaks nothing"


def _alike(one: Mapping[str, float]) -> float:
    """The eye and the reader of traits count alike: each by itself is a rough measure."""
    known = [one[name] for name in ("likeness", "looks") if name in one]
    return round(sum(known) / len(known), 2) if known else 0.0


def _faults(one: Mapping[str, float], every: Sequence[Mapping[str, float]]) -> list[str]:
    """What speaks against a checkpoint, in words."""
    found = []
    listens, varies = (one.get(f"{name}_base", max(other.get(name, 0.0) for other in every))
                       for name in ("adherence", "diversity"))
    if one.get("adherence", 1.0) < LISTENS * listens:
        found.append("it listens less to the words")
    if one.get("diversity", 1.0) < 0.5 * varies:
        found.append("its pictures are too much alike")
    if one.get("bleed", 0.0) > LEAK_MAX:
        found.append("the character shows without being called")
    if one.get("memorised", 0.0) >= COPIED:
        found.append("it copies a photo")
    return found


def centre_of(rows: Sequence[Sequence[float]]) -> list[float]:
    """The mean of unit rows, as a unit row."""
    return _unit([sum(column) / len(rows) for column in zip(*rows, strict=True)])


def _unit(row: Sequence[float]) -> list[float]:
    length = sum(v * v for v in row) ** 0.5 or 1.0
    return [v / length for v in row]


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
