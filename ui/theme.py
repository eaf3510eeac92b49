"""The look: colours, type and spacing as one table of tokens with light and dark twins, handed to Gradio as its theme.

Every pair of text and ground named in PAIRS reaches WCAG AA; a test computes it.
"""

from pathlib import Path
from typing import Any

import gradio as gr

STATIC = Path(__file__).parent / "static"

LIGHT = {
    "ground": "#f6f3ee", "surface": "#fffdfa", "raised": "#ffffff", "well": "#efeae2", "line": "#dcd4c8",
    "edge": "#8f8475", "text": "#211c17", "dim": "#655b4f", "accent": "#f0a02c", "accent-hover": "#e2901a",
    "on-accent": "#241602", "accent-text": "#8a4f00", "focus": "#8a4f00", "good": "#22683c", "warn": "#7d5200",
    "bad": "#a32a1e", "good-soft": "#e2f0e4", "warn-soft": "#faeccd", "bad-soft": "#f9e2de",
}
DARK = {
    "ground": "#131110", "surface": "#1b1816", "raised": "#24201d", "well": "#0e0c0b", "line": "#38322c",
    "edge": "#8b7f71", "text": "#f4efe8", "dim": "#b5aa9c", "accent": "#f4ae45", "accent-hover": "#ffc265",
    "on-accent": "#241602", "accent-text": "#f6b95c", "focus": "#ffc265", "good": "#7fd39a", "warn": "#f2c063",
    "bad": "#ff9a8b", "good-soft": "#16291c", "warn-soft": "#2e2410", "bad-soft": "#331a16",
}
PAIRS = (
    ("text", "ground"), ("text", "surface"), ("text", "raised"), ("text", "well"), ("dim", "ground"), ("dim",
                                                                                                       "surface"),
    ("dim", "raised"), ("dim", "well"), ("on-accent", "accent"), ("on-accent", "accent-hover"),
    ("accent-text", "ground"), ("accent-text", "surface"), ("accent-text", "raised"), ("accent-text", "well"),
    ("good", "surface"), ("warn", "surface"), ("bad", "surface"), ("good", "good-soft"), ("warn", "warn-soft"),
    ("bad", "bad-soft"), ("text", "good-soft"), ("text", "warn-soft"), ("text", "bad-soft"),
)
"""What is written on what. Edges and focus rings are held to 3 : 1 by the same test."""

_NEUTRAL = gr.themes.Color("#fbf9f5", "#f6f3ee", "#efeae2", "#dcd4c8", "#b5aa9c", "#8f8475", "#655b4f", "#4a423a",
                           "#38322c", "#24201d", "#131110")
_AMBER = gr.themes.Color("#fff7e8", "#fdecc8", "#fadb9c", "#f6c56b", "#f4ae45", "#f0a02c", "#c87d12", "#8a4f00",
                         "#6b3f05", "#4b2d07", "#2a1903")
_SIZES = gr.themes.Size("11px", "12px", "13px", "15px", "18px", "24px", "34px", name="nova_text")
_RADII = gr.themes.Size("3px", "4px", "6px", "6px", "10px", "10px", "14px", name="nova_radius")
_SPACES = gr.themes.Size("2px", "4px", "8px", "12px", "16px", "24px", "32px", name="nova_space")

