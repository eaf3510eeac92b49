"""Library: everything that was made, found again while typing; stars, boards, family, trash with undo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from core.errors import Missing, Refused
from core.language import Words, mark
from core.requests import SheetRequest
from core.search import Query
from ui import panel, parts, wall
from ui.page import Page, trail_of

FIRST, STEP, MOST = 60, 60, 1200
SORTS = ("newest", "oldest", "likeness", "largest")
KINDS = ("", "image", "video", "audio", "text", "bundle", "weights", "trash")
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
    with gr.Row(elem_classes=["finder"]):
        made.filters["text"] = gr.Textbox(show_label=True, label=mark("library.search"), placeholder=mark("library.search_hint"),
                                          elem_id="library-search", scale=3, min_width=240, lines=1, max_lines=1)
        made.filters["sort"] = gr.Dropdown([(mark(f"library.sort_{name}"), name) for name in SORTS], value="newest",
                                           label=mark("library.sort"), min_width=140, filterable=False)
        made.filters["starred"] = gr.Checkbox(False, label=mark("library.starred"), min_width=120, elem_classes=["lone"])
    made.filters["kind"] = gr.Radio([(mark(f"library.kind_{name or 'all'}"), name) for name in KINDS], value=EVERY,
                                    label=mark("library.kind"), show_label=False, elem_id="library-kind", elem_classes=["flat"])
    with gr.Accordion(mark("library.filters"), open=False, elem_classes=["advanced"], elem_id="library-filters"):
        with gr.Row():
            for name in FACETS:
                made.filters[name] = gr.Dropdown([(mark("library.any"), EVERY)], value=EVERY, label=mark(f"library.{name}"),
                                                 min_width=150)
            made.filters["minimum_likeness"] = gr.Slider(0, 100, 0, step=1, label=mark("library.minimum_likeness"), min_width=180)
    made.limit, made.seen = gr.Number(FIRST, visible=False, precision=0), gr.Textbox("", visible=False)
    made.compare = parts.piece(id="library-compare")
    with gr.Row(elem_classes=["shelves"]):
        with gr.Column(min_width=0):
            made.wall = parts.piece(id="library-wall")
        made.side = parts.piece(id="library-side")
    made.drop = gr.File(label=mark("library.bring_in"), file_count="multiple", file_types=["image", "video", "audio"],
                        elem_id="library-drop", elem_classes=["drop"], height=96)
    return made


def wire(page: Page, made: Shelf) -> None:
    shown = [made.wall]

    def find(values: dict[Any, Any], request: gr.Request) -> str:
        return draw(page, made, values, request)

    def find_from_top(values: dict[Any, Any], request: gr.Request) -> tuple[str, int]:
        return draw(page, made, values | {made.limit: FIRST}, request), FIRST

    def enter(values: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        return {made.wall: draw(page, made, values, request), **_choices(page, made, values, request)}

    def act(values: dict[Any, Any], event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        return obey(page, made, values, parts.said(event), request)

    def take(files: list[str] | None, values: dict[Any, Any], request: gr.Request) -> tuple[None, str]:
        new = [panel.bring_in(page, path, request) for path in files or []]
        gr.Info(page.words(request)("library.brought", count=len(new)))
        return None, draw(page, made, values, request)

    for name, box in made.filters.items():
        event = box.input if name in ("text", "minimum_likeness") else box.change
        page.on(event, find_from_top, made.inputs(), [made.wall, made.limit], trigger_mode="always_last")
    page.on(page.seats["library"].select, enter, made.inputs(), [made.wall, *(made.filters[name] for name in FACETS)])
    outputs = [made.wall, made.side, made.compare, made.limit, made.seen, page.tabs, *page.inboxes.values()]
    for piece in (made.wall, made.side, made.compare):
        page.on(piece.act, act, made.inputs(), outputs)
    for slot in page.slots:
        page.on(slot.place.act, act, made.inputs(), outputs)
    brought = page.on(made.drop.upload, lambda files, request: None, None, None) if False else None
    assert brought is None
    page.on(made.drop.upload, take, [made.drop, made.filters["text"]], [made.drop, *shown])
