"""Characters: who the pictures, the training and the stories are about."""

from ui import panel, parts
from ui.page import Page


def build(page: Page) -> None:
    parts.intro("characters")
    panel.not_yet(page, "characters", "characters", (("library", "characters.instead"),))


def wire(page: Page, made: None) -> None:
    """Nothing here to connect yet: the tab offers doors to others, which the browser opens by itself."""
