"""What people wear: each outfit is one function that paints over the torso."""

from collections.abc import Callable

import skia

from pipelines.starter.artist.body import Body, paint_sleeve_lines
from pipelines.starter.artist.palette import CLOTH
from pipelines.starter.artist.pen import Colour, Pen, box, ellipse, inked, lit, mix, shaded, star, trace

CREAM, NAVY, METAL, GOLD = (255, 250, 240), (44, 52, 96), (190, 198, 214), (246, 200, 84)


def neckline(body: Body, wide: float, deep: float) -> skia.Path:
    x = body.lean
    return trace((x - wide, 1.2), (x - wide, 1.42), (x - wide * 0.8, deep, x, deep),
                 (x + wide * 0.8, deep, x + wide, 1.42),
                 (x + wide, 1.2))


def plain_top(pen: Pen, body: Body, colour: Colour) -> None:
    """The silhouette in one colour with shade on the far side and sleeves."""
    torso = body.torso()
    pen.shape(torso, colour)
    with pen.inside(torso):
        edge = body.shoulder
        pen.fill(trace((edge * 0.5, 1.3), (edge * 0.86, 1.9), (edge * 0.8, 4.0), (3.0, 4.0), (3.0, 1.3)),
                 shaded(colour), 0.8)
        pen.fill(trace((-0.5, 1.3), (body.lean, 2.05, 0.55, 1.3)), shaded(colour), 0.55)
        paint_sleeve_lines(pen, body, colour)


def skin_opening(pen: Pen, body: Body, wide: float, deep: float, rim: Colour) -> None:
    opening = neckline(body, wide, deep)
    with pen.inside(body.torso()):
        pen.line(opening, rim, 0.16)
        pen.line(opening, inked(rim), 0.03)
    pen.fill(opening, body.skin)
    with pen.inside(opening):
        pen.fill(ellipse(body.lean * 1.6 + 0.06, 0.9, 0.72, 0.56), shaded(body.skin))


def tee(pen: Pen, body: Body) -> None:
    plain_top(pen, body, body.cloth)
    skin_opening(pen, body, 0.46, 1.62, lit(body.cloth, 0.3))
    with pen.inside(body.torso()):
        pen.fill(star(body.lean, 2.2, 0.26), CREAM if body.head.recipe.outfit_colour not in ("white",
            "yellow") else
                 CLOTH["blue"])


def hoodie(pen: Pen, body: Body) -> None:
    colour, x = body.cloth, body.lean
    plain_top(pen, body, colour)
    hood = trace((x - 0.86, 1.34), (x - 0.9, 1.1, x - 0.4, 1.06), (x, 1.5), (x + 0.4, 1.06),
                 (x + 0.9, 1.1, x + 0.86, 1.34),
                 (x + 0.6, 1.78, x, 1.86), (x - 0.6, 1.78, x - 0.86, 1.34))
    pen.shape(hood, lit(colour, 0.16))
    pen.fill(trace((x - 0.36, 1.1), (x, 1.74, x + 0.36, 1.1), (x, 1.3)), shaded(colour))
    pen.fill(trace((x - 0.3, 1.0), (x, 1.66, x + 0.3, 1.0)), shaded(body.skin))
    for side in (-1, 1):
        pen.line(trace((x + 0.22 * side, 1.72), (x + 0.27 * side, 2.0, x + 0.23 * side, 2.26), closed=False),
                 CREAM, 0.07)
    with pen.inside(body.torso()):
        pocket = trace((x - 0.5, 2.7), (x + 0.5, 2.7), (x + 0.7, 3.3), (x - 0.7, 3.3))
        pen.shape(pocket, lit(colour, 0.1), 0.03)


def sweater(pen: Pen, body: Body) -> None:
    colour, x = body.cloth, body.lean
    plain_top(pen, body, colour)
    with pen.inside(body.torso()):
        for y in (2.02, 2.3, 2.58, 2.86):
            pen.line(trace((-2.0, y), (x, y + 0.1, 2.0, y), closed=False), shaded(colour), 0.05)
    collar = trace((x - 0.46, 1.0), (x, 1.16, x + 0.46, 1.0), (x + 0.5, 1.5), (x, 1.68, x - 0.5, 1.5))
    pen.shape(collar, lit(colour, 0.14))
    for step in (-0.3, -0.1, 0.1, 0.3):
        pen.line(trace((x + step, 1.14), (x + step * 1.05, 1.54), closed=False), shaded(colour), 0.04)


