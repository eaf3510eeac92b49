"""Characters: who the pictures, the training and the stories are about. Name, photos, whose photos, Go."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from core import casting, character_files, characters, datasets, photo_checks
from core.casting import RESOLUTION, WHOSE
from core.characters import Character
from core.datasets import Dataset, Photo
from core.errors import Missing, StudioError
from core.language import Words, mark
from core.requests import CaptionRequest, FramesRequest, MasksRequest, PortraitsRequest
from core.search import Query
from core.story import stories
from ui import captions, drafts, panel, papers, parts, people, portraits, strip
from ui.page import Page, sender_of


@dataclass
class Cast:
    """The parts of the tab."""

    name: gr.Textbox | None = None
    drop: gr.File | None = None
    photos: gr.HTML | None = None
    whose: gr.Radio | None = None
    start: gr.Button | None = None
    folder: gr.UploadButton | None = None
    wall: gr.HTML | None = None
    side: gr.HTML | None = None
    open: gr.Textbox | None = None
    """Who is open and how they were drawn, so that what a job made shows by itself."""


def build(page: Page) -> Cast:
    made = Cast()
    parts.intro("characters")
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["give"], min_width=0):
            made.name = gr.Textbox(label=mark("characters.name"), max_lines=1, elem_id="characters-name")
            made.drop, made.photos = parts.well("characters-photos", kinds=("image", "video", ".zip", ".json"))
            made.folder = gr.UploadButton(mark("characters.folder"), file_count="directory", size="sm",
                                          elem_id="characters-folder")
            made.whose = gr.Radio([(mark(f"characters.whose_{name}"), name) for name in WHOSE], value="drawn",
                                  label=mark("characters.whose"), info=mark("characters.whose_help"))
            made.start = gr.Button(mark("characters.go"), variant="primary", elem_id="characters-go",
                                   elem_classes=["go"])
        with gr.Column(elem_classes=["get"], min_width=0):
            made.wall = parts.piece(id="characters-wall")
            made.side = parts.piece(id="characters-side")
            page.results.append(made.side)
            made.open = gr.Textbox("{}", visible=False)
    return made


def wire(page: Page, made: Cast) -> None:
    changed = [made.wall, made.side, page.character, made.open]

    def take(files: list[str] | str | None, ids: list[str], request: gr.Request) -> tuple[Any, ...]:
        return let_in(page, files, ids, request)

    def take_folder(files: list[str] | None, ids: list[str], request: gr.Request) -> tuple[Any, ...]:
        return let_in(page, panel.in_folder(files, panel.SEEN), ids, request)

    def create(name: str, ids: list[str], whose: str, request: gr.Request) -> tuple[Any, ...]:
        person = begin(page, name, parts.as_ids(ids), whose, request)
        return "", [], *shown(page, person.id, request, choose=True)

    def act(ids: list[str], chosen: str, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        return answer(page, parts.said(event), parts.as_ids(ids), request, chosen)

    def enter(request: gr.Request) -> str:
        return people.wall(everyone(page, request), page.words(request))

    def refresh(now: str, request: gr.Request) -> tuple[Any, Any, Any]:
        before = told(now)
        if not before.get("id"):
            return gr.skip(), gr.skip(), gr.skip()
        wall, side, _, after = shown(page, before["id"], request)
        return (gr.skip(),) * 3 if told(after) == before else (wall, side, after)

    for drop, taken in ((made.drop, take), (made.folder, take_folder)):
        page.on(drop.upload, taken, [drop, made.photos], [drop, made.photos, *changed])
    page.on(made.start.click, create, [made.name, made.photos, made.whose], [made.name, made.photos, *changed],
            trigger_mode="once")
    for place in (made.wall, made.side):
        strip.tell_at_once(page, page.on(place.act, act, [made.photos, page.character], [made.photos, *changed]))
    page.on(page.seen.change, refresh, [made.open], [made.wall, made.side, made.open], queue=False,
            trigger_mode="once")
    page.on(page.seats["characters"].select, enter, None, [made.wall])

    def refill(given: Mapping[str, Any], request: gr.Request) -> dict[Any, Any]:
        whose = given.get("whose") if given.get("whose") in WHOSE else "drawn"
        return {made.name: str(given.get("name") or ""), made.whose: whose,
                made.photos: drafts.there(page, given.get("photos"), request)}

    drafts.keep(page, "characters", {"name": made.name, "photos": made.photos, "whose": made.whose}, refill)


def let_in(page: Page, files: list[str] | str | None, ids: list[str], request: gr.Request) -> tuple[Any, ...]:
    """What was dropped: photos and films into the well, whoever travels in a file onto the wall."""
    files = [files] if isinstance(files, str) else files or []
    people_in = [path for path in files if character_files.is_character(Path(path))]
    new = [id for path in files if path not in people_in for id in panel.bring_all_in(page, path, request)]
    come = [welcome(page, path, request) for path in people_in]
    shows = shown(page, come[-1].id, request) if come else (gr.skip(),) * 4
    return None, [*parts.as_ids(ids), *new], *shows


def answer(page: Page, said: dict[str, Any], ids: list[str], request: gr.Request, chosen: str = "") -> tuple[Any, ...]:
    """What a click on the wall or in an open character changes: the well, and all that shows people. `chosen` is whose
    turn it is by the chip in the frame."""
    if said.get("act") == "put-away":
        return gr.skip(), *shown(page, "", request)
    if said.get("act") == "how":  # the Library opens it
        return tuple(gr.skip() for _ in range(5))
    if said.get("act") == "meet":
        return gr.skip(), *shown(page, casting.meet_example(page.studio, page.owner(request)).id, request,
                                 choose=True)
    person = person_of(page, said.get("person", ""), request)
    if said.get("act") == "caption":
        obey(page, person, said, [], request)
        return tuple(gr.skip() for _ in range(5))
    gone = obey(page, person, said, ids, request)
    if said.get("act") == "add":
        captions.begin_at_once(page.studio, person_of(page, person.id, request), sender_of(request))
    taken = [] if said.get("act") == "add" else gr.skip()
    turns = chosen == person.name if gone else said.get("act") == "choose"
    return taken, *shown(page, "" if gone else person.id, request, choose=turns)


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
    films = films_in(page, ids)
    stills = [one for one in ids if one not in films]
    person, found = casting.create(page.studio, name, stills, whose=whose, owner=page.owner(request))
    for one in found:
        if one.kind == casting.TWICE:
            gr.Info(page.words(request).phrase(one.sentence))
    take_frames(page, person, films, request)
    captions.begin_at_once(page.studio, person, sender_of(request))
    return person


def films_in(page: Page, ids: list[str]) -> list[str]:
    """What of it is a video."""
    return [one for one in ids if page.studio.assets.record(one).get("kind") == "video"]


def take_frames(page: Page, person: Character, films: list[str], request: gr.Request) -> None:
    """Videos become photos in jobs of their own."""
    for film in films:
        page.studio.submit("frames.video", FramesRequest(video=film, character=person.id), sender_of(request))
    if films:
        gr.Info(page.words(request)("characters.frames_begun"))


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
    if verb in ("describe", "amend"):
        what = "descriptor" if verb == "describe" else str(said.get("what", ""))
        person = characters.amend(person, what, str(said.get("text", "")))
    elif verb == "add":
        films = films_in(page, ids)
        dataset = _with_photos(page, dataset, [one for one in ids if one not in films], page.words(request))
        take_frames(page, person, films, request)
    elif verb in ("leave", "take"):
        dataset = datasets.change(dataset, asset, use=verb == "take")
    elif verb == "waive":
        photo = next((one for one in dataset.photos if one.asset == asset), None)
        dataset = datasets.change(dataset, asset, waived=(*photo.waived, str(said.get("kind")))) if photo else dataset
    elif verb in ("caption", "caption-undo", "caption-replace"):
        dataset = captions.change(dataset, verb, asset, str(said.get("text", "")), str(said.get("also", "")))
    elif verb in ("keep-portrait", "keep-all", "drop-draft"):
        for key in list(person.drafts) if verb == "keep-all" else [str(said.get("key"))]:
            person = (characters.drop_draft if verb == "drop-draft" else characters.keep_portrait)(person, key)
    elif verb in ("mend", "mend-all"):
        found = photo_checks.check(dataset, RESOLUTION)
        one = next((one for one in found if (one.kind, one.asset) == (said.get("kind"), asset)), None)
        dataset = (photo_checks.mend_all(dataset, found) if verb == "mend-all" else
                   photo_checks.mend(dataset, one) if one else dataset)
    else:
        ask(page, person, said, request)
        return False
    casting.keep(page.studio, person, dataset)
    return False


def ask(page: Page, person: Character, said: dict[str, Any], request: gr.Request) -> None:
    """What a click begins that takes longer than a click."""
    verb, owner = said.get("act"), page.owner(request)
    if verb == "describe-photos":
        page.studio.submit(str(said.get("way", "")), CaptionRequest(character=person.id), sender_of(request))
    elif verb in ("draw-set", "redraw"):
        only = (str(said.get("key")),) if verb == "redraw" else ()
        asked = PortraitsRequest(character=person.id, what=str(said.get("what") or "expressions"), only=only)
        page.studio.submit("portraits.sheets", asked, sender_of(request))
    elif verb == "compare-lora":
        page.studio.submit("grid.table", casting.with_and_without(person), sender_of(request))
    elif verb == "find-masks":
        page.studio.submit("masks.person", MasksRequest(character=person.id), sender_of(request))
    elif verb in ("export-zip", "export-card"):
        character_files.export_as_asset(page.studio, person.name, "card" if verb == "export-card" else "zip", owner)


def welcome(page: Page, path: str, request: gr.Request) -> Character:
    """Somebody who came in a file: a .char.zip, or a card as PNG or JSON."""
    person = character_files.import_character(page.studio, Path(path), page.owner(request))
    gr.Info(page.words(request)("characters.came", name=person.name))
    return person


def shown(page: Page, person_id: str, request: gr.Request, choose: bool = False) -> tuple[str, str, Any, str]:
    """The wall, the open character, the chip in the frame, and what is open, as they are now. With `choose` it is that
    character's turn, or nobody's."""
    words, cast = page.words(request), everyone(page, request)
    person = next((one for one in cast if one.id == person_id), None)
    side = opened(page, person, request) if person is not None else ""
    chip = {"choices": names(cast, words), "visible": bool(cast)}
    if choose:
        chip["value"] = person.name if person else ""
    now = json.dumps({"id": person.id if person else "", "print": zlib.crc32(side.encode())})
    return people.wall(cast, words, person_id), side, gr.Dropdown(**chip), now


def opened(page: Page, person: Character, request: gr.Request) -> str:
    """One character with all that belongs to them."""
    words, dataset = page.words(request), dataset_of(page, person)
    found = [one for one in photo_checks.check(dataset, RESOLUTION) if one.kind != "caption"]
    seen = page.studio.library.search(Query(character=person.name, kind="image", owner=page.owner(request), limit=12))
    pictures = [one for one in seen.rows if not one.path.startswith(f"{character_files.EXPORTS}/")]
    count = seen.total - len(seen.rows) + len(pictures)
    more = [portraits.portraits(person, words),
            captions.table(person, dataset, captions.readers(page.studio, person),
                           captions.sizes(dataset, RESOLUTION, words), words),
            portraits.appearances(pictures, count, tales_of(page, person, request), words),
            papers.papers(person, words),
            papers.travel(person, character_files.exports_of(page.studio, person.name, page.owner(request)), words)]
    faceless = person.kind == "person" and bool(person.photos) and not captions.is_here(page.studio, "likeness.faces")
    return people.detail(person, dataset, found, words, "".join(more), faceless)


def tales_of(page: Page, person: Character, request: gr.Request) -> list[dict[str, str]]:
    """The stories in whose cast somebody is."""
    found = []
    for entry in stories.listed(page.studio, page.owner(request)):
        try:
            cast = stories.opened(page.studio.assets, entry.id).cast
        except StudioError:
            continue
        if any(one.character in (person.id, person.name) for one in cast):
            found.append({"id": entry.id, "title": entry.title})
    return found


def told(text: str) -> dict[str, Any]:
    """What a hidden field holds, whatever a client sends."""
    try:
        known = json.loads(text or "{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) and isinstance(known.get("id"), str) else {}


def names(cast: list[Character], words: Any) -> list[tuple[str, str]]:
    return [(words("frame.nobody"), ""), *((one.name, one.name) for one in cast)]


def _with_photos(page: Page, dataset: Dataset, ids: list[str], words: Words) -> Dataset:
    dataset, notes = casting.with_photos(page.studio, dataset, ids)
    for note in notes:
        gr.Info(words.phrase(note))
    return dataset
