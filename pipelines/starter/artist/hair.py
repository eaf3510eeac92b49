"""Hair: what falls behind the body, the cap with its fringe, and what hangs or stands beside it."""

import math
import random

import skia

from pipelines.starter.artist.head import Head
from pipelines.starter.artist.palette import CLOTH, HAIR, SKIN
from pipelines.starter.artist.pen import Colour, Pen, circles, ellipse, inked, lit, mix, shaded, smooth, trace

LINE = 0.04

# Where the fringe falls: (tip x, tip y, notch y after it), from the right temple to the left one.
FRINGES = {
    "straight": [(0.78, 0.0, -0.2), (0.46, -0.06, -0.22), (0.14, -0.05, -0.22), (-0.18, -0.05, -0.22),
                 (-0.5, -0.06, -0.2), (-0.8, 0.0, -0.2)],
    "messy": [(0.84, 0.1, -0.4), (0.5, -0.1, -0.45), (0.24, 0.06, -0.5), (-0.06, -0.1, -0.5),
              (-0.3, 0.08, -0.45),
              (-0.6, -0.12, -0.4), (-0.86, 0.12, -0.2)],
}


def fringe(head: Head, bangs: str) -> list[tuple[float, ...]]:
    """The lower edge of the cap, from the right temple to the left one, turned with the head."""
    at = head.turned
    if bangs == "none":
        return [(at(0.9), -0.36, at(0.42), -0.66), (at(0.0), -0.8, at(-0.42), -0.66),
                (at(-0.9), -0.36, at(-0.95), 0.1)]
    if bangs == "parted":
        return [(at(0.98), -0.16, at(0.86), 0.06), (at(0.72), -0.34, at(0.04), -0.82),
                (at(-0.62), -0.42, at(-0.86), 0.06), (at(-0.98), -0.12, at(-0.96), 0.1)]
    if bangs == "swept":
        return [(at(0.96), -0.2, at(0.84), 0.0), (at(0.78), -0.4, at(0.46), -0.78),
                (at(0.3), -0.3, at(-0.14), -0.14),
                (at(-0.1), -0.24, at(-0.08), -0.34), (at(-0.34), -0.06, at(-0.72), 0.1),
                (at(-0.66), -0.06, at(-0.64), -0.16), (at(-0.8), 0.04, at(-0.95), 0.14)]
    edge: list[tuple[float, ...]] = []
    tips = FRINGES[bangs]
    for index, (x, y, notch) in enumerate(tips):
        edge.append((at(x + 0.1), (y + notch) / 2, at(x), y))
        if index + 1 < len(tips):
            middle = (x + tips[index + 1][0]) / 2
            edge.append((at(x - 0.05), (y + notch) / 2, at(middle), notch))
    edge.append((at(-0.92), -0.08, at(-0.95), 0.1))
    return edge


def locks(side: int, length: float, far: bool) -> list[tuple[float, ...]]:
    """The strand before one ear, walked downwards outside and upwards inside; thin on the far side."""
    inside = (0.98 if far else 0.84) * side
    if length > 0.2:
        return [(1.2 * side, length * 0.6, (1.04 if far else 0.98) * side, length),
                (inside, length * 0.7, inside, 0.12)]
    return [(1.12 * side, 0.1, 1.0 * side, 0.26), (inside + 0.08 * side, 0.2, inside, 0.0)]


LOCK_LENGTH = {"short": 0.3, "spiky": 0.34, "bob": 0.95, "long": 1.25, "wavy": 1.1, "ponytail": 0.66,
               "twintails": 0.62,
               "braids": 0.5, "bun": 0.6, "twin buns": 0.72, "curly": 0.3, "afro": 0.1}


def cap(head: Head, width: float = 1.14, top: float = -1.32) -> skia.Path:
    """The hair over skull and brow: crown, strands before the ears, fringe."""
    recipe = head.recipe
    length = LOCK_LENGTH[recipe.hair]
    down = locks(1, length, head.yaw > 0)
    up = locks(-1, length, head.yaw < 0)
    path: list[tuple[float, ...]] = [(-width, 0.1), (-width - 0.06, -0.82, -0.74, top, 0.0, top),
                                     (0.74, top, width + 0.06, -0.82, width, 0.1), *down]
    path += fringe(head, recipe.bangs)
    inner, tip = up[1], up[0]
    path += [(inner[0], inner[1], tip[2], tip[3]), (tip[0], tip[1], -width, 0.1)]
    return trace(*path)


