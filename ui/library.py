"""Library: everything that was made, found again while typing; stars, boards, family, trash with undo."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from core.errors import Missing, Refused
from core.language import mark
from core.owners import hold_to
from core.requests import SheetRequest
from core.search import Query
from ui import panel, parts, wall
from ui.page import Page, sender_of

FIRST, STEP, WINDOW = 60, 60, 360
"""Cards at first, with each "more", and at once on the page: the wall is a window that walks over all there is."""
DAY_SECONDS = 86_400
DAYS = (0, 1, 7, 31, 366)
"""Since when; 0 is any time."""
SORTS = ("newest", "oldest", "likeness", "largest")
KINDS = ("", "image", "video", "audio", "bundle", "trash")
FACETS = ("board", "character", "tag", "model", "lora", "story")
EVERY = ""


@dataclass
class Shelf:
    """The parts of the tab."""

    filters: dict[str, Any] = field(default_factory=dict)
    drop: gr.File | None = None
    limit: gr.Number | None = None
    seen: gr.Textbox | None = None
    """Which asset stands open at the right."""
    wall: gr.HTML | None = None
    side: gr.HTML | None = None
    compare: gr.HTML | None = None

    def inputs(self) -> set[Any]:
        return {*self.filters.values(), self.limit, self.seen}


def build(page: Page) -> Shelf:
    made = Shelf()
    parts.intro("library")
    with gr.Row(elem_classes=["finder"]):
        made.filters["text"] = gr.Textbox(show_label=True, label=mark("library.search"),
                                          placeholder=mark("library.search_hint"),
                                          elem_id="library-search", scale=3, min_width=240, lines=1, max_lines=1)
        made.filters["sort"] = gr.Dropdown([(mark(f"library.sort_{name}"), name) for name in SORTS], value="newest",
                                           label=mark("library.sort"), min_width=140, filterable=False)
        made.filters["starred"] = gr.Checkbox(False, label=mark("library.starred"), min_width=120,
                                              elem_classes=["lone"])
    made.filters["kind"] = gr.Radio([(mark(f"library.kind_{name or 'all'}"), name) for name in KINDS], value=EVERY,
                                    label=mark("library.kind"), show_label=False, elem_id="library-kind",
                                    elem_classes=["flat"])
    with gr.Accordion(mark("library.filters"), open=False, elem_classes=["advanced"], elem_id="library-filters"):
        with gr.Row():
            for name in FACETS:
                made.filters[name] = gr.Dropdown([(mark("library.any"), EVERY)], value=EVERY,
                                                 label=mark(f"library.{name}"),
                                                 min_width=150)
            made.filters["since"] = gr.Dropdown([(mark(f"library.days_{days}"), days) for days in DAYS], value=0,
                                                label=mark("library.since"), min_width=150, filterable=False,
                                                elem_id="library-since")
            made.filters["minimum_likeness"] = gr.Slider(0, 100, 0, step=1, label=mark("library.minimum_likeness"),
                                                         min_width=180)
    made.limit, made.seen = gr.Number(FIRST, visible=False, precision=0), gr.Textbox("", visible=False)
    made.compare = parts.piece(id="library-compare")
    with gr.Row(elem_classes=["shelves"]):
        made.wall = parts.piece(id="library-wall")
        made.side = parts.piece(id="library-side")
    page.results += [made.wall, made.side, made.compare]
    made.drop = gr.File(label=mark("library.bring_in"), file_count="multiple", file_types=["image", "video", "audio"],
                        elem_id="library-drop", elem_classes=["drop"], height=96)
    return made


def wire(page: Page, made: Shelf) -> None:
    def find(values: dict[Any, Any], request: gr.Request) -> tuple[str, int]:
        return draw(page, made, values | {made.limit: FIRST}, request), FIRST

    def enter(values: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        return {made.wall: draw(page, made, values, request), **_choices(page, made, request)}

    def act(values: dict[Any, Any], event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        return obey(page, made, values, parts.said(event), request)

    def take(values: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        new = [id for path in values.pop(made.drop) or [] for id in panel.bring_all_in(page, path, request)]
        gr.Info(page.words(request)("library.brought", count=len(new)), title=page.words(request)("tabs.library"))
        return {made.drop: None, made.wall: draw(page, made, values, request)}

    for box in made.filters.values():
        # `change`, not `input`: Gradio's text box tells nobody of a deleted letter through the latter.
        page.on(box.change, find, made.inputs(), [made.wall, made.limit], trigger_mode="always_last",
                queue=False, preprocess=False)

    def again(values: dict[Any, Any], request: gr.Request) -> str:
        return draw(page, made, values, request)

    page.on(page.stock.change, again, made.inputs(), [made.wall], trigger_mode="always_last", queue=False,
            preprocess=False)
    page.on(page.seats["library"].select, enter, made.inputs(), [made.wall, *(made.filters[name] for name in FACETS)])
    page.on(made.drop.upload, take, made.inputs() | {made.drop}, [made.drop, made.wall])
    outputs = [made.wall, made.side, made.compare, made.limit, made.seen, page.tabs, *page.inboxes.values()]
    for piece in page.results:
        page.on(piece.act, act, made.inputs(), outputs)


def draw(page: Page, made: Shelf, values: Mapping[Any, Any], request: gr.Request, notice: str = "") -> str:
    """The wall for what is asked now."""
    words = page.words(request)
    if values.get(made.filters["kind"]) == "trash":
        return notice + wall.trash(page.studio.assets.trashed(page.owner(request)), words, page.may_change())
    asked = query(page, made, values, request)
    found = page.studio.library.search(asked)
    boards = [name for name, _ in facets(page, request).get("board", [])]
    return wall.wall(found, words, before=asked.offset, chosen=str(values.get(made.seen) or ""), notice=notice,
                     boards=boards)


def facets(page: Page, request: gr.Request) -> dict[str, list[tuple[str, int]]]:
    """What can be filtered by. A visitor of a shared studio hears of no name that is not on something of theirs."""
    if not page.owner(request):
        return page.studio.library.facets()
    counts: dict[str, Counter[str]] = {}
    for entry in page.studio.library.search(Query(owner=page.owner(request), limit=1000)).rows:
        for name, labels in entry.labels.items():
            counts.setdefault(name, Counter()).update(labels)
    return {name: found.most_common() for name, found in counts.items() if name != "owner"}


def query(page: Page, made: Shelf, values: Mapping[Any, Any], request: gr.Request) -> Query:
    """What the filters ask. In a shared studio everyone finds only what is theirs."""
    given = {name: values.get(box) for name, box in made.filters.items()}
    kept = {name: value for name, value in given.items() if value not in (None, "", EVERY)}
    if "since" in kept:
        kept["since"] = time.time() - DAY_SECONDS * int(kept["since"]) if kept["since"] in DAYS[1:] else 0.0
    reach = max(FIRST, int(values.get(made.limit) or FIRST))
    begin = max(0, reach - WINDOW)
    return Query(**kept, owner=page.owner(request), offset=begin, limit=reach - begin)


def obey(page: Page, made: Shelf, values: dict[Any, Any], said: dict[str, Any], request: gr.Request) -> dict[Any, Any]:
    """What a click on a picture, on its verbs or on the bar for several does; tells which pieces change."""
    words, ids = page.words(request), said.get("ids") or [said[name] for name in ("asset",) if said.get(name)]
    verb = str(said.get("act", ""))
    if verb in QUIET:
        return QUIET[verb](made, values, draw, page, request)
    if verb in ("see", "how", "open"):
        return see(page, made, values, str(said.get("asset", "")), request)
    if verb in ("undo", "restore"):
        page.studio.assets.restore(str(said.get("token", "")), page.owner(request))
        return {made.wall: draw(page, made, values, request)}
    if verb == "empty-trash":
        return _empty_trash(page, made, values, request)
    if verb not in OWN:  # every piece with results hands its clicks on to here, those of its jobs too
        return {made.wall: gr.skip()}
    chosen = mine(page, ids, request)
    if verb in EDITS:
        return edit(page, made, values, chosen, verb, str(said.get("text", "")).strip(), request)
    if verb == "trash":
        token = page.studio.assets.trash(chosen, page.owner(request))
        notice = wall.undo(len(chosen), token, words)
        return {made.wall: draw(page, made, values | {made.seen: ""}, request, notice), made.side: "", made.seen: ""}
    if verb == "compare":
        entries = [entry for entry in map(page.studio.library.entry, chosen) if entry is not None]
        return {made.compare: wall.compare(entries, words)}
    if verb == "sheet":
        page.studio.submit("sheet.contact", SheetRequest(pictures=tuple(chosen)), sender_of(request))
        gr.Info(words("library.sheet_started"), title=words("library.sheet"))
    if verb == "upscale" and "upscale" in page.inboxes:
        return {page.inboxes["upscale"]: chosen, page.tabs: gr.Tabs(selected="upscale")}
    return {made.wall: gr.skip()}


def see(page: Page, made: Shelf, values: dict[Any, Any], asset_id: str, request: gr.Request) -> dict[Any, Any]:
    """Open one asset at the right, from wherever it was clicked."""
    (asset_id,) = mine(page, [asset_id], request)
    entry = page.studio.library.entry(asset_id)
    if entry is None:
        raise Missing("That is not in the Library any more.", "It may be in the trash.")
    record = page.studio.assets.record(asset_id)
    way = page.studio.catalog.entries.get(str(record.get("pipeline")))
    record |= {"pipeline_name": way.card.name if way else "", "shape_of_options": way.options if way else None}
    side = wall.detail(entry, record, page.studio.library.lineage(asset_id), page.words(request))
    now = values | {made.seen: asset_id}
    return {made.side: side, made.seen: asset_id, made.wall: draw(page, made, now, request),
            page.tabs: gr.Tabs(selected="library")}


def edit(page: Page, made: Shelf, values: dict[Any, Any], ids: list[str], verb: str, text: str,
         request: gr.Request) -> dict[Any, Any]:
    """Stars, boards and tags, of one or of many."""
    if verb in NAMED and not text:
        raise Refused("There is no name yet.", "Type a name first.")
    for asset_id in ids:
        record = page.studio.assets.record(asset_id)
        page.studio.assets.edit(asset_id, EDITS[verb](record, text))
    seen = str(values.get(made.seen) or "")
    if seen in ids:
        return see(page, made, values, seen, request)
    return {made.wall: draw(page, made, values, request)}


def mine(page: Page, ids: list[str], request: gr.Request) -> list[str]:
    """These ids, as long as they are this visitor's to touch."""
    if not ids:
        raise Refused("Nothing was chosen.", "Tick some pictures first.")
    return hold_to(page.studio.assets, ids, page.owner(request))


