"""Which pictures a story wishes for, and which of them are there as wished. Making them is a pipeline's work."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.errors import Missing
from core.story.edits import Edit
from core.story.model import Asset, Cast, Story

KINDS = ("place", "look", "picture")
BACKDROPS = ("green", "blue", "pink", "purple", "yellow", "grey")
KINDRED = {"teal": ("green", "blue"), "fair": ("pink", "yellow"), "pale": ("pink", "white"), "tan": ("yellow", "pink"),
           "blonde": ("yellow",), "orange": ("yellow", "pink"), "red": ("pink", "purple"), "silver": ("grey", "blue"),
           "white": ("grey",), "black": ("grey", "purple"), "denim": ("blue",), "brown hair": ("purple",)}
"""Colours that are too near to these words to be told from them."""
LOOKS_MOST = 8
OWN_WORDS = "{prompt}"
"""Where a picture's own words stand in what the world of the story adds; without it they stand before."""
WORN_MOST = 200
"""Letters of the notes on somebody who is a character of the studio: what they wear in this story."""


@dataclass(frozen=True)
class Wish:
    """One picture. `asset` is its id in the story; `who` is somebody of the cast."""

    asset: str
    kind: str
    prompt: str
    title: str
    who: str = ""
    look: str = ""
    place: str = ""
    character: str = ""

    @property
    def shape(self) -> str:
        return "portrait" if self.kind == "look" else "wide"

    @property
    def mood(self) -> str:
        """The face that is wanted, where one is."""
        return self.look.partition(" ")[0]

    def seal(self, *more: object) -> str:
        """A hash of all that decides how it will look; the same seal means there is nothing to make."""
        told = json.dumps([asdict(self), *more], sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:32]


def wishes(story: Story, describe: Mapping[str, str]) -> list[Wish]:
    """Backgrounds, faces, and pictures. `describe` gives words for those of the cast whom no character stands for."""
    known = {asset.id: asset for asset in story.assets}
    taken = set(known)
    found = [*_places(story, known, taken), *_looks(story, known, taken, describe), *_pictures(story, describe)]
    return [replace(wish, prompt=_in_its_world(story, wish)) for wish in found]


def _in_its_world(story: Story, wish: Wish) -> str:
    """The words of a picture with what the story's world adds to all of its kind."""
    added = story.world.prompts.get(wish.kind, "").strip()
    if OWN_WORDS in added:
        return added.replace(OWN_WORDS, wish.prompt)
    return ", ".join(filter(None, (wish.prompt, added)))


def own(asset: Asset | None) -> bool:
    """Whether a person chose this file; such a one is never replaced."""
    return asset is not None and bool(asset.file) and "wish" not in asset.meta


def done(story: Story, wish: Wish, seal: str) -> bool:
    """Whether the picture is there, made from just this wish."""
    asset = next((one for one in story.assets if one.id == wish.asset), None)
    return asset is not None and bool(asset.file) and asset.meta.get("wish") == seal


def fulfilled(story: Story, wish: Wish, row: Mapping[str, Any]) -> list[Edit]:
    """What to change in the story when the picture is there."""
    there = any(one.id == wish.asset for one in story.assets)
    old = next((one.meta for one in story.assets if one.id == wish.asset), {})
    value = {"id": wish.asset, "kind": "picture", "title": wish.title[:300], **row,
             "meta": {**{key: old[key] for key in ("prompt", "who") if key in old}, **row["meta"]}}
    edits = [Edit("set", ("assets", wish.asset), value) if there else Edit("add", ("assets",), value)]
    if wish.kind == "place":
        edits.append(Edit("set", ("places", wish.place, "asset"), wish.asset))
    elif wish.kind == "look":
        edits.append(Edit("set", ("cast", wish.who, "looks", wish.look), wish.asset))
    return edits


