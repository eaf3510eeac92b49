"""Upscale: drop pictures or a whole folder, choose a size, compare before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from core import casting
from core.errors import Refused, StudioError, TooBig
from core.language import mark
from core.requests import UpscaleRequest
from ui import cost, examples, panel, parts, verbs
from ui.library import mine
from ui.page import Page
from ui.panel import Panel

FOLDER_MOST = 400


@dataclass
class Tab:
    """The usual parts of a tab that makes something, and the folder."""

    panel: Panel
    folder: gr.File | None = None


def build(page: Page) -> Tab:
    made = panel.build(page, "upscale", "upscale", instead=(("library", "tabs.library"),),
                       verbs=lambda asset, words: verbs.row(asset["id"], words), below=_folder)
    if made.form is not None:
        page.inboxes["upscale"] = made.form.widgets["pictures"]
    return Tab(made, made.below)


def _folder() -> gr.File:
    with gr.Accordion(mark("upscale.folder"), open=False, elem_classes=["advanced", "own"], elem_id="upscale-folder"):
        return gr.File(label=mark("upscale.folder_drop"), file_count="directory", height=96, elem_classes=["drop"],
                       elem_id="upscale-folder-drop")


def wire(page: Page, made: Tab) -> None:
    pressed = panel.wire(page, made.panel, check)
    form, start = made.panel.form, made.panel.start
    if made.folder is None or form is None:
        return
    row = form.widgets["pictures"]

    def take(files: list[str] | None, ids: list[str], request: gr.Request) -> tuple[None, list[str]]:
        new, left_out = bring_all(page, files or [], request)
        words = page.words(request)
        gr.Info(words("upscale.folder_taken", count=len(new)) if not left_out else
                words("upscale.folder_some", count=len(new), left=left_out), title=words("tabs.upscale"))
        return None, [*parts.as_ids(ids), *new]

    def price(values: dict[Any, Any], request: gr.Request) -> str:
        return price_of(page, made, values, request)

    def lay(ids: list[str], event: gr.EventData, request: gr.Request) -> Any:
        return lay_example(page, parts.as_ids(ids), request) if parts.said(event).get("act") == "lay" else gr.skip()

    page.on(made.panel.slot.place.act, lay, [row], [row])
    page.on(made.folder.upload, take, [made.folder, row], [made.folder, row])
    changes = [one.change for one in (form.way, *form.widgets.values()) if one is not None]
    for event in (partial(gr.on, changes), pressed.then):
        page.on(event, price, form.inputs(), [start], queue=False, trigger_mode="always_last", preprocess=False)


def lay_example(page: Page, ids: list[str], request: gr.Request) -> list[str]:
    """The small picture of the example among those to enlarge; once, however often it is asked for."""
    small = panel.bring_in(page, str(examples.PICTURES["small"]), request, casting.EXAMPLE_NAME)
    return [*(id for id in ids if id != small), small]


def check(asked: UpscaleRequest, request: gr.Request) -> None:
    """Nothing waits in the queue only to fail there."""
    if not asked.pictures:
        raise Refused("There is no picture to enlarge.", "Choose or drop one first.")


def price_of(page: Page, made: Tab, values: Mapping[Any, Any], request: gr.Request) -> str:
    """The button's words: what is asked, and how long that will take."""
    words = page.words(request)
    try:
        key, asked = made.panel.form.read(values)
        asked = replace(asked, pictures=tuple(mine(page, list(asked.pictures), request)))
        return cost.larger(page.studio, key, asked, words)
    except StudioError:
        return words("upscale.go")


def bring_all(page: Page, files: list[Any], request: gr.Request) -> tuple[list[str], int]:
    """The pictures of a folder as assets, in the order of their names, and how many files were none."""
    pictures = panel.in_folder(files)
    if len(pictures) > FOLDER_MOST:
        raise TooBig(f"The folder holds {len(pictures)} pictures.", f"{FOLDER_MOST} at once are the most.")
    new = []
    for path in pictures:
        try:
            new.append(panel.bring_in(page, path, request))
        except StudioError:
            continue
    return new, len(files) - len(new)