_PLACES = {
    "body_background_fill": "ground", "background_fill_primary": "surface", "background_fill_secondary": "ground",
    "body_text_color": "text", "body_text_color_subdued": "dim", "border_color_primary": "line",
    "border_color_accent": "accent", "color_accent_soft": "well", "link_text_color": "accent-text",
    "link_text_color_hover": "text", "link_text_color_active": "accent-text", "link_text_color_visited": "accent-text",
    "block_info_text_color": "dim", "block_label_text_color": "dim", "block_title_text_color": "text",
    "input_background_fill": "raised", "input_background_fill_focus": "raised", "input_border_color": "edge",
    "input_border_color_hover": "dim", "input_border_color_focus": "focus", "input_placeholder_color": "dim",
    "checkbox_background_color": "raised", "checkbox_background_color_selected": "accent-text",
    "checkbox_border_color": "edge", "checkbox_border_color_focus": "focus",
    "checkbox_border_color_selected": "accent-text",
    "checkbox_label_background_fill": "raised", "checkbox_label_background_fill_hover": "well",
    "checkbox_label_background_fill_selected": "raised", "checkbox_label_border_color": "line",
    "checkbox_label_border_color_hover": "edge", "checkbox_label_border_color_selected": "accent-text",
    "checkbox_label_text_color": "text", "checkbox_label_text_color_selected": "text",
    "button_primary_background_fill": "accent", "button_primary_background_fill_hover": "accent-hover",
    "button_primary_text_color": "on-accent", "button_primary_text_color_hover": "on-accent",
    "button_primary_border_color": "accent", "button_primary_border_color_hover": "accent-hover",
    "button_secondary_background_fill": "raised", "button_secondary_background_fill_hover": "well",
    "button_secondary_text_color": "text", "button_secondary_text_color_hover": "text",
    "button_secondary_border_color": "line", "button_secondary_border_color_hover": "edge",
    "button_cancel_background_fill": "raised", "button_cancel_background_fill_hover": "bad-soft",
    "button_cancel_text_color": "bad", "button_cancel_text_color_hover": "bad",
    "button_cancel_border_color": "line", "button_cancel_border_color_hover": "bad",
    "error_background_fill": "bad-soft", "error_text_color": "bad", "error_border_color": "bad",
    "error_icon_color": "bad",
    "slider_color": "accent-text", "loader_color": "accent", "table_border_color": "line", "table_text_color": "text",
    "table_even_background_fill": "surface", "table_odd_background_fill": "surface", "table_row_focus": "well",
    "code_background_fill": "well", "stat_background_fill": "well", "panel_background_fill": "surface",
    "accordion_text_color": "text",
}
_SHAPES = {
    "body_text_size": "15px", "embed_radius": "10px", "block_background_fill": "transparent",
    "block_border_width": "0px",
    "block_shadow": "none", "block_padding": "0px", "block_label_background_fill": "transparent",
    "block_label_border_width": "0px", "block_label_shadow": "none", "block_label_text_size": "13px",
    "block_title_text_size": "13px", "block_title_text_weight": "700", "block_info_text_size": "13px",
    "block_label_text_weight": "700", "input_border_width": "1px", "input_shadow": "none", "input_shadow_focus": "none",
    "input_radius": "6px", "input_text_size": "15px", "input_padding": "8px 12px", "button_transition": "var(--ease)",
    "button_large_radius": "6px", "button_medium_radius": "6px", "button_small_radius": "6px",
    "button_large_text_size": "15px", "button_large_text_weight": "700", "button_large_padding": "12px 16px",
    "button_medium_text_size": "15px", "button_medium_text_weight": "700", "button_small_text_weight": "700",
    "button_border_width": "1px", "button_primary_shadow": "none", "button_secondary_shadow": "none",
    "checkbox_label_shadow": "none", "checkbox_shadow": "none", "checkbox_label_border_width": "1px",
    "checkbox_label_padding": "7px 12px", "checkbox_label_text_weight": "400", "panel_border_width": "0px",
    "layout_gap": "16px", "form_gap_width": "16px", "prose_header_text_weight": "700", "shadow_drop": "none",
    "section_header_text_weight": "700",
}


def theme() -> gr.themes.Base:
    """Our tokens in Gradio's places."""
    made = gr.themes.Base(
        primary_hue=_AMBER, secondary_hue=_NEUTRAL, neutral_hue=_NEUTRAL, text_size=_SIZES, radius_size=_RADII,
        spacing_size=_SPACES, font=[gr.themes.LocalFont("IBM Plex "
                                                        "Sans", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), "ui-monospace", "monospace"])
    colours = {place: LIGHT[name] for place, name in _PLACES.items()}
    colours |= {f"{place}_dark": DARK[name] for place, name in _PLACES.items()}
    twins = {f"{place}_dark": value for place, value in _SHAPES.items()
             if place.endswith(("_fill", "_width", "_shadow", "_shadow_focus")) and place != "form_gap_width"}
    return made.set(**_known(colours | _SHAPES | twins))


def dress() -> dict[str, Any]:
    """What `launch` needs to show the window in its own clothes; nothing comes from outside this computer."""
    return {"theme": theme(), "css": read("style.css"),
            "head": f"<style>{tokens()}{read('tokens.css')}</style><script>{script()}</script>",
            "favicon_path": str(STATIC / "favicon.svg")}


def script() -> str:
    """The window's own code, and that of its small editors."""
    return "\n".join(map(read, ("window.js", "painter.js", "sides.js", "dropping.js")))


def tokens() -> str:
    """The colours as CSS variables, `--ground` and so on, for our own style sheet."""
    def block(selector: str, colours: dict[str, str]) -> str:
        return selector + "{" + "".join(f"--{name}:{value};" for name, value in colours.items()) + "}"
    return block(":root", LIGHT) + block(".dark", DARK)


def read(name: str) -> str:
    """A file of ours that goes into the page."""
    return (STATIC / name).read_text(encoding="utf-8")


def _known(values: dict[str, str]) -> dict[str, str]:
    """Only places that this Gradio has: a few have no dark twin."""
    import inspect

    places = inspect.signature(gr.themes.Base.set).parameters
    return {place: value for place, value in values.items() if place in places}
