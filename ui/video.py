"""Video: stills and a plan become moving pictures."""

from ui import panel
from ui.page import Page
from ui.panel import Panel

INSTEAD = (("story", "tabs.story"), ("library", "video.instead"), ("upscale", "tabs.upscale"))


def build(page: Page) -> Panel:
    return panel.build(page, "video", "video", instead=INSTEAD)


def wire(page: Page, made: Panel) -> None:
    panel.wire(page, made)
