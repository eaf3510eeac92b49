"""A request becomes widgets, and filled widgets become a request.

What a field looks like follows from its knob in core/requests.py; nothing about a single task is known here. The
chosen pipeline's own Options are drawn below when it changes; their values gather in one hidden field, by pipeline.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field
from html import escape
from typing import Any, get_args, get_type_hints

import gradio as gr
from gradio.components import Component

from core.catalog import Entry
from core.errors import Missing
from core.knobs import knobs, read, spoken
from core.lanes import LIGHT
from core.language import mark, phrase_mark
from core.wordlists import styles
from ui import picker
from ui.page import Page
from ui.parts import as_ids, well

PICTURES = frozenset({"picture", "pictures", "mask"})
FEW = 4
"""Up to so many choices stand side by side; more fold into a list."""


@dataclass
class Form:
    """Widgets of one task and how to read them."""

    page: Page
    task: str
    shape: type
    widgets: dict[str, Component] = field(default_factory=dict)
    drops: dict[str, gr.File] = field(default_factory=dict)
    hint: gr.HTML | None = None
    """The line about the character in the frame; a tab may say more there."""
    way: gr.Dropdown | None = None
    """Which pipeline does it."""
    where: gr.Dropdown | None = None
    """On which device, for this job alone; not there where only one could do it."""
    options: gr.JSON | None = None
    refilled: gr.JSON | None = None
    """Grows when the options were filled by something else than a hand, so that their widgets are drawn again."""
    skip: frozenset[str] = frozenset()

    @property
    def entries(self) -> list[Entry]:
        """What can do the task on this computer, in the order in which people should meet it."""
        return [entry for entry in self.page.studio.catalog.find(self.task) if not entry.unavailable]

    def wanted(self, advanced: bool) -> list[Field]:
        """Fields to draw: those that at least one of the entries listens to."""
        able = {ability for entry in self.entries for ability in entry.card.can}
        return [f for f in knobs(self.shape) if f.name not in self.skip and f.metadata.get("kind") != "character"
                and f.metadata.get("ability", "") in able | {""} and bool(f.metadata.get("advanced")) == advanced]

    def inputs(self) -> set[Component]:
        """Everything a click needs. Gradio passes a set as one dict, so no handler has a long signature."""
        extra = [self.way, self.where, self.options, self.page.character if "character" in self._names() else None]
        return set(self.widgets.values()) | {one for one in extra if one is not None}

    def read(self, values: Mapping[Component, Any]) -> tuple[str, Any]:
        """The pipeline's key and the checked request, or a StudioError that names the field."""
        key = str(values.get(self.way) or "")
        if not key:
            raise Missing(f"Nothing on this computer can do that yet ({self.task}).", "Settings shows what is missing.")
        able = self.page.studio.catalog[key].card.can
        given = {name: loose(self.shape, name, values.get(widget)) for name, widget in self.widgets.items()
                 if self.ability(name) in (*able, "")}
        if "character" in self._names() and self.page.character is not None:
            given["character"] = values.get(self.page.character) or ""
        chosen = values.get(self.options) if self.options is not None else None
        given["options"] = (chosen or {}).get(key, {}) if isinstance(chosen, dict) else {}
        return key, read(self.shape, {name: value for name, value in given.items() if value is not None})

    def device(self, values: Mapping[Component, Any]) -> str:
        """The device that was chosen for this job; "" leaves it to the setting. Quick work has no choice."""
        entry = self.page.studio.catalog.entries.get(str(values.get(self.way) or ""))
        heavy = entry is not None and entry.card.lane != LIGHT
        return str(values.get(self.where) or "") if self.where is not None and heavy else ""

    def ability(self, name: str) -> str:
        """What a pipeline has to be able to do for this field to count; "" for every pipeline."""
        return str(self.shape.__dataclass_fields__[name].metadata.get("ability", ""))

    def can(self, ability: str, key: str = "") -> bool:
        """Whether the pipeline `key` (or, without one, the first of the list) is able to do this."""
        entries = {entry.key: entry for entry in self.entries}
        entry = entries.get(key) or next(iter(entries.values()), None)
        return not ability or entry is not None and ability in entry.card.can

    def fill(self, values: Mapping[str, Any], key: str = "", *, whole: bool = True,
             keep: Iterable[str] = ()) -> dict[Component, Any]:
        """What each widget becomes so that the form asks for `values`. With `whole` all others go back to their
        defaults, but for those to `keep`."""
        changes: dict[Component, Any] = {}
        for name, widget in self.widgets.items():
            f = self.shape.__dataclass_fields__[name]
            if name in values and kind_of(self.shape, f) == "model":
                changes[widget] = values[name] if values[name] in {"", *picker.models(self.page)} else None
            elif name in values:
                changes[widget] = tight(self.shape, f, values[name], widget)
            elif whole and name not in keep and kind_of(self.shape, f) not in PICTURES:
                changes[widget] = tight(self.shape, f, f.default, widget)
        chosen = {entry.key for entry in self.entries}
        if self.way is not None and key in chosen:
            changes[self.way] = key
        options = values.get("options")
        if self.options is not None and isinstance(options, Mapping) and key in chosen:
            changes[self.options], changes[self.refilled] = {key: dict(options)}, [time.monotonic()]
        return {widget: gr.skip() if change is None else change for widget, change in changes.items()}

    def _names(self) -> set[str]:
        return {f.name for f in knobs(self.shape)}