def swap(story: Story, asset_id: str, candidate: str = "") -> list[Edit]:
    """Take another of the pictures that were made for a wish; without a name, the next one."""
    asset = next((one for one in story.assets if one.id == asset_id), None)
    if asset is None:
        raise Missing(f"There is no picture “{asset_id}” in this story.", "Illustrate it first.")
    made = [str(one) for one in asset.meta.get("candidates") or ()]  # type: ignore[union-attr,attr-defined]
    if not made or (candidate and candidate not in made):
        raise Missing("That picture was not made for this place in the story.", f"There is: {', '.join(made) or '-'}.")
    at = made.index(asset.file) if asset.file in made else -1
    return [Edit("set", ("assets", asset_id, "file"), candidate or made[(at + 1) % len(made)])]


def cut_before(story: Story, version: int) -> list[Asset]:
    """Figures that were cut out of their drawings by an older cutter, and that no person chose."""
    looks = {asset for person in story.cast for asset in person.looks.values()}
    return [one for one in story.assets if one.id in looks and one.file and "wish" in one.meta
            and one.meta.get("cut", 1) != version]


def backdrop(words: str) -> str:
    """A plain colour that is far from all that the person is and wears."""
    low = words.lower()
    near = {colour for word, colours in KINDRED.items() if word in low for colour in colours}
    free = [colour for colour in BACKDROPS if colour not in low and colour not in near]
    return next(iter(free), next((colour for colour in BACKDROPS if colour not in low), BACKDROPS[0]))


def _places(story: Story, known: Mapping[str, Asset], taken: set[str]) -> list[Wish]:
    made = []
    for place in story.places:
        if not own(known.get(place.asset)) and (place.prompt or place.title):
            prompt = f"{place.prompt or place.title}, no people"
            made.append(Wish(place.asset or _free(f"bg-{place.id}", taken), "place", prompt, place.title or place.id,
                             place=place.id))
    return made


def _looks(story: Story, known: Mapping[str, Asset], taken: set[str], describe: Mapping[str, str]) -> list[Wish]:
    shown: dict[str, dict[str, int]] = {}
    for scene in story.scenes:
        for node in scene.nodes:
            for one in node.directives:
                if one.kind == "show":
                    look = " ".join(filter(None, (one.expression, one.pose))) or "neutral"
                    looks = shown.setdefault(one.who, {})
                    looks[look] = looks.get(look, 0) + 1
    made = []
    for person in story.cast:
        looks = shown.get(person.id, {})
        for look in sorted(looks, key=lambda one: (-looks[one], one))[:LOOKS_MOST]:
            asset = person.looks.get(look, "")
            if not own(known.get(asset)):
                made.append(Wish(asset or _free(f"{person.id}-{look.replace(' ', '-')}", taken), "look",
                                 _pose(person, look, describe), f"{person.name or person.id}: {look}", person.id, look,
                                 character=person.character))
    return made


def _pose(person: Cast, look: str, describe: Mapping[str, str]) -> str:
    words = describe.get(person.id, "")
    body = look.replace("-", " ")
    clothes = " ".join(person.notes.split())[:WORN_MOST]
    told = (f"{clothes}, " if clothes else "") if person.character else f"{words}, "
    return f"{told}{body}, plain {backdrop(words)} background, upper body, front view"


def _pictures(story: Story, describe: Mapping[str, str]) -> list[Wish]:
    cast = {one.id: one for one in story.cast}
    made = []
    for asset in story.assets:
        prompt = str(asset.meta.get("prompt") or "")
        if asset.kind == "picture" and prompt and not own(asset) and not _is_part(story, asset.id):
            person: Cast | None = cast.get(str(asset.meta.get("who") or ""))
            words = describe.get(person.id, "") if person and not person.character else ""
            words = " ".join(person.notes.split())[:WORN_MOST] if person and person.character else words
            made.append(Wish(asset.id, "picture", ", ".join(filter(None, (words, prompt))), asset.title or asset.id,
                             who=person.id if person else "", character=person.character if person else ""))
    return made


def _is_part(story: Story, asset_id: str) -> bool:
    return any(place.asset == asset_id for place in story.places) or any(
        asset_id in one.looks.values() for one in story.cast)


def _free(wanted: str, taken: set[str]) -> str:
    plain = wanted[:60].strip("-")
    found: Sequence[str] = [one for one in (plain, *(f"{plain}-{n}" for n in range(2, 100))) if one not in taken][:1]
    taken.update(found)
    return found[0]
