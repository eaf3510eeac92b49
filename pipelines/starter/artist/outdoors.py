"""Places under the sky: each a function that paints the whole sheet in the light of the hour."""

import random
from collections.abc import Callable

from pipelines.starter.artist.palette import SCENE_TINT, SKY
from pipelines.starter.artist.pen import (
    WHITE,
    Colour,
    Pen,
    box,
    circles,
    ellipse,
    lit,
    mix,
    shaded,
    smooth,
    trace,
)


def paint_sky(pen: Pen, light: str, dice: random.Random, horizon: float = 0.7) -> None:
    pen.tint = (1.0, 1.0, 1.0)
    pen.blend(box(0, 0, pen.wide, 1), SKY[light], 0.0, horizon)
    if light == "night":
        stars = [(dice.uniform(0, pen.wide), dice.uniform(0, horizon),
                  dice.uniform(0.003, 0.008)) for _ in range(40)]
        pen.fill(circles(stars), (255, 250, 224), 0.9)
        paint_moon(pen, dice.uniform(0.1, 0.9) * pen.wide, dice.uniform(0.08, 0.2))
    else:
        paint_clouds(pen, light, dice, horizon)
    pen.tint = SCENE_TINT[light]


def paint_moon(pen: Pen, x: float, y: float) -> None:
    pen.glow(x, y, 0.24, (250, 244, 210), 0.4)
    pen.fill(ellipse(x, y, 0.075), (255, 248, 216))
    pen.fill(circles([(x - 0.025, y - 0.015, 0.016), (x + 0.02, y + 0.03, 0.012)]), (236, 226, 190))


def paint_clouds(pen: Pen, light: str, dice: random.Random, horizon: float) -> None:
    colour: Colour = WHITE if light == "day" else (255, 190, 160)
    for _ in range(dice.choice((2, 3, 3, 4))):
        x, y, size = dice.uniform(0, pen.wide), dice.uniform(0.06, horizon * 0.6), dice.uniform(0.035, 0.075)
        puffs = [(x + step * size * 0.85, y - size * 0.4 * (1 - abs(step) / 2.4),
                  size * (1.0 - abs(step) * 0.26))
                 for step in (-2, -1, 0, 1, 2)]
        cloud = circles(puffs)
        with pen.inside(box(0, 0, pen.wide, y + size * 0.45)):
            pen.fill(cloud, colour, 0.95)
            with pen.inside(cloud):
                pen.fill(box(0, y + size * 0.12, pen.wide, 1), mix(colour, (150, 170, 220), 0.25))


def hills(pen: Pen, y: float, colour: Colour, dice: random.Random, rough: float = 0.06) -> None:
    points = [(pen.wide * step / 4, y + dice.uniform(-rough, rough)) for step in range(-1, 6)]
    pen.fill(smooth([*points, (pen.wide * 1.3, 1.2), (-pen.wide * 0.3, 1.2)]), colour)


def tree(pen: Pen, x: float, foot: float, size: float, leaf: Colour = (84, 172, 88)) -> None:
    pen.fill(trace((x - size * 0.09, foot), (x - size * 0.05, foot - size * 0.6),
                   (x + size * 0.05, foot - size * 0.6),
                   (x + size * 0.09, foot)), (124, 84, 58))
    top = foot - size * 0.82
    crown = [(x, top - size * 0.16, size * 0.3), (x - size * 0.26, top + size * 0.06, size * 0.25),
             (x + size * 0.26, top + size * 0.06, size * 0.25), (x, top + size * 0.12, size * 0.28)]
    pen.fill(circles(crown), shaded(leaf))
    pen.fill(circles((cx - size * 0.05, cy - size * 0.05, r * 0.8) for cx, cy, r in crown), leaf)
    pen.fill(circles((cx - size * 0.11, cy - size * 0.11, r * 0.36) for cx, cy, r in crown[:3]),
             lit(leaf, 0.35))


def park(pen: Pen, light: str, dice: random.Random) -> None:
    paint_sky(pen, light, dice, 0.6)
    wide = pen.wide
    hills(pen, 0.56, (134, 196, 130), dice, 0.03)
    hills(pen, 0.66, (128, 206, 96), dice, 0.02)
    pen.fill(trace((wide * 0.42, 0.68), (wide * 0.56, 0.8, wide * 0.3, 1.02), (wide * 0.78, 1.02),
                   (wide * 0.66, 0.8, wide * 0.46, 0.68)), (240, 218, 168))
    leaf = dice.choice(((84, 172, 88), (84, 172, 88), (248, 170, 196), (232, 148, 62)))
    for x, foot, size in ((0.12, 0.78, 0.56), (0.9, 0.8, 0.62), (0.66, 0.7, 0.32), (0.3, 0.69, 0.3)):
        tree(pen, x * wide + dice.uniform(-0.05, 0.05), foot, size * dice.uniform(0.9, 1.1), leaf)
    spots = [(dice.uniform(0, wide), dice.uniform(0.8, 1.0), 0.011) for _ in range(16)]
    pen.fill(circles(spots[:8]), (255, 240, 130))
    pen.fill(circles(spots[8:]), (255, 180, 200))
    if light == "night":
        lamp(pen, 0.2 * wide, 0.9)


