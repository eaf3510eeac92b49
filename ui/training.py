"""Training: a character's photos become a likeness that every picture can use."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from core import casting, characters, tuition
from core.errors import StudioError
from core.jobs import ENDED, Job
from core.language import Words
from core.requests import TrainRequest
from ui import cost, lessons, panel, parts, strip
from ui.characters import everyone, names, person_of
from ui.form import Form, character_hint
from ui.page import Page
from ui.panel import Panel


def build(page: Page) -> Panel:
    made = panel.build(page, "training", "train",
                       instead=(("library", "training.instead"), ("upscale", "tabs.upscale")))
    if made.slot is not None:
        plain = made.slot.draw
        made.slot.draw = lambda job, words: draw(page, job, words) or plain(job, words)
    return made


def wire(page: Page, made: Panel) -> None:
    def check(asked: Any, request: gr.Request) -> None:
        casting.check_teachable(page.studio, asked.character, page.owner(request))

    def act(event: gr.EventData, request: gr.Request) -> tuple[Any, Any]:
        said = parts.said(event)
        if said.get("act") == "wear":
            wear(page, said, request)
        if said.get("act") == "use":
            return person_of(page, said.get("person", ""), request).name, gr.Tabs(selected="image")
        if said.get("act") == "meet":
            return meet(page, request), gr.skip()
        return gr.skip(), gr.skip()

    panel.wire(page, made, check)
    if made.form is not None:
        _show_price(page, made, made.form)
    if made.slot is not None:
        page.on(made.slot.place.act, act, None, [page.character, page.tabs])


def _show_price(page: Page, made: Panel, form: Form) -> None:
    """What it will cost stands there before it starts, and follows each knob that changes it."""
    def price(values: dict[Any, Any], request: gr.Request) -> list[str]:
        return price_of(page, form, values, page.words(request))

    knobs = [form.widgets[name] for name in cost.LESSON_KNOBS if name in form.widgets]
    changes = [gr.context.Context.root_block.load,
               *(one.change for one in [form.way, form.where, page.character, *knobs] if one),
               page.seats["training"].select]
    page.on(partial(gr.on, changes), price, form.inputs(), [made.start, form.hint], queue=False,
            trigger_mode="always_last", preprocess=False)


def price_of(page: Page, form: Form, values: Mapping[Any, Any], words: Words) -> list[str]:
    """The button's words and the lines above it, as far as the form can be read already."""
    try:
        key, asked = form.read(values)
        told = tuition.foretell(page.studio, key, asked, form.device(values))
    except StudioError:
        told, asked = None, TrainRequest()
    said, needs = cost.lesson(told, asked, words)
    return [said, character_hint(words, asked.character) + needs]


def draw(page: Page, job: Job | None, words: Words) -> str:
    """A training while it runs and after it; "" where the plain slot says it as well."""
    if job is None:
        return ""
    if job.state not in ENDED:
        return lessons.running(job, words, strip.line_of(page, job))
    entry = next((one for one in map(page.studio.library.entry, job.assets) if one is not None), None)
    record = page.studio.assets.record(entry.id) if entry else {}
    told = record.get("training")
    if not isinstance(told, dict) or not told.get("scores"):
        return ""
    row = page.studio.store.get(characters.TABLE, str(told.get("character", "")))
    worn = characters.from_row(row).lora_for(str(told.get("base", ""))) if row else None
    return lessons.finished(job, {**record, "id": entry.id}, row, (worn.file, worn.strength) if worn else ("", 0.0),
                            words)


def meet(page: Page, request: gr.Request) -> Any:
    """The person of the example, met once, in the chip of the frame."""
    words, cast = page.words(request), everyone(page, request)
    if not any(one.name == casting.EXAMPLE_NAME for one in cast):
        casting.meet_example(page.studio, page.owner(request))
        cast = everyone(page, request)
    gr.Info(words("training.met"))
    return gr.Dropdown(choices=names(cast, words), value=casting.EXAMPLE_NAME, visible=True)


def wear(page: Page, said: Mapping[str, Any], request: gr.Request) -> None:
    """The person's own choice among what a training made counts over the studio's: this step, this strength."""
    person = characters.choose_lora(person_of(page, said.get("person", ""), request), str(said.get("base", "")),
                                    str(said.get("file", "")), str(said.get("strength", "")))
    page.studio.store.put(characters.TABLE, person.id, person.row())
    page.studio.store.flush()
    page.studio.jobs.changed()