def spikes(dice: random.Random) -> skia.Path:
    """A crown of spikes round the skull, from ear to ear."""
    points: list[tuple[float, ...]] = [(-1.02, 0.42)]
    count = 9
    for index in range(count):
        start, end = (math.pi * (1.06 - 1.12 * (index + part) / count) for part in (0.0, 1.0))
        middle = (start + end) / 2 - 0.1 * math.cos(start)
        reach = 1.5 + dice.uniform(-0.06, 0.14)
        if index in (0, count - 1):
            reach = 1.34
        tip = (reach * math.cos(middle) * 0.98, -0.08 - reach * math.sin(middle) * 1.02)
        points.append((1.24 * math.cos(start), -0.08 - 1.26 * math.sin(start), *tip))
        points.append((1.16 * math.cos(end), -0.08 - 1.16 * math.sin(end)))
    points.append((1.02, 0.42))
    return trace(*points)


def puffs(radius: float, size: float, start: float, end: float,
          count: int) -> list[tuple[float, float, float]]:
    """Curls along an arc, degrees counted from the right ear over the crown."""
    spots = []
    for index in range(count):
        angle = math.radians(start + (end - start) * index / (count - 1))
        spots.append((radius * math.cos(angle), -0.1 - radius * math.sin(angle) * 1.02, size))
    return spots


def paint_back(pen: Pen, head: Head, dice: random.Random) -> None:
    """All hair behind neck and body."""
    colour, style = HAIR[head.recipe.hair_colour], head.recipe.hair
    dark = mix(shaded(colour), inked(colour), 0.18)
    lean = -head.yaw * 0.12
    if style == "long":
        pen.shape(trace((-1.12, -0.4), (-1.36, 0.9, -1.42, 2.3), (-1.2, 2.9, -0.9, 2.7),
                        (-0.3, 3.0, 0.0, 2.7),
                        (0.4, 3.0, 0.9, 2.7), (1.25, 2.9, 1.42, 2.3), (1.36, 0.9, 1.12, -0.4)), dark, LINE)
    elif style == "wavy":
        right = [(1.1, -0.4), (1.38, 0.35), (1.2, 0.8), (1.52, 1.25), (1.3, 1.65), (1.5, 2.05), (1.05, 2.4)]
        pen.shape(smooth([*right, (0.0, 2.2), *((-x, y) for x, y in reversed(right))]), dark, LINE)
    elif style == "bob":
        pen.shape(trace((-1.1, -0.3), (-1.42, 0.7, -1.2, 1.16), (-0.9, 1.34, -0.6, 1.2), (0.6, 1.2),
                        (0.9, 1.34, 1.2, 1.16), (1.42, 0.7, 1.1, -0.3)), dark, LINE)
    elif style == "ponytail":
        paint_ponytail(pen, head, colour)
    elif style == "twintails":
        for side in (-1, 1):
            paint_twintail(pen, side, colour, lean)
    elif style in BUNS:
        for x, y, radius in BUNS[style]:
            paint_bun(pen, x + lean * 1.5, y, radius, colour)
    elif style == "curly":
        spots = puffs(1.14, 0.4, -52, 232, 13)
        pen.shape(circles(spots), colour, LINE)
        pen.fill(circles((x * 0.9, y * 0.9 + 0.1, r * 0.9) for x, y, r in spots), dark)
    elif style == "afro":
        pen.shape(circles([*puffs(1.3, 0.42, -28, 208, 15), (0.0, -0.2, 1.36)]), colour, LINE)
        pen.fill(circles((x + 0.05, y + 0.2, 0.3) for x, y, _ in puffs(1.22, 0.4, -26, 206, 15)), dark, 0.65)
    elif style == "spiky":
        pen.shape(spikes(dice), colour, LINE)
    else:
        pen.shape(trace((-1.08, -0.2), (-1.16, 0.5, -0.7, 0.86), (0.7, 0.86), (1.16, 0.5, 1.08, -0.2)), dark,
                  LINE)


