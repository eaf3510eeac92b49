"""Likeness of drawn characters, by the starter's own small encoder. Runs anywhere; knows no real faces."""

from core import characters
from core.bench import Bench
from core.cards import Card
from core.errors import Missing, Refused
from core.likeness import Measure, calibrate, from_row, judge
from core.photos import open_photo
from core.requests import LikenessRequest
from pipelines.kit.photographs import find_dataset

CARD = Card(
    name="Drawn characters",
    task="likeness",
    about="Compares a picture with a drawn character's own photos; says so when it cannot tell.",
    licence="CC0-1.0",
    needs=("torch",),
    weights=("starter/companions/likeness.safetensors",),
)
EYE = "drawn-1"
LOOKED_AT = 512
"""Pixels of a photo that are enough for so small an eye."""


def run(request: LikenessRequest, bench: Bench) -> None:
    from pipelines.kit.likeness_net import embed, load

    person = characters.find(bench.rows(characters.TABLE), request.character)
    if person.kind != "drawn":
        raise Refused(f"{person.name} is not a drawn character, and this eye knows only those.",
                      "Likeness of real faces needs another pipeline.")
    if not request.pictures:
        raise Missing("There are no pictures to judge.", "Choose some in the Library.")
    eye = load(bench.weights(CARD.weights[0]))
    measure = from_row(person.likeness) or _calibrate(person, eye, bench)
    for number, asset in enumerate(request.pictures):
        bench.step(number, len(request.pictures), "Comparing")
        row = [float(v) for v in embed(eye, [open_photo(bench.open(asset)).picture])[0]]
        verdict = judge(measure, [row], person.name)
        bench.note(f"{number + 1}: {verdict.words} Likeness {verdict.score}.")
        if verdict.score is not None:
            bench.measure(**{f"likeness_{number + 1}": verdict.score})
            bench.rate(asset, person.name, verdict.score)
    bench.step(len(request.pictures), len(request.pictures), "Done")


def _calibrate(person: characters.Character, eye: object, bench: Bench) -> Measure:
    """Measured once on the photos and kept with the character."""
    from pipelines.kit.likeness_net import embed

    dataset = find_dataset(bench, person)
    photos, rows = dataset.used if dataset else (), []
    for number, photo in enumerate(photos):  # one at a time: photos are large
        bench.step(number, len(photos), "Looking at the photos")
        seen = open_photo(bench.open(photo.asset), least=LOOKED_AT).picture
        rows.append([float(v) for v in embed(eye, [seen])[0]])  # type: ignore[arg-type]
    measure = calibrate(rows, EYE, eye.threshold)  # type: ignore[attr-defined]
    fresh = characters.find(bench.rows(characters.TABLE), person.id)
    bench.put(characters.TABLE, person.id, {**fresh.row(), "likeness": measure.row()})
    return measure
