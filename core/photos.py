"""Photos as people really have them: turned, 16-bit, printed, moving, broken. Opened here, and never changed."""

import io
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import BadFile, Missing, TooBig

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", ".heic", ".heif", ".apng")
MEGAPIXELS_MAX = 120
BYTES_MAX = 200 * 2**20
SMALLER = f"Photos may have up to {MEGAPIXELS_MAX} megapixels; save a smaller copy."
SIDEWAYS = frozenset({5, 6, 7, 8})
"""EXIF orientations that swap width and height."""


@dataclass(frozen=True)
class Opened:
    """A photo as it should be seen: upright, RGB, 8 bits. `notes` say what had to be done for that."""

    picture: Any
    notes: tuple[str, ...] = ()
    alpha: Any = None
    """What was see-through, as a grey picture; None when nothing was."""
    size: tuple[int, int] = (0, 0)
    """Width and height of the whole photo, upright, also where a smaller one was read."""


def open_photo(source: Path | bytes, name: str = "", least: int = 0) -> Opened:
    """Open one photo safely, or say in a sentence why not. With `least`, a JPEG may be read smaller than it is, with
    at least so many pixels on each side: several times faster, and enough to measure it."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    name = name or (source.name if isinstance(source, Path) else "The photo")
    weighs = source.stat().st_size if isinstance(source, Path) and source.is_file() else len(bytes_of(source))
    if weighs > BYTES_MAX:
        raise TooBig(f"{name} is larger than {BYTES_MAX // 2**20} MB.", "Save a smaller copy and use that.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(source if isinstance(source, Path) else io.BytesIO(source)) as file:
                if file.width * file.height > MEGAPIXELS_MAX * 1_000_000:
                    raise TooBig(f"{name} has {file.width} × {file.height} pixels.", SMALLER)
                notes = ["Only the first frame of this moving picture is used."] if _moves(file) else []
                size = file.size[::-1] if file.getexif().get(0x0112, 1) in SIDEWAYS else file.size
                if least:
                    file.draft(None, (least, least))
                file.load()
                upright = ImageOps.exif_transpose(file)
    except UnidentifiedImageError as error:
        raise _unknown(source, name) from error
    except Image.DecompressionBombError as error:
        raise TooBig(f"{name} has far too many pixels.", SMALLER) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadFile(f"{name} is damaged: it could not be read to its end.", "Use another copy of it.") from error
    return replace(_as_seen(upright, notes), size=size)


def fit_photo(picture: Any, crop: tuple[float, float, float, float], size: tuple[int, int]) -> Any:
    """The part `crop` (left, top, right, bottom, in shares) of a photo, covering exactly `size` pixels."""
    from PIL import Image, ImageOps

    left, top, right, bottom = crop
    box = (round(left * picture.width), round(top * picture.height),
           max(round(right * picture.width), round(left * picture.width) + 1),
           max(round(bottom * picture.height), round(top * picture.height) + 1))
    return ImageOps.fit(picture.crop(box), size, Image.Resampling.LANCZOS)


def bytes_of(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise Missing(f"{source.name} is not there any more.", "Choose it again.") from error


def _as_seen(picture: Any, notes: list[str]) -> Opened:
    """RGB on paper white, whatever it was."""
    from PIL import Image

    alpha = None
    if picture.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        notes.append("Its 16-bit greys were brought to 8 bits.")
        picture = _eight_bits(picture)
    elif picture.mode == "CMYK":
        notes.append("It was made for print (CMYK); its colours were brought to RGB.")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        alpha = rgba.getchannel("A")
        alpha = None if alpha.getextrema()[0] == 255 else alpha
        paper = Image.new("RGBA", rgba.size, "white")
        picture = Image.alpha_composite(paper, rgba)
    return Opened(picture.convert("RGB"), tuple(notes), alpha)


def _eight_bits(picture: Any) -> Any:
    low, high = picture.getextrema()
    top = 1.0 if picture.mode == "F" and high <= 1.0 else 65535.0 if high > 255 else 255.0
    return picture.convert("F").point(lambda value: value * (255.0 / top)).convert("L")


def _moves(file: Any) -> bool:
    return bool(getattr(file, "is_animated", False))


def _unknown(source: Path | bytes, name: str) -> BadFile | Missing:
    head = bytes_of(source)[:16]
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim"):
        return Missing(f"{name} is a HEIC photo, which this studio cannot open by itself.",
                       "Save it as JPEG on your phone (Settings › Camera › Most compatible), or export it as JPEG.")
    if not head:
        return BadFile(f"{name} is empty.", "Copy it again from where it came.")
    return BadFile(f"{name} is not a picture that can be read.", "Use a JPEG, PNG or WebP.")
