"""From a recipe to a picture: place first, then the figure from back to front, then the weather."""

import random
from dataclasses import dataclass

import numpy

from pipelines.starter.artist.body import Body, build, paint_arms_before, paint_arms_behind, paint_neck
from pipelines.starter.artist.extras import ON_HEAD, OVER_HAIR, UNDER_HAIR, paint_scarf
from pipelines.starter.artist.face import paint_brows, paint_face, paint_features
from pipelines.starter.artist.hair import paint_back, paint_braids, paint_cap, paint_fringe_shadow
from pipelines.starter.artist.head import Head, measure
from pipelines.starter.artist.outfit import OUTFITS, arm_colour
from pipelines.starter.artist.palette import FIGURE_TINT
from pipelines.starter.artist.pen import Pen
from pipelines.starter.artist.places import paint_place, paint_weather
from pipelines.starter.artist.recipe import Recipe, settle

# How many half head widths the picture is high, and where the head's middle lies in it.
FRAMES = {"close-up": (2.72, 0.535), "bust": (3.34, 0.475), "half": (4.3, 0.385)}
TALL_HAIR = {"bun": 0.05, "twin buns": 0.02, "afro": 0.035, "spiky": 0.02}


@dataclass(frozen=True)
class Place:
    """Where the head is: its middle and half its width, in picture heights; a half width of 0 means nobody."""

    x: float = 0.0
    y: float = 0.0
    half: float = 0.0


def draw(recipe: Recipe, width: int, height: int | None = None) -> numpy.ndarray:
    """The picture as height × width × 3 bytes; the same recipe gives the same bytes."""
    return draw_and_tell(recipe, width, height)[0]


def draw_and_tell(recipe: Recipe, width: int, height: int | None = None) -> tuple[numpy.ndarray, Place]:
    """The picture and where its face is, for training that looks twice at faces."""
    recipe, place = settle(recipe), Place()
    pen = Pen(width, height or width)
    dice = random.Random(f"picture {recipe.seed}")
    paint_place(pen, recipe, dice)
    if recipe.who != "nobody":
        pen.tint = FIGURE_TINT[recipe.light]
        place = paint_figure(pen, recipe, dice)
    paint_weather(pen, recipe, random.Random(f"weather {recipe.seed}"))
    return pen.pixels(), place


def paint_figure(pen: Pen, recipe: Recipe, dice: random.Random) -> Place:
    size, middle = FRAMES[recipe.framing]
    size /= min(1.0, max(0.7, pen.wide))  # a tall sheet shows a smaller head rather than half of one
    size *= dice.uniform(0.98, 1.05)
    drop = TALL_HAIR.get(recipe.hair, 0.0) + (0.03 if recipe.accessory in ("beanie", "sun hat") else 0.0)
    x = pen.wide / 2 + dice.uniform(-0.035, 0.035)
    tilt = dice.uniform(-6.0, 6.0)
    head = measure(recipe, dice)
    body = build(head)
    with pen.moved(x, middle + drop, 1.0 / size):
        behind = random.Random(f"hair {recipe.seed}")
        with pen.moved(degrees=tilt * 0.8):
            paint_back(pen, head, behind)
        paint_clothes(pen, body)
        with pen.moved(degrees=tilt):
            paint_head(pen, head)
        if recipe.accessory == "scarf":
            paint_scarf(pen, body)
        paint_braids(pen, head)
        paint_arms_before(pen, body, arm_colour(body))
    return Place(x, middle + drop, 1.0 / size)


def paint_clothes(pen: Pen, body: Body) -> None:
    paint_arms_behind(pen, body, arm_colour(body))
    paint_neck(pen, body)
    OUTFITS[body.head.recipe.outfit](pen, body)


def paint_head(pen: Pen, head: Head) -> None:
    recipe = head.recipe
    paint_face(pen, head)
    paint_fringe_shadow(pen, head)
    if recipe.feature in UNDER_HAIR:
        UNDER_HAIR[recipe.feature](pen, head)
    paint_features(pen, head)
    paint_cap(pen, head)
    paint_brows(pen, head)
    if recipe.feature in OVER_HAIR:
        OVER_HAIR[recipe.feature](pen, head)
    if recipe.accessory in ON_HEAD:
        ON_HEAD[recipe.accessory](pen, head)
