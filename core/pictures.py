"""Picture files from outside: what is let in, how large, and of which real format. Never trusts a name.

Opening here is bounded: only the decoders that people's photos need, and no more pixels than fit in memory.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.disk import explained, printable
from core.errors import BadFile, TooBig

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_FILE_BYTES = 100 * 2**20
MAX_PIXELS = 80_000_000
ENDINGS: Mapping[str, str] = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp", "GIF": ".gif",
                              "BMP": ".bmp", "TIFF": ".tif", "AVIF": ".avif"}
TROUBLES = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, AttributeError, ArithmeticError,
            AssertionError, MemoryError, struct.error, zlib.error, RuntimeError)
"""What picture decoders raise over a damaged or hostile file."""
SIDEWAYS = {5, 6, 7, 8}  # EXIF orientations that swap width and height
ORIENTATION = 0x0112


@dataclass(frozen=True)
class Facts:
    """What a picture file really is. Width and height are as a person sees it, turned the way the camera noted."""

    ending: str
    width: int
    height: int


def check(path: Path) -> Facts:
    """Let a picture in after decoding all of it, or say why not."""
    name = printable(path.name)
    with explained(path):
        if path.is_symlink() or not path.is_file():
            raise BadFile(f"“{name}” is not a file.", "Choose a picture file.")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(512)
    if size > MAX_FILE_BYTES:
        raise TooBig(f"“{name}” is {size / 2**20:.0f} MB; pictures may have up to {MAX_FILE_BYTES // 2**20} MB.",
                     "Save it smaller, for example as a JPEG, and add it again.")
    _refuse_what_is_no_photo(name, head)
    with opened(path) as picture:
        picture.load()
        return _facts(picture)


@contextmanager
def opened(path: Path) -> "Iterator[Image]":
    """A picture, open but not decoded; every trouble inside becomes a sentence."""
    from PIL import Image

    name = printable(path.name)
    try:
        with Image.open(path, formats=[kind for kind in ENDINGS if kind != "MPO"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise TooBig(f"“{name}” has {picture.width} × {picture.height} pixels; "
                             f"the studio takes up to {MAX_PIXELS // 1_000_000} million.",
                             "Make it smaller in a picture program and add it again.")
            yield picture
    except Image.DecompressionBombError as error:
        raise TooBig(f"“{name}” has more pixels than the studio takes.",
                     "Make it smaller in a picture program and add it again.") from error
    except TROUBLES as error:
        raise BadFile(f"“{name}” is damaged, or not a picture.",
                      "Open it in a picture program, save it again as PNG or JPEG, and add that.") from error


def measure(path: Path) -> tuple[int, int]:
    """Width and height from the file's head alone; zeros when it has none."""
    try:
        with opened(path) as picture:
            facts = _facts(picture)
    except (BadFile, TooBig):
        return 0, 0
    return facts.width, facts.height


def _facts(picture: "Image") -> Facts:
    width, height = picture.size
    if picture.getexif().get(ORIENTATION) in SIDEWAYS:
        width, height = height, width
    return Facts(ENDINGS.get(picture.format or "", ""), width, height)


def _refuse_what_is_no_photo(name: str, head: bytes) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<") or b"<svg" in start:
        raise BadFile(f"“{name}” is a drawing program's or web file, which can hold programs.",
                      "Save it as PNG and add that.")
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"):
        raise BadFile(f"“{name}” is an HEIC photo, which the studio cannot read.",
                      "On an iPhone choose Settings › Camera › Formats › Most Compatible, "
                      "or save the photo as JPEG, and add that.")