def sailor(pen: Pen, body: Body) -> None:
    colour, x = body.cloth, body.lean
    white = CREAM if body.head.recipe.outfit_colour != "white" else (226, 234, 246)
    plain_top(pen, body, white)
    skin_opening(pen, body, 0.42, 1.8, white)
    flap = trace((x - 0.42, 1.24), (x - 1.08, 1.5), (x - 1.0, 1.96), (x - 0.4, 1.9, x, 2.2),
                 (x + 0.4, 1.9, x + 1.0, 1.96),
                 (x + 1.08, 1.5), (x + 0.42, 1.24), (x, 2.0))
    pen.shape(flap, colour, 0.035)
    trim = CREAM if body.head.recipe.outfit_colour not in ("white", "yellow") else NAVY
    pen.line(trace((x - 0.88, 1.84), (x - 0.4, 1.78, x, 2.06), (x + 0.4, 1.78, x + 0.88, 1.84),
                   closed=False), trim, 0.045)
    knot = CLOTH["red"] if body.head.recipe.outfit_colour not in ("red", "pink", "orange") else NAVY
    for side in (-1, 1):
        pen.shape(trace((x, 2.12), (x + 0.44 * side, 1.96), (x + 0.4 * side, 2.36)), knot, 0.03)
        pen.shape(trace((x, 2.16), (x + 0.26 * side, 2.66), (x + 0.04 * side, 2.56)), knot, 0.03)
    pen.shape(ellipse(x, 2.14, 0.1), knot, 0.03)


def suit(pen: Pen, body: Body) -> None:
    colour, x = body.cloth, body.lean
    plain_top(pen, body, colour)
    shirt = CREAM if body.head.recipe.outfit_colour != "white" else (206, 222, 246)
    pen.shape(trace((x - 0.42, 1.2), (x + 0.42, 1.2), (x + 0.44, 1.5), (x, 2.9), (x - 0.44, 1.5)), shirt,
              0.03)
    tie = CLOTH["red"] if body.head.recipe.outfit_colour not in ("red", "pink", "orange") else NAVY
    pen.shape(trace((x - 0.1, 1.6), (x + 0.1, 1.6), (x + 0.16, 2.4), (x, 2.66), (x - 0.16, 2.4)), tie, 0.025)
    pen.shape(trace((x - 0.14, 1.42), (x + 0.14, 1.42), (x + 0.08, 1.62), (x - 0.08, 1.62)), tie, 0.025)
    for side in (-1, 1):
        lapel = trace((x + 0.4 * side, 1.3), (x + 0.86 * side, 1.5), (x + 0.78 * side, 1.86),
                      (x + 0.6 * side, 1.9),
                      (x + 0.66 * side, 2.02), (x + 0.04 * side, 2.92), (x + 0.32 * side, 2.0))
        pen.shape(lapel, lit(colour, 0.12), 0.03)
        pen.shape(trace((x + 0.04 * side, 1.5), (x + 0.38 * side, 1.12), (x + 0.5 * side, 1.4),
                        (x + 0.26 * side, 1.7)),
                  shirt, 0.025)


def jacket(pen: Pen, body: Body) -> None:
    colour, x = body.cloth, body.lean
    plain_top(pen, body, colour)
    under = (70, 72, 92) if body.head.recipe.outfit_colour not in ("black", "blue", "purple",
        "grey") else CREAM
    with pen.inside(body.torso()):
        pen.shape(trace((x - 0.5, 1.1), (x + 0.5, 1.1), (x + 0.4, 2.0), (x + 0.46, 4.0), (x - 0.46, 4.0),
                        (x - 0.4, 2.0)),
                  under, 0.03)
        pen.fill(trace((x - 0.4, 1.4), (x, 2.0, x + 0.44, 1.4)), shaded(under))
    skin_opening(pen, body, 0.38, 1.56, under)
    for side in (-1, 1):
        collar = trace((x + 0.4 * side, 1.16), (x + 0.76 * side, 1.3), (x + 0.74 * side, 1.86),
                       (x + 0.36 * side, 1.96))
        pen.shape(collar, lit(colour, 0.2), 0.03)
        pen.fill(box(x + 0.7 * side - 0.16, 2.5, x + 0.7 * side + 0.16, 2.56), inked(colour))
    pen.line(trace((x + 0.44, 2.0), (x + 0.5, 4.0), closed=False), GOLD, 0.05)


