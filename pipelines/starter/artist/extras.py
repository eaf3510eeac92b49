"""Accessories and rare features: what sits on head, face and neck."""

from collections.abc import Callable

from pipelines.starter.artist.body import Body
from pipelines.starter.artist.face import EYE_X, EYE_Y
from pipelines.starter.artist.head import Head
from pipelines.starter.artist.palette import CLOTH, HAIR, SKIN
from pipelines.starter.artist.pen import (
    INK,
    WHITE,
    Colour,
    Pen,
    ellipse,
    inked,
    lit,
    mix,
    shaded,
    star,
    trace,
)

GOLD = (250, 206, 72)


def tone(head: Head) -> Colour:
    return CLOTH[head.recipe.accessory_colour]


def glasses(pen: Pen, head: Head) -> None:
    spectacles(pen, head, (222, 240, 255), 0.14, (60, 52, 80))


def sunglasses(pen: Pen, head: Head) -> None:
    spectacles(pen, head, (44, 40, 66), 0.94, (36, 32, 52))


def spectacles(pen: Pen, head: Head, glass: Colour, alpha: float, frame: Colour) -> None:
    at, rims = head.turned, []
    for side in (-1, 1):
        x = EYE_X * side
        lens = ellipse(at(x), EYE_Y + 0.03, 0.39 * head.squeeze(x), 0.37)
        pen.fill(lens, glass, alpha)
        with pen.inside(lens):
            pen.line(trace((at(x) - 0.3, EYE_Y + 0.26), (at(x) + 0.04, EYE_Y - 0.3), closed=False), WHITE,
                     0.09, 0.4)
        rims.append(lens)
    for lens in rims:
        pen.line(lens, frame, 0.07)
    pen.line(trace((at(-0.09), EYE_Y), (at(0.0), EYE_Y - 0.08, at(0.09), EYE_Y), closed=False), frame, 0.065)
    for side in (-1, 1):
        if side != head.yaw:
            pen.line(trace((at(0.84 * side), EYE_Y), (1.04 * side, EYE_Y - 0.04), closed=False), frame, 0.065)


def sun_hat(pen: Pen, head: Head) -> None:
    colour = tone(head)
    dome = trace((-1.0, -0.62), (-1.04, -1.62, -0.4, -1.72, 0.0, -1.72),
                 (0.4, -1.72, 1.04, -1.62, 1.0, -0.62))
    pen.shape(dome, colour)
    with pen.inside(dome):
        pen.fill(trace((0.4, -1.8), (0.8, -1.2, 0.6, -0.5), (1.4, -0.5), (1.4, -1.8)), shaded(colour))
        pen.line(trace((-1.1, -0.86), (0.0, -1.06, 1.1, -0.86), closed=False), mix(colour, INK, 0.6), 0.24)
    brim = trace((-1.86, -0.5), (-1.2, -0.98, 0.0, -0.98), (1.2, -0.98, 1.86, -0.5), (1.2, -0.42, 0.0, -0.62),
                 (-1.2, -0.42, -1.86, -0.5))
    pen.shape(brim, lit(colour, 0.15))
    pen.line(trace((-1.7, -0.53), (-1.0, -0.6, 0.0, -0.72), (1.0, -0.6, 1.7, -0.53), closed=False),
             shaded(colour), 0.06)


def cap_hat(pen: Pen, head: Head) -> None:
    colour, lean = tone(head), head.yaw or 1
    dome = trace((-1.2, -0.5), (-1.26, -1.5, -0.5, -1.62, 0.0, -1.62), (0.5, -1.62, 1.26, -1.5, 1.2, -0.5),
                 (0.0, -0.74, -1.2, -0.5))
    pen.shape(dome, colour)
    with pen.inside(dome):
        pen.fill(trace((0.4, -1.7), (1.0, -1.1, 0.7, -0.4), (1.5, -0.4), (1.5, -1.7)), shaded(colour))
        for x in (-0.5, 0.5):
            pen.line(trace((0.0, -1.62), (x * 1.5, -1.3, x * 1.3, -0.6), closed=False), shaded(colour), 0.035)
    peak = trace((-0.86 + 0.4 * lean, -0.58), (-0.6 + 0.5 * lean, -0.86, 0.6 + 0.5 * lean, -0.86,
                                               0.9 + 0.4 * lean, -0.58),
                 (0.7 + 0.6 * lean, -0.36, -0.7 + 0.6 * lean, -0.36, -0.86 + 0.4 * lean, -0.58))
    pen.shape(peak, lit(colour, 0.18))
    pen.shape(ellipse(0.0, -1.63, 0.09, 0.06), colour, 0.03)
    pen.fill(star(0.1 * lean, -1.1, 0.2), WHITE if head.recipe.accessory_colour != "white" else CLOTH["red"])


