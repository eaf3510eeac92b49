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
UNSAID = frozenset({"none", "nobody", "relaxed", "plain", "day"})
PLAINER: Mapping[str, str] = {
    "half": "upper body", "front": "front view", "left": "three-quarter view, facing left",
    "right": "three-quarter view, facing right", "park": "in a park", "beach": "on the beach", "city": "in the city",
    "bedroom": "in a bedroom", "classroom": "in a classroom", "forest": "in a forest", "sunset": "at sunset",
    "snow": "in the snow", "rain": "in the rain", "cafe": "in a cafe", "rooftop": "on a rooftop",
    "library": "in a library", "castle": "in a castle", "dusk": "at dusk", "night": "at night",
}


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
    """Attributes as a caption in the starter's words: who, the look, what is done, where, and from how near."""
    said = {name: value for name, value in seen.items() if value not in UNSAID}
    words = [said.get("who", "")]
    for first, second, end in (("hair", "hair_colour", " hair"), ("", "eyes", " eyes"), ("", "skin", " skin"),
                               ("", "expression", ""), ("outfit_colour", "outfit", ""), ("", "feature", ""),
                               ("accessory_colour", "accessory", ""), ("", "pose", ""), ("", "place", ""),
                               ("", "light", ""), ("backdrop_colour", "", " background"), ("", "framing", ""),
                               ("", "view", "")):
        pair = " ".join(PLAINER.get(said[part], said[part]) for part in (first, second) if part in said)
        words.append(pair + end if pair else "")
    return ", ".join(filter(None, words))