def _with(name: str, text: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(dict.fromkeys([*(record.get(name) or []), text]))}


def _without(name: str, text: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [value for value in record.get(name) or [] if value != text]}


EDITS: Mapping[str, Callable[[Mapping[str, Any], str], dict[str, Any]]] = {
    "star": lambda record, text: {"starred": True},
    "unstar": lambda record, text: {"starred": False},
    "pin": lambda record, text: {"pinned": True},
    "unpin": lambda record, text: {"pinned": False},
    "board": lambda record, text: _with("boards", text, record),
    "unboard": lambda record, text: _without("boards", text, record),
    "tag": lambda record, text: _with("tags", text, record),
    "untag": lambda record, text: _without("tags", text, record),
}
NAMED = frozenset({"board", "unboard", "tag", "untag"})
OWN = frozenset({*EDITS, "trash", "compare", "sheet", "upscale"})
"""What is done with chosen pictures. Anything else that was clicked belongs to somebody else."""


def _more(made: Shelf, values: dict[Any, Any], draw: Any, page: Page, request: gr.Request) -> dict[Any, Any]:
    return _walk(STEP, made, values, draw, page, request)


def _earlier(made: Shelf, values: dict[Any, Any], draw: Any, page: Page, request: gr.Request) -> dict[Any, Any]:
    return _walk(-STEP, made, values, draw, page, request)


