"""Finished examples for tabs in which nothing was made yet: pictures that ship with the studio, and a way to begin from
each. They are no assets: a Library begins empty."""

import json
from collections.abc import Callable
from html import escape

from fastapi.responses import FileResponse, Response

from core.casting import EXAMPLE
from core.language import Words
from core.remix import Wish
from core.story.stories import READY
from ui import parts
from ui.theme import STATIC

STORY, LIGHT = READY / "lantern", "cg-light"
PHOTOS = (1, 2, 4, 8)
STILLS = ("library", "park", "rooftop")
PICTURES = {"light": STORY / "assets" / f"{LIGHT}.png", "learned": STATIC / "learned.webp",
            "small": STATIC / "small.webp", "larger": STATIC / "larger.webp",
            **{one: STORY / "assets" / f"bg-{one}.png" for one in STILLS},
            **{f"photo-{number}": EXAMPLE / f"mira-{number:02}.png" for number in PHOTOS}}
LIKENESS = 86
"""How the likeness was judged that Mira's quick training had learned after 120 steps; `learned` is a sample of it."""


def served(name: str) -> Response:
    """One of them; a name is looked up and never becomes a path."""
    if name not in PICTURES:
        return Response(status_code=404)
    return FileResponse(PICTURES[name], headers={"Cache-Control": "private, max-age=86400"})


def picture(words: Words) -> tuple[str, str]:
    """(what stands there, the button) for Image Gen: a picture, and its words to try."""
    shown = f'<img src="example/light" width="880" height="704" alt="">{_caption("image.example", words)}'
    words_of_it = (f'<button type="button" class="nb" data-make="example">{parts.icon("words")}'
                   f'<span>{escape(words("image.example_try"))}</span></button>')
    return f'<figure class="example">{shown}</figure>', words_of_it


def lesson(words: Words) -> tuple[str, str]:
    """(what stands there, the button) for Training: photos, what was learned from them, and whoever is in them."""
    photos = "".join(f'<img src="example/photo-{number}" width="512" height="512" alt="">' for number in PHOTOS)
    judged = parts.likeness({"likeness": LIKENESS, "people": ["Mira"]}, words)
    shown = (f'<div class="taught"><div>{photos}</div>{parts.icon("back")}'
             f'<img src="example/learned" width="184" height="184" alt=""></div>')
    return (f'<figure class="example">{shown}{judged}{_caption("training.example", words)}</figure>',
            parts.button("meet", words("characters.meet"), "star", quiet=False))


def enlarged(words: Words) -> tuple[str, str]:
    """(what stands there, the button) for Upscale: a small picture, and what the studio's own upscaler made of it."""
    shown = parts.wipe("example/small", "example/larger", words) + _caption("upscale.example", words)
    return (f'<figure class="example">{shown}</figure>',
            parts.button("lay", words("upscale.example_try"), "picture", quiet=False))


def stills(words: Callable[[str], str]) -> str:
    """For Video, while nothing makes films: pictures of the story that can be played today. No film is pretended."""
    shown = "".join(f'<img src="example/{name}" width="352" height="198" alt="">' for name in STILLS)
    return (f'<figure class="example"><div class="board-of-stills">{shown}</div>'
            f'<figcaption class="quiet">{words("video.example")}</figcaption></figure>')


def wish() -> Wish:
    """What was asked for the picture of Image Gen."""
    made = next(one["made"] for one in json.loads((STORY / "provenance.json").read_text("utf-8"))["assets"]
                if one["asset"] == LIGHT)
    asked = {name: made["request"][name] for name in ("prompt", "shape")}
    return Wish(made["pipeline"], {**asked, "seed": made["seed"]}, "StudioNova")


def _caption(key: str, words: Words) -> str:
    return f'<figcaption class="quiet">{escape(words(key))}</figcaption>'


OF = {"image": picture, "training": lesson, "upscale": enlarged}
"""By the name of the tab."""
MEANWHILE = {"video": stills}
"""For tabs that can do nothing on this computer yet."""
