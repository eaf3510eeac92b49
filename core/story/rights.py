"""What stands in the way of giving a story away: licences of its files, the yes of people shown, and what it shows.

Findings warn and ask; only one is a wall. A person's answer is kept with time and version, and asked for once.
"""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.characters import Character
from core.errors import Refused
from core.story.model import Asset, Story

TABLE = "acknowledgements"
VERSION = 1
PROMISE = 1
"""The version of what a person says yes to before the first export. New words are asked about anew."""
PROMISES = (
    "The photos, pictures and sounds that I brought in are mine to share.",
    "Real people who are shown have said yes to it.",
    "Nothing sexual with anybody who is, or looks, underage. The studio writes no such story, in any mode.",
    "Where people could take a picture for a photograph, I say that a machine drew it.",
)
"""The words themselves; the window shows them in the visitor's language (story.promise_… in configs/languages)."""
NON_COMMERCIAL = re.compile(r"\bnc\b|non-?commercial|by-nc|research only|cpml|flux.*dev", re.IGNORECASE)
NO_DERIVATIVES = re.compile(r"\bnd\b|no-?deriv|by-nd|nc-nd", re.IGNORECASE)
ATTRIBUTION = re.compile(r"\bcc[ -]by|attribution|\bmit\b|apache|bsd", re.IGNORECASE)
YOUNG = re.compile(r"\b(child|children|kid|minor|underage|toddler|baby|preteen|pre-teen|teen|teenage|teenager|loli|"
                   r"shota|schoolgirl|schoolboy|little (?:girl|boy)|(?:[1-9]|1[0-7])[ -]?(?:year|yr)s?[ -]?old)\b",
                   re.IGNORECASE)
UNKNOWN = frozenset({"", "unknown", "other", "?"})


@dataclass(frozen=True)
class Concern:
    """One thing to know before a story leaves. `asks` ones wait for a person's word."""

    kind: str
    words: str
    hint: str = ""
    asks: bool = False
    files: tuple[str, ...] = ()


def scan(story: Story, records: Mapping[str, Mapping[str, Any]], people: Mapping[str, Character],
         commercial: bool = False) -> list[Concern]:
    """All concerns. `records` are the sidecars of the story's files by their id in the story, `people` the studio's
    characters by the id of the cast."""
    refuse_young(story, people)
    return [*_licences(story, records, commercial), *_consent(story, people), *_rating(story)]


def refuse_young(story: Story, people: Mapping[str, Character]) -> None:
    """The wall: nothing sexual with anybody who is, or is written as, a minor. There is no way around it."""
    if story.rating != "explicit":
        return
    for one in story.cast:
        person = people.get(one.id)
        told = [one.notes, one.name, *((person.age, person.subject, person.descriptor) if person else ())]
        age = re.fullmatch(r"\s*(\d{1,3})\b.*", person.age if person else "", re.DOTALL)
        if any(YOUNG.search(text) for text in told) or (age and int(age[1]) < 18):
            raise Refused(f"This story is marked as explicit, and {one.name or one.id} is described as a minor.",
                          "Such a story is not written, in any mode.")


def promised(store: Any, owner: str) -> float:
    """When a person said yes to what holds for all that leaves the studio; 0.0 for not yet, or to older words."""
    row = store.get(TABLE, _promise(owner)) or {}
    return float(row.get("when", 0.0))


def promise(store: Any, owner: str) -> float:
    """Keep a person's yes, with its time and the version of the words."""
    if not promised(store, owner):
        key = _promise(owner)
        store.put(TABLE, key, {"id": key, "what": "promise", "owner": owner, "version": PROMISE, "when": time.time()})
    return promised(store, owner)


def check_promise(store: Any, owner: str) -> None:
    """Nothing leaves before the first yes."""
    if not promised(store, owner):
        raise Refused("Before the first story leaves the studio, there is something to read and say yes to.",
                      "\n".join(["It stands in Story Export, under Export:", *PROMISES,
                                 "Programs say yes with promise=True."]))


def _promise(owner: str) -> str:
    return f"promise-{PROMISE}-{owner}"


def licence_of(asset: Asset, record: Mapping[str, Any]) -> str:
    """What is known of a file's licence: the story's word, then the sidecar's."""
    return asset.licence or str(record.get("licence") or "")


def check_consent(concerns: Iterable[Concern], store: Any, owner: str, given: bool) -> None:
    """Refuse while something asks and nobody has answered. An answer holds for just these findings."""
    asking = [one for one in concerns if one.asks]
    if not asking:
        return
    told = "\n".join(sorted(one.words for one in asking))
    key = hashlib.sha256(f"{VERSION} {owner} {told}".encode()).hexdigest()[:24]
    if given:
        store.put(TABLE, key, {"id": key, "what": "export", "owner": owner, "version": VERSION, "when": time.time(),
                               "words": [one.words for one in asking]})
    elif not any(row.get("id") == key for row in store.rows(TABLE)):
        words = "\n".join(one.words for one in asking[:5])
        raise Refused(f"Before this story leaves the studio: {words}",
                      "Mend it, or export again with “I have read this” ticked.")


def _licences(story: Story, records: Mapping[str, Mapping[str, Any]], commercial: bool) -> Iterator[Concern]:
    groups: dict[str, list[str]] = {}
    for asset in story.assets:
        if asset.id in records:
            groups.setdefault(licence_of(asset, records[asset.id]), []).append(asset.title or asset.id)
    for licence, titles in sorted(groups.items()):
        many = f"{titles[0]}" + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")
        if licence.strip().lower() in UNKNOWN:
            yield Concern("licence", f"Nobody knows under which licence these files are: {many}.",
                          "Ask their maker, or put others in their place.", True, tuple(titles))
        elif NON_COMMERCIAL.search(licence):
            words = f"{many}: {licence} does not allow it to be sold."
            yield Concern("non-commercial", words, "Give the story away for free, or replace them.", commercial,
                          tuple(titles))
        elif NO_DERIVATIVES.search(licence):
            yield Concern("no-derivatives", f"{many}: {licence} does not allow changes.", "Use the files as they are.",
                          True, tuple(titles))
        elif ATTRIBUTION.search(licence):
            yield Concern("attribution", f"{many}: {licence} wants its maker named. LICENCES.txt does that.", "", False,
                          tuple(titles))


def _consent(story: Story, people: Mapping[str, Character]) -> Iterator[Concern]:
    shown = {one.id for one in story.cast if one.looks}
    for who, person in people.items():
        if person.kind != "drawn" and person.consent.state not in ("given", "own") and who in shown:
            yield Concern("consent", f"It is not known whether {person.name} has said yes to being shown.",
                          "Ask them, and note their answer in Characters.", True)


def _rating(story: Story) -> Iterator[Concern]:
    if story.rating == "explicit":
        yield Concern("adult", "The story is marked as explicit: only adults may see it.", "Say so where you share it.",
                      True)