def draw(page: Page, task: str, shape: type, *, skip: Iterable[str] = (), way: bool = True) -> Form:
    """The few decisions of a task. `draw_advanced` follows, below the tab's one button; without `way` the choice of
    the engine stands there too."""
    form = Form(page, task, shape, skip=frozenset(skip))
    if any(f.metadata.get("kind") == "character" and not f.metadata.get("advanced") for f in knobs(shape)):
        form.hint = gr.HTML(character_hint(mark), js_on_load=None, elem_classes=["hint"], apply_default_css=False,
                            padding=False)
    for f in form.wanted(advanced=False):
        _place(form, f)
    if way and len(form.entries) > 1:
        _choose_way(form, visible=True)
    return form


def character_hint(words: Callable[[str], str], who: str = "") -> str:
    """Who it is about: the name, or where somebody is chosen."""
    return f'<p class="quiet"><b>{words("frame.character")}:</b> {escape(who) or words("form.character")}</p>'


def draw_advanced(form: Form) -> None:
    """The rest, in place and closed; the chosen pipeline's own options come last."""
    hidden = form.wanted(advanced=True)
    if hidden or any(entry.options for entry in form.entries):
        with gr.Accordion(mark("form.advanced"), open=False, elem_classes=["advanced"]):
            if form.way is None:
                _choose_way(form, visible=len(form.entries) > 1)
            for f in hidden:
                _place(form, f)
            _choose_where(form)
            _options(form)
    elif form.way is None:
        _choose_way(form, visible=False)
    _follow_way(form)
    if form.way is not None and "model" in form.widgets:
        picker.wire(form.page, form.task, [entry.key for entry in form.entries], form.widgets["model"], form.way)


def _follow_way(form: Form) -> None:
    """What the chosen pipeline does not listen to is not shown."""
    named = {name: form.ability(name) for name in form.widgets if form.ability(name)}
    places = {name: [widget, *([form.drops[name]] if name in form.drops else ())]
              for name, widget in form.widgets.items() if name in named}
    for name, components in places.items():
        for component in components:
            component.visible = form.can(named[name])
    if len(form.entries) < 2 or form.way is None or not places:
        return

    def follow(key: str) -> list[Any]:
        return [gr.update(visible=form.can(named[name], key)) for name, components in places.items()
                for _ in components]

    form.page.on(form.way.change, follow, [form.way], [one for components in places.values() for one in components],
                 queue=False)


def loose(shape: type, name: str, value: Any) -> Any:
    """A widget's value as the request wants it; None where nothing was given, so that the default stays."""
    f = shape.__dataclass_fields__[name]
    kind = kind_of(shape, f)
    if kind in PICTURES:
        ids = as_ids(value)
        return tuple(ids) if kind == "pictures" else (ids[0] if ids else None)
    if isinstance(value, float) and get_type_hints(shape)[name] is int:
        return round(value)
    if kind == "lines":
        if isinstance(value, (list, tuple)):
            return tuple(str(part) for part in value)
        parts = [part.strip() for part in str(value or "").replace("\n", ",").split(",")]
        return tuple(part for part in parts if part)
    return value


def tight(shape: type, f: Field, value: Any, widget: Component) -> Any:
    """A request's value as its widget wants it; None where the widget has no such choice."""
    kind = kind_of(shape, f)
    if kind in PICTURES:
        return [value] if isinstance(value, str) and value else list(value or ())
    if kind == "lines":
        return list(value or ()) if isinstance(widget, gr.Dropdown) else "\n".join(map(str, value or ()))
    known = [choice[1] if isinstance(choice, tuple) else choice for choice in getattr(widget, "choices", None) or ()]
    if known and kind != "choices" and value not in known:
        return None
    return list(value or ()) if kind == "choices" else value


def kind_of(shape: type, f: Field) -> str:
    """How a field is drawn: what its knob says, else what follows from its type."""
    hint = get_type_hints(shape)[f.name]
    said = f.metadata.get("kind", "")
    if said in ("text", "long", "") and getattr(hint, "__origin__", None) is tuple:
        return "choices" if f.metadata.get("choices") else "lines"
    if said:
        return said
    if f.metadata.get("choices"):
        return "choice"
    bases = {bool: "switch", int: "number", float: "number", str: "text"}
    return bases.get(hint) or next((bases[one] for one in get_args(hint) if one in bases), "text")


