"""A dataset: which photos teach a character, which part of each, and in what words. The photos are never changed."""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from core.errors import Missing, StudioError
from core.jobs import new_id

TABLE = "datasets"
WHOLE = (0.0, 0.0, 1.0, 1.0)
UNDO_DEPTH = 20
ASPECT_MAX = 2.0


@dataclass(frozen=True)
class Photo:
    """One photo of a dataset. `crop` is left, top, right, bottom in shares of its upright size."""

    asset: str
    caption: str = ""
    crop: tuple[float, float, float, float] = WHOLE
    mask: str = ""
    use: bool = True
    width: int = 0
    height: int = 0
    sha256: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the checks measured: sharpness, brightness, hash, faces …"""
    waived: tuple[str, ...] = ()
    """Findings that the person has looked at and accepted."""

    @property
    def aspect(self) -> float:
        left, top, right, bottom = self.crop
        return (self.width * (right - left)) / max(1e-6, self.height * (bottom - top)) if self.height else 1.0


@dataclass(frozen=True)
class Dataset:
    """All photos of one character, in order, with the captions as they were before each change."""

    id: str
    character: str = ""
    photos: tuple[Photo, ...] = ()
    past: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Earlier captions as (asset, caption), newest last."""
    created: float = 0.0
    changed: float = 0.0
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def used(self) -> tuple[Photo, ...]:
        return tuple(photo for photo in self.photos if photo.use)

    def row(self) -> dict[str, Any]:
        values = asdict(self)
        return {**values.pop("more"), **values}


def new_dataset(character: str = "", photos: Iterable[Photo] = ()) -> Dataset:
    return Dataset(new_id(), character, tuple(photos), created=time.time(), changed=time.time())


def from_row(row: Mapping[str, Any]) -> Dataset:
    known = {f.name for f in fields(Dataset)} - {"more"}
    values = {key: value for key, value in row.items() if key in known}
    values["photos"] = tuple(_photo(each) for each in values.get("photos") or ())
    values["past"] = tuple(tuple((a, c) for a, c in step) for step in values.get("past") or ())
    return Dataset(**values, more={key: value for key, value in row.items() if key not in known})


def add_photos(dataset: Dataset, photos: Iterable[Photo]) -> tuple[Dataset, list[str]]:
    """Add photos; the same file twice is left out and said."""
    have = {photo.sha256 or photo.asset for photo in dataset.photos}
    added, notes = [], []
    for photo in photos:
        mark = photo.sha256 or photo.asset
        if mark in have:
            notes.append("A photo was already there and was not added twice.")
        else:
            have.add(mark)
            added.append(photo)
    return replace(dataset, photos=(*dataset.photos, *added), changed=time.time()), list(dict.fromkeys(notes))


def change(dataset: Dataset, asset: str, **new: Any) -> Dataset:
    """One photo of the dataset with other values."""
    photos = tuple(replace(p, **new) if p.asset == asset else p for p in dataset.photos)
    return replace(dataset, photos=photos, changed=time.time())


def add_facts(dataset: Dataset, facts: Mapping[str, Mapping[str, Any]]) -> Dataset:
    """What was found out about photos, beside what is known of them already."""
    photos = tuple(replace(p, facts={**p.facts, **facts.get(p.asset, {})}) for p in dataset.photos)
    return replace(dataset, photos=photos, changed=time.time())


def check_teachable(person: Mapping[str, Any] | None, dataset: Mapping[str, Any] | None) -> None:
    """Said at the click and not an hour later: a training needs somebody, and photos of them."""
    if person is None:
        raise Missing("Nobody is chosen to learn.", "Choose a character at the top, or make one in Characters.")
    if dataset is None or not from_row(dataset).used:
        raise Missing(f"{person['name']} has no photos to learn from.", "Add 10 to 30 in Characters.")


# --- captions ------------------------------------------------------------------------------------------------


def set_captions(dataset: Dataset, captions: Mapping[str, str]) -> Dataset:
    """New captions for some photos; the ones before can be had back with `undo`."""
    cleaned = {asset: " ".join(text.split()) for asset, text in captions.items()}
    before = tuple((p.asset, p.caption) for p in dataset.photos
                   if p.asset in cleaned and p.caption != cleaned[p.asset])
    if not before:
        return dataset
    photos = tuple(replace(p, caption=cleaned.get(p.asset, p.caption)) for p in dataset.photos)
    return replace(dataset, photos=photos, past=(*dataset.past, before)[-UNDO_DEPTH:], changed=time.time())


