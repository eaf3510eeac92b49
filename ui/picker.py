"""Which model draws or learns: the choice of checkpoints in a form, as the models folders hold them at that moment."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from core.weights.families import name_family
from core.weights.places import Found, called, take_stock
from ui.page import Page

MOST = 500
SEATS = {"train": "training"}
"""The tab of a task where it is called differently."""


def models(page: Page) -> dict[str, Found]:
    """Checkpoints that can be used, by the name that requests call them."""
    stock = take_stock(page.studio.home, page.studio.settings.get("models.folders"), ["checkpoints"])
    return {one.name: one for one in [one for one in stock if not one.trouble][:MOST]}


def choices(page: Page) -> list[tuple[str, str]]:
    """None of them, and each with the family that it belongs to."""
    return [("–", ""), *((f"{called(one.path)} · {name_family(one.family)}" if one.family else one.path.stem, name)
                         for name, one in models(page).items())]


def wire(page: Page, task: str, keys: Sequence[str], model: gr.Dropdown, way: gr.Dropdown) -> None:
    """What was fetched meanwhile can be chosen. A model brings the way that draws with it; another way lets it go."""
    def look() -> Any:
        shown = choices(page)
        return gr.update(choices=shown, visible=len(shown) > 1)

    def own_way(name: str | None) -> str:
        found = models(page).get(name or "")
        key = f"{task}.{found.family}" if found else ""
        return key if key in keys else ""

    def bring(name: str | None) -> Any:
        return own_way(name) or gr.skip()

    def let_go(key: str, name: str | None) -> Any:
        return gr.skip() if own_way(name) in ("", key) else ""

    seat = page.seats.get(SEATS.get(task, task))
    for event in filter(None, [gr.context.Context.root_block.load, seat and seat.select]):
        page.on(event, look, None, [model], queue=False)
    page.on(model.input, bring, [model], [way], queue=False)
    page.on(way.input, let_go, [way, model], [model], queue=False)
