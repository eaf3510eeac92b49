"""Video: stills and a plan become moving pictures."""

from ui import panel
from ui.page import Page
from ui.panel import Panel


def build(page: Page) -> Panel:
    return panel.build(page, "video", "video", instead=(("library", "video.instead"), ("upscale", "tabs.upscale")))


def wire(page: Page, made: Panel) -> None:
    panel.wire(page, made)