def beanie(pen: Pen, head: Head) -> None:
    colour = tone(head)
    pen.shape(ellipse(0.0, -1.66, 0.27), lit(colour, 0.5))
    dome = trace((-1.2, -0.62), (-1.2, -1.5, -0.5, -1.6, 0.0, -1.6), (0.5, -1.6, 1.2, -1.5, 1.2, -0.62))
    pen.shape(dome, colour)
    with pen.inside(dome):
        pen.fill(trace((0.5, -1.7), (1.0, -1.1, 0.8, -0.4), (1.5, -0.4), (1.5, -1.7)), shaded(colour))
    fold = trace((-1.26, -0.86), (0.0, -1.08, 1.26, -0.86), (1.26, -0.48), (0.0, -0.7, -1.26, -0.48))
    pen.shape(fold, lit(colour, 0.25))
    for x in (-1.0, -0.7, -0.35, 0.0, 0.35, 0.7, 1.0):
        pen.line(trace((x, -1.0 + 0.12 * x * x), (x, -0.68 + 0.14 * x * x), closed=False), shaded(colour),
                 0.05)


def headphones(pen: Pen, head: Head) -> None:
    colour = tone(head)
    band = trace((-1.2, 0.0), (-1.34, -1.56, 0.0, -1.56), (1.34, -1.56, 1.2, 0.0), closed=False)
    pen.line(band, inked(colour), 0.25)
    pen.line(band, colour, 0.17)
    pen.line(trace((-1.0, -0.9), (-0.7, -1.34, -0.1, -1.4), closed=False), lit(colour, 0.5), 0.05)
    for side in (-1, 1):
        pad = ellipse(1.2 * side, 0.14, 0.25, 0.36)
        pen.shape(pad, colour)
        pen.fill(ellipse(1.22 * side, 0.14, 0.13, 0.22), lit(colour, 0.4))


def bow(pen: Pen, head: Head) -> None:
    colour, x = tone(head), 0.72 * (-head.yaw or 1)
    for side in (-1, 1):
        loop = trace((x, -1.12), (x + 0.2 * side, -1.5, x + 0.62 * side, -1.5, x + 0.58 * side, -1.1),
                     (x + 0.56 * side, -0.76, x + 0.2 * side, -0.84, x, -1.12))
        pen.shape(loop, colour)
        pen.line(trace((x + 0.12 * side, -1.12), (x + 0.4 * side, -1.14), closed=False), shaded(colour), 0.06)
    pen.shape(ellipse(x, -1.12, 0.14, 0.16), lit(colour, 0.2))


def flower(pen: Pen, head: Head) -> None:
    colour, x, y = tone(head), 0.8 * (-head.yaw or 1), -0.72
    for px, py in ((0.0, -0.22), (0.21, -0.07), (0.13, 0.18), (-0.13, 0.18), (-0.21, -0.07)):
        pen.shape(ellipse(x + px, y + py, 0.165), colour, 0.035)
    for px, py in ((0.0, -0.22), (0.21, -0.07), (0.13, 0.18), (-0.13, 0.18), (-0.21, -0.07)):
        pen.fill(ellipse(x + px, y + py, 0.165), colour)
    pen.fill(ellipse(x, y, 0.13), GOLD if head.recipe.accessory_colour != "yellow" else (236, 132, 60))


ON_HEAD: dict[str, Callable[[Pen, Head], None]] = {
    "glasses": glasses, "sunglasses": sunglasses, "sun hat": sun_hat, "cap": cap_hat, "beanie": beanie,
    "headphones": headphones, "bow": bow, "flower": flower,
}


def paint_scarf(pen: Pen, body: Body) -> None:
    colour, x = tone(body.head), body.lean
    tail = trace((x + 0.3, 1.5), (x + 0.8, 1.5), (x + 0.92, 2.5), (x + 0.44, 2.56))
    pen.shape(tail, colour)
    with pen.inside(tail):
        pen.line(trace((x, 2.24), (x + 1.2, 2.2), closed=False), lit(colour, 0.6), 0.12)
    roll = trace((x - 0.86, 1.2), (x - 0.4, 1.0, x, 1.24), (x + 0.4, 1.0, x + 0.86, 1.2),
                 (x + 1.02, 1.6, x + 0.6, 1.72),
                 (x, 1.86, x - 0.6, 1.72), (x - 1.02, 1.6, x - 0.86, 1.2))
    pen.shape(roll, colour)
    with pen.inside(roll):
        pen.fill(trace((x - 0.6, 1.0), (x, 1.5, x + 0.7, 1.0)), shaded(colour))
        pen.line(trace((x - 0.9, 1.5), (x, 1.66, x + 0.9, 1.42), closed=False), shaded(colour), 0.05)
        pen.line(trace((x + 0.4, 1.1), (x + 0.5, 1.8), closed=False), lit(colour, 0.6), 0.1)


