"""Training: a character's photos become a likeness that every picture can use."""

from ui import panel
from ui.page import Page
from ui.panel import Panel


def build(page: Page) -> Panel:
    return panel.build(page, "training", "train", instead=(("library", "training.instead"), ("upscale",
                                                                                             "tabs.upscale")))


def wire(page: Page, made: Panel) -> None:
    panel.wire(page, made)
