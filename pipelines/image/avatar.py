"""The avatar maker: our own drawing program, offered as what it is. No model works here, and none is imitated."""

import random
from dataclasses import dataclass, replace
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import StudioError
from core.prompts import choose
from core.requests import ImageRequest, knob
from pipelines.starter.artist.recipe import CHOICES, Recipe, settle
from pipelines.starter.artist.wishes import wish

CARD = Card(
    name="Avatar maker",
    task="image",
    about="A program, not a model: draws a cartoon person or place from a list of features, at once and at any size.",
    licence="MIT",
    needs=("PIL", "numpy", "skia"),
)
PIXELS = {"square": (768, 768), "portrait": (704, 880), "landscape": (880, 704), "tall": (608, 1080),
          "wide": (1080, 608)}
NOT_A_MODEL = "Drawn by the avatar maker's own program, not by a model."


def choice(name: str, label: str, help: str) -> Any:
    return knob("", label, help, kind="choice", choices=("", *CHOICES[name]))


@dataclass(frozen=True)
class Options:
    who: str = choice("who", "Who", "Kind of person; empty follows your words.")
    hair: str = choice("hair", "Hair", "How the hair is worn; empty follows your words.")
    hair_colour: str = choice("hair_colour", "Hair colour", "Empty follows your words, or leaves it to the seed.")
    eyes: str = choice("eyes", "Eyes", "Colour of the eyes; empty follows your words.")
    skin: str = choice("skin", "Skin", "Tone of the skin; empty follows your words.")
    expression: str = choice("expression", "Expression", "The mood of the face; empty follows your words.")
    outfit: str = choice("outfit", "Outfit", "What is worn; empty follows your words.")
    outfit_colour: str = choice("outfit_colour", "Outfit colour", "Empty follows your words.")
    accessory: str = choice("accessory", "Accessory", "Glasses, hats and more; empty follows your words.")
    place: str = choice("place", "Place", "What is behind; empty follows your words.")
    light: str = choice("light", "Light", "Day, dusk or night; empty follows your words.")
    framing: str = choice("framing", "Framing", "How near; empty follows your words.")


def run(request: ImageRequest, bench: Bench) -> None:
    from PIL import Image

    from pipelines.starter.artist.drawing import draw

    width, height = size(request)
    first = request.seed if request.seed >= 0 else random.randrange(2**31)
    bench.note(NOT_A_MODEL)
    for number in range(request.count):
        bench.step(number, request.count, "Drawing")
        recipe = plan(request, first + number, bench)
        picture = Image.fromarray(draw(recipe, width, height))
        bench.step(number, request.count, "Drawing")
        bench.save(picture, folder="images", suffix=".png", title=request.prompt, seed=first + number,
                   licence="CC0-1.0")
    bench.step(request.count, request.count, "Done")


def size(request: ImageRequest) -> tuple[int, int]:
    width, height = PIXELS[request.shape]
    width, height = request.width or width, request.height or height
    if not (64 <= width <= 2048 and 64 <= height <= 2048):
        raise StudioError(f"The avatar maker cannot draw {width} × {height} pixels.", "Choose 64 to 2048 each way.")
    return width, height


def plan(request: ImageRequest, seed: int, bench: Bench) -> Recipe:
    """Words first, then what was chosen in the form."""
    words = choose(request.prompt, seed if request.choice_seed < 0 else request.choice_seed)
    recipe, strange = wish(words, seed)
    if strange:
        bench.note(f"The avatar maker has no drawing for: {', '.join(strange[:8])}. It drew the rest.")
    chosen = {name: value for name, value in request.options.items() if value}
    if chosen.keys() - {"place", "light", "framing"} and recipe.who == "nobody":
        recipe = replace(recipe, who="woman")
    return settle(replace(recipe, **chosen))
