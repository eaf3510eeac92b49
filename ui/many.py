"""Many pictures at once, below Advanced of Image Gen: axes of a grid, prompts from a list, and the lists themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import BadFile, Refused
from core.grids import WORDS, axes, label_of, read_axis, read_list
from core.knobs import plain
from core.language import mark, phrase_mark
from core.prompts import Style
from core.requests import AXIS_HELP, GridRequest, ImageRequest
from core.wordlists import read_wildcard, save_style, save_wildcard, styles, wildcards
from ui.page import Page

AXES = ("x", "y", "z")
TEXT_BYTES = 400_000
KINDS = ("wildcard", "style")
LISTS = ("kind", "name", "text", "negative")


@dataclass
class Many:
    """The parts: three axes, a list of prompts, and the editor of word lists."""

    axes: dict[str, gr.Dropdown] = field(default_factory=dict)
    values: dict[str, gr.Textbox] = field(default_factory=dict)
    prompts: gr.Textbox | None = None
    file: gr.File | None = None
    lists: dict[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """All that a person fills here, by name."""
        values = {f"{axis}_values": field for axis, field in self.values.items()}
        lists = {f"list_{name}": self.lists[name] for name in LISTS}
        return {**self.axes, **values, **lists, "prompts": self.prompts}

    def inputs(self) -> set[Any]:
        return {*self.axes.values(), *self.values.values(), *filter(None, [self.prompts])}


def build(page: Page) -> Many:
    made = Many()
    with gr.Accordion(mark("many.title"), open=False, elem_classes=["advanced", "own"], elem_id="image-many"):
        choices = [(_spoken(name), name) for name in axes()]
        gr.HTML(f'<p class="quiet">{phrase_mark(AXIS_HELP)}</p>', js_on_load=None, elem_classes=["hint"],
                apply_default_css=False, padding=False)
        with gr.Row(elem_classes=["axes"]):
            for axis in AXES:
                made.axes[axis] = gr.Dropdown(choices, value="", label=mark(f"many.{axis}"), min_width=0,
                                              elem_id=f"many-{axis}")
                made.values[axis] = gr.Textbox("", label=mark(f"many.{axis}_values"), lines=1, max_lines=6, min_width=0)
        made.prompts = gr.Textbox("", label=mark("many.prompts"), info=mark("many.prompts_help"), lines=3, max_lines=12,
                                  elem_id="many-prompts")
        made.file = gr.File(label=mark("many.file"), file_types=[".txt", ".csv"], height=76, elem_classes=["drop"],
                            elem_id="many-file")
    with gr.Accordion(mark("lists.title"), open=False, elem_classes=["advanced", "own"], elem_id="image-lists"):
        _build_lists(page, made)
    return made


def _build_lists(page: Page, made: Many) -> None:
    home = page.studio.home.root
    made.lists["kind"] = gr.Radio([(mark(f"lists.{kind}"), kind) for kind in KINDS], value="wildcard",
                                  label=mark("lists.kind"), show_label=False, elem_classes=["flat"])
    made.lists["name"] = gr.Dropdown(sorted(wildcards(home)), value=None, allow_custom_value=True,
                                     label=mark("lists.name"), info=mark("lists.name_help"), elem_id="lists-name")
    made.lists["text"] = gr.Textbox("", lines=5, max_lines=14, label=mark("lists.text"), elem_id="lists-text")
    made.lists["negative"] = gr.Textbox("", lines=2, max_lines=6, label=mark("lists.negative"), visible=False)
    made.lists["keep"] = gr.Button(mark("lists.keep"), elem_id="lists-keep")


def wire(page: Page, made: Many, chosen_styles: gr.Dropdown | None) -> None:
    home, lists = page.studio.home.root, made.lists

    def turn(kind: str, request: gr.Request) -> dict[Any, Any]:
        return _turned(page, lists, kind, {}, request)

    def show(kind: str, name: str | None) -> dict[Any, Any]:
        """What a list holds; a name that is new leaves the words that were typed before it."""
        if name not in (wildcards(home) if kind == "wildcard" else styles(home)):
            return {lists["text"]: gr.skip(), lists["negative"]: gr.skip()}
        if kind == "wildcard":
            return {lists["text"]: read_wildcard(home, name), lists["negative"]: ""}
        style = styles(home)[name]
        return {lists["text"]: style.prompt, lists["negative"]: style.negative}

    def keep(kind: str, name: str | None, text: str, negative: str, request: gr.Request) -> dict[Any, Any]:
        words = page.words(request)
        if not page.may_change():
            raise Refused("Lists cannot be changed while the studio is shared.", "The person at the computer can.")
        if kind == "wildcard":
            count = save_wildcard(home, name or "", text)
            gr.Info(words("lists.kept", name=name, count=count) if count else words("lists.gone", name=name))
            return {lists["name"]: gr.Dropdown(choices=sorted(wildcards(home)), value=name)}
        save_style(home, Style(name or "", text, negative))
        gr.Info(words("lists.kept_style", name=name))
        known = sorted(styles(home))
        changed = {chosen_styles: gr.Dropdown(choices=known)} if chosen_styles is not None else {}
        return {lists["name"]: gr.Dropdown(choices=known, value=name), **changed}

    def take(path: str | None) -> tuple[None, str]:
        return None, read_text(path) if path else ""

    fields = [lists["name"], lists["text"], lists["negative"]]
    page.on(lists["kind"].input, turn, [lists["kind"]], fields, queue=False)
    page.on(lists["name"].input, show, [lists["kind"], lists["name"]], fields[1:])
    page.on(lists["keep"].click, keep, [lists["kind"], *fields], [lists["name"], *filter(None, [chosen_styles])])
    page.on(made.file.upload, take, [made.file], [made.file, made.prompts])


def refill(page: Page, made: Many, given: Mapping[str, Any], request: gr.Request) -> dict[Any, Any]:
    """What stood here before the page was loaded anew."""
    held = {name: str(given.get(name) or "") for name in made.fields()}
    kind = held["list_kind"] if held["list_kind"] in KINDS else KINDS[0]
    changes: dict[Any, Any] = {made.axes[axis]: held[axis] for axis in AXES if held[axis] in axes()}
    changes |= {made.values[axis]: held[f"{axis}_values"] for axis in AXES}
    return changes | {made.prompts: held["prompts"], made.lists["kind"]: kind,
                      **_turned(page, made.lists, kind, held, request)}


def _turned(page: Page, lists: Mapping[str, Any], kind: str, held: Mapping[str, str],
            request: gr.Request) -> dict[Any, Any]:
    """The editor of word lists as it is for wildcards or for styles, with what it held."""
    words, style = page.words(request), kind == "style"
    about, inside = words(f"lists.{'style' if style else 'name'}_help"), words(f"lists.{'style_' * style}text")
    return {lists["name"]: gr.Dropdown(choices=_known(page, kind), value=held.get("list_name") or None, info=about),
            lists["text"]: gr.Textbox(held.get("list_text", ""), label=inside),
            lists["negative"]: gr.Textbox(held.get("list_negative", ""), visible=style)}


def _known(page: Page, kind: str) -> list[str]:
    home = page.studio.home.root
    return sorted(wildcards(home) if kind == "wildcard" else styles(home))


def read(made: Many, values: Mapping[Any, Any], key: str, asked: ImageRequest) -> GridRequest | None:
    """The grid that was asked for, checked before it waits in the queue; None where one picture is wanted."""
    prompts = read_list(str(values.get(made.prompts) or ""))
    chosen = {axis: str(values.get(made.axes[axis]) or "") for axis in AXES}
    texts = {f"{axis}_values": str(values.get(made.values[axis]) or "") for axis in AXES}
    lone = next((axis for axis in AXES if texts[f"{axis}_values"].strip() and not chosen[axis]), "")
    if lone:
        raise Refused("Under Many at once there are values that belong to nothing.",
                      "Choose what they are values of, or empty them.")
    if not prompts and not any(chosen.values()):
        return None
    for axis in AXES:
        read_axis(chosen[axis], texts[f"{axis}_values"])
    return GridRequest(**chosen, **texts, prompts=prompts, pipeline=key, request=plain(asked))


def read_text(path: str) -> str:
    """The prompts in a dropped text file."""
    file = Path(path)
    if file.stat().st_size > TEXT_BYTES:
        raise BadFile(f"{file.name} is too long for a list of prompts.", "Split it into several files.")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{file.name} is no text.", "Save it as UTF-8 text, one prompt a line.") from error


def _spoken(name: str) -> str:
    return "–" if not name else mark("many.words") if name == WORDS else phrase_mark(label_of(name))
