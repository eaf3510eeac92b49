"""Captions of drawn characters by the starter's attribute reader: offline, in the words that the starter knows."""

from collections.abc import Mapping

from core import characters, datasets
from core.bench import Bench
from core.cards import Card
from core.errors import Missing
from core.photos import open_photo
from core.requests import CaptionRequest

CARD = Card(
    name="Attribute reader",
    task="caption",
    about="Describes drawn characters in the starter's own words, in moments, without a download.",
    licence="CC0-1.0",
    needs=("torch",),
    weights=("starter/companions/reader.safetensors",),
)
SURE = 0.6


def run(request: CaptionRequest, bench: Bench) -> None:
    from pipelines.kit.attributes import load, read_attributes

    person = characters.find(bench.rows(characters.TABLE), request.character)
    row = next((r for r in bench.rows(datasets.TABLE) if r["id"] == person.dataset), None)
    dataset = datasets.from_row(row) if row else None
    if dataset is None or not dataset.used:
        raise Missing(f"{person.name} has no photos to describe.", "Add some in Characters.")
    wanted = [photo for photo in dataset.used if request.again or not photo.caption.strip()]
    reader = load(bench.weights(CARD.weights[0]))
    captions = {}
    for number, photo in enumerate(wanted):
        bench.step(number, len(wanted), "Describing")
        read = read_attributes(reader, open_photo(bench.open(photo.asset)).picture)
        captions[photo.asset] = in_words({name: value for name, (value, sure) in read.items() if sure >= SURE})
    fresh = next(r for r in bench.rows(datasets.TABLE) if r["id"] == person.dataset)
    bench.put(datasets.TABLE, person.dataset, datasets.set_captions(datasets.from_row(fresh), captions).row())
    bench.step(len(wanted), len(wanted), "Done")
    bench.note(f"{len(captions)} photos were described; look the words over in Characters.")


def in_words(seen: Mapping[str, str]) -> str:
    """Attributes as a caption: who first, then the look, then place and framing; what is not there stays unsaid."""
    said = {name: value for name, value in seen.items() if value not in ("none", "nobody", "")}
    look = {"hair_colour": "hair", "outfit_colour": "", "accessory_colour": ""}
    pairs = {"hair": ("hair_style", "hair_colour"), "outfit": ("outfit_colour", "outfit"),
             "accessory": ("accessory_colour", "accessory")}
    words, used = [], set(look)
    if "who" in said:
        words.append(said["who"])
    for name, (first, second) in pairs.items():
        used |= {first, second, name}
        pair = " ".join(said[part] for part in (first, second) if part in said)
        if pair:
            words.append(f"{pair} hair" if name == "hair" and "hair" not in pair else pair)
    for name, value in said.items():
        if name not in used | {"who"}:
            words.append({"eyes": f"{value} eyes", "skin": f"{value} skin"}.get(name, value))
    return ", ".join(dict.fromkeys(words))