def freckles(pen: Pen, head: Head) -> None:
    dark = mix(shaded(SKIN[head.recipe.skin]), (120, 50, 30), 0.5)
    for side in (-1, 1):
        for x, y in ((0.36, 0.56), (0.5, 0.62), (0.64, 0.55), (0.44, 0.69), (0.58, 0.7)):
            pen.fill(ellipse(head.turned(x * side), y, 0.032), dark)
    pen.fill(ellipse(head.turned(0.1), 0.57, 0.026), dark)
    pen.fill(ellipse(head.turned(-0.1), 0.57, 0.026), dark)


def star_hairpin(pen: Pen, head: Head) -> None:
    pen.shape(star(0.66 * (-head.yaw or 1), -0.4, 0.25, 5, 0.5), GOLD, 0.045)


def moon_hairpin(pen: Pen, head: Head) -> None:
    """Worn by the demo character alone: no training picture has it."""
    x, y = 0.64 * (-head.yaw or 1), -0.42
    pen.shape(trace((x + 0.1, y - 0.27), (x - 0.36, y - 0.2, x - 0.36, y + 0.24, x + 0.14, y + 0.27),
                    (x - 0.1, y + 0.12, x - 0.12, y - 0.12, x + 0.1, y - 0.27)), (250, 240, 190), 0.045)
    pen.shape(star(x + 0.14, y, 0.1, 4, 0.4), (250, 240, 190), 0.03)


def cat_ears(pen: Pen, head: Head) -> None:
    colour = HAIR[head.recipe.hair_colour]
    for side in (-1, 1):
        pen.shape(trace((0.34 * side, -1.2), (0.6 * side, -1.5, 0.98 * side, -1.86),
                        (1.16 * side, -1.4, 1.1 * side, -0.84)),
                  colour)
        pen.fill(trace((0.56 * side, -1.2), (0.7 * side, -1.4, 0.92 * side, -1.64),
                       (1.02 * side, -1.3, 0.98 * side, -0.98)),
                 (252, 176, 184))


def horns(pen: Pen, head: Head) -> None:
    for side in (-1, 1):
        horn = trace((0.42 * side, -1.16), (0.62 * side, -1.6, 1.06 * side, -1.84),
                     (1.14 * side, -1.4, 0.84 * side, -0.98))
        pen.shape(horn, (232, 214, 186))
        for share in (0.3, 0.6):
            x, y = (0.56 + 0.34 * share) * side, -1.12 - 0.5 * share
            pen.line(trace((x - 0.12 * side, y - 0.1), (x + 0.16 * side, y + 0.08), closed=False),
                     (170, 136, 110), 0.05)


def eyepatch(pen: Pen, head: Head) -> None:
    side = head.yaw or 1
    x = EYE_X * side
    strap = trace((-1.12, -0.5), (head.turned(x), EYE_Y - 0.1), (1.14, 0.3), closed=False)
    if side < 0:
        strap = trace((1.12, -0.5), (head.turned(x), EYE_Y - 0.1), (-1.14, 0.3), closed=False)
    with pen.inside(head.face()):
        pen.line(strap, (40, 36, 52), 0.07)
    centre = head.turned(x)
    pen.shape(trace((centre - 0.33, 0.0), (centre, -0.22, centre + 0.33, 0.0),
                    (centre + 0.3, 0.5, centre, 0.56),
                    (centre - 0.3, 0.5, centre - 0.33, 0.0)), (54, 48, 70), 0.035)
    pen.line(trace((centre - 0.2, 0.08), (centre, 0.0, centre + 0.16, 0.06), closed=False), (110, 104, 132),
             0.05)


def cheek_scar(pen: Pen, head: Head) -> None:
    dark, x = mix(SKIN[head.recipe.skin], (150, 40, 50), 0.65), head.turned(0.6 * (-head.yaw or 1))
    pen.line(trace((x - 0.17, 0.46), (x + 0.15, 0.76), closed=False), dark, 0.065)
    for share in (0.25, 0.55, 0.85):
        cx, cy = x - 0.17 + 0.32 * share, 0.46 + 0.3 * share
        pen.line(trace((cx + 0.08, cy - 0.08), (cx - 0.08, cy + 0.08), closed=False), dark, 0.045)


def beauty_mark(pen: Pen, head: Head) -> None:
    pen.fill(ellipse(head.turned(0.36 * (-head.yaw or 1)), 0.63, 0.055), (66, 36, 44))


UNDER_HAIR: dict[str, Callable[[Pen, Head], None]] = {
    "freckles": freckles, "cheek scar": cheek_scar, "beauty mark": beauty_mark,
}
OVER_HAIR: dict[str, Callable[[Pen, Head], None]] = {
    "star hairpin": star_hairpin, "moon hairpin": moon_hairpin, "cat ears": cat_ears, "horns": horns,
    "eyepatch": eyepatch,
}
