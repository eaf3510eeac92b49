"""A contact sheet: several pictures side by side on one, with captions if wanted."""

import math
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import StudioError, TooBig
from core.requests import SheetRequest

CARD = Card(
    name="Contact sheet",
    task="sheet",
    about="Puts several pictures side by side on one sheet, to compare or to share.",
    licence="MIT-CMU",
    needs=("PIL",),
)
GAP, LINE = 16, 28
PAPER, INK = (250, 247, 242), (38, 34, 30)
PICTURES_MAX, MEGAPIXELS_MAX = 400, 120


def run(request: SheetRequest, bench: Bench) -> None:
    if not request.pictures:
        raise StudioError("There are no pictures for the sheet.", "Choose some in the Library first.")
    if len(request.pictures) > PICTURES_MAX:
        raise TooBig(f"{len(request.pictures)} pictures are too many for one sheet.", f"Choose up to {PICTURES_MAX}.")
    bench.save(_sheet(request, bench), folder="images", suffix=".png", title=request.title or "Contact sheet")


def _sheet(request: SheetRequest, bench: Bench) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    count, cell = len(request.pictures), request.cell
    columns = min(count, request.columns or math.ceil(math.sqrt(count * 1.4)))
    row_height = cell + GAP + (LINE if any(request.captions) else 0)
    top = GAP + (2 * LINE if request.title else 0)
    size = (GAP + columns * (cell + GAP), top + math.ceil(count / columns) * row_height)
    if size[0] * size[1] > MEGAPIXELS_MAX * 1_000_000:
        raise TooBig(f"The sheet would be {size[0]} × {size[1]} pixels.", "Choose a smaller picture size.")
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    if request.title:
        draw.text((GAP, GAP), request.title, INK, font=ImageFont.load_default(size=LINE))
    for number, asset_id in enumerate(request.pictures):
        bench.step(number, count, "Laying out", preview=sheet.copy)
        left = GAP + number % columns * (cell + GAP)
        upper = top + number // columns * row_height
        picture = _fit(bench.open(asset_id), cell)
        sheet.paste(picture, (left + (cell - picture.width) // 2, upper + (cell - picture.height) // 2))
        if number < len(request.captions):
            draw.text((left, upper + cell + 2), request.captions[number], INK,
                      font=ImageFont.load_default(size=LINE // 2 + 2))
    bench.step(count, count, "Done")
    return sheet


def _fit(path: Any, cell: int) -> Any:
    from PIL import Image

    with Image.open(path) as file:
        file.draft("RGB", (cell, cell))
        picture = file.convert("RGBA")
    picture.thumbnail((cell, cell), Image.Resampling.LANCZOS)
    paper = Image.new("RGBA", picture.size, PAPER)
    return Image.alpha_composite(paper, picture).convert("RGB")
