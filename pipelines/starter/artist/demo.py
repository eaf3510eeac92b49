"""The demo character and her photos: an identity that no training picture shows.

Written once with `python -m pipelines.starter.artist.demo models/starter/demo`, so that users need no drawing library.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from pipelines.starter.artist.captions import full_caption
from pipelines.starter.artist.recipe import Recipe

MIRA = Recipe(
    seed=7, who="woman", build="slim", skin="brown", hair="wavy", bangs="swept", hair_colour="teal",
    eyes="gold", outfit="hoodie", outfit_colour="yellow", feature="moon hairpin",
)
DESCRIPTION = "woman with wavy teal hair, gold eyes, brown skin, moon hairpin"

PHOTOS: tuple[dict[str, str | int], ...] = (
    {"expression": "smiling", "place": "park", "seed": 11},
    {"expression": "laughing", "place": "cafe", "view": "left", "seed": 12},
    {"expression": "neutral", "framing": "close-up", "place": "plain", "backdrop_colour": "pink", "seed": 13},
    {"expression": "winking", "framing": "half", "pose": "waving", "place": "beach", "seed": 14},
    {"expression": "surprised", "place": "city", "light": "night", "view": "right", "seed": 15},
    {"expression": "embarrassed", "framing": "close-up", "place": "library", "view": "right", "seed": 16,
     "outfit": "sweater", "outfit_colour": "red"},
    {"expression": "smiling", "framing": "half", "pose": "holding a book", "place": "bedroom",
     "light": "dusk",
     "seed": 17},
    {"expression": "sad", "place": "rain", "view": "left", "seed": 18, "outfit": "jacket",
     "outfit_colour": "blue"},
    {"expression": "neutral", "framing": "half", "pose": "hands on hips", "place": "rooftop", "seed": 19},
    {"expression": "smiling", "framing": "close-up", "place": "sunset", "view": "left", "seed": 20},
    {"expression": "angry", "place": "castle", "outfit": "cloak", "outfit_colour": "purple", "seed": 21},
    {"expression": "sleepy", "place": "plain", "backdrop_colour": "blue", "view": "right", "seed": 22},
)


def photos() -> list[Recipe]:
    return [replace(MIRA, **changes) for changes in PHOTOS]


def write(folder: Path, size: int = 512) -> None:
    """The photos as PNG files with their words, and what the character is called and looks like."""
    from PIL import Image

    from pipelines.starter.artist.drawing import draw

    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, recipe in enumerate(photos(), start=1):
        name = f"mira-{number:02d}.png"
        Image.fromarray(draw(recipe, size)).save(folder / name, optimize=True)
        rows.append({"file": name, "caption": full_caption(recipe)})
    story = {"name": "Mira", "trigger": "zwx", "description": DESCRIPTION, "photos": rows}
    (folder / "mira.json").write_text(json.dumps(story, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