def _walk(step: int, made: Shelf, values: dict[Any, Any], draw: Any, page: Page, request: gr.Request) -> dict[Any, Any]:
    reach = max(FIRST, int(values.get(made.limit) or FIRST) + step)
    return {made.limit: reach, made.wall: draw(page, made, values | {made.limit: reach}, request)}


QUIET: Mapping[str, Callable[..., dict[Any, Any]]] = {
    "more": _more,
    "earlier": _earlier,
    "unsee": lambda made, values, draw, page, request: {made.side: "", made.seen: "",
                                                        made.wall: draw(page, made, values | {made.seen: ""}, request)},
    "uncompare": lambda made, *rest: {made.compare: ""},
}


def _empty_trash(page: Page, made: Shelf, values: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
    if not page.may_change():
        raise Refused("The trash cannot be emptied while the studio is shared.", "The person at the computer can.")
    freed = page.studio.assets.empty_trash()
    gr.Info(page.words(request)("library.freed", size=parts.size(freed)))
    return {made.wall: draw(page, made, values, request)}


def _choices(page: Page, made: Shelf, request: gr.Request) -> dict[Any, Any]:
    """What can be filtered by, with how many there are of each."""
    known = facets(page, request)
    words = page.words(request)
    return {made.filters[name]: gr.Dropdown([(words("library.any"), EVERY),
                                             *((f"{value} ({count})", value) for value, count in known.get(name, []))])
            for name in FACETS}
