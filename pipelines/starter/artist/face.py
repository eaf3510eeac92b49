"""The face: eyes, brows, nose, mouth and the small signs that keep an expression plain when it is small."""

from dataclasses import dataclass

import skia

from pipelines.starter.artist.head import Head
from pipelines.starter.artist.palette import EYES, HAIR, SKIN
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
    smooth,
    trace,
)

EYE_X, EYE_Y = 0.45, 0.2
LASH = (52, 36, 56)
MOUTH_RED, TONGUE = (150, 44, 58), (240, 122, 128)
BLUSH = (250, 110, 120)


@dataclass(frozen=True)
class Look:
    """One expression: what lids, iris, brows, mouth and cheeks do."""

    mouth: str
    lid_in: float = 0.0
    lid_out: float = 0.0
    iris: float = 1.0
    shut: str = ""
    brow_in: float = 0.0
    brow_out: float = 0.0
    blush: float = 0.0
    sign: str = ""


LOOKS = {
    "neutral": Look("line"),
    "smiling": Look("smile", brow_in=-0.03, brow_out=0.0, blush=0.35),
    "laughing": Look("laugh", shut="both", brow_in=-0.1, brow_out=-0.06, blush=0.45),
    "sad": Look("frown", lid_in=0.02, lid_out=0.17, brow_in=-0.14, brow_out=0.14, sign="tear"),
    "angry": Look("teeth", lid_in=0.24, lid_out=0.02, iris=0.88, brow_in=0.2, brow_out=-0.12, sign="vein"),
    "surprised": Look("oh", lid_in=-0.07, lid_out=-0.07, iris=0.7, brow_in=-0.2, brow_out=-0.2),
    "sleepy": Look("dot", lid_in=0.27, lid_out=0.3, brow_in=-0.04, brow_out=0.08, sign="bubble"),
    "embarrassed": Look("wave", brow_in=-0.14, brow_out=0.1, iris=0.92, blush=0.95, sign="sweat"),
    "winking": Look("grin", shut="one", brow_in=-0.06, brow_out=-0.04, blush=0.3),
}


def paint_face(pen: Pen, head: Head) -> None:
    """Ears, face and cheeks: all that lies under the fringe."""
    skin = SKIN[head.recipe.skin]
    for side in (-1, 1):
        if side != head.yaw:
            paint_ear(pen, head, side, skin)
    face = head.face()
    pen.shape(face, skin, 0.035)
    with pen.inside(face):
        shade = ellipse(0.16 + head.yaw * 0.1, -0.14, 1.1, head.chin + 0.12)
        shade.toggleInverseFillType()
        pen.fill(shade, shaded(skin), 0.75)
        look = LOOKS[head.recipe.expression]
        for side in (-1, 1):
            x = head.turned(0.58 * side)
            pen.fill(ellipse(x, 0.55, 0.2 * head.squeeze(0.58 * side), 0.11), BLUSH, 0.16 + 0.5 * look.blush)
            if look.blush > 0.8:
                for step in (-0.1, 0.0, 0.1):
                    pen.line(trace((x + step + 0.03, 0.49), (x + step - 0.03, 0.6), closed=False),
                             (214, 60, 80), 0.028, 0.8)
        if head.old:
            paint_age(pen, head, shaded(shaded(skin)))


def paint_ear(pen: Pen, head: Head, side: int, skin: Colour) -> None:
    if head.recipe.feature == "pointed ears":
        ear = trace((side * 0.9, 0.02), (side * 1.3, -0.2, side * 1.62, -0.34),
                    (side * 1.5, 0.25, side * 0.92, 0.45))
    else:
        ear = ellipse(side * 1.0, 0.22, 0.17, 0.25)
    pen.shape(ear, skin, 0.035)
    pen.line(trace((side * 1.04, 0.1), (side * 1.12, 0.2, side * 1.0, 0.32), closed=False), shaded(skin),
             0.05)


def paint_age(pen: Pen, head: Head, colour: Colour) -> None:
    for side in (-1, 1):
        at = head.turned
        pen.line(trace((at(0.26 * side), 0.5), (at(0.44 * side), 0.56, at(0.62 * side), 0.5), closed=False),
                 colour, 0.03, 0.8)
        pen.line(trace((at(0.3 * side), 0.56), (at(0.42 * side), 0.68, at(0.4 * side), 0.82), closed=False),
                 colour, 0.035, 0.9)


def paint_features(pen: Pen, head: Head) -> None:
    """Eyes, nose and mouth."""
    look = LOOKS[head.recipe.expression]
    winking_side = head.yaw or 1
    for side in (-1, 1):
        x = EYE_X * side
        pen.canvas.save()
        pen.canvas.translate(head.turned(x), EYE_Y)
        pen.canvas.scale(side * head.squeeze(x) * head.eye_width, head.eye_height)
        if look.shut == "both" or (look.shut == "one" and side == winking_side):
            paint_shut_eye(pen)
        else:
            paint_eye(pen, head, look, side)
        pen.canvas.restore()
    paint_nose(pen, head)
    pen.canvas.save()
    pen.canvas.translate(head.turned(0.0), 0.72 if head.chin < 1.12 else 0.75)
    pen.canvas.scale(head.squeeze(0.0) * (1.0 if head.eye_height > 0.8 else 0.95), 1.0)
    MOUTHS[look.mouth](pen)
    pen.canvas.restore()
    if look.sign:
        SIGNS[look.sign](pen, head)