def dress(pen: Pen, body: Body) -> None:
    colour, x, wide = body.cloth, body.lean, body.shoulder
    torso = body.torso()
    pen.shape(torso, body.skin)
    with pen.inside(torso):
        pen.fill(ellipse(x * 1.6 + 0.06, 0.98, 0.74, 0.6), shaded(body.skin))
        paint_sleeve_lines(pen, body, body.skin)
        bodice = trace((x - wide * 0.7, 1.9), (x - 0.36, 1.72, x, 1.98),
                       (x + 0.36, 1.72, x + wide * 0.7, 1.9),
                       (wide * 0.68, 2.9), (wide * 1.1, 4.0), (-wide * 1.1, 4.0), (-wide * 0.68, 2.9))
        pen.shape(bodice, colour)
        with pen.inside(bodice):
            pen.fill(trace((0.3, 1.7), (wide * 0.5, 2.4), (0.5, 4.0), (2.0, 4.0), (2.0, 1.7)),
                     shaded(colour), 0.8)
            pen.line(trace((-2.0, 2.66), (x, 2.74, 2.0, 2.66), closed=False), lit(colour, 0.55), 0.12)
        for side in (-1, 1):
            pen.line(trace((x + wide * 0.5 * side, 1.86), (x + 0.46 * side, 1.36), closed=False),
                     inked(colour), 0.19)
            pen.line(trace((x + wide * 0.5 * side, 1.86), (x + 0.46 * side, 1.36), closed=False), colour,
                     0.12)
        pen.shape(trace((x, 1.98), (x - 0.2, 1.86), (x - 0.2, 2.1)), lit(colour, 0.55), 0.02)
        pen.shape(trace((x, 1.98), (x + 0.2, 1.86), (x + 0.2, 2.1)), lit(colour, 0.55), 0.02)


def kimono(pen: Pen, body: Body) -> None:
    colour, x = body.cloth, body.lean
    plain_top(pen, body, colour)
    skin_opening(pen, body, 0.4, 1.7, colour)
    rim = CREAM if body.head.recipe.outfit_colour not in ("white", "grey") else CLOTH["red"]
    with pen.inside(body.torso()):
        pen.line(trace((x + 0.46, 1.1), (x + 0.1, 1.8), (x - 0.6, 2.6), closed=False), inked(rim), 0.3)
        pen.line(trace((x + 0.46, 1.1), (x + 0.1, 1.8), (x - 0.6, 2.6), closed=False), rim, 0.22)
        pen.line(trace((x - 0.46, 1.1), (x - 0.1, 1.76), (x + 0.6, 2.6), closed=False), inked(rim), 0.3)
        pen.line(trace((x - 0.46, 1.1), (x - 0.1, 1.76), (x + 0.6, 2.6), closed=False), rim, 0.22)
        flower = lit(colour, 0.62)
        for fx, fy, size in ((-0.86, 1.94, 0.13), (0.9, 2.1, 0.15), (-0.78, 2.7, 0.14), (0.36, 1.7, 0.0)):
            if size:
                pen.fill(star(fx, fy, size, 5, 0.62), flower)
                pen.fill(ellipse(fx, fy, size * 0.3), GOLD)
        sash = CLOTH["purple"] if body.head.recipe.outfit_colour not in ("purple", "blue") else CLOTH["red"]
        pen.shape(box(-2.0, 2.46, 2.0, 3.0), sash, 0.035)
        pen.line(trace((-2.0, 2.73), (2.0, 2.73), closed=False), GOLD, 0.07)


def overalls(pen: Pen, body: Body) -> None:
    colour, x, wide = body.cloth, body.lean, body.shoulder
    shirt = CREAM if body.head.recipe.outfit_colour not in ("white", "grey", "yellow") else CLOTH["green"]
    plain_top(pen, body, shirt)
    with pen.inside(body.torso()):
        for y in (1.62, 1.86, 2.1, 2.34, 2.58):
            pen.line(trace((-2.0, y), (x, y + 0.08, 2.0, y), closed=False), mix(shirt, (90, 120, 190), 0.45),
                     0.06)
    skin_opening(pen, body, 0.4, 1.52, shirt)
    with pen.inside(body.torso()):
        pen.shape(trace((x - 0.56, 2.0), (x + 0.56, 2.0), (x + 0.6, 2.6), (wide, 2.8), (wide, 4.0),
                        (-wide, 4.0),
                        (-wide, 2.8), (x - 0.6, 2.6)), colour)
        pen.shape(box(x - 0.26, 2.28, x + 0.26, 2.58, 0.05), lit(colour, 0.16), 0.025)
        for side in (-1, 1):
            strap = trace((x + 0.5 * side, 2.1), (x + 0.66 * side, 1.3), closed=False)
            pen.line(strap, inked(colour), 0.28)
            pen.line(strap, colour, 0.2)
            pen.shape(ellipse(x + 0.48 * side, 2.12, 0.085), GOLD, 0.02)


