"""The words under a character's photos: one line each, find and replace in all of them, and a way back."""

from html import escape
from pathlib import Path

from core import casting, datasets
from core.characters import Character
from core.datasets import Dataset
from core.home import PROGRAM
from core.jobs import Job, Sender
from core.language import Words
from core.likeness import FEWEST
from core.requests import CaptionRequest, LikenessRequest
from core.studio import Studio
from ui import parts

OF_DRAWINGS = "caption.reader"
SHOWN = 60


def table(person: Character, dataset: Dataset, readers: list[tuple[str, str]], sizes: str, words: Words) -> str:
    """All photos that are used, each with its words. `readers` are (pipeline, name) of what can describe photos."""
    if not dataset.used:
        return ""
    rows = "".join(
        f'<li><img loading="lazy" src="{parts.thumb_url(photo.asset)}" alt=""><input type="text" maxlength="2000" '
        f'data-act="caption" data-keep data-person="{person.id}" data-asset="{escape(photo.asset, quote=True)}" '
        f'aria-label="{escape(words("characters.caption"), quote=True)}" value="{escape(photo.caption, quote=True)}">'
        f'</li>' for photo in dataset.used[:SHOWN])
    more = len(dataset.used) - SHOWN
    rest = f'<p class="quiet">{escape(words("characters.more_captions", count=more))}</p>' if more > 0 else ""
    asks = "".join(parts.button("describe-photos", words("characters.read_photos", name=words.phrase(name)), "words",
                                person=person.id, way=key) for key, name in readers)
    undo = parts.button("caption-undo", words("characters.caption_undo"), "undo", person=person.id) \
        if dataset.past else ""
    every = parts.button("caption-replace", words("characters.replace"), "check", person=person.id,
                         field="#caption-find", also="#caption-put")
    find, put = escape(words("characters.find"), quote=True), escape(words("characters.put"), quote=True)
    masked = sum(bool(photo.mask) for photo in dataset.used)
    asks += parts.button("find-masks", words("characters.find_masks"), "picture", person=person.id)
    told = [words("characters.captions_help", trigger=person.trigger), sizes]
    mute = sum(not photo.caption.strip() for photo in dataset.used)
    told += [words("characters.masked", count=masked)] if masked else []
    silence = f'<p class="quiet">{escape(words("characters.no_words", count=mute))}</p>' if mute else ""
    return (f'<details class="captions" data-stay="captions"><summary>'
            f'<h4>{escape(words("characters.captions"))}</h4>{silence}</summary>'
            f'<p class="quiet">{escape(" ".join(told))}</p>'
            f'<ul>{rows}</ul>{rest}<div class="replace"><input type="text" id="caption-find" placeholder="{find}" '
            f'aria-label="{find}"><input type="text" id="caption-put" placeholder="{put}" aria-label="{put}">'
            f'{every}{undo}</div><div class="verbs">{asks}</div></details>')


def change(dataset: Dataset, verb: str, asset: str, text: str, put: str) -> Dataset:
    """What a key or a click does to the words."""
    if verb == "caption":
        return datasets.set_captions(dataset, {asset: text})
    if verb == "caption-undo":
        return datasets.undo(dataset)
    return datasets.replace_words(dataset, text.strip(), put.strip())[0]


def readers(studio: Studio, person: Character) -> list[tuple[str, str]]:
    """What can put this one's photos into words on this computer: its packages and its weights are here."""
    return [(entry.key, entry.card.name) for entry in studio.catalog.find("caption")
            if (entry.key != OF_DRAWINGS or person.kind == "drawn") and is_here(studio, entry.key)]


def begin_at_once(studio: Studio, person: Character, sender: Sender) -> Job | None:
    """Photos that came in are compared with each other without being asked, and those of somebody drawn described, as
    far as this computer can. Gives the job that describes."""
    if not person.photos:
        return None
    eye = casting.eye_for(studio, person.id)
    if is_here(studio, eye) and (person.kind != "drawn" or len(person.photos) >= FEWEST):
        studio.submit(eye, LikenessRequest(character=person.id, photos=True), sender)
    if OF_DRAWINGS not in dict(readers(studio, person)):
        return None
    return studio.submit(OF_DRAWINGS, CaptionRequest(character=person.id), sender)


def is_here(studio: Studio, key: str) -> bool:
    """Whether a pipeline could work now: its packages and all its files are on this computer."""
    entry = studio.catalog.entries.get(key)
    folders = (studio.home.models, *map(Path, studio.settings.get("models.folders")), PROGRAM / "models")
    return entry is not None and not entry.unavailable and all(
        any((folder / name).exists() for folder in folders) for name in entry.card.weights)


def sizes(dataset: Dataset, resolution: int, words: Words) -> str:
    """"Learned at 512 × 512 (9), 448 × 576 (3)."""
    known = [photo for photo in dataset.used if photo.height]
    told = ", ".join(f"{width} × {height} ({len(photos)})"
                     for (width, height), photos in datasets.buckets(known, resolution).items())
    return words("characters.buckets", sizes=told) if told else ""
