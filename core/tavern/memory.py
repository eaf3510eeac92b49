"""What was the same on both sides at the last sync, and what follows for the next one: who changed says who counts."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.characters import Character
from core.tavern.folder import plain_words

TABLE = "tavern"
SAME, COME, GO, BOTH = "same", "come", "go", "both"
VOLATILE = ("name", "modification_date", "creation_date")
OURS, FAVOURITE = "studionova", "fav"
MIRRORED = ("description", "personality", "scenario", "first_mes", "mes_example", "alternate_greetings",
            "character_book")
"""What makes two cards of one name the same character."""


@dataclass(frozen=True)
class Seen:
    """One thing at the last sync: where it is on each side, and marks of what it said there."""

    here: str = ""
    """Id of the character, or of the story's asset; "" for what goes by another name by now."""
    stamp: str = ""
    there: str = ""
    facts: str = ""
    """Mark of what came from there, as it stood here."""
    own: str = ""
    """Mark of what only this side says."""
    name: str = ""
    called: str = ""
    """The names there and here."""


def load(rows: Iterable[Mapping[str, Any]], root: Path) -> dict[str, Seen]:
    """What is remembered of a folder, by path below it."""
    names = [field.name for field in fields(Seen)]
    return {str(row["key"]): Seen(**{name: str(row.get(name) or "") for name in names}) for row in rows
            if row.get("folder") == str(root) and row.get("key") and row.get("here")}


def as_row(root: Path, key: str, seen: Seen) -> dict[str, Any]:
    """A row for each thing: however many there are, what changed is all that is written."""
    name = hashlib.sha256(f"{root}\n{key}".encode("utf-8", "replace")).hexdigest()[:24]
    return {"id": name, "folder": str(root), "key": key, **asdict(seen)}


def verdict(before: Seen | None, there: str, here: str) -> str:
    """Which side counts, by what each says now; there is no losing side when both changed."""
    if before is None:
        return COME
    changed_there, changed_here = there != before.there, here != before.facts
    if changed_there and changed_here:
        return BOTH
    return COME if changed_there else GO if changed_here else SAME


def mark(value: Any) -> str:
    """The same for equal values, whatever line ends an editor made of theirs."""
    return hashlib.sha256(json.dumps(_even(value), sort_keys=True).encode()).hexdigest()[:24]


def facts_of(card: Mapping[str, Any]) -> str:
    """A mark of what a card says, without its name, its dates and what is only SillyTavern's or ours."""
    data = card.get("data") or {}
    extensions = data.get("extensions") or {}
    kept = {key: value for key, value in data.items() if key not in (*VOLATILE, "extensions")}
    return mark({**kept, "extensions": {k: v for k, v in extensions.items() if k not in (OURS, FAVOURITE)}})


def own_of(person: Character) -> str:
    """A mark of what the studio itself says of a character."""
    seldom = [person.age, person.voice] if person.age or person.voice else []
    return mark([person.name, person.trigger, person.subject, person.descriptor, *seldom])


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two cards say the same of somebody."""
    first, second = (card.get("data") or {} for card in (one, other))
    return all(_even(first.get(key) or "") == _even(second.get(key) or "") for key in MIRRORED)


def _even(value: Any) -> Any:
    if isinstance(value, str):
        return plain_words(value)
    if isinstance(value, Mapping):
        return {str(key): _even(inner) for key, inner in value.items()}
    return [_even(inner) for inner in value] if isinstance(value, (list, tuple)) else value
