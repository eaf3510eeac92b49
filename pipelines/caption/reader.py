"""Captions of drawn characters by the starter's attribute reader: offline, in the words that the starter knows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from core import characters
from core.bench import Bench
from core.cards import Card
from core.requests import CaptionRequest
from pipelines.kit.captioning import describe_photos

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
LASTING = ("hair", "hair_colour", "eyes", "skin", "feature")
"""What stays with somebody from picture to picture."""
FEWEST, AGREED = 3, 2 / 3
PLAINER: Mapping[str, str] = {
    "half": "upper body", "front": "front view", "left": "three-quarter view, facing left",
    "right": "three-quarter view, facing right", "park": "in a park", "beach": "on the beach", "city": "in the city",
    "bedroom": "in a bedroom", "classroom": "in a classroom", "forest": "in a forest", "sunset": "at sunset",
    "snow": "in the snow", "rain": "in the rain", "cafe": "in a cafe", "rooftop": "on a rooftop",
    "library": "in a library", "castle": "in a castle", "dusk": "at dusk", "night": "at night",
}


def run(request: CaptionRequest, bench: Bench) -> None:
    from pipelines.kit.attributes import load, read_attributes

    reader = load(bench.weights(CARD.weights[0]))

    seen: list[dict[str, str]] = []

    def read(picture: Any) -> str:
        seen.append({name: value for name, (value, sure) in read_attributes(reader, picture).items() if sure >= SURE})
        return in_words(seen[-1])

    describe_photos(request, bench, read)
    describe_person(request.character, bench, shared(seen))


def shared(seen: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The look that most pictures of somebody agree on; nothing where they are too few or show different people."""
    if len(seen) < FEWEST:
        return {}
    most = {name: Counter(one.get(name) for one in seen).most_common(1)[0] for name in LASTING}
    return {name: value for name, (value, times) in most.items() if value and times >= AGREED * len(seen)}


def describe_person(who: str, bench: Bench, look: Mapping[str, str]) -> None:
    """Words for a drawn character who has none yet; what a person wrote stays, and of people nothing is claimed."""
    person = characters.find(bench.rows(characters.TABLE), who)
    said = in_words(look)
    if person.kind == "drawn" and said and not person.descriptor.strip():
        bench.put(characters.TABLE, person.id, characters.amend(person, "descriptor", said).row())
        bench.note(f"Described by what most pictures show: {said}.")


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
