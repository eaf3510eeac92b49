"""A small pen over Skia: paths from points, flat colours with outlines, shade that stays inside a shape."""

import contextlib
import math
from collections.abc import Iterable, Iterator

import numpy
import skia

Colour = tuple[int, int, int]
INK = (58, 40, 62)
WHITE = (255, 255, 255)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` of `other` in it."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def shaded(colour: Colour) -> Colour:
    """The cel-shadow tone: darker and a little cooler, as animation studios paint it."""
    red, green, blue = colour
    return (int(red * 0.80), int(green * 0.73), int(blue * 0.83))


def lit(colour: Colour, share: float = 0.35) -> Colour:
    return mix(colour, (255, 250, 244), share)


def inked(colour: Colour) -> Colour:
    """The outline tone of a colour: its own dark, never pure black."""
    red, green, blue = colour
    return mix((int(red * 0.42), int(green * 0.32), int(blue * 0.42)), INK, 0.35)


def trace(*points: tuple[float, ...], closed: bool = True) -> skia.Path:
    """A path from points: (x, y) goes straight, (cx, cy, x, y) bends once, six numbers bend twice."""
    path = skia.Path()
    path.moveTo(points[0][0], points[0][1])
    steps = {2: path.lineTo, 4: path.quadTo, 6: path.cubicTo}
    for point in points[1:]:
        steps[len(point)](*point)
    if closed:
        path.close()
    return path


def smooth(points: list[tuple[float, float]], closed: bool = True) -> skia.Path:
    """A soft curve through all points."""
    count = len(points)
    path = skia.Path()
    path.moveTo(*points[0])
    for index in range(count if closed else count - 1):
        before = points[index - 1] if closed or index else points[0]
        here, there = points[index], points[(index + 1) % count]
        after = points[(index + 2) % count] if closed or index + 2 < count else there
        path.cubicTo(
            here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6,
            there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6, there[0], there[1],
        )
    if closed:
        path.close()
    return path


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> skia.Path:
    ry = rx if ry is None else ry
    return skia.Path().addOval(skia.Rect(x - rx, y - ry, x + rx, y + ry))


def box(left: float, top: float, right: float, bottom: float, corner: float = 0.0) -> skia.Path:
    if not corner:
        return skia.Path().addRect(skia.Rect(left, top, right, bottom))
    return skia.Path().addRoundRect(skia.Rect(left, top, right, bottom), corner, corner)


def circles(spots: Iterable[tuple[float, float, float]]) -> skia.Path:
    """Many discs as one shape: clouds, crowns of trees, curls."""
    path = skia.Path()
    for x, y, radius in spots:
        path.addCircle(x, y, radius)
    return path


def star(x: float, y: float, radius: float, points: int = 5, inner: float = 0.45) -> skia.Path:
    corners = []
    for index in range(points * 2):
        reach = radius if index % 2 == 0 else radius * inner
        angle = math.pi * index / points - math.pi / 2
        corners.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return trace(*corners)


class Pen:
    """Draws on one sheet, 1 high and `wide` wide; `tint` multiplies each colour (the light of the hour)."""

    def __init__(self, width: int, height: int):
        self.surface = skia.Surface(width, height)
        self.canvas = self.surface.getCanvas()
        self.canvas.scale(height, height)
        self.wide = width / height
        self.tint = (1.0, 1.0, 1.0)

    def paint(self, colour: Colour, alpha: float) -> skia.Paint:
        red, green, blue = (min(255, int(part * share)) for part,
                            share in zip(colour, self.tint, strict=True))
        return skia.Paint(AntiAlias=True, Color=skia.Color(red, green, blue, int(alpha * 255)))

    def fill(self, path: skia.Path, colour: Colour, alpha: float = 1.0) -> None:
        self.canvas.drawPath(path, self.paint(colour, alpha))

    def line(self, path: skia.Path, colour: Colour, width: float, alpha: float = 1.0) -> None:
        paint = self.paint(colour, alpha)
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(width)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
        self.canvas.drawPath(path, paint)

    def shape(self, path: skia.Path, colour: Colour, width: float = 0.04) -> None:
        """Filled, with an outline outside it: parts that overlap become one shape."""
        self.line(path, inked(colour), width * 2)
        self.fill(path, colour)

    def blend(self, path: skia.Path, colours: list[Colour], top: float, bottom: float) -> None:
        """Filled with colours that run from `top` to `bottom`."""
        shown = [self.paint(colour, 1.0).getColor() for colour in colours]
        shader = skia.GradientShader.MakeLinear(points=[(0, top), (0, bottom)], colors=shown)
        self.canvas.drawPath(path, skia.Paint(AntiAlias=True, Shader=shader))

    def glow(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 0.6) -> None:
        red, green, blue = colour
        colours = [skia.Color(red, green, blue, int(alpha * 255)), skia.Color(red, green, blue, 0)]
        shader = skia.GradientShader.MakeRadial((x, y), radius, colours)
        self.canvas.drawCircle(x, y, radius, skia.Paint(AntiAlias=True, Shader=shader))

    @contextlib.contextmanager
    def inside(self, path: skia.Path) -> Iterator[None]:
        self.canvas.save()
        self.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
        yield
        self.canvas.restore()

    @contextlib.contextmanager
    def moved(self, x: float = 0.0, y: float = 0.0, scale: float = 1.0,
              degrees: float = 0.0) -> Iterator[None]:
        self.canvas.save()
        self.canvas.translate(x, y)
        if degrees:
            self.canvas.rotate(degrees)
        self.canvas.scale(scale, scale)
        yield
        self.canvas.restore()

    def pixels(self) -> numpy.ndarray:
        """The sheet as height × width × 3 bytes."""
        return self.surface.toarray(colorType=skia.ColorType.kRGBA_8888_ColorType)[:, :, :3]