def widget(shape: type, f: Field, words: Any = None) -> Component:
    """The control for one field. Without `words` labels are marks, filled when the page is sent."""
    say = words.phrase if words is not None else phrase_mark
    notes = f.metadata
    default = None if f.default is MISSING else f.default
    common: dict[str, Any] = {"label": say(notes["label"]), "info": say(notes.get("help", "")) or None}
    kind = kind_of(shape, f)
    if kind == "slider":
        return gr.Slider(notes["low"], notes["high"], default, step=notes.get("step", 1), **common)
    if kind in ("number", "seed"):
        whole = get_type_hints(shape)[f.name] is int
        return gr.Number(default, precision=0 if whole else None, minimum=notes.get("low"), maximum=notes.get("high"),
                         **common)
    if kind == "switch":
        return gr.Checkbox(bool(default), **common)
    if kind in ("choice", "choices"):
        return _choice(f, default, kind == "choices", say, common)
    lines = 4 if kind == "long" else 1
    text = "\n".join(default) if isinstance(default, tuple) else str(default or "")
    return gr.Textbox(text, lines=lines, max_lines=12 if kind == "long" else 1, **common)


def _choice(f: Field, default: Any, several: bool, say: Any, common: dict[str, Any]) -> Component:
    shown = [(say(spoken(f, choice)) or "–", choice) for choice in f.metadata["choices"]]
    if several:
        return gr.CheckboxGroup(shown, value=list(default or ()), **common)
    if len(shown) <= FEW:
        return gr.Radio(shown, value=default, **common)
    return gr.Dropdown(shown, value=default, **common)


def _place(form: Form, f: Field) -> None:
    kind = kind_of(form.shape, f)
    if kind in PICTURES:
        label = phrase_mark(f.metadata["label"]) if f.metadata.get("advanced") else ""
        form.drops[f.name], form.widgets[f.name] = well(f"{form.task}-{f.name}", kind == "pictures", label)
    elif f.name == "styles":
        form.widgets[f.name] = gr.Dropdown(sorted(styles(form.page.studio.home.root)), value=[], multiselect=True,
                                           label=phrase_mark(f.metadata["label"]), allow_custom_value=True,
                                           info=phrase_mark(f.metadata.get("help", "")))
    elif kind == "model":
        shown = picker.choices(form.page)
        form.widgets[f.name] = gr.Dropdown(shown, value="", label=phrase_mark(f.metadata["label"]),
                                           info=phrase_mark(f.metadata.get("help", "")), visible=len(shown) > 1)
    else:
        form.widgets[f.name] = widget(form.shape, f)


def _choose_way(form: Form, visible: bool) -> None:
    choices = [(phrase_mark(entry.card.name), entry.key) for entry in form.entries]
    form.way = gr.Dropdown(choices, value=choices[0][1] if choices else None, visible=visible,
                           label=mark("form.way"), info=mark("form.way_help"), elem_id=f"{form.task}-way")


def _choose_where(form: Form) -> None:
    devices = form.page.studio.devices
    if len(devices) > 1 and any(entry.card.lane != LIGHT for entry in form.entries):
        choices = [(mark("form.where_auto"), ""), *((f"{said} ({name})", name) for name, said in devices.items())]
        form.where = gr.Dropdown(choices, value="", label=mark("form.where"), info=mark("form.where_help"),
                                 elem_id=f"{form.task}-where", filterable=False)


def _options(form: Form) -> None:
    """The chosen pipeline's own knobs. Each writes into one hidden field in the browser, without a round trip."""
    page = form.page
    form.options = gr.JSON({}, visible=False)
    form.refilled = gr.JSON([], visible=False)

    @gr.render(inputs=[form.way, form.options], triggers=[gr.context.Context.root_block.load, form.way.change,
                                                          form.refilled.change],
               queue=False, show_progress="hidden", trigger_mode="always_last")
    def chosen(way: str, given: dict[str, Any] | None, request: gr.Request) -> None:
        entry = page.studio.catalog.entries.get(way or "")
        if entry is None or entry.options is None:
            return
        own = (given or {}).get(way, {}) if isinstance(given, dict) else {}
        for f in knobs(entry.options):
            made = widget(entry.options, f, page.words(request))
            made.value = own.get(f.name, made.value)
            put = f"(value, all) => ({{...all, {way!r}: {{...(all || {{}})[{way!r}], {f.name!r}: value}}}})"
            made.change(None, [made, form.options], [form.options], js=put, queue=False, show_progress="hidden",
                        api_visibility="private")
