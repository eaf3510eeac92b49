"""What to know about a story before it leaves, and when one comes in: licences of its files, the yes of people shown,
words for adults, names that belong to somebody. Concerns warn and ask; only one thing is a wall.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from core.characters import Character
from core.errors import Refused
from core.home import PROGRAM
from core.story.edits import Edit
from core.story.findings import Fix
from core.story.model import Asset, Scene, Story
from core.story.shape import write

NAMES = PROGRAM / "configs" / "names.toml"
NON_COMMERCIAL = re.compile(r"\bnc\b|non-?commercial|by-nc|research only|cpml|flux.*dev", re.IGNORECASE)
NO_DERIVATIVES = re.compile(r"\bnd\b|no-?deriv|by-nd|nc-nd", re.IGNORECASE)
ATTRIBUTION = re.compile(r"\bcc[ -]by|attribution|\bmit\b|apache|bsd", re.IGNORECASE)
YOUNG = re.compile(r"\b(child|children|kid|minor|underage|toddler|baby|preteen|pre-teen|teen|teenage|teenager|loli|"
                   r"shota|schoolgirl|schoolboy|little (?:girl|boy)|(?:[1-9]|1[0-7])[ -]?(?:year|yr)s?[ -]?old)\b",
                   re.IGNORECASE)
ADULT = re.compile(r"\b(nsfw|porn\w*|hentai|nude|naked|topless|blowjobs?|handjobs?|orgasm\w*|masturbat\w*|cunnilingus|"
                   r"fellatio|cumshots?|pussy|penis|vagina|clitoris|nipples?|dildos?|erection|ejaculat\w*|"
                   r"having sex|had sex|sexual intercourse|nackt\w*|desnud[oa]s?|porno\w*)\b|セックス|全裸|エッチ",
                   re.IGNORECASE)
ADULT_LEAST = 2
"""One such word alone says little about a story."""
UNKNOWN = frozenset({"", "unknown", "other", "?"})


@dataclass(frozen=True)
class Concern:
    """One thing to know. `asks` ones wait for a person's word; a waived one has had it."""

    kind: str
    words: str
    hint: str = ""
    asks: bool = False
    files: tuple[str, ...] = ()
    """Titles of the files that it is about."""
    assets: tuple[str, ...] = ()
    """Their ids in the story: any of them can be replaced."""
    fixes: tuple[Fix, ...] = ()
    waived: str = ""
    """Why it was passed by, in the words of the person who did."""

    @property
    def id(self) -> str:
        """The same for the same finding."""
        return hashlib.sha256(f"{self.kind} {self.words}".encode()).hexdigest()[:16]


def scan(story: Story, records: Mapping[str, Mapping[str, Any]], people: Mapping[str, Character],
         commercial: bool = False) -> list[Concern]:
    """All concerns. `records` are the sidecars of the story's files by their id in the story, `people` the studio's
    characters by the id of the cast."""
    refuse_young(story, people, records)
    return [*_licences(story, records, commercial), *_consent(story, people), *_rating(story, records),
            *_owned_names(story, people, commercial)]


