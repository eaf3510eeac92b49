"""Enlarging tile by tile: a margin around each is computed and thrown away or faded over its neighbours, so that no
seam shows; memory stays flat, and where it runs out the tiles become smaller."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.bench import Bench
from core.errors import BadFile, TooBig
from pipelines.kit import memory
from pipelines.kit.peaks import Peak

Box = tuple[int, int, int, int]
MEGAPIXELS_MAX = 200
SMALLEST = 128
"""Tiles are not halved below this, however little memory there is."""


def open_for_enlarging(bench: Bench, asset_id: str) -> Any:
    """RGBA where a picture has transparency, else RGB."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(bench.open(asset_id)) as file:
            if file.width * file.height > MEGAPIXELS_MAX * 1_000_000:
                raise TooBig(f"The picture is {file.width} × {file.height} pixels already.",
                             f"{MEGAPIXELS_MAX} megapixels is the most.")
            keeps_alpha = "A" in file.getbands() or "transparency" in file.info
            return file.convert("RGBA" if keeps_alpha else "RGB")
    except Image.DecompressionBombError as error:
        raise TooBig("The picture has far too many pixels.", f"{MEGAPIXELS_MAX} megapixels is the most.") from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadFile("The picture could not be read.", "Open it in another program and save it again.") from error


@contextmanager
def measured(bench: Bench) -> Iterator[None]:
    """Keeps the most memory that was held meanwhile, for the forecast of the next ones (core/enlarging.py)."""
    with Peak(bench.device) as peak:
        yield
    bench.measure(**peak.figures)


def final_size(picture: Any, scale: float) -> tuple[int, int]:
    """Of the result; said before anything is computed when it is too large."""
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if size[0] * size[1] > MEGAPIXELS_MAX * 1_000_000:
        raise TooBig(f"The result would be {size[0]} × {size[1]} pixels.",
                     f"Choose a smaller size; {MEGAPIXELS_MAX} megapixels is the most.")
    return size


def finish(picture: Any, larger: Any, size: tuple[int, int]) -> Any:
    """From the model's fixed size to the wanted one; transparency is enlarged beside it."""
    from PIL import Image

    larger = larger.resize(size, Image.Resampling.LANCZOS) if larger.size != size else larger
    if picture.mode == "RGBA":
        larger.putalpha(picture.getchannel("A").resize(size, Image.Resampling.LANCZOS))
    return larger


@dataclass(frozen=True)
class Cut:
    """How a picture is cut into tiles. Of the `margin` that is computed around each, the inner `fade` lies over its
    neighbours and passes into them; the rest is thrown away. Who sees no further than the margin needs no fading."""

    tile: int
    margin: int
    fade: int = 0


def by_tiles(enlarge: Callable[[Any], Any], scale: int, picture: Any, bench: Bench, cut: Cut,
             place: tuple[int, int] = (0, 1)) -> Any:
    """`enlarge` takes pixels (height, width, 3 bytes) and gives `scale` times as many. `place`: (number, count) of
    pictures, for the progress."""
    import numpy
    from PIL import Image

    (width, height), tile, fade = picture.size, cut.tile, cut.fade
    whole = Image.new("RGB", (width * scale, height * scale))
    read = _reader(enlarge, scale, picture, bench, cut)
    corners = list(_corners(width, height, tile))
    beside = numpy.empty((0, 0, 3), "uint8")
    for done, (left, top) in enumerate(corners):
        number, count = place
        bench.step(number * len(corners) + done, count * len(corners), "Enlarging")
        area = _grown((left, top, left + tile, top + tile), fade, picture.size)
        piece = read(area)
        if left:
            _pass_over(beside, piece[:, :beside.shape[1]], 1)
        if left + tile < width:  # what lies over the next tile waits for it
            end = (left + tile - fade - area[0]) * scale
            piece, beside = piece[:, :end], piece[:, end:].copy()
        x, y = area[0] * scale, area[1] * scale
        if top and fade:
            above = numpy.asarray(whole.crop((x, y, x + piece.shape[1], min(top + fade, height) * scale)))
            _pass_over(above, piece[:above.shape[0]], 0)
        whole.paste(Image.fromarray(piece), (x, y))
    return whole


def _reader(enlarge: Callable[[Any], Any], scale: int, picture: Any, bench: Bench, cut: Cut) -> Callable[[Box], Any]:
    """What reads an area larger. Where memory runs out, this area and those after it are read in smaller parts; what
    was read before stays."""
    import numpy

    parts = 1

    def look(area: Box) -> Any:
        seen = _grown(area, cut.margin - cut.fade, picture.size)
        larger = enlarge(numpy.array(picture.crop(seen)))
        left, top = (area[0] - seen[0]) * scale, (area[1] - seen[1]) * scale
        return larger[top:top + (area[3] - area[1]) * scale, left:left + (area[2] - area[0]) * scale]

    def read(area: Box) -> Any:
        nonlocal parts
        while True:
            try:
                rows = [numpy.hstack([look(part) for part in row]) for row in _parted(area, parts)]
                return numpy.vstack(rows)
            except (RuntimeError, MemoryError) as error:
                if not memory.ran_out(error):
                    raise
                if cut.tile // parts <= SMALLEST:
                    raise TooBig("The picture needs more memory than there is.",
                                 "Close other programs, or choose a smaller upscaler.") from error
            parts *= 2
            memory.tidy(bench.device)
            bench.note("Memory ran out, so smaller pieces were enlarged one after another.")

    return read


def _parted(area: Box, parts: int) -> list[list[Box]]:
    """An area in rows of parts, as many across as down."""
    left, top, right, bottom = area
    across, down = _cuts(left, right, parts), _cuts(top, bottom, parts)
    return [[(x, y, to_x, to_y) for x, to_x in across] for y, to_y in down]


def _cuts(start: int, end: int, parts: int) -> list[tuple[int, int]]:
    at = sorted({start + (end - start) * number // parts for number in range(parts + 1)})
    return list(zip(at, at[1:], strict=False))


def _grown(area: Box, by: int, size: tuple[int, int]) -> Box:
    """An area with `by` more on each side, as far as the picture goes."""
    return max(0, area[0] - by), max(0, area[1] - by), min(area[2] + by, size[0]), min(area[3] + by, size[1])


def _pass_over(old: Any, new: Any, axis: int) -> None:
    """The first rows (0) or columns (1) of a tile begin as those of its neighbour and end as its own."""
    import numpy

    length = old.shape[axis]
    share = (numpy.arange(length, dtype="float32") + 0.5).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1)) / length
    new[:] = (old + (new - old.astype("float32")) * share).round()


def _corners(width: int, height: int, tile: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            yield left, top
