"""Places under a roof: each a function that paints the whole sheet; the hour shows in window and lamps."""

import random
from collections.abc import Callable

from pipelines.starter.artist.palette import SKY
from pipelines.starter.artist.pen import WHITE, Colour, Pen, box, circles, ellipse, lit, mix, shaded, trace

ROOM_TINT = {"day": (1.0, 1.0, 1.0), "dusk": (1.0, 0.87, 0.8), "night": (0.66, 0.66, 0.84)}
BOOKS: list[Colour] = [(206, 84, 84), (84, 132, 196), (240, 190, 96), (104, 164, 120), (158, 112, 180),
                       (240, 232, 214)]


def room(pen: Pen, light: str, wall: Colour, floor: Colour, edge: float) -> None:
    pen.tint = ROOM_TINT[light]
    pen.blend(box(0, 0, pen.wide, edge), [lit(wall, 0.2), wall], 0.0, edge)
    pen.fill(box(0, edge, pen.wide, 1), floor)
    pen.fill(box(0, edge - 0.02, pen.wide, edge + 0.01), mix(floor, WHITE, 0.5))
    for row in (0.35, 0.7):
        y = edge + (1 - edge) * row
        pen.line(trace((0, y), (pen.wide, y), closed=False), shaded(floor), 0.006)


def window(pen: Pen, left: float, top: float, right: float, bottom: float, light: str) -> None:
    tint, pen.tint = pen.tint, (1.0, 1.0, 1.0)
    pane = box(left, top, right, bottom)
    pen.blend(pane, SKY[light], top, bottom)
    middle = (left + right) / 2
    with pen.inside(pane):
        if light == "night":
            pen.fill(circles([(left + 0.05, top + 0.07, 0.006), (right - 0.04, top + 0.16, 0.006),
                              (middle, top + 0.04, 0.005)]),
                     (255, 250, 220))
            pen.fill(ellipse(right - 0.07, top + 0.07, 0.032), (255, 248, 214))
        else:
            puff = WHITE if light == "day" else (255, 206, 176)
            pen.fill(circles([(left + 0.08, top + 0.12, 0.04), (left + 0.13, top + 0.11, 0.05),
                              (left + 0.18, top + 0.13, 0.034)]),
                     puff)
    pen.tint = tint
    pen.line(pane, (252, 248, 242), 0.024)
    pen.line(trace((middle, top), (middle, bottom), closed=False), (252, 248, 242), 0.016)
    pen.line(trace((left, (top + bottom) / 2), (right, (top + bottom) / 2), closed=False), (252, 248, 242),
             0.016)


def lamp_glow(pen: Pen, x: float, y: float, radius: float, light: str) -> None:
    if light != "day":
        pen.glow(x, y, radius, (255, 214, 140), 0.6 if light == "night" else 0.35)


def books(pen: Pen, x: float, foot: float, right: float, dice: random.Random, high: float = 0.1) -> None:
    while x < right - 0.02:
        width = dice.uniform(0.02, 0.036)
        pen.fill(box(x, foot - high * dice.uniform(0.72, 1.0), min(x + width - 0.003, right), foot),
                 dice.choice(BOOKS))
        x += width


def bedroom(pen: Pen, light: str, dice: random.Random) -> None:
    wide = pen.wide
    wall = dice.choice(((252, 226, 226), (226, 236, 250), (238, 230, 250), (250, 240, 214)))
    room(pen, light, wall, (214, 170, 128), 0.76)
    window(pen, 0.56 * wide, 0.12, 0.56 * wide + 0.3, 0.5, light)
    cloth = dice.choice(((240, 130, 150), (120, 170, 226), (150, 200, 150)))
    for x, lean in ((0.52 * wide, 0.05), (0.56 * wide + 0.34, -0.05)):
        pen.fill(trace((x - 0.05, 0.07), (x + 0.05, 0.07), (x + 0.05 - lean * 0.3, 0.4, x + 0.035 - lean,
            0.58),
                       (x - 0.055 - lean, 0.58)), cloth)
    pen.line(trace((0.44 * wide, 0.07), (0.56 * wide + 0.44, 0.07), closed=False), (150, 110, 84), 0.016)
    pen.fill(box(0.07, 0.3, 0.37, 0.325), (176, 128, 92))
    books(pen, 0.09, 0.3, 0.27, dice)
    pen.fill(circles([(0.32, 0.25, 0.032), (0.3, 0.225, 0.016), (0.34, 0.225, 0.016)]), (170, 120, 84))
    pen.fill(box(-0.1, 0.66, 0.6, 0.96, 0.04), cloth)
    pen.fill(box(-0.1, 0.66, 0.6, 0.74, 0.03), lit(cloth, 0.55))
    pen.fill(box(0.02, 0.6, 0.25, 0.71, 0.04), (255, 252, 246))
    pen.fill(box(0.58, 0.52, 0.62, 1.0, 0.01), (160, 112, 80))
    lamp_glow(pen, 0.42 * wide, 0.4, 0.46, light)