def refuse_young(story: Story, people: Mapping[str, Character],
                 records: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """The wall: nothing sexual with anybody who is, or is written as, a minor. There is no way around it."""
    minors = {one.id: one.name or one.id for one in story.cast if _is_minor(one.notes, one.name, people.get(one.id))}
    if story.rating == "explicit" and minors:
        raise Refused(f"This story is marked as explicit, and {next(iter(minors.values()))} is described as a minor.",
                      "Such a story is not written, in any mode.")
    for scene in story.scenes if minors else ():
        there = minors.keys() & {who for node in scene.nodes for who in (node.who, *(d.who for d in node.directives))}
        if there and _adult_words(scene) >= ADULT_LEAST:
            raise Refused(f"“{scene.title or scene.id}” reads as sexual, and {minors[min(there)]} is described as a "
                          "minor.", "Such a story is not written, in any mode.")
    for words in _picture_words(story, records or {}):
        if ADULT.search(words) and YOUNG.search(words):
            raise Refused("The words of a picture in this story are sexual and name a minor.",
                          "Such a story is not written, in any mode.")


def refuse_young_picture(words: str, people: Iterable[Character]) -> None:
    """The same wall before a picture is drawn: by its words, and by who is in it."""
    if ADULT.search(words) and (YOUNG.search(words) or any(_is_minor("", one.name, one) for one in people)):
        raise Refused("The words of this picture are sexual, and somebody in it is described as a minor.",
                      "Such a picture is not drawn, in any mode.")


def licence_of(asset: Asset, record: Mapping[str, Any]) -> str:
    """What is known of a file's licence: the story's word, then the sidecar's, then that of the models that made it."""
    weights = (one for one in record.get("weights") or () if isinstance(one, Mapping))
    made_with = dict.fromkeys(str(one["licence"]) for one in weights if one.get("licence"))
    return asset.licence or str(record.get("licence") or "") or " AND ".join(made_with)


def without(story: Story, assets: Iterable[str]) -> tuple[Edit, ...]:
    """The edits that take files out of a story, and out of every place in it that names them."""
    gone, edits = set(assets), []
    for one in story.cast:
        edits += [Edit("remove", ("cast", one.id, "looks", look)) for look, asset in one.looks.items() if asset in gone]
    edits += [Edit("set", ("places", one.id, "asset"), "") for one in story.places if one.asset in gone]
    for scene in story.scenes:
        for node in scene.nodes:
            if any(one.asset in gone for one in node.directives):
                kept = [write(one) for one in node.directives if not (one.asset and one.asset in gone)]
                edits.append(Edit("set", ("scenes", scene.id, "nodes", node.id, "directives"), kept))
    return (*edits, *(Edit("remove", ("assets", one.id)) for one in story.assets if one.id in gone))


def _is_minor(notes: str, name: str, person: Character | None) -> bool:
    told = [notes, name, *((person.age, person.subject, person.descriptor, person.traits) if person else ())]
    age = re.fullmatch(r"\s*(\d{1,3})\b.*", person.age if person else "", re.DOTALL)
    return any(YOUNG.search(text) for text in told) or bool(age and int(age[1]) < 18)


def _licences(story: Story, records: Mapping[str, Mapping[str, Any]], commercial: bool) -> Iterator[Concern]:
    groups: dict[str, list[Asset]] = {}
    for asset in story.assets:
        if asset.id in records:
            groups.setdefault(licence_of(asset, records[asset.id]), []).append(asset)
    for licence, files in sorted(groups.items()):
        found = _licence(licence, tuple(one.title or one.id for one in files), commercial)
        if found:
            ids = tuple(one.id for one in files)
            yield replace(found, assets=ids, fixes=() if found.kind == "attribution" else (
                Fix("Take them out of the story", without(story, ids)),))


def _licence(licence: str, titles: tuple[str, ...], commercial: bool) -> Concern | None:
    many = f"{titles[0]}" + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")
    if licence.strip().lower() in UNKNOWN:
        return Concern("licence", f"Nobody knows under which licence these files are: {many}.",
                       "Ask their maker, or put others in their place.", True, titles)
    if NON_COMMERCIAL.search(licence):
        words = f"{many}: {licence} does not allow it to be sold."
        return Concern("non-commercial", words, "Give the story away for free, or replace them.", commercial, titles)
    if NO_DERIVATIVES.search(licence):
        return Concern("no-derivatives", f"{many}: {licence} does not allow changes.", "Use the files as they are.",
                       True, titles)
    if ATTRIBUTION.search(licence):
        return Concern("attribution", f"{many}: {licence} wants its maker named. LICENCES.txt does that.", "", False,
                       titles)
    return None


def _consent(story: Story, people: Mapping[str, Character]) -> Iterator[Concern]:
    shown = {one.id: tuple(one.looks.values()) for one in story.cast if one.looks}
    for who, person in people.items():
        if person.kind != "drawn" and person.consent.state not in ("given", "own") and who in shown:
            away = Fix("Take their pictures out of the story", without(story, shown[who]))
            yield Concern("consent", f"It is not known whether {person.name} has said yes to being shown.",
                          "Ask them, and note their answer in Characters.", True, fixes=(away,))


def _rating(story: Story, records: Mapping[str, Mapping[str, Any]]) -> Iterator[Concern]:
    if story.rating == "explicit":
        yield Concern("adult", "The story is marked as explicit: only adults may see it.", "Say so where you share it.",
                      True)
        return
    scenes = [scene for scene in story.scenes if _adult_words(scene)]
    found = sum(map(_adult_words, scenes)) + sum(bool(ADULT.search(one)) for one in _picture_words(story, records))
    if found >= ADULT_LEAST and story.rating != "suggestive":
        where = scenes[0].title or scenes[0].id if scenes else "the words of its pictures"
        mark = (Fix("Mark it as for adults only", (Edit("set", ("rating",), "explicit"),)),
                Fix("Mark it as for older teens and adults", (Edit("set", ("rating",), "suggestive"),)))
        yield Concern("rating", f"Some of it reads as meant for adults, and the story does not say so: {where}.",
                      "Only words were looked at. Say for whom it is, or change them.", True, fixes=mark)


def _adult_words(scene: Scene) -> int:
    return sum(len(ADULT.findall(text)) for node in scene.nodes
               for text in (node.text, *(option.text for option in node.options)))


def _picture_words(story: Story, records: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from (place.prompt for place in story.places)
    for asset in story.assets:
        yield f"{asset.meta.get('prompt') or ''}"
        yield f"{records.get(asset.id, {}).get('prompt') or ''}"


def _owned_names(story: Story, people: Mapping[str, Character], commercial: bool) -> Iterator[Concern]:
    told = " · ".join([story.title, *(one.name for one in story.cast), *(one.title for one in story.places),
                       *(person.name for person in people.values()), *_picture_words(story, {})]).casefold()
    for name, owner in owned_names().items():
        if name.casefold() in told and re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", told):
            yield Concern("name", f"“{name}” is a name that belongs to somebody: {owner}.",
                          "Fans may often use it for free. To sell the story, ask the owner or choose another name.",
                          commercial)


@cache
def owned_names() -> Mapping[str, str]:
    """Well-known names and who owns them, from configs/names.toml; people may add to it."""
    table = tomllib.loads(NAMES.read_text("utf-8"))
    return {name: owner for owner, names in table.items() for name in names}