BUNS = {"bun": [(0.0, -1.48, 0.46)], "twin buns": [(-0.78, -1.2, 0.4), (0.78, -1.2, 0.4)]}


def paint_bun(pen: Pen, x: float, y: float, radius: float, colour: Colour) -> None:
    disc = ellipse(x, y, radius)
    pen.shape(disc, colour, LINE)
    with pen.inside(disc):
        pen.fill(ellipse(x + 0.1, y + 0.16, radius, radius * 0.9), shaded(colour), 0.8)
        pen.fill(ellipse(x - 0.12, y - 0.18, radius * 0.42, radius * 0.2), lit(colour, 0.45))
        pen.line(trace((x - radius, y + 0.1), (x, y - 0.2, x + radius * 0.8, y + 0.3), closed=False),
                 inked(colour), 0.03, 0.6)


def paint_ponytail(pen: Pen, head: Head, colour: Colour) -> None:
    side = -head.yaw or (1 if head.recipe.seed % 2 else -1)
    tail = trace((0.2 * side, -1.1), (0.7 * side, -1.75, 1.5 * side, -1.5, 1.62 * side, -0.4),
                 (1.7 * side, 0.5, 1.9 * side, 0.9, 1.72 * side, 1.5), (1.6 * side, 1.15, 1.46 * side, 1.0),
                 (1.2 * side, 0.6, 1.18 * side, 0.0, 1.0 * side, -0.6))
    pen.shape(tail, colour, LINE)
    with pen.inside(tail):
        pen.fill(trace((0.7 * side, -0.9), (1.5 * side, -0.9, 1.4 * side, 0.4, 1.72 * side, 1.6),
                       (0.8 * side, 1.0)),
                 shaded(colour))
        pen.line(trace((1.0 * side, -1.4), (1.5 * side, -1.0, 1.5 * side, 0.2), closed=False),
                 lit(colour, 0.4), 0.07)
    tie = ellipse(0.62 * side, -1.28, 0.17, 0.13)
    pen.shape(tie, CLOTH["red" if head.recipe.hair_colour != "red" else "white"], 0.03)


def paint_twintail(pen: Pen, side: int, colour: Colour, lean: float) -> None:
    tail = trace((side * 0.95 + lean, -0.8), (side * 1.75, -1.05, side * 1.95, 0.0, side * 1.78, 0.9),
                 (side * 1.66, 1.5, side * 1.36, 2.1), (side * 1.44, 1.4, side * 1.24, 1.3),
                 (side * 1.0, 0.8, side * 1.12, 0.2, side * 0.98, -0.4))
    pen.shape(tail, colour, LINE)
    with pen.inside(tail):
        pen.fill(trace((side * 0.9, -0.5), (side * 1.5, -0.3, side * 1.42, 0.8, side * 1.34, 2.1),
                       (side * 0.8, 1.2)),
                 shaded(colour))
        pen.line(trace((side * 1.3, -0.72), (side * 1.72, -0.5, side * 1.7, 0.3), closed=False),
                 lit(colour, 0.4), 0.07)


def paint_cap(pen: Pen, head: Head) -> None:
    """The front of the hair, its shade and its shine."""
    style, colour = head.recipe.hair, HAIR[head.recipe.hair_colour]
    if style == "afro":
        paint_afro_front(pen, head, colour)
        return
    front = cap(head)
    pen.shape(front, colour, LINE)
    with pen.inside(front):
        paint_shade(pen, head, colour)
        paint_shine(pen, head, colour)
    if style == "curly":
        paint_curls(pen, head, colour)


def paint_shade(pen: Pen, head: Head, colour: Colour) -> None:
    dark, at = shaded(colour), head.turned
    pen.fill(trace((1.3, -1.2), (0.9, -0.9, 0.92, -0.2), (0.96, 0.3, 0.9, 1.3), (1.4, 1.3)), dark)
    pen.fill(trace((-1.3, -0.1), (-1.06, -0.1), (-0.98, 0.4, -0.98, 1.3), (-1.4, 1.3)), dark)
    whorl = at(0.3 if head.recipe.bangs == "swept" else 0.0)
    for x in (-0.66, -0.34, 0.3, 0.64):
        pen.line(trace((whorl + 0.3 * x, -1.2), (at(x * 0.95), -0.9, at(x), -0.28), closed=False), dark,
                 0.035)