def classroom(pen: Pen, light: str, dice: random.Random) -> None:
    wide = pen.wide
    room(pen, light, (250, 236, 206), (214, 166, 116), 0.74)
    right = wide - 0.36
    pen.fill(box(0.06, 0.12, right, 0.5, 0.01), (170, 122, 82))
    pen.fill(box(0.085, 0.145, right - 0.025, 0.475), (52, 110, 88))
    for row in range(3):
        y, long = 0.21 + row * 0.075, dice.uniform(0.16, right - 0.24)
        pen.line(trace((0.14, y), (0.14 + long, y), closed=False), (226, 240, 230), 0.012, 0.8)
    window(pen, wide - 0.3, 0.1, wide + 0.04, 0.56, light)
    for x in (0.04, 0.4, 0.76, 1.12, 1.48):
        pen.fill(box(x, 0.72, x + 0.27, 0.76, 0.01), (236, 190, 136))
        pen.fill(box(x, 0.755, x + 0.27, 0.775), (180, 130, 88))
        for leg in (x + 0.025, x + 0.235):
            pen.fill(box(leg, 0.77, leg + 0.016, 0.96), (120, 126, 140))
    lamp_glow(pen, wide * 0.5, 0.0, 0.6, light)


def cafe(pen: Pen, light: str, dice: random.Random) -> None:
    wide = pen.wide
    room(pen, light, (196, 140, 104), (134, 90, 68), 0.78)
    window(pen, 0.04, 0.24, 0.36, 0.62, light)
    for shelf in (0.3, 0.46, 0.62):
        pen.fill(box(wide * 0.56, shelf, wide * 0.98, shelf + 0.022), (102, 66, 52))
        x = wide * 0.58
        while x < wide * 0.95:
            tone = dice.choice(((250, 244, 230), (226, 110, 96), (120, 176, 160), (244, 196, 110),
                                (84, 72, 84)))
            pen.fill(box(x, shelf - dice.uniform(0.05, 0.085), x + 0.04, shelf, 0.01), tone)
            x += 0.064
    pen.fill(box(-0.1, 0.76, wide + 0.1, 0.82), (244, 206, 158))
    pen.fill(box(-0.1, 0.81, wide + 0.1, 1.0), (154, 104, 76))
    for step in range(7):
        pen.fill(box(step * 0.2, 0.84, step * 0.2 + 0.012, 1.0), (128, 84, 62))
    for x in (0.22, 0.5, 0.78):
        x *= wide
        pen.line(trace((x, -0.1), (x, 0.1), closed=False), (60, 46, 50), 0.01)
        pen.fill(trace((x - 0.065, 0.16), (x - 0.05, 0.09, x, 0.085), (x + 0.05, 0.09, x + 0.065, 0.16)),
                 (74, 110, 104))
        pen.glow(x, 0.17, 0.2, (255, 226, 150), 0.75 if light != "day" else 0.4)
        pen.fill(ellipse(x, 0.165, 0.034, 0.024), (255, 246, 204))


def library(pen: Pen, light: str, dice: random.Random) -> None:
    wide = pen.wide
    room(pen, light, (150, 104, 76), (120, 76, 62), 0.82)
    middle = wide / 2
    window(pen, middle - 0.13, 0.08, middle + 0.13, 0.6, light)
    for left, right in ((-0.02, middle - 0.19), (middle + 0.19, wide + 0.02)):
        pen.fill(box(left, 0.02, right, 0.84), (104, 66, 50))
        for shelf in range(5):
            foot = 0.18 + shelf * 0.16
            pen.fill(box(left + 0.02, foot - 0.13, right - 0.02, foot), (70, 44, 40))
            books(pen, left + 0.025, foot, right - 0.02, dice, 0.12)
    pen.fill(trace((middle - 0.3, 1.0), (middle - 0.16, 0.84), (middle + 0.16, 0.84), (middle + 0.3, 1.0)),
             (164, 62, 66))
    pen.line(trace((middle - 0.25, 1.0), (middle - 0.13, 0.84), closed=False), (240, 200, 120), 0.012)
    pen.line(trace((middle + 0.25, 1.0), (middle + 0.13, 0.84), closed=False), (240, 200, 120), 0.012)
    lamp_glow(pen, middle, 0.3, 0.6, light)


