"""The containers of compiled Ink and the paths between them. What the pieces in them mean is in telling.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Container:
    """A run of pieces; some have names, and some are reached by name only."""

    parent: Container | None
    at: int
    """Its place among the pieces of its parent; -1 when only its name leads here."""
    name: str
    pieces: list[Any] = field(default_factory=list)
    named: dict[str, Container] = field(default_factory=dict)

    @property
    def path(self) -> str:
        above = self.parent.path if self.parent else ""
        return (f"{above}.{self.name}" if above else self.name) if self.parent else ""


Place = tuple[Container, int]
"""A container and the number of a piece in it."""


def grow(row: list[Any], parent: Container | None = None, at: int = -1, name: str = "") -> Container:
    """The tree of containers from ink's nested lists, whose last piece tells their names."""
    if not isinstance(row, list) or not row or not isinstance(row[-1], dict | None):
        raise ValueError("no container")
    told = row[-1] if isinstance(row[-1], dict) else {}
    one = Container(parent, at, str(told.get("#n") or name or at))
    for number, piece in enumerate(row[:-1]):
        one.pieces.append(grow(piece, one, number) if isinstance(piece, list) else piece)
        if isinstance(piece, list) and isinstance(piece[-1], dict) and "#n" in piece[-1]:
            one.named[str(piece[-1]["#n"])] = one.pieces[-1]
    for key, inner in told.items():
        if not key.startswith("#"):
            one.named[key] = grow(inner, one, -1, key)
    return one


def find(path: str, root: Container, here: Container) -> Place | None:
    """Where a path leads; one that begins with a dot is told from the piece that holds it. None leads nowhere."""
    steps = path.split(".")
    at: Container = root
    if path.startswith("."):
        steps, at = steps[2:], here  # the first step up is from the piece to the container that holds it
    for number, step in enumerate(steps):
        last = number + 1 == len(steps)
        inner: Any = at.named.get(step)
        if step == "^":
            inner = at.parent
        elif inner is None and step.isdigit():
            place = int(step)
            inner = at.pieces[place] if place < len(at.pieces) else None
            if last and not isinstance(inner, Container):
                return (at, place) if place <= len(at.pieces) else None
        if not isinstance(inner, Container):
            return None
        at = inner
    return at, 0