def lamp(pen: Pen, x: float, foot: float) -> None:
    pen.tint = (1.0, 1.0, 1.0)
    pen.line(trace((x, foot), (x, foot - 0.5), closed=False), (36, 38, 60), 0.02)
    pen.glow(x, foot - 0.53, 0.26, (255, 220, 140), 0.75)
    pen.fill(ellipse(x, foot - 0.53, 0.035), (255, 240, 196))


def beach(pen: Pen, light: str, dice: random.Random) -> None:
    paint_sky(pen, light, dice, 0.5)
    wide = pen.wide
    pen.blend(box(0, 0.5, wide, 0.8), [(38, 130, 214), (84, 206, 226)], 0.5, 0.8)
    for _ in range(7):
        x, y, long = dice.uniform(0, wide), dice.uniform(0.53, 0.66), dice.uniform(0.06, 0.16)
        pen.line(trace((x, y), (x + long, y), closed=False), WHITE, 0.008, 0.55)
    shore = [(wide * step / 3, 0.72 + dice.uniform(-0.025, 0.025)) for step in range(-1, 5)]
    sand = smooth([*shore, (wide * 1.5, 1.3), (-wide * 0.4, 1.3)])
    pen.line(sand, WHITE, 0.045, 0.9)
    pen.fill(sand, (250, 226, 168))
    pen.fill(smooth([(x, y + 0.14) for x, y in shore] + [(wide * 1.5, 1.3), (-wide * 0.4, 1.3)]),
             (255, 238, 196))
    if dice.random() < 0.75:
        palm(pen, 0.14 * wide, 0.84)
    if dice.random() < 0.4:
        parasol(pen, 0.84 * wide, 0.86, dice.choice(((236, 84, 84), (70, 140, 230), (250, 180, 60))))


def palm(pen: Pen, x: float, foot: float) -> None:
    pen.line(trace((x, foot), (x - 0.02, foot - 0.3, x + 0.08, foot - 0.56), closed=False), (160, 112, 74),
             0.036)
    top_x, top_y = x + 0.08, foot - 0.56
    for dx, dy in ((-0.22, 0.02), (-0.16, -0.12), (0.02, -0.16), (0.18, -0.1), (0.24, 0.04), (-0.1, 0.12),
                   (0.14, 0.12)):
        pen.fill(trace((top_x, top_y), (top_x + dx * 0.5, top_y + dy - 0.08, top_x + dx, top_y + dy),
                       (top_x + dx * 0.45, top_y + dy * 0.4 + 0.03, top_x, top_y + 0.02)), (62, 158, 88))


def parasol(pen: Pen, x: float, foot: float, colour: Colour) -> None:
    pen.line(trace((x, foot), (x - 0.03, foot - 0.36), closed=False), (250, 250, 250), 0.014)
    top = trace((x - 0.22, foot - 0.3), (x - 0.2, foot - 0.48, x - 0.03, foot - 0.48),
                (x + 0.16, foot - 0.48, x + 0.17, foot - 0.34))
    pen.fill(top, colour)
    pen.fill(trace((x - 0.12, foot - 0.31), (x - 0.1, foot - 0.46, x - 0.03, foot - 0.48),
                   (x + 0.05, foot - 0.46, x + 0.06, foot - 0.325)),
             WHITE)


def city(pen: Pen, light: str, dice: random.Random) -> None:
    paint_sky(pen, light, dice, 0.8)
    pen.tint = (1.0, 1.0, 1.0)
    far = {"day": (176, 200, 228), "dusk": (168, 118, 140), "night": (48, 52, 104)}[light]
    near = {"day": (126, 150, 186), "dusk": (104, 76, 118), "night": (28, 32, 72)}[light]
    skyline(pen, dice, far, (0.28, 0.56), None)
    glass = {"day": (214, 234, 250), "dusk": (255, 214, 130), "night": (255, 224, 130)}[light]
    skyline(pen, dice, near, (0.4, 0.72), glass)
    pen.fill(box(0, 0.9, pen.wide, 1), mix(near, (20, 20, 40), 0.4))
    if light != "day":
        for _ in range(5):
            tone = dice.choice(((255, 120, 160), (120, 220, 255), (255, 210, 120)))
            pen.glow(dice.uniform(0, pen.wide), dice.uniform(0.74, 0.92), 0.09, tone, 0.75)


