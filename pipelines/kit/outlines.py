"""Maps that guide a drawing, made from a picture: edges, lines, or the picture itself. Poses and depths are given."""

from typing import Any

LOW, HIGH = 0.08, 0.2
"""Edges weaker than LOW of the strongest are none; those above HIGH are certain."""


def make_map(kind: str, picture: Any) -> Any:
    """What a ControlNet of this kind wants to see, of this picture."""
    makers = {"canny": canny, "lineart": lineart}
    return makers[kind](picture) if kind in makers else picture.convert("RGB")


def canny(picture: Any, low: float = LOW, high: float = HIGH) -> Any:
    """Thin white edges on black: smoothed, thinned along the slope, and followed from certain into likely ones."""
    import numpy
    from PIL import Image
    from scipy import ndimage

    grey = ndimage.gaussian_filter(numpy.asarray(picture.convert("L"), "float32") / 255, 1.2)
    across, down = ndimage.sobel(grey, axis=1), ndimage.sobel(grey, axis=0)
    slope = numpy.hypot(across, down)
    thin = slope * _is_ridge(slope, across, down)
    top = max(float(thin.max()), 0.05)
    likely, certain = thin > low * top, thin > high * top
    groups, count = ndimage.label(likely, numpy.ones((3, 3)))
    kept = numpy.zeros(count + 1, bool)
    kept[numpy.unique(groups[certain])] = True
    kept[0] = False
    return Image.fromarray((kept[groups] * 255).astype("uint8")).convert("RGB")


def _is_ridge(slope: Any, across: Any, down: Any) -> Any:
    """Whether a point is at least as steep as its two neighbours along the slope, to the nearest of four ways."""
    import numpy

    angle = (numpy.rad2deg(numpy.arctan2(down, across)) + 180) % 180
    way = (((angle + 22.5) // 45).astype(int)) % 4
    padded = numpy.pad(slope, 1, mode="edge")
    height, width = slope.shape

    def beside(x: int, y: int) -> Any:
        return padded[1 + y:1 + y + height, 1 + x:1 + x + width]

    pairs = [(beside(1, 0), beside(-1, 0)), (beside(1, 1), beside(-1, -1)), (beside(0, 1), beside(0, -1)),
             (beside(-1, 1), beside(1, -1))]
    one = numpy.choose(way, [pair[0] for pair in pairs])
    other = numpy.choose(way, [pair[1] for pair in pairs])
    return (slope >= one) & (slope > other)


def lineart(picture: Any) -> Any:
    """White lines on black, as strong as they are dark in the picture: what is darker than all around it is a line."""
    import numpy
    from PIL import Image
    from scipy import ndimage

    grey = numpy.asarray(picture.convert("L"), "float32") / 255
    scale = max(1.0, max(grey.shape) / 512)
    around = ndimage.gaussian_filter(grey, 6 * scale)
    line = numpy.clip(around - ndimage.gaussian_filter(grey, 0.8 * scale) - 0.02, 0, None)
    top = float(numpy.quantile(line, 0.995)) or 1.0
    return Image.fromarray((numpy.clip(line / max(top, 0.05), 0, 1) * 255).astype("uint8")).convert("RGB")
