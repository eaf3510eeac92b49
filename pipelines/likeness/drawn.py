"""Likeness of drawn characters, by the starter's own small encoder. Runs anywhere; knows no real faces."""

from typing import Any

from core import characters
from core.bench import Bench
from core.cards import Card
from core.errors import Refused
from core.likeness import Measure, from_row, judge
from core.photos import open_photo
from core.requests import LikenessRequest
from pipelines.kit.measuring import check_asked, look_over, measure_photos

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
    check_asked(request)
    eye = load(bench.weights(CARD.weights[0]))

    def see(picture: Any) -> tuple[list[list[float]], dict[str, Any]]:
        return [[float(v) for v in embed(eye, [picture])[0]]], {}

    def look() -> Measure:
        return measure_photos(bench, person, EYE, eye.threshold, see, LOOKED_AT)

    if request.photos:
        return look_over(bench, person, look)
    measure = from_row(person.likeness)
    if measure is None or measure.eye != EYE:
        measure = look()
    for number, asset in enumerate(request.pictures):
        bench.step(number, len(request.pictures), "Comparing")
        verdict = judge(measure, see(open_photo(bench.open(asset)).picture)[0], person.name)
        bench.note(f"{number + 1}: {verdict.words} Likeness {verdict.score}.")
        if verdict.score is not None:
            bench.measure(**{f"likeness_{number + 1}": verdict.score})
            bench.rate(asset, person.name, verdict.score)
    bench.step(len(request.pictures), len(request.pictures), "Done")
