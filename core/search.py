"""What can be asked of the library, what it answers, and how a question becomes SQL that no text can break."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from core import sidecars

ORDERS: Mapping[str, str] = {"newest": "number DESC", "oldest": "number ASC",
                             "likeness": "likeness DESC, number DESC", "largest": "bytes DESC, number DESC"}
UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
                      "\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af])")
"""Scripts that set no space between words: each sign is a word of its own here, and a word typed is a run of signs."""


@dataclass(frozen=True)
class Query:
    """What to look for; what is left empty does not matter. `since` and `until` are seconds since 1970."""

    text: str = ""
    kind: str = ""
    folder: str = ""
    character: str = ""
    model: str = ""
    lora: str = ""
    board: str = ""
    tag: str = ""
    story: str = ""
    pipeline: str = ""
    owner: str = ""
    starred: bool = False
    pinned: bool = False
    since: float = 0.0
    until: float = 0.0
    minimum_likeness: float = 0.0
    sort: str = "newest"
    offset: int = 0
    limit: int = 60


@dataclass(frozen=True)
class Entry:
    """One asset as a gallery shows it. `path` is relative to outputs/."""

    id: str
    path: str
    kind: str
    created: str
    bytes: int
    width: int
    height: int
    title: str
    likeness: float | None
    labels: Mapping[str, list[str]]

    @property
    def starred(self) -> bool:
        return "starred" in self.labels

    @property
    def pinned(self) -> bool:
        return "pinned" in self.labels


@dataclass(frozen=True)
class Page:
    """A stretch of what was found, and how much there is in all."""

    rows: tuple[Entry, ...]
    total: int


@dataclass(frozen=True)
class Lineage:
    """What an asset was made from and what was made from it. Ids without an entry were deleted."""

    id: str
    entries: Mapping[str, Entry]
    links: tuple[tuple[str, str], ...]
    """(parent, child), by id."""

    @property
    def parents(self) -> tuple[str, ...]:
        return tuple(parent for parent, child in self.links if child == self.id)

    @property
    def children(self) -> tuple[str, ...]:
        return tuple(child for parent, child in self.links if parent == self.id)


def conditions(query: Query) -> tuple[str, str, list[Any]]:
    """FROM, WHERE and the values of a search. Filters are words of the full-text index too: it joins them fastest."""
    named = {name: getattr(query, name) for name in ("kind", "folder", "character", "model", "lora", "board", "tag",
                                                     "story", "pipeline", "owner")}
    named |= {name: "yes" for name in ("starred", "pinned") if getattr(query, name)}
    terms = [f'marks : "{mark(name, value)}"' for name, value in named.items() if value]
    terms += [f"text : {term}" for term in _terms(query.text)]
    where: list[str] = []
    values: list[Any] = []
    number = "words.rowid" if terms else "number"
    if terms:
        where.append("words MATCH ?")
        values.append(" AND ".join(terms))
    for seconds, sign in ((query.since, ">="), (query.until, "<")):
        if seconds > 0:
            where.append(f"{number} {sign} ?")
            values.append(sidecars.first_number_at(min(seconds, 6e9)))
    if query.minimum_likeness > 0 or query.sort == "likeness":
        where.append("likeness >= ?")
        values.append(query.minimum_likeness)
    source = "words JOIN assets ON assets.number = words.rowid" if terms else "assets"
    return source, f"WHERE {' AND '.join(where)}" if where else "", values


def _terms(text: str) -> list[str]:
    """What a person typed, as full-text terms; nothing in it can be taken for a command."""
    typed = [word for word in clean(text)[:400].split() if any(letter.isalnum() for letter in word)][:24]
    quoted = ['"' + spaced(word).replace('"', " ").strip() + '"' for word in typed]
    return [*quoted[:-1], quoted[-1] + " *"] if quoted and not text[-1].isspace() else quoted


def spaced(text: str) -> str:
    """Text with each sign of an unspaced script as a word of its own."""
    return UNSPACED.sub(r" \1 ", text)


def mark(name: str, value: str) -> str:
    """One filter as one word that no person types."""
    return "x" + blake2b(f"{name}\n{clean(value).casefold()}".encode(), digest_size=6).hexdigest()


def clean(text: str) -> str:
    """Text that SQLite takes: characters that UTF-8 cannot hold become a question mark."""
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
