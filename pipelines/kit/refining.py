"""Drawing a large picture piece by piece: where the pieces lie, and how they become one without a seam."""

from collections.abc import Sequence
from typing import Any

Box = tuple[int, int, int, int]
OVERLAP = 0.25


def cut_tiles(size: tuple[int, int], tile: tuple[int, int]) -> list[Box]:
    """Boxes of one size that cover a picture evenly, each lying over its neighbours by a quarter or more."""
    wide, high = (_spread(length, min(length, side)) for length, side in zip(size, tile, strict=True))
    width, height = min(tile[0], size[0]), min(tile[1], size[1])
    return [(left, top, left + width, top + height) for top in high for left in wide]


def _spread(length: int, tile: int) -> list[int]:
    if length <= tile:
        return [0]
    count = -(-(length - tile) // max(1, round(tile * (1 - OVERLAP)))) + 1
    return [round(number * (length - tile) / (count - 1)) for number in range(count)]


class Quilt:
    """Pieces are added one after another; where they lie over each other, one fades into the next."""

    def __init__(self, ground: Any) -> None:
        import numpy

        self.ground = ground
        self.sum = numpy.zeros((ground.height, ground.width, 3), "float32")
        self.weight = numpy.zeros((ground.height, ground.width, 1), "float32")

    def add(self, box: Box, piece: Any) -> None:
        import numpy

        left, top, right, bottom = box
        across, down = (_fade(side) for side in (right - left, bottom - top))
        share = (down[:, None] * across[None, :])[:, :, None]
        self.sum[top:bottom, left:right] += numpy.asarray(piece, "float32") * share
        self.weight[top:bottom, left:right] += share

    def picture(self) -> Any:
        """What there is so far; the ground shows where no piece lies yet."""
        import numpy
        from PIL import Image

        known = self.weight > 0
        mixed = numpy.where(known, self.sum / numpy.maximum(self.weight, 1e-6), numpy.asarray(self.ground, "float32"))
        return Image.fromarray(mixed.round().clip(0, 255).astype("uint8"))


def _fade(length: int) -> Any:
    """From almost nothing at both ends to one within the overlap."""
    import numpy

    ramp = max(1, round(length * OVERLAP))
    rise = (numpy.arange(length, dtype="float32") + 0.5) / ramp
    return numpy.minimum(1.0, numpy.minimum(rise, rise[::-1]))


def seam(picture: Any, boxes: Sequence[Box]) -> float:
    """The mean step across borders of pieces against that inside them: about 1 where no seam shows."""
    import numpy

    grey = numpy.asarray(picture.convert("L"), "float32")
    steps = numpy.abs(numpy.diff(grey, axis=1))
    borders = sorted({box[0] for box in boxes} - {0})
    inside = numpy.delete(steps, [border - 1 for border in borders], axis=1)
    return float(steps[:, [border - 1 for border in borders]].mean() / max(1e-6, inside.mean())) if borders else 1.0
