"""Making a character: a name, photos and whose they are become one object whose photos are checked at once."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from core import characters, datasets, photo_checks
from core.characters import Character, Consent
from core.datasets import Dataset, Photo
from core.errors import Missing, Refused, StudioError
from core.home import PROGRAM
from core.likeness import eye_of
from core.photo_checks import Finding
from core.photos import open_photo
from core.requests import GridRequest

WHOSE: Mapping[str, str] = {"drawn": "not needed", "own": "own", "given": "given"}
EXAMPLE, EXAMPLE_NAME = PROGRAM / "models" / "starter" / "demo", "Mira"
LICENCE = "CC0-1.0"
"""Of the example: anyone may do anything with her."""
SCENES = ("smiling, in a park", "surprised, in the city at night", "sad, on the beach")
"""What somebody is compared in, with and without what was learned."""
TWICE = "twice"
"""What is found once, as photos come in: the same file again."""
RESOLUTION = 512
"""What the checks hold photos against while no base model is chosen."""


class Rooms(Protocol):
    """The parts of a studio that are needed here."""

    assets: Any
    store: Any


def create(studio: Rooms, name: str, photos: Iterable[str], *, whose: str = "drawn", owner: str = "",
           descriptor: str = "") -> tuple[Character, list[Finding]]:
    """A new character with a set of photos, and what is to be known about these."""
    if whose not in WHOSE:
        raise Refused(f"“{whose[:20]}” does not say whose likeness it is.", f"Say one of: {', '.join(WHOSE)}.")
    wanted = " ".join(name.split()).casefold()
    for row in studio.store.rows(characters.TABLE):
        if str(row.get("name", "")).casefold() == wanted and (not owner or row.get("owner") == owner):
            raise StudioError(f"There is a character called {name} already.", "Choose another name, or open that one.")
    person = characters.new_character(
        name, kind="drawn" if whose == "drawn" else "person", more={"owner": owner} if owner else {},
        descriptor=descriptor.strip()[:400], consent=Consent(WHOSE[whose], when=time.time()))
    dataset, notes = with_photos(studio, datasets.new_dataset(person.id), photos)
    person, dataset = keep(studio, replace(person, dataset=dataset.id), dataset)
    return person, [*photo_checks.check(dataset, RESOLUTION), *(Finding(TWICE, "", note) for note in notes)]


def meet_example(studio: Rooms, owner: str = "") -> Character:
    """Mira of the studio's own example, with her photos and their captions; as free as a character of one's own."""
    told = json.loads((EXAMPLE / "mira.json").read_text("utf-8"))
    taken = {str(row.get("name", "")).casefold() for row in studio.store.rows(characters.TABLE)}
    name = next(one for one in (told["name"], *(f"{told['name']} {n}" for n in range(2, 1000)))
                if one.casefold() not in taken)
    photos = []
    for each in told["photos"]:
        record = {"title": f"{name}: {each['file']}", "licence": LICENCE, "owner": owner}
        asset = studio.assets.adopt(EXAMPLE / each["file"], folder="datasets", record=record)
        sha256 = str(studio.assets.record(asset.id).get("sha256", ""))
        photos.append(replace(as_photo(asset.id, asset.path, sha256), caption=each["caption"]))
    subject, _, descriptor = told["description"].partition(" with ")
    person = characters.new_character(name, subject=subject, descriptor=descriptor, trigger=told["trigger"],
                                      licence=LICENCE, more={"owner": owner} if owner else {},
                                      consent=Consent(WHOSE["drawn"], when=time.time()))
    dataset = datasets.new_dataset(person.id, photos)
    return keep(studio, replace(person, dataset=dataset.id), dataset)[0]


def keep(studio: Rooms, person: Character, dataset: Dataset) -> tuple[Character, Dataset]:
    """Write both; the character lists the photos that are used, and is measured anew when these changed."""
    used = tuple(photo.asset for photo in dataset.used)
    if used != person.photos:
        person = replace(person, photos=used, likeness={})
    person = replace(person, changed=time.time())
    studio.store.put(datasets.TABLE, dataset.id, dataset.row())
    studio.store.put(characters.TABLE, person.id, person.row())
    studio.store.flush()
    return person, dataset


def with_photos(studio: Rooms, dataset: Dataset, assets: Iterable[str]) -> tuple[Dataset, list[str]]:
    """The dataset with more photos, each measured once; the same file twice is left out, and said."""
    photos = []
    for asset_id in assets:
        asset, record = studio.assets.get(asset_id), studio.assets.record(asset_id)
        photos.append(as_photo(asset_id, asset.path, str(record.get("sha256", ""))))
    return datasets.add_photos(dataset, photos)


def as_photo(asset_id: str, path: Path, sha256: str) -> Photo:
    """A photo of a dataset, measured."""
    seen = open_photo(path, least=photo_checks.THUMB * 2)
    facts = photo_checks.measure(seen.picture) | ({"notes": list(seen.notes)} if seen.notes else {})
    return Photo(asset_id, width=seen.size[0], height=seen.size[1], sha256=sha256, facts=facts)


def check_teachable(studio: Rooms, who: str, owner: str = "") -> None:
    """Refuse a training of nobody, of somebody else's character, or of one without photos, before it is queued."""
    theirs = [row for row in studio.store.rows(characters.TABLE) if not owner or row.get("owner") == owner]
    person = characters.find(theirs, who).row() if who else None
    dataset = studio.store.get(datasets.TABLE, str(person.get("dataset") or "")) if person else None
    datasets.check_teachable(person, dataset)


def who_is_in(studio: Rooms, pictures: Iterable[str]) -> str:
    """The first character that pictures say they were made with."""
    for picture in pictures:
        for name in studio.assets.record(picture).get("characters") or []:
            return str(name)
    raise Missing("These pictures do not say who is in them.", "Name the character.")


def with_and_without(person: Character) -> GridRequest:
    """The same pictures with what was learned last, and without it."""
    lora = next(iter(reversed(person.loras)), None)
    if lora is None:
        raise Missing(f"{person.name} has not been learned yet.", "Teach them in Training first.")
    first, *others = SCENES
    asked = {"prompt": f"@{person.name}, {first}", "character": person.name, "model": lora.base,
             "seed": int(person.id[:8], 16) % 2**31}
    return GridRequest(x="lora_strength", x_values="0, 1", y="words", y_values="\n".join((first, *others)),
                       pipeline=f"image.{lora.family}", request=asked)


def eye_for(studio: Rooms, who: str) -> str:
    """The likeness pipeline that knows this kind of character."""
    return eye_of(characters.find(studio.store.rows(characters.TABLE), who).kind)
