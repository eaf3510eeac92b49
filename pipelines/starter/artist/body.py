"""The body below the chin: neck, torso, arms and their poses. What it wears is drawn in outfit.py."""

from dataclasses import dataclass

import skia

from pipelines.starter.artist.head import Head
from pipelines.starter.artist.palette import CLOTH, SKIN
from pipelines.starter.artist.pen import Colour, Pen, ellipse, inked, lit, shaded, trace

SHOULDERS = {"slim": 1.06, "average": 1.2, "broad": 1.4}


@dataclass(frozen=True)
class Body:
    head: Head
    shoulder: float
    neck: float
    lean: float

    @property
    def cloth(self) -> Colour:
        return CLOTH[self.head.recipe.outfit_colour]

    @property
    def skin(self) -> Colour:
        return SKIN[self.head.recipe.skin]

    def torso(self) -> skia.Path:
        """Shoulders, chest and upper arms as one silhouette."""
        wide, neck, lean = self.shoulder, self.neck, self.lean
        left = wide * (0.88 if self.head.yaw < 0 else 1.0)
        right = wide * (0.88 if self.head.yaw > 0 else 1.0)
        # Arms that the pose draws apart leave the trunk alone between them.
        trunk = 1.0 if self.head.recipe.pose in ("relaxed", "waving") else 0.74
        return trace(
            (-neck + lean, 1.16), (-neck + lean - 0.04, 1.4, -left * 0.62, 1.46),
            (-left * 1.02 * trunk, 1.5, -left * 1.08 * trunk, 1.98),
            (-left * 1.16 * trunk, 2.8, -left * 1.14 * trunk, 4.0), (right * 1.14 * trunk, 4.0),
            (right * 1.16 * trunk, 2.8, right * 1.08 * trunk, 1.98),
            (right * 1.02 * trunk, 1.5, right * 0.62, 1.46),
            (neck + lean + 0.04, 1.4, neck + lean, 1.16),
        )


def build(head: Head) -> Body:
    wide = SHOULDERS[head.recipe.build] + (0.16 if head.masculine else 0.0)
    return Body(head, wide, 0.4 if head.masculine else 0.3, head.yaw * 0.1)


def paint_neck(pen: Pen, body: Body) -> None:
    neck, lean, wide = body.neck, body.lean, body.shoulder
    path = trace((-neck + lean, 0.7), (-neck + lean, 1.3, -wide * 0.75, 1.52), (-wide * 0.7, 2.2),
                 (wide * 0.7, 2.2),
                 (wide * 0.75, 1.52), (neck + lean, 1.3, neck + lean, 0.7))
    pen.shape(path, body.skin, 0.035)
    with pen.inside(path):
        pen.fill(ellipse(lean * 1.6 + 0.06, 0.86, 0.72, 0.5), shaded(body.skin))
    pen.line(trace((-0.2 + lean, 1.62), (-0.35 + lean, 1.6, -0.55 + lean, 1.56), closed=False),
             shaded(body.skin), 0.04)
    pen.line(trace((0.2 + lean, 1.62), (0.35 + lean, 1.6, 0.55 + lean, 1.56), closed=False),
             shaded(body.skin), 0.04)


def paint_sleeve_lines(pen: Pen, body: Body, colour: Colour) -> None:
    """Where hanging arms part from the chest."""
    if body.head.recipe.pose in ("relaxed", "waving"):
        for side in (-1, 1):
            if side == 1 and body.head.recipe.pose == "waving":
                continue
            x = body.shoulder * 0.74 * side
            pen.line(trace((x * 1.02, 1.98), (x * 1.04, 2.5, x, 4.0), closed=False), inked(colour), 0.04)
            pen.line(trace((x * 1.08, 2.0), (x * 1.1, 2.5, x * 1.06, 4.0), closed=False), shaded(colour),
                     0.07)


def limb(*points: tuple[float, ...]) -> skia.Path:
    return trace(*points, closed=False)


def paint_limb(pen: Pen, path: skia.Path, colour: Colour, width: float = 0.44) -> None:
    pen.line(path, inked(colour), width + 0.08)
    pen.line(path, colour, width)