def skyline(pen: Pen, dice: random.Random, colour: Colour, tops: tuple[float, float],
            glass: Colour | None) -> None:
    x = -0.05
    while x < pen.wide:
        width, top = dice.uniform(0.12, 0.2), dice.uniform(*tops)
        pen.fill(box(x, top, x + width - 0.012, 1), mix(colour, (255, 255, 255), dice.uniform(0.0, 0.1)))
        if glass is not None:
            panes = [box(x + 0.022 + column * 0.04, top + 0.03 + row * 0.055, x + 0.042 + column * 0.04,
                         top + 0.058 + row * 0.055)
                     for column in range(int((width - 0.03) / 0.04))
                     for row in range(int((0.95 - top) / 0.055))
                     if dice.random() < 0.6]
            for pane in panes:
                pen.fill(pane, glass, 0.92)
        x += width


def forest(pen: Pen, light: str, dice: random.Random) -> None:
    pen.tint = SCENE_TINT[light]
    wide = pen.wide
    pen.blend(box(0, 0, wide, 1), [(196, 236, 170), (118, 190, 120)], 0.0, 0.8)
    for depth, colour in ((0.0, (122, 182, 116)), (0.5, (84, 140, 88)), (1.0, (74, 82, 62))):
        for _ in range(5 if depth < 1 else 3):
            x, width = dice.uniform(0, wide), 0.025 + 0.06 * depth + dice.uniform(0, 0.02)
            pen.fill(trace((x - width * 0.5, -0.1), (x + width * 0.5, -0.1),
                           (x + width * 0.8, 0.8 + 0.1 * depth),
                           (x - width * 0.8, 0.8 + 0.1 * depth)), colour)
    crowns = [(dice.uniform(0, wide), dice.uniform(-0.04, 0.08), dice.uniform(0.09, 0.16)) for _ in range(12)]
    pen.fill(circles(crowns), (58, 128, 74))
    pen.fill(circles((x - 0.03, y - 0.03, r * 0.66) for x, y, r in crowns), (84, 160, 86))
    if light != "night":
        for x in (0.2, 0.5, 0.74):
            x *= wide
            pen.fill(trace((x, -0.1), (x + 0.09, -0.1), (x + 0.3, 0.9), (x + 0.1, 0.9)), (255, 252, 204),
                     0.26)
    hills(pen, 0.82, (86, 156, 78), dice, 0.03)
    hills(pen, 0.92, (64, 132, 68), dice, 0.02)
    spots = [(dice.uniform(0, wide), dice.uniform(0.86, 1.0), 0.012) for _ in range(9)]
    pen.fill(circles(spots), (250, 250, 230))
    if light == "night":
        pen.tint = (1.0, 1.0, 1.0)
        for _ in range(9):
            pen.glow(dice.uniform(0, wide), dice.uniform(0.3, 0.95), 0.04, (220, 255, 130), 0.95)


def sunset(pen: Pen, light: str, dice: random.Random) -> None:
    wide = pen.wide
    pen.blend(box(0, 0, wide, 1), [(86, 66, 150), (226, 104, 122), (255, 178, 96), (255, 226, 140)], 0.0,
              0.64)
    x = wide * dice.uniform(0.2, 0.8)
    pen.glow(x, 0.56, 0.4, (255, 240, 180), 0.8)
    pen.fill(ellipse(x, 0.56, 0.14), (255, 246, 196))
    for _ in range(4):
        cx, cy, long = dice.uniform(0, wide), dice.uniform(0.1, 0.42), dice.uniform(0.1, 0.22)
        pen.fill(ellipse(cx, cy, long, 0.018), (255, 170, 150), 0.85)
        pen.fill(ellipse(cx + 0.07, cy + 0.022, long * 0.7, 0.014), (255, 196, 150), 0.85)
    pen.blend(box(0, 0.62, wide, 1), [(244, 132, 110), (120, 74, 144), (66, 52, 118)], 0.62, 1.0)
    for row in range(7):
        y, half = 0.645 + row * 0.045, 0.05 + 0.015 * row + dice.uniform(0, 0.06)
        pen.line(trace((x - half, y), (x + half, y), closed=False), (255, 236, 170), 0.014, 0.9)
    for side in (0.0, 1.0):
        base = side * wide
        pen.fill(smooth([(base - 0.34, 0.63), (base - 0.12, 0.56), (base + 0.1, 0.55), (base + 0.34, 0.63)]),
                 (92, 60, 122))