def paint_shut_eye(pen: Pen) -> None:
    pen.line(trace((-0.25, 0.12), (-0.14, -0.12, 0.14, -0.14, 0.28, 0.1), closed=False), LASH, 0.085)
    pen.line(trace((0.27, 0.1), (0.36, 0.04), closed=False), LASH, 0.05)


def paint_eye(pen: Pen, head: Head, look: Look, side: int) -> None:
    """One open eye, its outer corner on the positive side."""
    inner, outer = look.lid_in, look.lid_out
    lid = [(-0.25, 0.06 + inner * 0.35), (-0.2, -0.34 + inner, 0.16, -0.36 + outer, 0.28,
                                          -0.05 + outer * 0.7)]
    white = trace(*lid, (0.28, 0.2, 0.14, 0.31, 0.0, 0.31), (-0.16, 0.31, -0.25, 0.2, -0.25,
        0.06 + inner * 0.35))
    pen.fill(white, WHITE)
    with pen.inside(white):
        paint_iris(pen, head, look, side)
    pen.line(trace((0.2, 0.26), (0.08, 0.32), (-0.06, 0.31), closed=False), LASH, 0.03, 0.8)
    heavy = 0.1 if head.masculine else 0.115
    pen.line(trace(*lid, closed=False), LASH, heavy)
    if not head.masculine:
        pen.line(trace((0.26, -0.06 + outer * 0.7), (0.33, -0.1 + outer * 0.7, 0.38, -0.19 + outer * 0.7),
                       closed=False), LASH, 0.06)
        pen.line(trace((0.2, -0.2 + outer * 0.8), (0.28, -0.25 + outer * 0.8, 0.3, -0.31 + outer * 0.8),
                       closed=False), LASH, 0.05)


def paint_iris(pen: Pen, head: Head, look: Look, side: int) -> None:
    colour = EYES[head.recipe.eyes]
    size, x = look.iris, (head.gaze + 0.05 * head.yaw) * side - 0.005
    pen.fill(ellipse(x, -0.36, 0.4, 0.26), (196, 204, 226), 0.8)
    disc = ellipse(x, 0.0, 0.215 * size, 0.285 * size)
    pen.fill(disc, mix(colour, INK, 0.62))
    inner = ellipse(x, 0.01, 0.18 * size, 0.25 * size)
    pen.blend(inner, [mix(colour, INK, 0.4), colour, lit(colour, 0.45)], -0.2 * size, 0.24 * size)
    pen.fill(ellipse(x, -0.01, 0.082 * size, 0.12 * size), mix(colour, INK, 0.85))
    pen.fill(ellipse(x, 0.17 * size, 0.11 * size, 0.06 * size), lit(colour, 0.7), 0.75)
    glint = -0.08 * side
    pen.fill(ellipse(x + glint * size, -0.12 * size, 0.082 * size, 0.095 * size), WHITE)
    pen.fill(ellipse(x - glint * 1.1 * size, 0.12 * size, 0.042 * size, 0.05 * size), WHITE, 0.95)


def paint_brows(pen: Pen, head: Head) -> None:
    """Drawn over the fringe, as cartoons do: an expression must never hide."""
    look, recipe = LOOKS[head.recipe.expression], head.recipe
    from_hair = inked(HAIR[recipe.hair_colour])
    for side in (-1, 1):
        x = EYE_X * side
        pen.canvas.save()
        pen.canvas.translate(head.turned(x), EYE_Y - 0.42 * head.eye_height - 0.05)
        pen.canvas.scale(side * head.squeeze(x), 1.0)
        inner, outer, thick = look.brow_in, look.brow_out, head.brow
        brow = trace((-0.24, inner + thick * 0.5), (0.0, -0.1 + (inner + outer) / 2, 0.29, outer),
                     (0.02, -0.1 - thick * 1.5 + (inner + outer) / 2, -0.24, inner - thick * 0.6))
        pen.line(brow, from_hair, 0.035)
        pen.fill(brow, from_hair)
        pen.canvas.restore()




def paint_nose(pen: Pen, head: Head) -> None:
    dark = mix(shaded(SKIN[head.recipe.skin]), INK, 0.25)
    x = head.turned(0.0) + 0.06 * head.yaw
    lean = head.yaw or 1
    size = 0.075 if head.masculine or head.old else 0.045
    pen.line(trace((x, 0.44 - size), (x + size * lean, 0.5, x - 0.01 * lean, 0.51), closed=False), dark,
             0.035)


def mouth_line(pen: Pen) -> None:
    pen.line(trace((-0.13, 0.0), (0.0, 0.025, 0.13, 0.0), closed=False), LASH, 0.05)


