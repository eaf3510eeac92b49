"""What is drawn piece by piece after the picture itself: the same again but larger, and its faces drawn large."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.bench import Bench
from core.errors import Missing
from core.prompts import read_prompt, scale_loras
from pipelines.kit import faces, lora, pixels, refining
from pipelines.kit.easel import Easel
from pipelines.kit.finding import find_loras, find_words
from pipelines.kit.guiding import Guides
from pipelines.kit.sitting import Sitting, Task, check_able

Call = Callable[[Sitting, Task, Callable[..., None]], Any]
"""Draws one task of a sitting; None for invalid numbers."""
AT_ONCE = 4.0
"""A picture of up to so many times the model's own size is drawn larger in one go."""
AROUND = 0.35
"""So much of a face's box is drawn along on each side."""


def draw_larger(sitting: Sitting, picture: Any, bench: Bench, call: Call, follow: Callable[..., None]) -> Any | None:
    """The picture again, larger and with more detail: in one go while the model can, else piece by piece."""
    family, request = sitting.family, sitting.request
    check_able(family.picture, "draw larger")
    wanted = pixels.fit_grid(picture.width * request.enlarge, picture.height * request.enlarge, family.grid)
    by = _finished_by(sitting, picture)
    size = pixels.fit_grid(wanted[0] / by, wanted[1] / by, family.grid)
    tile = tuple(side * (2 if by > 1 else 1) for side in family.shapes["square"])
    if size[0] * size[1] <= AT_ONCE * math.prod(family.shapes["square"]):
        tile = size
    ground = pixels.resize(picture, size)
    boxes = refining.cut_tiles(size, tile)
    quilt = refining.Quilt(pixels.resize(picture, (size[0] * by, size[1] * by)))
    for place, box in enumerate(boxes):
        part = ground.crop(box)
        whole = len(boxes) == 1
        own = replace(sitting, seed=sitting.seed + place, guides=sitting.guides if whole else
                      sitting.guides.for_piece(part, box, size))
        drawn = call(own, Task(family.picture, part.size, {"image": part}, request.enlarge_strength),
                     follow if whole else _share(follow, place, len(boxes), quilt.picture))
        if drawn is None:
            return None
        if by > 1 and sitting.finish is not None:
            drawn = sitting.finish(drawn, bench)
        if whole:
            return pixels.resize(drawn, wanted)
        box = tuple(side * by for side in box)
        quilt.add(box, pixels.resize(drawn, (box[2] - box[0], box[3] - box[1])))
    return pixels.resize(quilt.picture(), wanted)


def _finished_by(sitting: Sitting, picture: Any) -> int:
    """A model that draws small, and whose pictures are finished larger, must see a finished one small again: shown a
    crop of it in full size, it would draw a whole picture into every piece."""
    large = max(picture.size) > 1.5 * max(sitting.family.shapes["square"])
    kept = sitting.request.picture and sitting.request.strength == 0
    return sitting.family.finished if sitting.finish is not None and kept and large else 1


def mend_faces(easel: Easel, sitting: Sitting, picture: Any, bench: Bench, call: Call,
               follow: Callable[..., None]) -> Any | None:
    """Each face drawn large, with its own character's words and LoRA, and blended back into its place."""
    family, request = sitting.family, sitting.request
    check_able(family.picture, "draw faces again")
    marked = pixels.open_picture(bench, request.mask, "L") if request.mask else None
    boxes = faces.find_faces(bench, picture, marked)
    if not boxes:
        bench.note("No face was found, so none was drawn again. Paint over a face to show where it is.")
        return picture
    names = faces.who_is_who(request.face_people or sitting.prompt.people, len(boxes))
    picture = picture.copy()
    for place, (box, name) in enumerate(zip(boxes, names, strict=True)):
        own, around = _face_of(sitting, name, place, bench), faces.grow(box, picture.size, AROUND)
        lora.wear(easel.text, own.loras, family.key)
        easel.worn = repr(own.loras)
        size = family.shapes["square"]
        part = pixels.resize(picture.crop(around), size)
        drawn = call(own, Task(family.picture, size, {"image": part}, request.face_strength),
                     _share(follow, place, len(boxes), picture.copy))
        if drawn is None:
            return None
        side = (around[2] - around[0], around[3] - around[1])
        if sitting.finish is not None and side[0] > drawn.width:
            drawn = sitting.finish(drawn, bench)
        picture.paste(pixels.resize(drawn, side), around[:2], oval(side))
    return picture


def oval(size: tuple[int, int]) -> Any:
    """White in the middle, black at the edge, soft between: how a face goes back into its picture."""
    from PIL import Image, ImageDraw, ImageFilter

    mask = Image.new("L", size)
    inset = round(min(size) * 0.12)
    ImageDraw.Draw(mask).ellipse((inset, inset, size[0] - inset - 1, size[1] - inset - 1), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(min(size) / 24))


def _face_of(sitting: Sitting, name: str, place: int, bench: Bench) -> Sitting:
    """The sitting for one face: alone in the picture, in its own words; without a name in those of the whole."""
    plain = replace(sitting, seed=sitting.seed + place, guides=Guides())
    if not name:
        return plain
    known = find_words(bench, sitting.family.key)
    words = next((text for who, text in known.people.items() if who.casefold() == name.lstrip("@").casefold()), None)
    if words is None:
        raise Missing(f"There is no character called {name!r} for a face.", f"There is: {', '.join(known.people)}.")
    prompt = read_prompt(f"{words}, close-up of the face", sitting.choice_seed)
    prompt = replace(prompt, loras=scale_loras(prompt.loras, sitting.request.lora_strength))
    return replace(plain, prompt=replace(prompt, people=(name,)), loras=find_loras(bench, prompt.loras))


def _share(follow: Callable[..., None], place: int, count: int, preview: Callable[[], Any]) -> Callable[..., None]:
    """Steps of one piece counted among those of all pieces; the whole picture is what is shown meanwhile."""
    def follow_piece(done: int, total: int, _: Callable[[], Any]) -> None:
        follow(place * total + done, count * total, preview)

    return follow_piece
