"""Enlarging tile by tile with a margin that is computed and thrown away: no seam, and memory that stays flat."""

from collections.abc import Callable, Iterator
from typing import Any

from core.bench import Bench
from core.errors import BadFile, TooBig

MEGAPIXELS_MAX = 200


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


def by_tiles(enlarge: Callable[[Any], Any], scale: int, picture: Any, bench: Bench, *, tile: int, margin: int,
             place: tuple[int, int] = (0, 1)) -> Any:
    """`enlarge` takes pixels (height, width, 3 bytes) and gives `scale` times as many. `place`: (number, count) of
    pictures, for the progress."""
    import numpy
    from PIL import Image

    width, height = picture.size
    whole = Image.new("RGB", (width * scale, height * scale))
    corners = list(_corners(width, height, tile))
    for done, (left, top) in enumerate(corners):
        number, count = place
        bench.step(number * len(corners) + done, count * len(corners), "Enlarging")
        x, y = max(0, left - margin), max(0, top - margin)
        right, bottom = min(left + tile + margin, width), min(top + tile + margin, height)
        larger = Image.fromarray(enlarge(numpy.array(picture.crop((x, y, right, bottom)))))
        sides = (left - x, top - y, min(left + tile, width) - x, min(top + tile, height) - y)
        box = [side * scale for side in sides]
        whole.paste(larger.crop(box), (left * scale, top * scale))
    return whole


def _corners(width: int, height: int, tile: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            yield left, top
