"""Photos of a character put into words, whoever reads them: which ones, how they are told, and where the words go."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core import datasets
from core.bench import Bench
from core.cards import Card
from core.datasets import Dataset
from core.photos import fit_photo, open_photo
from core.requests import CaptionRequest
from pipelines.kit.photographs import amend, open_photos

LONGEST = 300
"""Letters of a caption; a reader that rambles is cut at a comma."""


def describe_with(request: CaptionRequest, bench: Bench, card: Card, load: Callable[[Path, str], tuple[Any, ...]],
                  read: Callable[..., str], gb: float) -> None:
    """The same with a model from the shelf: `load` gives its parts, and `read` takes them and a picture."""
    path = bench.weights(card.weights[0])
    parts = bench.keep(str(path), lambda: load(path, bench.device), gb=gb)
    describe_photos(request, bench, lambda picture: read(*parts, picture))


def describe_photos(request: CaptionRequest, bench: Bench, read: Callable[[Any], str]) -> None:
    """Give every photo without words (or every photo) what `read` says of the part of it that is learned."""
    person, dataset = open_photos(bench, request.character)
    wanted = [photo for photo in dataset.used if request.again or not photo.caption.strip()]
    captions: dict[str, str] = {}
    try:
        for number, photo in enumerate(wanted):
            bench.step(number, len(wanted), "Describing")
            picture = open_photo(bench.open(photo.asset)).picture
            left, top, right, bottom = photo.crop
            size = (max(1, round((right - left) * picture.width)), max(1, round((bottom - top) * picture.height)))
            captions[photo.asset] = tidy(read(fit_photo(picture, photo.crop, size)))
    finally:  # what was described before somebody stopped it is kept
        amend(bench, person, lambda fresh: _fill(fresh, dataset, captions))
    bench.step(len(wanted), len(wanted), "Done")
    bench.note(f"{len(captions)} photos were described; look the words over in Characters.")


def _fill(fresh: Dataset, seen: Dataset, captions: Mapping[str, str]) -> Dataset:
    """The captions of those photos whose words nobody has changed since they were seen."""
    before = {photo.asset: photo.caption for photo in seen.photos}
    same = {photo.asset for photo in fresh.photos if photo.caption == before.get(photo.asset)}
    return datasets.set_captions(fresh, {asset: text for asset, text in captions.items() if asset in same})


def tidy(text: str) -> str:
    """One line without an end stop, cut where a thought ends."""
    line = " ".join(text.split()).strip(" .,;")
    if len(line) <= LONGEST:
        return line
    return line[:LONGEST].rpartition(",")[0].strip(" .,;") or line[:LONGEST].rpartition(" ")[0]
