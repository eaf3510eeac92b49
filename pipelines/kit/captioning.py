"""Photos of a character put into words, whoever reads them: which ones, how they are told, and where the words go."""

from collections.abc import Callable
from typing import Any

from core import characters, datasets
from core.bench import Bench
from core.errors import Missing
from core.photos import fit_photo, open_photo
from core.requests import CaptionRequest

LONGEST = 300
"""Letters of a caption; a reader that rambles is cut at a comma."""


def describe_photos(request: CaptionRequest, bench: Bench, read: Callable[[Any], str]) -> None:
    """Give every photo without words (or every photo) what `read` says of the part of it that is learned."""
    person = characters.find(bench.rows(characters.TABLE), request.character)
    row = next((r for r in bench.rows(datasets.TABLE) if r["id"] == person.dataset), None)
    dataset = datasets.from_row(row) if row else None
    if dataset is None or not dataset.used:
        raise Missing(f"{person.name} has no photos to describe.", "Add some in Characters.")
    wanted = [photo for photo in dataset.used if request.again or not photo.caption.strip()]
    captions = {}
    for number, photo in enumerate(wanted):
        bench.step(number, len(wanted), "Describing")
        picture = open_photo(bench.open(photo.asset)).picture
        left, top, right, bottom = photo.crop
        size = (max(1, round((right - left) * picture.width)), max(1, round((bottom - top) * picture.height)))
        captions[photo.asset] = tidy(read(fit_photo(picture, photo.crop, size)))
    fresh = next(r for r in bench.rows(datasets.TABLE) if r["id"] == person.dataset)
    bench.put(datasets.TABLE, person.dataset, datasets.set_captions(datasets.from_row(fresh), captions).row())
    bench.step(len(wanted), len(wanted), "Done")
    bench.note(f"{len(captions)} photos were described; look the words over in Characters.")


def tidy(text: str) -> str:
    """One line without an end stop, cut where a thought ends."""
    line = " ".join(text.split()).strip(" .,;")
    if len(line) <= LONGEST:
        return line
    return line[:LONGEST].rpartition(",")[0].strip(" .,;") or line[:LONGEST].rpartition(" ")[0]
