"""Many pictures from one request: axes over any knob, words exchanged, lists of prompts. A plan only; nothing is drawn.

What is written here is what A1111 understands too: `1, 2, 3`, `1-5`, `1-10 (+3)`, `0-1 [5]`, and words replaced.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, fields
from itertools import product
from typing import Any, get_args, get_type_hints

from core.errors import Refused, TooBig
from core.knobs import knobs, read
from core.requests import ImageRequest

WORDS = "words"
"""The axis that finds its first value in the prompt and puts the others in its place."""
NOT_AXES = frozenset({"picture", "pictures", "mask", "options", "count", "prompt", "negative"})
COSTS: Mapping[str, int] = {"model": 9, "memory": 8, "control": 6, "reference": 5, "character": 4, "lora_strength": 3,
                            "control_strength": 2, WORDS: 2, "styles": 2, "clip_skip": 2}
"""What it costs to change this between two pictures; the dearest changes least often."""
MOST = 256
VALUES_MOST = 64
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*-\s*(-?\d+(?:\.\d+)?)(?:\s*\(\+?(-?\d+(?:\.\d+)?)\)|\s*\[(\d+)\])?")
_SHORT = 60


@dataclass(frozen=True)
class Axis:
    """One knob and the values it takes."""

    name: str
    values: tuple[Any, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        label = "" if self.name == WORDS else f"{label_of(self.name)}: "
        return tuple(short(f"{label}{_say(value)}") for value in self.values)


@dataclass(frozen=True)
class Cell:
    """One picture of a grid: where it stands (column, row, page) and what is asked for."""

    place: tuple[int, int, int]
    values: Mapping[str, Any]


def axes() -> tuple[str, ...]:
    """Everything that can be an axis."""
    return ("", WORDS, *(f.name for f in knobs(ImageRequest)
                         if f.metadata.get("kind") not in NOT_AXES and f.name not in NOT_AXES))


def label_of(name: str) -> str:
    """How a person knows this knob."""
    if name == WORDS:
        return "Words in the prompt"
    return str(_field(name).metadata.get("label", name))


def read_axis(name: str, text: str) -> Axis | None:
    """An axis from what a person typed; None for an axis that is not used."""
    if not name:
        return None
    if name not in axes():
        raise Refused(f"{name!r} cannot be an axis.", "Choose one from the list.")
    parts = split(text)
    hint = get_type_hints(ImageRequest).get(name, str)
    values = tuple(value for part in parts for value in _values(name, part, hint))
    if not values:
        raise Refused(f"{label_of(name)} has no values to go through.", "Write them with commas, or one a line.")
    if name == WORDS and len(values) < 2:
        raise Refused("One word alone exchanges nothing.", "Write the word to find first, then what takes its place.")
    if len(values) > VALUES_MOST:
        raise TooBig(f"{label_of(name)} has {len(values)} values.", f"{VALUES_MOST} on one axis are the most.")
    return Axis(name, values)


def split(text: str) -> list[str]:
    """Values with commas between them, quoted where they hold commas, or one a line."""
    lines = [line.strip() for line in text[:20_000].splitlines() if line.strip()]
    if len(lines) != 1:
        return lines
    row = next(csv.reader(io.StringIO(lines[0]), skipinitialspace=True), [])
    return [part.strip() for part in row if part.strip()]


def plan(request: Mapping[str, Any], x: Axis | None, y: Axis | None, z: Axis | None) -> list[Cell]:
    """All pictures of a grid, in the order that switches least: what is dear to change changes last."""
    used = [axis or Axis("", ("",)) for axis in (x, y, z)]
    names = [axis.name for axis in used if axis.name and axis.name != WORDS]
    if len(set(names)) < len(names):
        raise Refused("The same knob stands on two axes.", "Choose another for one of them.")
    count = len(used[0].values) * len(used[1].values) * len(used[2].values)
    if count > MOST:
        raise TooBig(f"That would be {count} pictures.", f"{MOST} in one go are the most. Take some values away.")
    cells = []
    wide, high, deep = (range(len(axis.values)) for axis in used)
    for place in product(wide, high, deep):
        values = dict(request)
        for axis, at in zip(used, place, strict=True):
            _put(values, axis, at)
        read(ImageRequest, values)
        cells.append(Cell(place, values))
    order = sorted(range(3), key=lambda which: -COSTS.get(used[which].name, 1))
    return sorted(cells, key=lambda cell: tuple(cell.place[which] for which in order))


def _put(values: dict[str, Any], axis: Axis, at: int) -> None:
    if axis.name == WORDS:
        wanted = str(axis.values[0])
        if not any(wanted in str(values.get(name) or "") for name in ("prompt", "negative")):
            raise Refused(f"{wanted!r} does not stand in the prompt.", "The first value of the axis is what is found.")
        for name in ("prompt", "negative"):
            values[name] = str(values.get(name) or "").replace(wanted, str(axis.values[at]))
    elif axis.name:
        values[axis.name] = axis.values[at]


def read_list(text: str) -> tuple[str, ...]:
    """Prompts from a list: one a line; empty lines and lines that begin with # are passed by."""
    found = tuple(line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    if len(found) > MOST:
        raise TooBig(f"The list has {len(found)} prompts.", f"{MOST} in one go are the most.")
    return found


def list_cells(request: Mapping[str, Any], prompts: Sequence[str], across: int) -> list[Cell]:
    """A picture for each prompt, laid out in rows."""
    return [Cell((number % across, number // across, 0), {**request, "prompt": prompt})
            for number, prompt in enumerate(prompts)]


def short(text: str) -> str:
    return text if len(text) <= _SHORT else text[:_SHORT - 1] + "…"


def _values(name: str, part: str, hint: Any) -> list[Any]:
    kinds = get_args(hint) or (hint,)
    if name == WORDS:
        return [part]
    if hint is bool:
        return [part.casefold() in ("yes", "true", "on", "1")]
    if int in kinds or float in kinds:
        return _numbers(name, part, whole=int in kinds)
    if str in kinds and getattr(hint, "__origin__", None) is tuple:
        return [tuple(one.strip() for one in part.split("+") if one.strip())]
    known = {str(choice).casefold(): choice for choice in _field(name).metadata.get("choices", ())}
    if known and part.casefold() not in known:
        raise Refused(f"{label_of(name)} knows no {part!r}.", f"It knows: {', '.join(filter(None, known.values()))}.")
    return [known.get(part.casefold(), part)]


def _numbers(name: str, part: str, whole: bool) -> list[Any]:
    def kind(value: Any) -> float:
        return round(float(value)) if whole else round(float(value), 6)

    try:
        found = _RANGE.fullmatch(part)
        if found is None:
            return [kind(part)]
        low, high = float(found[1]), float(found[2])
        if found[4]:
            count = max(1, min(VALUES_MOST + 1, int(found[4])))
            return [kind(low + (high - low) * number / max(1, count - 1)) for number in range(count)]
        step = abs(float(found[3] or 1)) or 1.0
        count = min(VALUES_MOST + 1, int(abs(high - low) / step + 1e-9) + 1)
        return [kind(low + (step if high >= low else -step) * number) for number in range(count)]
    except (ValueError, OverflowError) as error:
        raise Refused(f"{label_of(name)}: {part[:40]!r} is no number.",
                      "Write 1, 2, 3 or a range such as 1-5.") from error


def _say(value: Any) -> str:
    if isinstance(value, tuple):
        return " + ".join(map(str, value)) or "–"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) or "–"


def _field(name: str) -> Field:
    return next(f for f in fields(ImageRequest) if f.name == name)
