"""X/Y/Z grids and lists of prompts: any image pipeline draws the pictures, one labelled sheet shows them together."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import Refused
from core.grids import Cell, list_cells, plan, read_axis, short
from core.requests import GridRequest, read_for

CARD = Card(
    name="Grid",
    task="grid",
    about="Draws one wish in many ways, or a whole list of prompts, and lays the pictures out on a labelled sheet.",
    licence="MIT",
    lane="gpu",
    needs=("PIL",),
    can=("preview",),
)
GAP, LINE = 12, 24
CELL, CELL_LEAST = 512, 96
SHEET_MEGAPIXELS = 60
PAPER, INK, DIM = (250, 247, 242), (38, 34, 30), (101, 91, 79)


def run(request: GridRequest, bench: Bench) -> None:
    axes = [read_axis(*pair) for pair in ((request.x, request.x_values), (request.y, request.y_values),
                                          (request.z, request.z_values))]
    asked = {**request.request, "count": 1}
    if not any(axis and axis.name == "seed" for axis in axes) and int(asked.get("seed", -1)) < 0:
        asked["seed"] = random.SystemRandom().randrange(2**32)
    if request.prompts:
        if any(axes):
            raise Refused("A list of prompts and axes do not go together.", "Empty one of them.")
        cells = list_cells(asked, request.prompts, math.ceil(math.sqrt(len(request.prompts))))
        heads: list[tuple[str, ...]] = [(), (), ()]
    elif any(axes):
        cells = plan(asked, *axes)
        heads = [axis.labels if axis else () for axis in axes]
    else:
        raise Refused("The grid has no axis.", "Choose what goes from left to right, or paste a list of prompts.")
    made = draw_all(request.pipeline, cells, bench)
    for page in sorted({place[2] for place in made}):
        shown = [(cell, made[cell.place]) for cell in cells if cell.place[2] == page and cell.place in made]
        keep_sheet(shown, heads, page, request, bench)
    bench.step(len(cells), len(cells), "Done")


def draw_all(key: str, cells: Sequence[Cell], bench: Bench) -> dict[tuple[int, int, int], str]:
    """The picture of each cell, by its place. What was drawn before a stop stays in the Library."""
    made: dict[tuple[int, int, int], str] = {}
    for number, cell in enumerate(cells):
        phase = f"Drawing {number + 1} of {len(cells)}"

        def tell(share: float, _: str, number: int = number, phase: str = phase) -> None:
            bench.step(round((number + share) * 100), len(cells) * 100, phase)

        with bench.part(number, len(cells)):
            tell(0.0, "")
            part = bench.run(key, read_for("image", cell.values), tell)
            made[cell.place] = part.assets[-1]
    return made


def keep_sheet(shown: Sequence[tuple[Cell, str]], heads: Sequence[Sequence[str]], page: int, request: GridRequest,
               bench: Bench) -> None:
    captions = {} if any(heads) else {cell.place[:2]: short(str(cell.values["prompt"])) for cell, _ in shown}
    title = " · ".join(filter(None, [short(str(request.request.get("prompt", ""))) if any(heads) else "",
                                     heads[2][page] if heads[2] else ""]))
    pictures = {cell.place[:2]: bench.open(asset) for cell, asset in shown}
    sheet = lay_out(pictures, heads[0], heads[1], captions, title)
    bench.save(sheet, folder="images", suffix=".png", title=f"Grid: {title or 'list of prompts'}",
               parents=[asset for _, asset in shown], characters=[])


def lay_out(pictures: Mapping[tuple[int, int], Any], across: Sequence[str], down: Sequence[str],
            captions: Mapping[tuple[int, int], str], title: str) -> Any:
    """Pictures in columns and rows with what is different written above and at the left."""
    from PIL import Image, ImageDraw, ImageFont

    columns, rows = (1 + max(place[which] for place in pictures) for which in (0, 1))
    cell = _cell_size(next(iter(pictures.values())), columns, rows)
    font, bold = ImageFont.load_default(size=15), ImageFont.load_default(size=19)
    left = GAP + (max(round(font.getlength(label)) for label in down) + GAP if down else 0)
    top = GAP + (LINE + GAP if title else 0) + (LINE if across else 0)
    below = LINE if captions else 0
    size = left + columns * (cell[0] + GAP), top + rows * (cell[1] + below + GAP)
    sheet = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(sheet)
    if title:
        pen.text((GAP, GAP), title, INK, font=bold)
    for column, label in enumerate(across):
        pen.text((left + column * (cell[0] + GAP) + cell[0] / 2, top - LINE / 2), _fit(label, font, cell[0]), INK,
                 font=font, anchor="mm")
    for row, label in enumerate(down):
        pen.text((GAP, top + row * (cell[1] + below + GAP) + cell[1] / 2), label, INK, font=font, anchor="lm")
    for (column, row), path in pictures.items():
        corner = left + column * (cell[0] + GAP), top + row * (cell[1] + below + GAP)
        with Image.open(path) as file:
            picture = file.convert("RGB")
        picture.thumbnail(cell, Image.Resampling.LANCZOS)
        sheet.paste(picture, (corner[0] + (cell[0] - picture.width) // 2, corner[1] + (cell[1] - picture.height) // 2))
        if (column, row) in captions:
            pen.text((corner[0], corner[1] + cell[1] + 3), _fit(captions[column, row], font, cell[0]), DIM, font=font)
    return sheet


def _cell_size(path: Any, columns: int, rows: int) -> tuple[int, int]:
    """As large as the first picture, as long as the sheet stays one that programs open."""
    from PIL import Image

    with Image.open(path) as file:
        width, height = file.size
    most = min(CELL, math.sqrt(SHEET_MEGAPIXELS * 1e6 / (columns * rows)))
    ratio = max(CELL_LEAST, min(most, max(width, height))) / max(width, height)
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def _fit(text: str, font: Any, width: float) -> str:
    while text and font.getlength(text) > width:
        text = text[:-2].rstrip("…") + "…" if len(text) > 2 else ""
    return text