def castle(pen: Pen, light: str, dice: random.Random) -> None:
    wide = pen.wide
    room(pen, light, (176, 172, 190), (142, 134, 152), 0.8)
    for row in range(9):
        y = 0.04 + row * 0.088
        pen.line(trace((0, y), (wide, y), closed=False), (150, 146, 168), 0.007)
        for step in range(-1, int(wide / 0.2) + 2):
            x = step * 0.2 + 0.1 * (row % 2)
            pen.line(trace((x, y), (x, y + 0.088), closed=False), (150, 146, 168), 0.007)
    tint, pen.tint = pen.tint, (1.0, 1.0, 1.0)
    for x in (0.5 * wide,):
        arch = trace((x - 0.14, 0.66), (x - 0.14, 0.26), (x - 0.14, 0.12, x, 0.08),
                     (x + 0.14, 0.12, x + 0.14, 0.26),
                     (x + 0.14, 0.66))
        pen.blend(arch, SKY[light], 0.08, 0.66)
        pen.line(arch, (110, 104, 128), 0.022)
        pen.line(trace((x, 0.08), (x, 0.66), closed=False), (110, 104, 128), 0.012)
        pen.line(trace((x - 0.14, 0.36), (x + 0.14, 0.36), closed=False), (110, 104, 128), 0.012)
    pen.tint = tint
    tone = dice.choice(((186, 50, 66), (58, 84, 168), (112, 66, 150)))
    for x in (0.14 * wide, 0.86 * wide):
        pen.fill(trace((x - 0.085, 0.06), (x + 0.085, 0.06), (x + 0.085, 0.56), (x, 0.64),
                       (x - 0.085, 0.56)), tone)
        pen.fill(trace((x, 0.2), (x + 0.045, 0.29), (x, 0.38), (x - 0.045, 0.29)), (246, 206, 104))
        pen.line(trace((x - 0.1, 0.06), (x + 0.1, 0.06), closed=False), (246, 206, 104), 0.018)
    pen.fill(trace((wide * 0.5 - 0.3, 1.0), (wide * 0.5 - 0.15, 0.8), (wide * 0.5 + 0.15, 0.8),
                   (wide * 0.5 + 0.3, 1.0)), tone)
    for x in (0.3 * wide, 0.7 * wide):
        pen.fill(trace((x - 0.014, 0.42), (x + 0.014, 0.42), (x, 0.54)), (96, 66, 54))
        pen.glow(x, 0.37, 0.2, (255, 190, 90), 0.75 if light != "day" else 0.45)
        pen.fill(trace((x - 0.026, 0.41), (x - 0.03, 0.36, x, 0.31), (x + 0.03, 0.36, x + 0.026, 0.41)),
                 (255, 226, 130))


def spaceship(pen: Pen, light: str, dice: random.Random) -> None:
    wide = pen.wide
    pen.tint = (1.0, 1.0, 1.0)
    pen.blend(box(0, 0, wide, 1), [(66, 76, 110), (108, 122, 160)], 0.0, 1.0)
    port = box(0.1, 0.12, wide - 0.1, 0.64, 0.12)
    pen.line(port, (176, 190, 216), 0.06)
    pen.blend(port, [(10, 12, 40), (40, 28, 84)], 0.12, 0.64)
    with pen.inside(port):
        pen.fill(circles((dice.uniform(0, wide), dice.uniform(0.1, 0.66),
                          dice.uniform(0.003, 0.008)) for _ in range(44)), WHITE)
        x, tone = dice.uniform(0.24, 0.76) * wide, dice.choice(((240, 150, 110), (110, 190, 230),
            (170, 130, 220)))
        pen.glow(x, 0.52, 0.34, tone, 0.45)
        planet = ellipse(x, 0.54, 0.22)
        pen.fill(planet, tone)
        with pen.inside(planet):
            pen.fill(ellipse(x + 0.09, 0.6, 0.24), shaded(tone))
            pen.line(trace((x - 0.3, 0.5), (x, 0.56, x + 0.3, 0.46), closed=False), lit(tone, 0.4), 0.03)
    pen.fill(trace((0, 0.84), (0.14, 0.74), (wide - 0.14, 0.74), (wide, 0.84), (wide, 1.0), (0, 1.0)),
             (58, 66, 98))
    for step in range(int(wide / 0.09)):
        tone = dice.choice(((110, 230, 220), (255, 196, 110), (250, 120, 140), (140, 170, 250)))
        pen.fill(box(0.1 + step * 0.085, 0.8, 0.15 + step * 0.085, 0.83, 0.006), tone)
        pen.fill(box(0.1 + step * 0.085, 0.87, 0.13 + step * 0.085, 0.89, 0.006),
                 dice.choice(((110, 230, 220), (90, 104, 148))))


INDOORS: dict[str, Callable[[Pen, str, random.Random], None]] = {
    "bedroom": bedroom, "classroom": classroom, "cafe": cafe, "library": library, "castle": castle,
    "spaceship": spaceship,
}
