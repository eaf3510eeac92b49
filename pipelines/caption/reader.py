"""Captions of drawn characters by the starter's attribute reader: offline, in the words that the starter knows. Of
people, and of pictures that are drawn in another way, it claims nothing."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from core import characters
from core.bench import Bench
from core.cards import Card
from core.errors import Refused
from core.photos import open_photo
from core.requests import CaptionRequest
from pipelines.kit.captioning import describe_photos
from pipelines.kit.photographs import open_photos

CARD = Card(
    name="Attribute reader",
    task="caption",
    about="Describes drawn characters in the starter's own words, in moments, without a download.",
    licence="CC0-1.0",
    needs=("torch",),
    weights=("starter/companions/reader.safetensors",),
)
SURE = 0.6
AT_HOME = 0.74
"""How sure it is of who somebody is, usually: .94 on drawings of the artist's kind, at most .65 on photographs."""
LOOKED_AT = 12
"""Photos by which it finds out whether they are of its kind."""
UNSAID = frozenset({"none", "nobody", "relaxed", "plain", "day"})
LASTING = ("hair", "hair_colour", "eyes", "skin", "feature")
"""What stays with somebody from picture to picture."""
WHO = ("who", "hair", "hair_colour", "eyes", "skin")
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
    if not knows(reader, request.character, bench):
        bench.note("These are not drawn in the way that the attribute reader knows, so it claims nothing of them. "
                   "Write the words yourself, or let another reader do it.")
        return
    seen: list[dict[str, str]] = []

    def read(picture: Any) -> str:
        seen.append({name: value for name, (value, sure) in read_attributes(reader, picture).items() if sure >= SURE})
        return in_words(seen[-1])

    describe_photos(request, bench, read)
    describe_person(request.character, bench, shared(seen), shared(seen, ("who",)).get("who", ""))


def knows(reader: Any, who: str, bench: Bench) -> bool:
    """Whether most of these pictures are of the kind that it learned from."""
    from pipelines.kit.attributes import read_many

    person, dataset = open_photos(bench, who)
    if person.kind != "drawn":
        raise Refused(f"The attribute reader knows drawn characters only, and {person.name} is none.",
                      "Choose another reader, or write the words yourself.")
    sure = []
    for number, photo in enumerate(dataset.used[:LOOKED_AT]):
        bench.step(number, min(LOOKED_AT, len(dataset.used)), "Looking at the photos")
        said = read_many(reader, [open_photo(bench.open(photo.asset), least=reader.size).picture])[0]
        here = said["who"][0] != "nobody"
        sure.append(statistics.mean(said[name][1] for name in WHO) if here else 0.0)
    return statistics.median(sure) >= AT_HOME


def shared(seen: Sequence[Mapping[str, str]], names: Sequence[str] = LASTING) -> dict[str, str]:
    """What most pictures of somebody agree on; nothing where they are too few or show different people."""
    if len(seen) < FEWEST:
        return {}
    most = {name: Counter(one.get(name) for one in seen).most_common(1)[0] for name in names}
    return {name: value for name, (value, times) in most.items() if value and times >= AGREED * len(seen)}


def describe_person(who: str, bench: Bench, look: Mapping[str, str], subject: str = "") -> None:
    """Words for a drawn character who has none yet; what a person wrote stays, and of people nothing is claimed."""
    person = characters.find(bench.rows(characters.TABLE), who)
    said = in_words(look)
    if person.kind == "drawn" and said and not person.descriptor.strip():
        person = characters.amend(person, "descriptor", said)
        if subject not in ("", *UNSAID) and person.subject == characters.ANYBODY:
            person = characters.amend(person, "subject", subject)
        bench.put(characters.TABLE, person.id, person.row())
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
