"""Image Gen: say what should be seen; pictures stand at the right."""

from ui import panel
from ui.page import Page
from ui.panel import Panel

VERBS = (("how", "results.how", "tree"), ("upscale", "results.upscale", "large"))


def build(page: Page) -> Panel:
    return panel.build(page, "image", "image", verbs=VERBS, instead=(("upscale", "tabs.upscale"), ("library",
                                                                                                   "tabs.library")))


def wire(page: Page, made: Panel) -> None:
    panel.wire(page, made)
