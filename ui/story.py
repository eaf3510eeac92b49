"""Story Export: scenes, choices and pictures become something that a friend can play.

The desk is a small program of its own in the page (static/story/), because writing needs an answer to each key. It is
fetched when the tab is first looked at, and keeps everything through the routes of ui/story_routes.py.
"""

import json

import gradio as gr

from core.language import mark
from ui import parts, strip
from ui.page import Page

SECTION = "desk"
BEGIN = """
const words = {words};
element.addEventListener("studionova-job", () => trigger("job"));
const begin = async () => {{
  const {{ mount }} = await import(new URL("stories/page/desk.js", document.baseURI).href);
  mount(element.querySelector("[data-desk]"), words);
}};
new IntersectionObserver((seen, watch) => {{
  if (seen.some((one) => one.isIntersecting)) {{ watch.disconnect(); begin(); }}
}}).observe(element);
"""


def build(page: Page) -> gr.HTML:
    parts.intro("story")
    spoken = {key: mark(f"{SECTION}.{key}") for key in page.languages["en"].section(SECTION)}
    return gr.HTML("", html_template='<div class="story-desk" data-desk></div>', elem_id="story-desk",
                   elem_classes=["piece"], apply_default_css=False, padding=False,
                   js_on_load=BEGIN.format(words=json.dumps(spoken)))


def wire(page: Page, made: gr.HTML) -> None:
    """The desk speaks with the studio by itself; only the pill of the frame has to hear of its jobs."""
    page.on(made.job, strip.pill_now(page), None, [page.pill], queue=False, show_progress="hidden",
            api_visibility="private")
