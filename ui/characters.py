"""Characters: who the pictures, the training and the stories are about. Name, photos, whose photos, Go."""

import time
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from core import characters, datasets, photo_checks
from core.characters import Character, Consent
from core.datasets import Dataset, Photo
from core.errors import Missing, StudioError
from core.language import mark
from core.photos import open_photo
from ui import panel, parts, people
from ui.page import Page

WHOSE = {"drawn": "not needed", "own": "own", "given": "given"}
RESOLUTION = 512


@dataclass
class Cast:
    """The parts of the tab."""

    name: gr.Textbox | None = None
    drop: gr.File | None = None
    photos: gr.HTML | None = None
    whose: gr.Radio | None = None
    start: gr.Button | None = None
    wall: gr.HTML | None = None
    side: gr.HTML | None = None


def build(page: Page) -> Cast:
    made = Cast()
    parts.intro("characters")
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["give"], min_width=0):
            made.name = gr.Textbox(label=mark("characters.name"), max_lines=1, elem_id="characters-name")
            made.drop, made.photos = parts.well("characters-photos")
            made.whose = gr.Radio([(mark(f"characters.whose_{name}"), name) for name in WHOSE], value="drawn",
                                  label=mark("characters.whose"), info=mark("characters.whose_help"))
            made.start = gr.Button(mark("characters.go"), variant="primary", elem_id="characters-go",
                                   elem_classes=["go"])
        with gr.Column(elem_classes=["get"], min_width=0):
            made.wall = parts.piece(id="characters-wall")
            made.side = parts.piece(id="characters-side")
    return made


def wire(page: Page, made: Cast) -> None:
    panel.take_in(page, made.drop, made.photos, many=True)
    changed = [made.wall, made.side, page.character]

    def create(name: str, ids: list[str], whose: str, request: gr.Request) -> tuple[Any, ...]:
        person = begin(page, name, parts.as_ids(ids), whose, request)
        return "", [], *shown(page, person.id, request, choose=True)

    def act(ids: list[str], event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        said = parts.said(event)
        if said.get("act") == "unsee":
            return [], *shown(page, "", request)
        person = person_of(page, said.get("person", ""), request)
        gone = obey(page, person, said, parts.as_ids(ids), request)
        taken = [] if said.get("act") == "add" else gr.skip()
        return taken, *shown(page, "" if gone else person.id, request, choose=said.get("act") == "choose")

    def enter(request: gr.Request) -> str:
        return people.wall(everyone(page, request), page.words(request))

    page.on(made.start.click, create, [made.name, made.photos, made.whose], [made.name, made.photos, *changed])
    for place in (made.wall, made.side):
        page.on(place.act, act, [made.photos], [made.photos, *changed])
    page.on(page.seats["characters"].select, enter, None, [made.wall])


def everyone(page: Page, request: gr.Request | None) -> list[Character]:
    """All characters of this visitor, the newest first."""
    owner = page.owner(request)
    rows = [row for row in page.studio.store.rows(characters.TABLE) if not owner or row.get("owner") == owner]
    return [characters.from_row(row) for row in reversed(rows)]


def person_of(page: Page, who: str, request: gr.Request) -> Character:
    for person in everyone(page, request):
        if person.id == who:
            return person
    raise Missing("That character is not here any more.", "Choose another one.")


def begin(page: Page, name: str, ids: list[str], whose: str, request: gr.Request) -> Character:
    """A new character with a set of photos that are checked at once."""
    more = {"owner": page.owner(request)} if page.owner(request) else {}
    if any(one.name.casefold() == " ".join(name.split()).casefold() for one in everyone(page, request)):
        raise StudioError(f"There is a character called {name} already.", "Choose another name, or open that one.")
    person = characters.new_character(
        name, kind="drawn" if whose == "drawn" else "photo", more=more,
        consent=Consent(WHOSE.get(whose, "unknown"), when=time.time()))
    dataset = datasets.new_dataset(person.id)
    return keep(page, replace(person, dataset=dataset.id), _with_photos(page, dataset, ids))


def keep(page: Page, person: Character, dataset: Dataset) -> Character:
    """Write both; the character lists the photos that are used."""
    person = replace(person, photos=tuple(photo.asset for photo in dataset.used), changed=time.time())
    page.studio.store.put(datasets.TABLE, dataset.id, dataset.row())
    page.studio.store.put(characters.TABLE, person.id, person.row())
    page.studio.store.flush()
    return person


def dataset_of(page: Page, person: Character) -> Dataset:
    row = page.studio.store.get(datasets.TABLE, person.dataset) if person.dataset else None
    return datasets.from_row(row) if row else datasets.new_dataset(person.id, map(Photo, person.photos))


def obey(page: Page, person: Character, said: dict[str, Any], ids: list[str], request: gr.Request) -> bool:
    """What a click does to a character; True when they are gone."""
    verb, asset, dataset = said.get("act"), str(said.get("asset", "")), dataset_of(page, person)
    person = replace(person, dataset=dataset.id)
    if verb == "remove":
        page.studio.store.drop(characters.TABLE, person.id)
        page.studio.store.flush()
        return True
    if verb == "describe":
        person = replace(person, descriptor=str(said.get("text", "")).strip()[:400])
    elif verb == "add":
        dataset = _with_photos(page, dataset, ids)
    elif verb in ("leave", "take"):
        dataset = datasets.change(dataset, asset, use=verb == "take")
    elif verb == "waive":
        photo = next((one for one in dataset.photos if one.asset == asset), None)
        dataset = datasets.change(dataset, asset, waived=(*photo.waived, str(said.get("kind")))) if photo else dataset
    elif verb in ("mend", "mend-all"):
        found = photo_checks.check(dataset, RESOLUTION)
        chosen = found if verb == "mend-all" else [one for one in found if (one.kind, one.asset) == (said.get("kind"),
                                                                                                     asset)]
        for one in chosen:
            dataset = photo_checks.mend(dataset, one) if verb == "mend" or one.repair != "accept" else dataset
    else:
        return False
    keep(page, person, dataset)
    return False


def shown(page: Page, person_id: str, request: gr.Request, choose: bool = False) -> tuple[str, str, Any]:
    """The wall, the open character, and the chip in the frame, as they are now."""
    words, cast = page.words(request), everyone(page, request)
    person = next((one for one in cast if one.id == person_id), None)
    side = ""
    if person is not None:
        dataset = dataset_of(page, person)
        found = [one for one in photo_checks.check(dataset, RESOLUTION) if one.kind != "caption"]
        side = people.detail(person, dataset, found, words)
    chip = {"choices": names(cast, words), "visible": bool(cast)}
    if choose and person is not None:
        chip["value"] = person.name
    return people.wall(cast, words, person_id), side, gr.Dropdown(**chip)


def names(cast: list[Character], words: Any) -> list[tuple[str, str]]:
    return [(words("frame.nobody"), ""), *((one.name, one.name) for one in cast)]


def _with_photos(page: Page, dataset: Dataset, ids: list[str]) -> Dataset:
    photos = []
    for asset_id in ids:
        asset, record = page.studio.assets.get(asset_id), page.studio.assets.record(asset_id)
        picture = open_photo(asset.path).picture
        photos.append(Photo(asset_id, width=picture.width, height=picture.height, sha256=str(record.get("sha256", "")),
                            facts=photo_checks.measure(picture)))
    return datasets.add_photos(dataset, photos)[0]
