"""What the verbs of a picture do: some submit at once, some fill the Image Gen form. How they look is in verbs.py."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from core import characters, remix
from core.errors import Missing, Refused
from core.jobs import Job
from core.remix import Wish
from ui.form import Form
from ui.library import mine
from ui.page import Page, sender_of

AT_ONCE = frozenset({"again", "vary", "repeat", "bigger", "face"})
RECIPE = frozenset(remix.HOW)
LARGER, LARGER_CHANGE = 2.0, 0.3


def submit(page: Page, verb: str, asset_id: str, request: gr.Request) -> Job:
    """Again, Vary, Reproduce, Make it bigger, Fix the face: one click, one job."""
    (asset_id,) = mine(page, [asset_id], request)
    wish = wish_for(page, verb, asset_id)
    return page.studio.submit(wish.pipeline, dict(wish.values), sender_of(request))


def wish_for(page: Page, verb: str, asset_id: str) -> Wish:
    """What a verb asks for, of this picture."""
    assets = page.studio.assets
    record = remix.drawn(assets, asset_id)
    if verb == "vary" and record is None:
        return remix.vary_given(asset_id, remix.wish_of(assets, asset_id), able(page, "picture", ""))
    if verb in ("bigger", "face"):
        return over(page, verb, asset_id)
    if record is None:
        raise Refused("This picture was not drawn here, so it cannot be drawn again.",
                      "Vary draws over it; Use all takes its recipe, if it holds one.")
    known = {"again": remix.again, "vary": remix.vary, "repeat": remix.repeat}
    return known[verb](record)


def over(page: Page, verb: str, asset_id: str) -> Wish:
    """A picture that keeps its content: drawn larger in tiles, or only its faces drawn again."""
    known = remix.wish_of(page.studio.assets, asset_id)
    wish = known.taken("prompt")
    values: dict[str, Any] = {**wish.values, "picture": asset_id, "strength": 0.0}
    if verb == "bigger":
        values |= {"enlarge": LARGER, "enlarge_strength": LARGER_CHANGE}
        return Wish(able(page, "picture", known.pipeline), values)
    return Wish(able(page, "faces", known.pipeline), {**values, "fix_faces": True})


def able(page: Page, ability: str, wanted: str) -> str:
    """The pipeline that made it where it is able to, else the first that is."""
    entries = [entry for entry in page.studio.catalog.find("image", ability) if not entry.unavailable]
    if not entries:
        raise Missing("Nothing on this computer can do that with a picture.", "Settings shows what is missing.")
    return next((entry.key for entry in entries if entry.key == wanted), entries[0].key)


def fill(page: Page, form: Form, how: str, asset_id: str, request: gr.Request) -> dict[Any, Any]:
    """Use all, Remix, Prompt only: the form as the picture's recipe wants it."""
    (asset_id,) = mine(page, [asset_id], request)
    wish = remix.wish_of(page.studio.assets, asset_id)
    if not wish.values:
        raise Refused("This picture does not say how it was made.", "Use it as a start picture or as a reference.")
    return fill_in(page, form, wish, how, request)


def fill_in(page: Page, form: Form, wish: Wish, how: str, request: gr.Request) -> dict[Any, Any]:
    """The updates of every widget that a wish changes."""
    taken = wish.taken(how)
    values = dict(taken.values)
    if wish.tool != "StudioNova":
        values = fit_size(page, values)
    changes = form.fill(values, taken.pipeline, whole=how != "prompt", keep=remix.SEEDS if how == "remix" else ())
    if page.character is not None and "character" in values:
        known = {one.name for one in map(characters.from_row, page.studio.store.rows(characters.TABLE))}
        changes[page.character] = values["character"] if values["character"] in known else ""
    for notice in taken.notices:
        gr.Info(page.words(request).phrase(notice))
    return changes


def fit_size(page: Page, values: Mapping[str, Any]) -> dict[str, Any]:
    """A stranger's sizes stay only as their shape: each model here has sizes of its own that it draws well."""
    return {name: value for name, value in values.items() if name not in ("width", "height")}

