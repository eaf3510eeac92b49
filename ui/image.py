"""Image Gen: say what should be seen; pictures stand at the right. What to do is a word: new, from a picture, a part …

What is the same for every task that makes something is in panel.py and form.py; what verbs do is in onward.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from core.errors import Refused, StudioError
from core.language import Words, mark
from core.masks import keep_mask
from core.remix import Wish, wish_of
from core.requests import REQUESTS, ImageRequest
from ui import cost, drafts, examples, many, onward, painting, panel, parts, strip, verbs
from ui import form as forms
from ui.form import Form
from ui.library import mine
from ui.page import Page, Slot, sender_of

TASKS: Mapping[str, str] = {"words": "", "picture": "picture", "part": "mask", "extend": "mask", "bigger": "picture",
                            "face": "faces"}
"""What can be done, by a word, and what a pipeline has to be able to do for it."""
SHOWS: Mapping[str, frozenset[str]] = {
    "given": frozenset({"picture", "part", "extend", "bigger", "face"}), "strength": frozenset({"picture", "part"}),
    "painter": frozenset({"part", "face"}), "sides": frozenset({"extend"}), "times": frozenset({"bigger"}),
}
"""Which pieces stand there for which task."""
STRENGTHS: Mapping[str, float] = {"picture": 0.6, "part": 0.9}
PLACED = ("picture", "strength", "mask", "mask_blur", "extend")
"""Fields of the request that this tab draws in its own way."""
INSTEAD = (("upscale", "tabs.upscale"), ("library", "tabs.library"))
FILLS: Mapping[str, str] = {"start": "picture", "part": "part", "extend": "extend"}
"""Verbs that begin a task with a picture."""
RECIPE_WORDS = 160


@dataclass
class Tab:
    """The parts of the tab. `form` is None where nothing on this computer can draw."""

    form: Form | None = None
    slot: Slot | None = None
    start: gr.Button | None = None
    task: gr.Radio | None = None
    drop: gr.File | None = None
    given: gr.HTML | None = None
    """The picture to go on from; its value is a list of one asset id."""
    recipe: gr.HTML | None = None
    reference: gr.HTML | None = None
    pieces: dict[str, Any] = field(default_factory=dict)
    several: many.Many | None = None
    started: gr.Textbox | None = None
    """The job that a verb began; its change is what the slot follows."""

    def inputs(self) -> set[Any]:
        own = {self.task, self.given, self.pieces["strength"], self.pieces["painter"], self.pieces["sides"],
               self.pieces["times"]}
        return {*own, *(self.form.inputs() if self.form else ()), *(self.several.inputs() if self.several else ())}


def build(page: Page) -> Tab:
    if not any(not entry.unavailable for entry in page.studio.catalog.find("image")):
        parts.intro("image")
        panel.not_yet(page, "image", "image", INSTEAD)
        return Tab()
    made = Tab(started=gr.Textbox("", visible=False))
    parts.intro("image")
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["give"], min_width=0):
            _ask(page, made)
        with gr.Column(elem_classes=["get"], min_width=0):
            made.slot = strip.slot(page, "image", ("image", "grid"),
                                   lambda asset, words: verbs.row(asset["id"], words))
    return made


def _ask(page: Page, made: Tab) -> None:
    """The left side: task, picture, form, button, Advanced."""
    able = {ability for entry in page.studio.catalog.find("image") if not entry.unavailable
            for ability in (*entry.card.can, "")}
    tasks = [(mark(f"image.task_{name}"), name) for name, ability in TASKS.items() if ability in able]
    made.task = gr.Radio(tasks, value="words", label=mark("image.task"), show_label=False, elem_id="image-task",
                         elem_classes=["flat"], visible=len(tasks) > 1)
    with gr.Column(visible=False, elem_classes=["given"], min_width=0) as made.pieces["given"]:
        made.drop, made.given = parts.well("image-given", many=False)
        made.recipe = parts.piece(id="image-recipe")
        made.pieces["painter"] = painting.painter("image-painter")
        made.pieces["sides"] = painting.sides("image-sides")
        made.pieces["times"] = gr.Slider(1.5, 4.0, 2.0, step=0.25, label=mark("image.times"), visible=False)
        made.pieces["strength"] = gr.Slider(0.0, 1.0, 0.6, step=0.05, label=mark("image.strength"), visible=False,
                                            info=mark("image.strength_help"))
    made.form = forms.draw(page, "image", REQUESTS["image"], skip=PLACED, way=False)
    made.start = gr.Button(mark("image.go"), variant="primary", elem_id="image-go", elem_classes=["go"])
    forms.draw_advanced(made.form)
    made.several = many.build(page)


def wire(page: Page, made: Tab) -> None:
    if made.form is None or made.slot is None or made.start is None:
        return

    def press(values: dict[Any, Any], request: gr.Request,
              progress: gr.Progress = gr.Progress()) -> Iterator[Any]:  # noqa: B008
        key, asked = read(page, made, values, request)
        grid = many.read(made.several, values, key, asked)
        job = page.studio.submit("grid.table" if grid else key, grid or asked, sender_of(request),
                                 device=made.form.device(values))
        yield from strip.follow(page, job, made.slot, request, progress)

    def begun(job_id: str, request: gr.Request) -> Iterator[Any]:
        job = page.studio.jobs.get(job_id, page.owner(request))
        yield from strip.follow(page, job, made.slot, request, lambda *share, **said: None)

    def choose(task: str) -> dict[Any, Any]:
        return show_task(made, task)

    def take(path: str | None, task: str, request: gr.Request) -> dict[Any, Any]:
        ids = [panel.bring_in(page, path, request)] if path else []
        return {made.drop: None, **show_given(page, made, task, ids, request)}

    def price(values: dict[Any, Any], request: gr.Request) -> str:
        return price_of(page, made, values, page.words(request))

    def make(way: str | None, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        return obey(page, made, parts.said(event), way or "", request)

    pressed = page.on(made.start.click, press, made.inputs(), [made.slot.place, page.pill], preprocess=False)
    page.on(made.started.change, begun, [made.started], [made.slot.place, page.pill])
    shown = [made.given, made.recipe, *made.pieces.values()]
    page.on(made.task.input, choose, [made.task], [*made.pieces.values()], queue=False)
    page.on(made.drop.upload, take, [made.drop, made.task], [made.drop, *shown])
    filled = [*made.form.widgets.values(), made.form.way, made.form.options, made.form.refilled, page.character]
    outputs = list(dict.fromkeys([made.task, made.started, page.tabs, *shown, *filter(None, filled)]))
    for piece in (made.recipe, *page.results):
        page.on(piece.make, make, [made.form.way], outputs)
    knobs = [made.form.widgets[name] for name in cost.KNOBS if name in made.form.widgets]
    priced = [made.form.way, made.task, made.pieces["strength"], made.pieces["times"], made.several.prompts,
              *made.several.values.values(), *knobs]
    changes = [gr.context.Context.root_block.load, *(one.change for one in priced)]
    for event in (partial(gr.on, changes), pressed.then):
        page.on(event, price, made.inputs(), [made.start], queue=False, trigger_mode="always_last", preprocess=False)
    many.wire(page, made.several, made.form.widgets.get("styles"))
    _keep_draft(page, made, made.form)
    for name, drop in made.form.drops.items():
        panel.take_in(page, drop, made.form.widgets[name], many=False)


def _keep_draft(page: Page, made: Tab, form: Form) -> None:
    """Form, task, picture, mask and many at once as they were before the page was loaded anew."""
    own = {name: made.pieces[name] for name in ("strength", "times", "painter", "sides")}
    fields = {"task": made.task, "given": made.given, **own, **made.several.fields(), **drafts.fields_of(form)}

    def refill(given: Mapping[str, Any], request: gr.Request) -> dict[Any, Any]:
        task = next((value for _, value in made.task.choices if value == given.get("task")), "words")
        ids = drafts.there(page, given.get("given"), request)
        shown = {made.task: task} | show_given(page, made, task, ids, request)
        edited = {name: painting.put_back(given.get(name), ids[-1]) for name in ("painter", "sides") if ids}
        pulled = {name: given[name] for name in ("strength", "times") if isinstance(given.get(name), (int, float))}
        for name, value in (edited | pulled).items():
            shown[made.pieces[name]] |= {"value": value}
        return shown | many.refill(page, made.several, given, request) | drafts.refill(form, given, request)

    drafts.keep(page, "image", fields, refill, [made.recipe, *made.pieces.values(), *drafts.beside(form)])


def obey(page: Page, made: Tab, said: Mapping[str, Any], way: str, request: gr.Request) -> dict[Any, Any]:
    """A verb of some picture anywhere in the window; `way` is the pipeline that is chosen now."""
    verb, asset_id = str(said.get("make", "")), str(said.get("asset", ""))
    there = {page.tabs: gr.Tabs(selected="image")}
    if verb in onward.AT_ONCE:
        return there | {made.started: onward.submit(page, verb, asset_id, request).id}
    if verb == "example":
        begun = onward.fill_in(page, made.form, examples.wish(), "all", request)
        return there | {made.task: "words"} | show_task(made, "words") | begun
    if verb in onward.RECIPE:
        return there | onward.fill(page, made.form, verb, asset_id, request)
    (asset_id,) = mine(page, [asset_id], request)
    if verb in FILLS:
        task = FILLS[verb]
        return there | {made.task: task} | show_given(page, made, task, [asset_id], request)
    if verb == "reference":
        return there | {made.task: "words"} | show_task(made, "words") | refer(page, made, asset_id, way)
    raise Refused("That cannot be done with a picture.", "Choose one of its verbs.")


def refer(page: Page, made: Tab, asset_id: str, way: str) -> dict[Any, Any]:
    """As reference: the picture lies where the model looks at it, and a model that can look is chosen."""
    if "reference" not in made.form.widgets:
        raise Refused("No model here can follow a reference picture.", "Use it as a start picture instead.")
    return made.form.fill({"reference": asset_id}, onward.able(page, "reference", way), whole=False)


def show_task(made: Tab, task: str, given: str | None = None) -> dict[Any, Any]:
    """Only what the task needs stands there; the editors take up a newly given picture."""
    shown: dict[str, dict[str, Any]] = {name: {"visible": task in SHOWS[name]} for name in made.pieces}
    if task in STRENGTHS:
        shown["strength"]["value"] = STRENGTHS[task]
    for name in ("painter", "sides") if given is not None else ():
        shown[name]["value"] = {"picture": given, "mask": "", "sides": [0, 0, 0, 0]}
    return {made.pieces[name]: gr.update(**changes) for name, changes in shown.items()}


def show_given(page: Page, made: Tab, task: str, ids: list[str], request: gr.Request) -> dict[Any, Any]:
    """The picture to go on from, wherever it is shown, and what it says of itself."""
    one = ids[-1] if ids else ""
    told = tell_recipe(wish_of(page.studio.assets, one), one, page.words(request)) if one else ""
    return {made.given: ids[-1:], made.recipe: told, **show_task(made, task, one)}


def tell_recipe(wish: Wish, asset_id: str, words: Words) -> str:
    """"Made with ComfyUI: a cat in the rain", and what of it to take over."""
    if not wish.values:
        return ""
    text = str(wish.values.get("prompt", ""))
    shown = text if len(text) <= RECIPE_WORDS else text[:RECIPE_WORDS] + " …"
    buttons = "".join(verbs.verb(name, symbol, asset_id, words) for name, symbol in verbs.MADE if name != "repeat")
    head = escape(words("image.made_with", tool=wish.tool))
    return (f'<div class="recipe"><p class="quiet">{head}</p><p title="{escape(text[:2000])}">{escape(shown)}</p>'
            f'<div class="verbs">{buttons}</div></div>')


def read(page: Page, made: Tab, values: Mapping[Any, Any], request: gr.Request) -> tuple[str, ImageRequest]:
    """Form and task together as one request."""
    key, asked = made.form.read(values)
    task = str(values.get(made.task) or "words")
    if task == "words" or task not in TASKS:
        return key, asked
    if not made.form.can(TASKS[task], key):
        key = onward.able(page, TASKS[task], key)
        asked = replace(asked, options={})
    ids = parts.as_ids(values.get(made.given))
    if not ids:
        raise Refused("There is no picture to go on from yet.", "Drop one above, or use the verbs below a picture.")
    (given,) = mine(page, ids[-1:], request)
    own = {name: values.get(made.pieces[name]) for name in ("painter", "sides")} | at_the_sliders(made, values)
    return key, replace(asked, picture=given, **for_task(page, task, own, request))


def price_of(page: Page, made: Tab, values: Mapping[Any, Any], words: Words) -> str:
    """The button's words: what is asked, as far as it can be read already, and what that costs."""
    try:
        key, asked = made.form.read(values)
        task, own = str(values.get(made.task) or "words"), at_the_sliders(made, values)
        if task == "bigger":
            asked = replace(asked, picture="given", strength=0.0, enlarge=own["times"])
        elif task in STRENGTHS:
            asked = replace(asked, picture="given", strength=own["strength"])
        return cost.label(page.studio, key, asked, many.read(made.several, values, key, asked), words)
    except StudioError:
        return words("image.go")


def at_the_sliders(made: Tab, values: Mapping[Any, Any]) -> dict[str, float]:
    """What the sliders of this tab's own say."""
    return {name: parts.pulled(made.pieces[name], values.get(made.pieces[name])) for name in ("strength", "times")}


def for_task(page: Page, task: str, own: Mapping[str, Any], request: gr.Request) -> dict[str, Any]:
    """What a task adds to a request that has its picture."""
    strength = own["strength"]
    match task:
        case "picture":
            return {"strength": strength}
        case "part":
            mask = keep_mask(page.studio, painting.mask_in(own["painter"]), page.owner(request))
            return {"strength": strength, "mask": mask, "mask_blur": painting.soft_in(own["painter"])}
        case "extend":
            sides = painting.sides_in(own["sides"])
            if not any(sides):
                raise Refused("The picture does not grow on any side yet.", "Pull one of its four sides outwards.")
            return {"extend": sides}
        case "bigger":
            return {"strength": 0.0, "enlarge": own["times"]}
        case _:
            painted = painting.mask_in(own["painter"])
            marked = {"mask": keep_mask(page.studio, painted, page.owner(request))} if painted else {}
            return {"strength": 0.0, "fix_faces": True, **marked}