def cloak(pen: Pen, body: Body) -> None:
    colour, x = body.cloth, body.lean
    plain_top(pen, body, shaded(shaded(colour)))
    for side in (-1, 1):
        half = trace((x + 0.12 * side, 1.5), (x + 0.9 * side, 1.2, body.shoulder * 1.14 * side, 1.66),
                     (body.shoulder * 1.36 * side, 2.4, body.shoulder * 1.4 * side, 4.0), (x + 0.5 * side,
                         4.0),
                     (x + 0.5 * side, 2.4, x + 0.12 * side, 1.6))
        pen.shape(half, colour)
        with pen.inside(half):
            pen.fill(trace((side * 0.9, 1.6), (side * 1.2, 2.4, side * 1.1, 4.0), (side * 2.0, 4.0),
                           (side * 2.0, 1.6)),
                     shaded(colour), 0.8)
            pen.line(trace((x + 0.12 * side, 1.5), (x + 0.5 * side, 2.4, x + 0.5 * side, 4.0), closed=False),
                     GOLD, 0.12)
    collar = trace((x - 0.8, 1.5), (x - 0.86, 1.1, x - 0.5, 0.98), (x - 0.3, 1.4, x, 1.5),
                   (x + 0.3, 1.4, x + 0.5, 0.98),
                   (x + 0.86, 1.1, x + 0.8, 1.5), (x, 1.84, x - 0.8, 1.5))
    pen.shape(collar, lit(colour, 0.14))
    pen.shape(ellipse(x, 1.68, 0.16, 0.19), GOLD, 0.03)
    pen.fill(ellipse(x, 1.68, 0.09, 0.12), (84, 196, 220))


def armor(pen: Pen, body: Body) -> None:
    colour, x, wide = body.cloth, body.lean, body.shoulder
    plain_top(pen, body, colour)
    with pen.inside(body.torso()):
        plate = trace((x - 0.72, 1.5), (x, 1.72, x + 0.72, 1.5), (x + 0.86, 2.3), (x + 0.5, 2.8, x, 2.86),
                      (x - 0.5, 2.8, x - 0.86, 2.3))
        pen.shape(plate, METAL, 0.035)
        with pen.inside(plate):
            pen.fill(trace((x + 0.1, 1.4), (x + 0.3, 2.2, x, 3.0), (2.0, 3.0), (2.0, 1.4)), (148, 156, 180))
            pen.line(trace((x - 0.5, 1.8), (x - 0.6, 2.2), closed=False), (255, 255, 255), 0.07)
        pen.fill(star(x, 2.2, 0.2, 4, 0.4), GOLD)
    for side in (-1, 1):
        pad = trace((wide * 0.52 * side, 1.5), (wide * 0.9 * side, 1.2, wide * 1.22 * side, 1.62),
                    (wide * 1.32 * side, 1.9, wide * 1.24 * side, 2.12), (wide * 0.9 * side, 1.84,
                        wide * 0.52 * side, 1.5))
        pen.shape(pad, METAL, 0.035)
        pen.line(trace((wide * 0.72 * side, 1.52), (wide * 0.98 * side, 1.46, wide * 1.16 * side, 1.8),
                       closed=False),
                 GOLD, 0.05)
    pen.shape(trace((x - 0.46, 1.1), (x, 1.3, x + 0.46, 1.1), (x + 0.56, 1.46), (x, 1.7, x - 0.56, 1.46)),
              (160, 168, 190), 0.03)


OUTFITS: dict[str, Callable[[Pen, Body], None]] = {
    "t-shirt": tee, "hoodie": hoodie, "sweater": sweater, "sailor uniform": sailor, "suit": suit,
    "jacket": jacket,
    "dress": dress, "kimono": kimono, "overalls": overalls, "cloak": cloak, "armor": armor,
}


def arm_colour(body: Body) -> Colour:
    """What the sleeves are made of, for arms that the pose draws apart."""
    recipe = body.head.recipe
    if recipe.outfit == "dress":
        return body.skin
    if recipe.outfit == "sailor uniform":
        return CREAM if recipe.outfit_colour != "white" else (226, 234, 246)
    if recipe.outfit == "overalls":
        return CREAM if recipe.outfit_colour not in ("white", "grey", "yellow") else CLOTH["green"]
    return shaded(shaded(body.cloth)) if recipe.outfit == "cloak" else body.cloth
