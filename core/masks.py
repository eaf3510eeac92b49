"""Masks that a person painted in the page: read with care, kept as an asset. White is drawn anew, black stays."""

import base64
import binascii
import hashlib
import io
from typing import TYPE_CHECKING, Any

from core.errors import BadFile, TooBig

if TYPE_CHECKING:
    from core.studio import Studio

START = "data:image/png;base64,"
LONGEST_TEXT = 12 * 2**20
SIDE_MAX = 4096


def read_mask(text: str) -> Any:
    """A painted mask as a black and white picture; a sentence for what is none, or has nothing marked."""
    from PIL import Image, UnidentifiedImageError

    if not text:
        raise BadFile("Nothing is marked in the picture.", "Paint over the part that should change.")
    if len(text) > LONGEST_TEXT:
        raise TooBig("The mask is too large.", "Use a smaller picture.")
    try:
        data = base64.b64decode(text.removeprefix(START), validate=True)
        with Image.open(io.BytesIO(data), formats=("PNG",)) as file:
            if max(file.size) > SIDE_MAX:
                raise TooBig(f"The mask is {file.width} × {file.height} pixels.", f"{SIDE_MAX} a side is the most.")
            mask = _white_on_black(file)
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadFile("The mask could not be read.", "Paint it again.") from error
    if mask.getbbox() is None:
        raise BadFile("Nothing is marked in the picture.", "Paint over the part that should change.")
    return mask


def keep_mask(studio: "Studio", text: str, owner: str = "") -> str:
    """The asset id of a painted mask; the same mask again is the same asset."""
    out = io.BytesIO()
    read_mask(text).save(out, "PNG")
    twin = studio.library.same_as(hashlib.sha256(out.getvalue()).hexdigest())
    if twin:
        return twin
    record = {"title": "Mask", "owner": owner, "imported": True}
    return studio.assets.save(out.getvalue(), folder="masks", suffix=".png", record=record).id


def _white_on_black(file: Any) -> Any:
    """What was painted counts, wherever a picture keeps it: in its alpha, or in its brightness."""
    from PIL import Image

    if "A" not in file.getbands():
        return file.convert("L")
    picture = file.convert("RGBA")
    ground = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, picture).convert("L")