def paint_arms_behind(pen: Pen, body: Body, colour: Colour) -> None:
    """Arms that start behind the chest: hands on hips, the waving arm."""
    wide, pose = body.shoulder, body.head.recipe.pose
    if pose == "hands on hips":
        for side in (-1, 1):
            paint_limb(pen, limb((side * wide * 0.86, 1.8), (side * (wide + 0.44), 2.46),
                                 (side * wide * 0.6, 3.1)), colour)
    if pose == "waving":
        paint_limb(pen, limb((wide * 0.86, 1.82), (wide + 0.5, 2.2), (1.74, 1.3)), colour)
        paint_hand(pen, 1.76, 1.0, body.skin, 12)


def paint_hand(pen: Pen, x: float, y: float, skin: Colour, degrees: float = 0.0) -> None:
    """An open hand, fingers up."""
    with pen.moved(x, y, 1.0, degrees):
        palm = skia.Path()
        palm.addPath(ellipse(0.0, 0.06, 0.22, 0.22))
        for finger, lift in ((-0.15, -0.24), (-0.02, -0.3), (0.11, -0.25)):
            palm.addPath(trace((finger - 0.065, 0.0), (finger - 0.065, lift),
                               (finger, lift - 0.1, finger + 0.065, lift),
                               (finger + 0.065, 0.0)))
        palm.addPath(ellipse(0.23, 0.02, 0.075, 0.13))
        pen.shape(palm, skin, 0.03)
        for finger in (-0.085, 0.045):
            pen.line(limb((finger, -0.24), (finger, -0.04)), shaded(skin), 0.03)


def paint_arms_before(pen: Pen, body: Body, colour: Colour) -> None:
    """Forearms before the chest with what they hold."""
    pose, wide = body.head.recipe.pose, body.shoulder
    if pose not in ("holding a book", "holding a cup"):
        return
    for side in (-1, 1):
        paint_limb(pen, limb((side * wide * 0.9, 1.94), (side * (wide + 0.02), 2.75), (side * 0.42, 2.52)),
                   colour, 0.4)
    if pose == "holding a book":
        paint_book(pen, body)
    else:
        paint_cup(pen)
    for side in (-1, 1):
        pen.shape(ellipse(side * 0.36, 2.42, 0.16, 0.15), body.skin, 0.03)


def paint_book(pen: Pen, body: Body) -> None:
    cover = CLOTH["blue" if body.head.recipe.outfit_colour != "blue" else "red"]
    pen.shape(trace((-0.56, 1.98), (0.0, 2.06), (0.56, 1.98), (0.56, 2.56), (0.0, 2.64), (-0.56, 2.56)),
              cover, 0.035)
    pen.fill(trace((-0.5, 1.96), (-0.2, 1.92, 0.0, 2.03), (0.2, 1.92, 0.5, 1.96), (0.5, 2.0), (0.0, 2.09),
                   (-0.5, 2.0)),
             (255, 250, 236))
    pen.line(limb((0.0, 2.06), (0.0, 2.64)), inked(cover), 0.04)
    pen.fill(trace((0.16, 2.2), (0.42, 2.17), (0.42, 2.27), (0.16, 2.3)), lit(cover, 0.6))


def paint_cup(pen: Pen) -> None:
    for x in (-0.1, 0.08):
        steam = limb((x, 1.92), (x + 0.1, 1.82, x, 1.72), (x - 0.1, 1.62, x, 1.52))
        pen.line(steam, (255, 255, 255), 0.05, 0.75)
    cup = trace((-0.27, 2.0), (0.27, 2.0), (0.23, 2.56), (-0.23, 2.56))
    pen.shape(cup, (252, 248, 240), 0.035)
    pen.fill(ellipse(0.0, 2.02, 0.25, 0.06), (120, 76, 52))
    pen.fill(trace((-0.25, 2.24), (0.25, 2.24), (0.24, 2.38), (-0.24, 2.38)), (236, 110, 96))