def snow(pen: Pen, light: str, dice: random.Random) -> None:
    paint_sky(pen, light, dice, 0.66)
    wide = pen.wide
    for x, peak, half in ((0.22, 0.26, 0.36), (0.78, 0.2, 0.42), (0.5, 0.36, 0.3)):
        x = x * wide + dice.uniform(-0.05, 0.05)
        pen.fill(trace((x - half, 0.72), (x, peak), (x + half, 0.72)), (142, 166, 206))
        pen.fill(trace((x - half * 0.4, peak + 0.19), (x, peak), (x + half * 0.4, peak + 0.19),
                       (x + half * 0.2, peak + 0.14),
                       (x, peak + 0.21), (x - half * 0.2, peak + 0.14)), (250, 252, 255))
    hills(pen, 0.68, (222, 234, 250), dice, 0.03)
    for x, foot, size in ((0.08, 0.86, 0.46), (0.92, 0.84, 0.42), (0.74, 0.76, 0.26), (0.26, 0.75, 0.22)):
        fir(pen, x * wide + dice.uniform(-0.04, 0.04), foot, size)
    hills(pen, 0.86, (250, 252, 255), dice, 0.02)


def fir(pen: Pen, x: float, foot: float, size: float) -> None:
    for tier in range(3):
        top, half = foot - size + tier * size * 0.24, size * (0.17 + 0.08 * tier)
        pen.fill(trace((x, top), (x + half, top + size * 0.46), (x - half, top + size * 0.46)),
                 (60, 120, 108))
        pen.fill(trace((x, top), (x + half * 0.56, top + size * 0.24), (x, top + size * 0.18),
                       (x - half * 0.56, top + size * 0.24)),
                 (244, 250, 255))


def rain(pen: Pen, light: str, dice: random.Random) -> None:
    """A street in the rain: wet stones that mirror the windows."""
    pen.tint = {"day": (1.0, 1.0, 1.0), "dusk": (0.92, 0.8, 0.84), "night": (0.5, 0.52, 0.74)}[light]
    wide = pen.wide
    pen.blend(box(0, 0, wide, 1), [(126, 142, 168), (188, 200, 214)], 0.0, 0.6)
    for left, right, top in ((-0.1, 0.3, 0.12), (0.72, 1.1, 0.06), (0.28, 0.46, 0.32), (0.56, 0.74, 0.28)):
        wall = mix((112, 122, 148), (150, 132, 136), dice.random())
        pen.fill(box(left * wide, top, right * wide, 0.8), wall)
        pen.fill(box(left * wide, top, right * wide, top + 0.03), shaded(wall))
    pen.blend(box(0, 0.78, wide, 1), [(120, 134, 160), (88, 100, 130)], 0.78, 1.0)
    pen.tint = (1.0, 1.0, 1.0)
    for x in (0.08, 0.2, 0.8, 0.92):
        for y in (0.26, 0.44):
            if dice.random() < 0.8:
                pen.fill(box(x * wide - 0.035, y, x * wide + 0.035, y + 0.1, 0.01), (255, 226, 150))
        pen.fill(ellipse(x * wide, 0.88, 0.03, 0.1), (255, 226, 150), 0.35)
    for _ in range(7):
        pen.line(ellipse(dice.uniform(0, wide), dice.uniform(0.84, 0.98), 0.04, 0.01), (214, 226, 244),
                 0.006, 0.8)


def rooftop(pen: Pen, light: str, dice: random.Random) -> None:
    paint_sky(pen, light, dice, 0.72)
    wide = pen.wide
    for step in range(9):
        x, top = step * 0.14 * wide, dice.uniform(0.56, 0.68)
        pen.fill(box(x, top, x + 0.15 * wide, 1), mix((150, 172, 204), (184, 166, 190), dice.random()))
    pen.fill(box(0, 0.82, wide, 1), (196, 190, 194))
    pen.fill(box(0, 0.8, wide, 0.84), (226, 222, 224))
    steel = (110, 150, 140)
    for x in range(int(wide / 0.09) + 2):
        pen.line(trace((x * 0.09, 0.48), (x * 0.09, 0.82), closed=False), steel, 0.009)
    for y in (0.48, 0.6, 0.72):
        pen.line(trace((0, y), (wide, y), closed=False), steel, 0.016)
    if light != "day":
        pen.tint = (1.0, 1.0, 1.0)
        for _ in range(18):
            x, y = dice.uniform(0, wide), dice.uniform(0.66, 0.78)
            pen.fill(box(x, y, x + 0.018, y + 0.024), (255, 226, 140))


OUTDOORS: dict[str, Callable[[Pen, str, random.Random], None]] = {
    "park": park, "beach": beach, "city": city, "forest": forest, "sunset": sunset, "snow": snow,
    "rain": rain,
    "rooftop": rooftop,
}