def undo(dataset: Dataset) -> Dataset:
    """The captions as they were before the last change."""
    if not dataset.past:
        return dataset
    before = dict(dataset.past[-1])
    photos = tuple(replace(p, caption=before.get(p.asset, p.caption)) for p in dataset.photos)
    return replace(dataset, photos=photos, past=dataset.past[:-1], changed=time.time())


def replace_words(dataset: Dataset, find: str, put: str, whole_words: bool = True) -> tuple[Dataset, int]:
    """Find and replace in all captions, upper and lower case alike. Says how many captions changed."""
    if not find:
        raise StudioError("There is nothing to look for.", "Write the words that should be replaced.")
    edge = r"(?<!\w){}(?!\w)" if whole_words else "{}"
    pattern = re.compile(edge.format(re.escape(find)), re.IGNORECASE)
    changed = {p.asset: _tidy(pattern.sub(lambda _: put, p.caption)) for p in dataset.photos
               if pattern.search(p.caption)}
    return set_captions(dataset, changed), len(changed)


def teach_caption(caption: str, person: str, trigger: str) -> str:
    """The caption that trains: the character's words first, the trigger baked in exactly once.

    What the character's words say already is not said again: a small text reader has room for 40 words, and what
    comes twice pushes the place and the expression out at the end.
    """
    if trigger and re.search(rf"(?<!\w){re.escape(trigger)}(?!\w)", caption, re.IGNORECASE):
        return caption
    said = {part.strip().casefold() for part in person.split(",")}
    said |= {part.removeprefix(trigger.casefold()).strip() for part in said} if trigger else set()
    rest = ", ".join(part for part in caption.split(",") if part.strip().casefold() not in said)
    return _tidy(f"{person}, {rest}")


def plain_caption(taught: str, person: str, trigger: str, subject: str) -> str:
    """The same scene with anybody of their kind in it: the model is held to it, so that nobody else changes."""
    said = {part.strip().casefold() for part in person.split(",")}
    rest = ", ".join(part for part in taught.split(",") if part.strip().casefold() not in said)
    rest = re.sub(rf"(?<!\w){re.escape(trigger)}(?!\w)", "", rest, flags=re.IGNORECASE) if trigger else rest
    first = rest.split(",")[0].strip().casefold()
    return _tidy(rest if first == subject.casefold() else f"{subject}, {rest}")


def _tidy(text: str) -> str:
    return re.sub(r"\s*,(?:\s*,)*\s*", ", ", " ".join(text.split())).strip(" ,")


# --- sizes ---------------------------------------------------------------------------------------------------


def bucket_for(aspect: float, resolution: int, step: int = 64) -> tuple[int, int]:
    """Width and height near `resolution` squared pixels with this aspect, both multiples of `step`."""
    aspect = min(ASPECT_MAX, max(1 / ASPECT_MAX, aspect))
    area = resolution * resolution
    best = None
    for width in range(step, int(resolution * ASPECT_MAX) + 1, step):
        height = max(step, int(area / width) // step * step)
        if width * height > area * 1.02:
            continue
        wrong = abs((width / height) / aspect - 1) + 0.25 * (1 - width * height / area)
        if best is None or wrong < best[0]:
            best = (wrong, (width, height))
    return best[1] if best else (resolution, resolution)


def buckets(photos: Sequence[Photo], resolution: int, step: int = 64) -> dict[tuple[int, int], list[Photo]]:
    """Photos by the size at which they will be learned."""
    sizes: dict[tuple[int, int], list[Photo]] = {}
    for photo in photos:
        sizes.setdefault(bucket_for(photo.aspect, resolution, step), []).append(photo)
    return dict(sorted(sizes.items()))


def crop_around(face: tuple[float, float, float, float], width: int, height: int, room: float = 2.2
                ) -> tuple[float, float, float, float]:
    """A square crop around a face (in pixels), with `room` face heights, kept inside the photo, a little below it."""
    left, top, right, bottom = face
    side = min(width, height, max(right - left, bottom - top) * room)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2 + (bottom - top) * 0.15
    x = min(max(0.0, middle_x - side / 2), width - side)
    y = min(max(0.0, middle_y - side / 2), height - side)
    return (x / width, y / height, (x + side) / width, (y + side) / height)


def _photo(values: Mapping[str, Any]) -> Photo:
    known = {k: v for k, v in values.items() if k in Photo.__dataclass_fields__}
    known["crop"] = tuple(known.get("crop") or WHOLE)
    known["waived"] = tuple(known.get("waived") or ())
    return Photo(**known)
