"""Pictures in and out: opening what a person gives, masks, canvases that grow, and parts that are put back."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import BadFile, TooBig

if TYPE_CHECKING:
    from core.bench import Bench

SIDE_MAX = 16_384
MEGAPIXELS_MAX = 100
PADDING = 32


def open_picture(bench: "Bench", asset_id: str, mode: str = "RGB") -> Any:
    """A person's picture, upright and of sane size; a sentence for what cannot be used."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(bench.open(asset_id)) as file:
            if max(file.size) > SIDE_MAX or file.width * file.height > MEGAPIXELS_MAX * 1_000_000:
                raise TooBig(f"The picture is {file.width} × {file.height} pixels.",
                             f"Make it smaller first; {MEGAPIXELS_MAX} megapixels is the most.")
            return ImageOps.exif_transpose(file).convert(mode)
    except Image.DecompressionBombError as error:
        raise TooBig("The picture has far too many pixels.",
                     f"Make it smaller first; {MEGAPIXELS_MAX} megapixels is the most.") from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadFile("The picture could not be read.", "Open it in another program and save it again.") from error


def keep_transparency(bench: "Bench", asset_id: str, drawn: Any) -> Any:
    """The drawn picture, as transparent as the one that it was drawn over."""
    from PIL import Image, ImageOps

    with Image.open(bench.open(asset_id)) as file:
        if "A" not in file.getbands() and "transparency" not in file.info:
            return drawn
        drawn = drawn.copy()
        drawn.putalpha(resize(ImageOps.exif_transpose(file).convert("RGBA").getchannel("A"), drawn.size))
        return drawn


def fit_grid(width: int, height: int, grid: int) -> tuple[int, int]:
    """The nearest sides that the model can draw."""
    return tuple(max(grid, round(side / grid) * grid) for side in (width, height))


def fit_size(picture: Any, area: int, grid: int) -> tuple[int, int]:
    """A size of the picture's shape and about this many pixels."""
    ratio = (area / (picture.width * picture.height)) ** 0.5
    return fit_grid(picture.width * ratio, picture.height * ratio, grid)


def resize(picture: Any, size: tuple[int, int]) -> Any:
    from PIL import Image

    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)


def grow_canvas(picture: Any, sides: tuple[int, ...]) -> tuple[Any, Any]:
    """A larger canvas and the mask of what is new. The edges are drawn out softly, as a hint of what goes on."""
    from PIL import Image, ImageFilter

    left, top, right, bottom = (max(0, side) for side in (*sides, 0, 0, 0, 0)[:4])
    size = (picture.width + left + right, picture.height + top + bottom)
    if max(size) > SIDE_MAX:
        raise TooBig(f"The canvas would be {size[0]} × {size[1]} pixels.", "Extend it by less.")
    canvas = picture.resize(size, Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(max(8, max(size) // 24)))
    canvas.paste(picture, (left, top))
    mask = Image.new("L", size, 255)
    overlap = min(8, picture.width // 4, picture.height // 4)
    keep = (left + overlap * bool(left), top + overlap * bool(top),
            left + picture.width - overlap * bool(right), top + picture.height - overlap * bool(bottom))
    mask.paste(0, keep)
    return canvas, mask


@dataclass(frozen=True)
class Part:
    """A piece of a picture that is drawn anew, and where it belongs."""

    whole: Any
    mask: Any
    box: tuple[int, int, int, int]

    @property
    def picture(self) -> Any:
        return self.whole.crop(self.box)

    @property
    def part_mask(self) -> Any:
        return self.mask.crop(self.box)

    def put_back(self, drawn: Any, blur: int) -> Any:
        """The whole picture with the new part in it; what the mask leaves black stays as it was, to the bit."""
        width, height = self.box[2] - self.box[0], self.box[3] - self.box[1]
        result = self.whole.copy()
        result.paste(resize(drawn, (width, height)), self.box[:2], soften(self.part_mask, blur))
        return result


def soften(mask: Any, blur: int) -> Any:
    """Fade a mask inwards only, so that nothing outside it changes."""
    from PIL import ImageChops, ImageFilter

    box = mask.getbbox()
    if not blur or box is None:
        return mask
    blur = min(blur, max(1, min(box[2] - box[0], box[3] - box[1]) // 4))
    faded = mask.filter(ImageFilter.GaussianBlur(blur)).point(lambda value: max(0, min(255, (value - 127) * 2)))
    return ImageChops.darker(mask, faded)


def cut_part(picture: Any, mask: Any, zoom: bool, shape: tuple[int, int]) -> Part:
    """The part around the mask, of the shape that the model draws; the whole picture when it is not zoomed."""
    mask = resize(mask.convert("L"), picture.size).point(lambda value: 255 if value > 127 else 0)
    found = mask.getbbox()
    if found is None:
        raise BadFile("Nothing is marked in the mask.", "Paint white over the part that should change.")
    if not zoom:
        return Part(picture, mask, (0, 0, *picture.size))
    ratio = shape[0] / shape[1]
    width = max(found[2] - found[0] + 2 * PADDING, (found[3] - found[1] + 2 * PADDING) * ratio)
    width = min(width, picture.width, picture.height * ratio)
    width, height = round(max(width, found[2] - found[0])), round(max(width / ratio, found[3] - found[1]))
    left = _clamp((found[0] + found[2] - width) // 2, picture.width - width)
    top = _clamp((found[1] + found[3] - height) // 2, picture.height - height)
    return Part(picture, mask, (left, top, min(picture.width, left + width), min(picture.height, top + height)))


def _clamp(value: int, high: int) -> int:
    return max(0, min(value, high))
