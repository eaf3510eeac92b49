"""Photos from a video: sharp frames that differ from each other, spread over its length. The video is never changed."""

from collections.abc import Iterator
from typing import Any

from core import casting, characters, datasets
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.photo_checks import SAME_BITS, measure
from core.requests import FramesRequest
from pipelines.kit.photographs import find_dataset

CARD = Card(
    name="Frames of a video",
    task="frames",
    about="Picks sharp frames that differ from each other, and adds them to a character's photos.",
    licence="Apache-2.0 AND LGPL-2.1",
    needs=("cv2", "numpy", "PIL"),
)
LOOKED_AT = 8
"""Frames that are looked at for each one that is wanted: the sharpest that is new is taken."""
LONGEST = 2048


def run(request: FramesRequest, bench: Bench) -> None:
    from PIL import Image

    picked: list[str] = []
    hashes: list[int] = []
    path = bench.open(request.video)
    for number, frames in enumerate(_groups(path, request.count)):
        bench.step(number, request.count, "Looking through the video")
        fresh = []
        for frame in frames:
            picture = Image.fromarray(frame[:, :, ::-1])
            facts = measure(picture)
            bits = int(str(facts["hash"]), 16)
            if all((bits ^ other).bit_count() > SAME_BITS for other in hashes):
                fresh.append((float(facts["sharpness"]), bits, picture))
        if fresh:
            _, bits, picture = max(fresh, key=lambda each: each[0])
            hashes.append(bits)
            picture.thumbnail((LONGEST, LONGEST))
            picked.append(bench.save(picture, folder="images", suffix=".png", parents=[request.video],
                                     title=f"Frame {len(picked) + 1}").id)
    if not picked:
        raise BadFile("No frame of that video could be read.", "Save it as MP4 (H.264) and drop that.")
    if request.character:
        _add(bench, request.character, picked)
    bench.step(request.count, request.count, "Done")
    bench.note(f"{len(picked)} frames were taken.")


def _groups(path: Any, count: int) -> Iterator[list[Any]]:
    """As many groups of frames as pictures are wanted, one after the other; never more than a group in memory."""
    import cv2

    film = cv2.VideoCapture(str(path))
    try:
        total = int(film.get(cv2.CAP_PROP_FRAME_COUNT))
        if not film.isOpened() or total < 1:
            raise BadFile(f"{path.name} is not a video that can be read.", "Save it as MP4 (H.264) and drop that.")
        wanted = min(count, total)
        for group in range(wanted):
            start, end = total * group // wanted, max(total * (group + 1) // wanted, total * group // wanted + 1)
            stride = max(1, (end - start) // LOOKED_AT)
            film.set(cv2.CAP_PROP_POS_FRAMES, start)
            frames = []
            for place in range(start, end):
                if not film.grab():
                    break
                if (place - start) % stride == 0:
                    good, frame = film.retrieve()
                    frames += [frame] if good else []
            yield frames
    finally:
        film.release()


def _add(bench: Bench, who: str, picked: list[str]) -> None:
    """The frames as photos of a character."""
    photos = [casting.as_photo(asset, bench.open(asset), str(bench.record(asset).get("sha256", "")))
              for asset in picked]  # measured first: the rows below are read and written in one breath
    person = characters.find(bench.rows(characters.TABLE), who)
    dataset = find_dataset(bench, person) or datasets.new_dataset(person.id)
    dataset, _ = datasets.add_photos(dataset, photos)
    bench.put(datasets.TABLE, dataset.id, dataset.row())
    used = tuple(photo.asset for photo in dataset.used)
    bench.put(characters.TABLE, person.id, {**person.row(), "dataset": dataset.id, "photos": used, "likeness": {}})
