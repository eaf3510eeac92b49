"""What was typed and chosen but not sent yet outlives a reload, also one that a restarted studio causes.

The tab of the browser keeps it (sessionStorage, by static/window.js) until it is closed: two tabs do not disturb each
other, and nothing stays on a computer that others use. Coming back, it is checked like everything else from outside;
what does not exist any more, a knob, a choice, a picture, keeps its default.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from core.errors import StudioError
from core.knobs import read
from ui.form import PICTURES, Form, kind_of, loose
from ui.page import Draft, Page
from ui.parts import as_ids

WAY, WHERE, OPTIONS = "way", "where", "options"
"""What a form holds beside its knobs."""


def keep(page: Page, name: str, fields: Mapping[str, Component],
         refill: Callable[[Mapping[str, Any], gr.Request], dict[Component, Any]],
         also: Iterable[Component] = ()) -> None:
    """From now on the browser keeps these fields; `refill` says what becomes of them, and of `also`, when they come
    back."""
    page.drafts[name] = Draft((*fields.values(), *also), refill)
    names = json.dumps(list(fields))
    gr.on([one.change for one in fields.values()], None, list(fields.values()), None, queue=False,
          show_progress="hidden", api_visibility="private",
          js=f"(...values) => {{ window.studionova.keepDraft({json.dumps(name)}, {names}, values); return []; }}")


def keep_form(page: Page, form: Form) -> None:
    """A tab that is one form and nothing else."""
    keep(page, form.task, fields_of(form), lambda given, request: refill(form, given, request), beside(form))


def wire(page: Page, window: gr.Blocks) -> None:
    """After a load the browser hands over what it kept; without anything, nothing is asked."""
    def put_back(text: str, request: gr.Request) -> dict[Component, Any]:
        changes: dict[Component, Any] = {}
        for name, given in read_kept(text).items():
            changes |= page.drafts[name].refill(given, request) if name in page.drafts else {}
        return changes

    outputs = [one for draft in page.drafts.values() for one in draft.outputs]
    window.load(None, None, [page.unsent], js="() => window.studionova.keptDrafts()", queue=False,
                show_progress="hidden", api_visibility="private")
    page.on(page.unsent.change, put_back, [page.unsent], list(dict.fromkeys(outputs)), queue=False)


def read_kept(text: str) -> dict[str, dict[str, Any]]:
    """Fields by name, by form, whatever a browser sends."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: given for name, given in found.items() if isinstance(given, dict)} if isinstance(found, dict) else {}


def fields_of(form: Form) -> dict[str, Component]:
    """Everything in a form that a person fills."""
    extra = {WAY: form.way, WHERE: form.where, OPTIONS: form.options}
    return {**form.widgets, **{name: one for name, one in extra.items() if one is not None}}


def beside(form: Form) -> list[Component]:
    """What changes along with the fields when they come back."""
    return [form.refilled] if form.refilled is not None else []


def refill(form: Form, given: Mapping[str, Any], request: gr.Request) -> dict[Component, Any]:
    """The form as it was, as far as that still can be."""
    page, values = form.page, {}
    for name in form.widgets:
        if name in given and kind_of(form.shape, form.shape.__dataclass_fields__[name]) in PICTURES:
            values[name] = loose(form.shape, name, there(page, given[name], request))
        elif given.get(name) is not None:
            values[name] = loose(form.shape, name, given[name])
    values = {name: value for name, value in values.items() if value is not None}
    changes = form.fill(sound(form.shape, values), str(given.get(WAY)), whole=False)
    options = given.get(OPTIONS)
    if form.options is not None and form.refilled is not None and isinstance(options, dict):
        own = {entry.key: sound(entry.options, options[entry.key]) for entry in form.entries
               if entry.options is not None and isinstance(options.get(entry.key), dict)}
        changes |= {form.options: own, form.refilled: [time.monotonic()]} if own else {}
    if form.where is not None and given.get(WHERE) in page.studio.devices:
        changes[form.where] = given[WHERE]
    return changes


def sound(shape: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that the request takes."""
    try:
        read(shape, values)
    except StudioError:
        return {name: value for name, value in values.items() if len(values) > 1 and sound(shape, {name: value})}
    return dict(values)


def there(page: Page, value: Any, request: gr.Request) -> list[str]:
    """The pictures in a well that are still there, and this visitor's."""
    owner = page.owner(request)
    found = [entry for entry in map(page.studio.library.entry, as_ids(value)) if entry is not None]
    return [entry.id for entry in found if not owner or page.studio.assets.record(entry.id).get("owner") == owner]
