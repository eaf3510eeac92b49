"""The notes inside a picture file: found without decoding its pixels, bounded, and written beside our own pictures.

Which tool wrote a note is the readers' business; one reader is one file here, named in READERS.
"""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import BadFile
from core.recipes.comfyui import read_comfyui
from core.recipes.fooocus import read_fooocus
from core.recipes.infotext import read_infotext
from core.recipes.invokeai import read_invokeai
from core.recipes.novelai import read_novelai
from core.recipes.recipe import MAX_TEXT, Recipe
from core.recipes.swarm import read_swarm

MAX_CHUNKS = 20_000
MAX_NOTES = 200
USER_COMMENT, EXIF_FOLDER, MAKER_NOTE = 0x9286, 0x8769, 0x927C
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_PNG = b"\x89PNG\r\n\x1a\n"


def _read_lines(notes: Mapping[str, str]) -> Recipe | None:
    text = notes.get("UserComment") or notes.get("parameters") or notes.get("comment", "")
    return read_infotext(text, "Fooocus" if "fooocus_scheme" in notes else "") if text else None


READERS: tuple[Callable[[Mapping[str, str]], Recipe | None], ...] = (
    read_swarm, read_fooocus, read_invokeai, _read_lines, read_comfyui, read_novelai,
)


def read_recipe(path: Path) -> Recipe | None:
    """How this picture was made, as far as it says so itself; None for a picture that says nothing."""
    notes = read_notes(path)
    return next((recipe for reader in READERS if (recipe := reader(notes)) is not None), None)


def read_notes(path: Path) -> dict[str, str]:
    """All text that a PNG, JPEG, WebP, AVIF or GIF carries, by name."""
    try:
        with Path(path).open("rb") as file:
            if file.read(8) == _PNG:
                return _png_notes(file)
        return _other_notes(path)
    except OSError as error:
        raise BadFile(f"{Path(path).name} could not be read.", "Is it whole, and really a picture?") from error


def _png_notes(file: BinaryIO) -> dict[str, str]:
    notes: dict[str, str] = {}
    left = MAX_TEXT * 2
    for kind, data in _chunks(file):
        if len(notes) >= MAX_NOTES or left <= 0:
            break
        if kind == b"eXIf":
            found = _exif_notes(data)
        else:
            found = _text_chunk(kind, data)
        for name, text in found.items():
            left -= len(text)
            notes.setdefault(name, text)
    return notes


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length, kind = struct.unpack(">I4s", head)
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf") and length <= MAX_TEXT:
            yield kind, file.read(length)
            file.seek(4, 1)
        else:
            file.seek(length + 4, 1)


def _text_chunk(kind: bytes, data: bytes) -> dict[str, str]:
    name, zero, body = data.partition(b"\0")
    if not zero:
        return {}
    packed, coding = kind == b"zTXt", "latin-1"
    if kind == b"zTXt":
        body = body[1:]
    elif kind == b"iTXt":
        packed, coding = body[:1] == b"\1", "utf-8"
        body = body[2:].partition(b"\0")[2].partition(b"\0")[2]
    if packed:
        body = _inflate(body)
    return {name.decode("latin-1")[:80]: body.decode(coding, "replace")}


def _inflate(body: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, MAX_TEXT)
    except zlib.error:
        return b""


def _other_notes(path: Path) -> dict[str, str]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            notes = _exif_notes(picture.info.get("exif", b""))
            comment = picture.info.get("comment", b"")
    except (UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise BadFile(f"{Path(path).name} is not a picture that can be read.", "Try another file.") from error
    if comment:
        text = comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)
        notes.setdefault("comment", text[:MAX_TEXT])
    return notes


def _exif_notes(data: bytes) -> dict[str, str]:
    """UserComment, and ComfyUI's `prompt:{…}` strings, out of an EXIF block."""
    from PIL import Image

    if not data or len(data) > MAX_TEXT:
        return {}
    exif = Image.Exif()
    try:
        exif.load(data if data.startswith(b"Exif\0\0") else b"Exif\0\0" + data)
        plain, inner = dict(exif), dict(exif.get_ifd(EXIF_FOLDER))
    except (ValueError, SyntaxError, struct.error, KeyError, TypeError, OSError):
        return {}
    notes = {}
    if comment := _comment(inner.get(USER_COMMENT)):
        notes["UserComment"] = comment
    if inner.get(MAKER_NOTE) in (b"fooocus", b"a1111", "fooocus", "a1111"):
        notes["fooocus_scheme"] = _comment(inner[MAKER_NOTE])
    for value in plain.values():
        if isinstance(value, str) and value.startswith(("prompt:", "workflow:", "parameters:")):
            name, _, text = value.partition(":")
            notes.setdefault(name, text[:MAX_TEXT])
    return notes


def _comment(value: Any) -> str:
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if not isinstance(value, bytes):
        return ""
    if value.startswith(b"UNICODE\0"):
        body = value[8:]
        little = body[1:2] == b"\0" and body[:1] != b"\0"
        return body.decode("utf-16-le" if little else "utf-16-be", "replace")[:MAX_TEXT]
    return value.removeprefix(b"ASCII\0\0\0").decode("utf-8", "replace")[:MAX_TEXT]


# --- writing ---------------------------------------------------------------------------------------------------


def save_settings(ending: str, notes: Mapping[str, str], xmp: bytes) -> dict[str, Any]:
    """What Pillow's `save` needs so that a file of this ending carries its notes and its mark."""
    from PIL import Image, PngImagePlugin

    if ending.lower() == ".png":
        info = PngImagePlugin.PngInfo()
        for name, text in notes.items():
            info.add_text(name, text)
        if xmp:
            info.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8"))
        return {"pnginfo": info}
    exif = Image.Exif()
    if told := notes.get("parameters"):
        exif.get_ifd(EXIF_FOLDER)[USER_COMMENT] = b"UNICODE\0" + told.encode("utf-16-be")
    return {"exif": exif.tobytes(), **({"xmp": xmp} if xmp else {})}


def write_mark(tool: str, composite: bool = False) -> bytes:
    """The IPTC mark "made by a trained algorithm", as XMP; `composite` when a given picture was part of it."""
    source = SOURCES + ("compositeWithTrainedAlgorithmicMedia" if composite else "trainedAlgorithmicMedia")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'xmp:CreatorTool="{escape(tool)}" Iptc4xmpExt:DigitalSourceType="{escape(source)}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()
