"""Upscale: drop pictures, choose a size, compare before and after."""

from ui import panel
from ui.page import Page
from ui.panel import Panel

VERBS = (("how", "results.how", "tree"), ("again-on", "results.upscale_again", "large"))


def build(page: Page) -> Panel:
    made = panel.build(page, "upscale", "upscale", verbs=VERBS, instead=(("library", "tabs.library"),))
    if made.form is not None:
        page.inboxes["upscale"] = made.form.widgets["pictures"]
    return made


def wire(page: Page, made: Panel) -> None:
    panel.wire(page, made)
