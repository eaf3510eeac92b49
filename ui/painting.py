"""Two small editors in the page: painting a mask over a picture, and pulling a picture's sides outwards.

They work in the browser alone (static/painter.js, static/sides.js); here is how they are placed and read.
"""

import json
from typing import Any

import gradio as gr

from core.language import mark

SIDE_MOST = 4096
TOOLS = (("brush", "brush"), ("erase", "erase"), ("undo", "undo"), ("redo", "redo"), ("invert", "invert"),
         ("clear", "trash"))


def painter(id: str) -> gr.HTML:
    """The mask painter. Its value: {"picture": asset id, "mask": PNG as a data address}."""
    return _editor(id, "painter", {"picture": "", "mask": "", "sides": [0, 0, 0, 0]}, {
        **{name: mark(f"painter.{name}") for name, _ in TOOLS}, "size": mark("painter.size"),
        "large": mark("painter.large"), "soft": mark("painter.soft"), "hint": mark("painter.hint"),
        "faces": mark("painter.faces"),
        "canvas": mark("painter.canvas"), "none": mark("painter.none"),
        "done": mark("painter.done")})


def sides(id: str) -> gr.HTML:
    """The extender. Its value: {"picture": asset id, "sides": pixels to add [left, top, right, bottom]}."""
    return _editor(id, "sides", {"picture": "", "mask": "", "sides": [0, 0, 0, 0]}, {
        **{name: mark(f"painter.{name}") for name in ("left", "top", "right", "bottom", "hint_sides", "none")}})


def mask_in(value: Any) -> str:
    """The painted mask in the value of a painter, whatever a client sends."""
    found = value.get("mask") if isinstance(value, dict) else ""
    return found if isinstance(found, str) else ""


def soft_in(value: Any) -> int:
    """How soft the edge of the mask is, in pixels."""
    found = value.get("soft") if isinstance(value, dict) else 4
    return max(0, min(64, round(found))) if isinstance(found, (int, float)) else 4


def sides_in(value: Any) -> tuple[int, ...]:
    """How far each side grows, whatever a client sends."""
    found = value.get("sides") if isinstance(value, dict) else ()
    numbers = [one for one in found if isinstance(one, (int, float))] if isinstance(found, (list, tuple)) else []
    return tuple(max(0, min(SIDE_MOST, round(one))) for one in (*numbers, 0, 0, 0, 0)[:4])


def put_back(value: Any, picture: str) -> dict[str, Any]:
    """What was painted and pulled over a picture, for either editor, whatever a client sends."""
    return {"picture": picture, "mask": mask_in(value), "soft": soft_in(value), "sides": list(sides_in(value))}


def _editor(id: str, kind: str, value: dict[str, Any], words: dict[str, str]) -> gr.HTML:
    """The template is constant, so that nothing but the editor's own code ever draws in it."""
    spoken = json.dumps(words, ensure_ascii=False)
    return gr.HTML(value, elem_id=id, elem_classes=["piece", kind], apply_default_css=False, padding=False,
                   visible=False, html_template=f'<div class="editor" data-editor="{kind}"></div>',
                   js_on_load=f"window.studionova.{kind}(element, props, watch, {spoken});")
