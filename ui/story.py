"""Story Export: scenes, choices and pictures become something that a friend can play."""

from ui import panel, parts
from ui.page import Page


def build(page: Page) -> None:
    parts.intro("story")
    panel.not_yet(page, "story", "story", (("library", "story.instead"),))


def wire(page: Page, made: None) -> None:
    """Nothing here to connect yet: the tab offers doors to others, which the browser opens by itself."""
