"""Where it happens: finds the place's painter, frames it behind a figure, and adds the weather before it."""

import random

from pipelines.starter.artist.indoors import INDOORS
from pipelines.starter.artist.outdoors import OUTDOORS
from pipelines.starter.artist.palette import BACKDROP
from pipelines.starter.artist.pen import WHITE, Pen, box, circles, lit, mix, shaded, star, trace
from pipelines.starter.artist.recipe import Recipe


def paint_place(pen: Pen, recipe: Recipe, dice: random.Random) -> None:
    if recipe.place == "plain":
        paint_plain(pen, recipe, dice)
        return
    painter = OUTDOORS.get(recipe.place) or INDOORS[recipe.place]
    zoom = {"close-up": 1.34, "bust": 1.18, "half": 1.06}[recipe.framing] if recipe.who != "nobody" else 1.0
    spare = (zoom - 1.0) / 2
    across, down = dice.uniform(-spare, spare) * pen.wide, dice.uniform(-spare, spare) * 0.6
    with pen.moved(pen.wide / 2 + across, 0.5 + down):
        pen.canvas.scale(zoom, zoom)
        if dice.random() < 0.5:
            pen.canvas.scale(-1.0, 1.0)
        pen.canvas.translate(-pen.wide / 2, -0.5)
        painter(pen, recipe.light, dice)
    pen.tint = (1.0, 1.0, 1.0)


def paint_plain(pen: Pen, recipe: Recipe, dice: random.Random) -> None:
    colour, wide = BACKDROP[recipe.backdrop_colour], pen.wide
    pen.blend(box(0, 0, wide, 1), [lit(colour, 0.3), mix(colour, shaded(colour), 0.25)], 0.0, 1.0)
    pattern = dice.choice(("none", "none", "dots", "rays", "disc", "sparks"))
    pale = lit(colour, 0.45) if recipe.backdrop_colour != "white" else (236, 232, 240)
    if pattern == "dots":
        columns = range(int(wide / 0.16) + 2)
        spots = [(x * 0.16 + 0.08 * (y % 2), y * 0.13, 0.028) for x in columns for y in range(9)]
        pen.fill(circles(spots), pale, 0.8)
    elif pattern == "rays":
        for step in range(-6, 7):
            x = wide / 2 + step * 0.36
            pen.fill(trace((wide / 2, 1.1), (x - 0.08, -0.1), (x + 0.08, -0.1)), pale, 0.6)
    elif pattern == "disc":
        pen.fill(circles([(wide / 2, 0.5, 0.44)]), pale, 0.8)
    elif pattern == "sparks":
        for _ in range(12):
            pen.fill(star(dice.uniform(0, wide), dice.random(), dice.uniform(0.02, 0.05), 4, 0.3), pale)


def paint_weather(pen: Pen, recipe: Recipe, dice: random.Random) -> None:
    """What falls before the figure."""
    area = pen.wide
    if recipe.place == "rain":
        for _ in range(int(26 * area)):
            x, y, long = dice.uniform(0, area), dice.uniform(-0.1, 1.0), dice.uniform(0.05, 0.11)
            pen.line(trace((x, y), (x - long * 0.22, y + long), closed=False), (222, 236, 255), 0.008, 0.6)
    elif recipe.place == "snow":
        flakes = [(dice.uniform(0, area), dice.random(), dice.uniform(0.007,
            0.015)) for _ in range(int(26 * area))]
        pen.fill(circles(flakes), WHITE, 0.92)
