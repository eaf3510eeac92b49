"""The window: the frame around the tabs, which stand in the order of the work; Library and Settings apart.

The page only watches. Jobs belong to the Studio, so nothing is kept per visitor here: no gr.State, no unload.
"""

from html import escape
from types import ModuleType
from typing import Any

import gradio as gr

from core.language import Languages, mark, phrase_mark, shipped
from core.studio import Studio
from ui import characters, drafts, image, library, parts, settings, story, strip, training, upscale, video
from ui.page import Page
from ui.theme import dress, read

TABS: tuple[tuple[str, ModuleType], ...] = (
    ("characters", characters), ("training", training), ("image", image), ("upscale", upscale), ("video", video),
    ("story", story), ("library", library), ("settings", settings))
APART = frozenset({"library", "settings"})
TOUR = ("welcome", "characters", "image", "library", "jobs")
"""The steps of the first visit: a word of welcome, then one tab after the other."""
KEYS = ((mark("keys.ctrl_enter"), "keys.run"), ("Alt + 1 … 8", "keys.tabs"), ("/", "keys.search"), ("j", "keys.jobs"),
        ("?", "keys.help"), ("Esc", "keys.close"))


def build_window(studio: Studio, languages: Languages | None = None, notices: tuple[str, ...] = ()) -> gr.Blocks:
    """The whole page over an open studio. Nothing is launched here. `notices` are what everybody has to know before
    they begin: that this host forgets, that a damaged file was replaced by an older one."""
    page = Page(studio, languages or shipped())
    with gr.Blocks(title="StudioNova", analytics_enabled=False, fill_width=True, delete_cache=(3600, 86400)) as window:
        gr.HTML(frame(), elem_id="frame", js_on_load=None, apply_default_css=False, padding=False)
        if notices:
            gr.HTML(tell(notices), elem_id="notices", js_on_load=None, apply_default_css=False, padding=False)
        page.pill = parts.piece(id="pill")
        page.character = gr.Dropdown([(mark("frame.nobody"), "")], value="", label=mark("frame.character"),
                                     elem_id="who",
                                     visible=False, filterable=False)
        page.kept = gr.BrowserState({}, storage_key="studionova", secret="ids-only")
        page.seen, page.stock, page.unsent = (gr.Textbox("", visible=False) for _ in range(3))
        with gr.Tabs(selected=first_tab(studio), elem_id="tabs", overflow_behavior="wrap") as page.tabs:
            made = {name: _seat(page, name, tab) for name, tab in TABS}
            if studio.catalog.panels:
                _seat_panels(page)
        drawer = parts.piece(id="drawer")
        for name, tab in TABS:
            tab.wire(page, made[name])
        strip.watch(page, window, drawer)
        drafts.wire(page, window)
        _remember_character(page, window)
    return window


def _remember_character(page: Page, window: gr.Blocks) -> None:
    """The chip in the frame: chosen once, it serves every tab, and this browser remembers it by its id."""
    def greet(kept: Any, request: gr.Request) -> Any:
        cast = characters.everyone(page, request)
        wanted = kept.get("character") if isinstance(kept, dict) else ""
        known = next((one.name for one in cast if one.id == wanted), "")
        return gr.Dropdown(choices=characters.names(cast, page.words(request)), value=known, visible=bool(cast))

    def keep(name: str, request: gr.Request) -> dict[str, str]:
        return {"character": next((one.id for one in characters.everyone(page, request) if one.name == name), "")}

    page.on(window.load, greet, [page.kept], [page.character], queue=False)
    # `change`, not `input`: another tab may have chosen, for somebody who was just made or met.
    page.on(page.character.change, keep, [page.character], [page.kept], queue=False)


def first_tab(studio: Studio) -> str:
    """Where a visit begins: with pictures from words where this computer can make them."""
    return "image" if any(not entry.unavailable for entry in studio.catalog.find("image")) else "upscale"


def look() -> dict[str, Any]:
    """What `launch` needs besides the window itself: theme, style, script and favicon."""
    return dress()


def _seat(page: Page, name: str, tab: ModuleType) -> Any:
    side = "right" if name in APART else "left"
    with gr.Tab(mark(f"tabs.{name}"), id=name, elem_id=f"tab-{name}", alignment=side) as page.seats[name]:
        return tab.build(page)


def _seat_panels(page: Page) -> None:
    """What a person's own extensions draw, each under its title; a broken one says why."""
    with gr.Tab(mark("tabs.extensions"), id="extensions", elem_id="tab-extensions", alignment="right"):
        for panel in page.studio.catalog.panels:
            gr.HTML(f"<h3>{escape(panel.title)}</h3>", elem_classes=["intro", "group"], js_on_load=None,
                    apply_default_css=False, padding=False)
            with gr.Column(elem_id=f"panel-{panel.name}", min_width=0):
                reason = panel.fill(page)
            if reason:
                gr.HTML(tell((f"{panel.name}.py: {reason}",)), js_on_load=None, apply_default_css=False, padding=False)


def tell(notices: tuple[str, ...]) -> str:
    said = (phrase_mark(escape(notice, quote=False)) for notice in notices)
    lines = (f'<p class="note">{parts.icon("warn")}{notice}</p>' for notice in said)
    return f'<div role="status">{"".join(lines)}</div>'


def frame() -> str:
    """Mark and name, the sheet of icons, and the dialog of keys."""
    steps = "".join(f'<li data-step="{tab}"{" hidden" if number else ""}><h3>{mark(f"tour.{tab}")}</h3>'
                    f'<p>{mark(f"tour.{tab}_text")}</p></li>' for number, tab in enumerate(TOUR))
    tour = (f'<section id="tour" role="region" aria-label="{mark("tour.title")}" hidden><ol>{steps}</ol><div '
            f'class="verbs">'
            f'<button type="button" class="nb quiet" data-tour="end">{mark("tour.skip")}</button><button type="button" '
            f'class="nb main" data-tour="next" data-last="{mark("tour.done")}">{mark("tour.next")}</button></div>'
            f'</section>')
    rows = "".join(f"<div><dt><kbd>{key}</kbd></dt><dd>{mark(word)}</dd></div>" for key, word in KEYS)
    return (f'{read("icons.svg")}<a class="skip" href="#tabs">{mark("frame.skip")}</a><div class="brand">'
            f'{read("mark.svg")}'
            f'<h1>StudioNova</h1></div><dialog id="keys" aria-labelledby="keys-head"><div class="topline"><h2 '
            f'id="keys-head">'
            f'{mark("keys.title")}</h2><button type="button" class="nb bare" data-close '
            f'aria-label="{mark("frame.close")}">'
            f'{parts.icon("close")}</button></div><dl>{rows}</dl></dialog>{tour}')