def mouth_smile(pen: Pen) -> None:
    pen.line(trace((-0.25, -0.06), (-0.12, 0.11, 0.12, 0.11, 0.25, -0.06), closed=False), LASH, 0.055)
    pen.line(trace((-0.05, 0.14), (0.0, 0.155, 0.05, 0.14), closed=False), MOUTH_RED, 0.03, 0.5)


def open_mouth(pen: Pen, mouth: skia.Path, tongue: skia.Path | None, teeth: skia.Path | None) -> None:
    pen.fill(mouth, MOUTH_RED)
    with pen.inside(mouth):
        if tongue is not None:
            pen.fill(tongue, TONGUE)
        if teeth is not None:
            pen.fill(teeth, WHITE)
    pen.line(mouth, LASH, 0.045)


def mouth_laugh(pen: Pen) -> None:
    mouth = trace((-0.3, -0.1), (0.0, -0.06, 0.3, -0.1), (0.26, 0.27, 0.1, 0.3, 0.0, 0.3),
                  (-0.1, 0.3, -0.26, 0.27, -0.3, -0.1))
    open_mouth(pen, mouth, ellipse(0.0, 0.28, 0.17, 0.13), trace((-0.3, -0.12), (0.3, -0.12), (0.22, 0.0),
        (-0.22, 0.0)))


def mouth_frown(pen: Pen) -> None:
    pen.line(trace((-0.2, 0.11), (-0.1, -0.05, 0.1, -0.05, 0.2, 0.11), closed=False), LASH, 0.06)


def mouth_teeth(pen: Pen) -> None:
    mouth = trace((-0.2, -0.03), (-0.1, -0.11, 0.1, -0.11, 0.2, -0.03), (0.29, 0.17),
                  (0.0, 0.12, -0.29, 0.17))
    open_mouth(pen, mouth, None, ellipse(0.0, 0.03, 0.4, 0.2))
    pen.line(trace((-0.25, 0.05), (0.25, 0.05), closed=False), LASH, 0.03)
    for x in (-0.09, 0.09):
        pen.line(trace((x, -0.07), (x * 1.3, 0.14), closed=False), LASH, 0.022)


def mouth_oh(pen: Pen) -> None:
    open_mouth(pen, ellipse(0.0, 0.07, 0.13, 0.19), ellipse(0.0, 0.24, 0.12, 0.09), None)


def mouth_dot(pen: Pen) -> None:
    open_mouth(pen, ellipse(0.0, 0.04, 0.09, 0.06), None, None)


def mouth_wave(pen: Pen) -> None:
    points = [(-0.21, 0.03), (-0.13, -0.03), (-0.05, 0.05), (0.04, -0.03), (0.13, 0.05), (0.21, -0.02)]
    pen.line(smooth(points, closed=False), LASH, 0.055)


def mouth_grin(pen: Pen) -> None:
    mouth = trace((-0.26, -0.08), (0.0, 0.0, 0.26, -0.1), (0.24, 0.14, 0.1, 0.2, 0.0, 0.2),
                  (-0.1, 0.2, -0.22, 0.12, -0.26, -0.08))
    open_mouth(pen, mouth, ellipse(0.0, 0.2, 0.14, 0.08), None)


MOUTHS = {
    "line": mouth_line, "smile": mouth_smile, "laugh": mouth_laugh, "frown": mouth_frown,
    "teeth": mouth_teeth,
    "oh": mouth_oh, "dot": mouth_dot, "wave": mouth_wave, "grin": mouth_grin,
}


def sign_tear(pen: Pen, head: Head) -> None:
    x = head.turned(0.52)
    drop = trace((x, 0.4), (x + 0.16, 0.68, x, 0.72), (x - 0.16, 0.68, x, 0.4))
    pen.shape(drop, (150, 212, 255), 0.02)
    pen.fill(ellipse(x - 0.03, 0.6, 0.025, 0.045), WHITE)


def sign_sweat(pen: Pen, head: Head) -> None:
    x = 0.86 * (-head.yaw or 1)
    drop = trace((x, -0.3), (x + 0.2, 0.04, x, 0.08), (x - 0.2, 0.04, x, -0.3))
    pen.shape(drop, (170, 222, 255), 0.025)


def sign_vein(pen: Pen, head: Head) -> None:
    with pen.moved(0.72 * (-head.yaw or 1), -0.62):
        for turn in range(4):
            pen.canvas.rotate(90 * (turn > 0))
            pen.line(trace((0.05, 0.19), (0.06, 0.06, 0.19, 0.05), closed=False), (226, 40, 56), 0.07)


def sign_bubble(pen: Pen, head: Head) -> None:
    x = head.turned(0.0) + 0.2 * (head.yaw or 1)
    bubble = ellipse(x, 0.56, 0.14)
    pen.fill(bubble, (210, 236, 255), 0.75)
    pen.line(bubble, (120, 170, 210), 0.03)
    pen.fill(ellipse(x - 0.04, 0.51, 0.035, 0.045), WHITE)


SIGNS = {"tear": sign_tear, "sweat": sign_sweat, "vein": sign_vein, "bubble": sign_bubble}