def paint_shine(pen: Pen, head: Head, colour: Colour) -> None:
    """The ring of light on the crown, broken like brush strokes."""
    lean = head.yaw * 0.12
    band = trace((-0.94 + lean, -0.5), (-0.8 + lean, -0.86, 0.0, -1.02, 0.5 + lean, -0.84),
                 (0.3 + lean, -0.84),
                 (0.22 + lean, -0.7), (0.08 + lean, -0.82), (-0.12 + lean, -0.68), (-0.26 + lean, -0.8),
                 (-0.46 + lean, -0.6), (-0.56 + lean, -0.7), (-0.76 + lean, -0.46), (-0.8 + lean, -0.58))
    pen.fill(band, lit(colour, 0.5), 0.85)


def paint_curls(pen: Pen, head: Head, colour: Colour) -> None:
    lean = head.yaw * 0.1
    spots = [(x + lean, y, r) for x, y, r in puffs(0.92, 0.3, 8, 172, 8)]
    inner = [(-0.5 + lean, -0.52, 0.27), (-0.12 + lean, -0.6, 0.28), (0.28 + lean, -0.56, 0.27),
             (0.62 + lean, -0.44, 0.24)]
    pen.shape(circles([*spots, *inner]), colour, LINE)
    for x, y, radius in [*spots, *inner]:
        swirl = trace((x - radius * 0.5, y + radius * 0.2), (x, y - radius * 0.9, x + radius * 0.5,
            y + radius * 0.1),
                      closed=False)
        pen.line(swirl, shaded(colour), 0.06)
    pen.fill(circles((x - 0.08, y - 0.12, 0.07) for x, y, _ in spots[4:7]), lit(colour, 0.5), 0.8)


def paint_afro_front(pen: Pen, head: Head, colour: Colour) -> None:
    lean = head.yaw * 0.1
    rim = [(x + lean, y + 0.1, r) for x, y, r in puffs(0.96, 0.24, 0, 180, 11)]
    pen.shape(circles(rim), colour, 0.0)
    pen.fill(circles((x, y - 0.16, 0.27) for x, y, _ in rim), colour)
    for x, y, _ in rim[::2]:
        pen.line(trace((x - 0.1, y - 0.3), (x, y - 0.44, x + 0.12, y - 0.3), closed=False), shaded(colour),
                 0.05)
    pen.fill(circles((x - 0.2, y - 0.42, 0.09) for x, y, _ in rim[5:9]), lit(colour, 0.4), 0.7)


def paint_fringe_shadow(pen: Pen, head: Head) -> None:
    """The fringe's shadow on the forehead: what makes flat drawings look deep."""
    if head.recipe.hair == "afro":
        return
    with pen.inside(head.face()):
        pen.canvas.translate(0.0, 0.085)
        pen.fill(cap(head), shaded(SKIN[head.recipe.skin]))


def paint_braids(pen: Pen, head: Head) -> None:
    """Two plaits over the shoulders, before the body."""
    if head.recipe.hair != "braids":
        return
    colour = HAIR[head.recipe.hair_colour]
    for side in (-1, 1):
        beads = [(side * (1.02 + 0.05 * step), 0.7 + 0.27 * step, 0.23 - 0.012 * step) for step in range(6)]
        tail = trace((side * 1.2, 2.2), (side * 1.46, 2.75), (side * 1.22, 2.72))
        pen.shape(tail, colour, LINE)
        pen.shape(circles(beads), colour, LINE)
        for x, y, radius in beads:
            pen.line(trace((x - radius * 0.8, y - 0.1), (x, y + 0.14, x + radius * 0.8, y - 0.1),
                           closed=False),
                     inked(colour), 0.035, 0.8)
            pen.fill(ellipse(x - 0.06, y - 0.08, 0.06, 0.04), lit(colour, 0.5), 0.8)
        pen.shape(ellipse(side * 1.3, 2.24, 0.13, 0.09), CLOTH["yellow"], 0.03)
