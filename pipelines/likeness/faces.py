"""Likeness of real faces: YuNet finds them, SFace tells them apart, both through OpenCV. Nothing leaves this computer.

Judges the face alone; body and clothes are not scored. Where no face is seen it says so and gives no number.
"""

from typing import Any

from core import characters
from core.bench import Bench
from core.cards import Card
from core.errors import Refused
from core.likeness import Measure, from_row, judge
from core.photos import open_photo
from core.requests import LikenessRequest
from pipelines.kit.face_eye import EYE, FINDER, STRANGER, TELLER, Eye
from pipelines.kit.measuring import check_asked, look_over, measure_photos

CARD = Card(
    name="Real faces",
    task="likeness",
    about="Compares the face in a picture with a person's own photos; says so when it sees none.",
    licence="MIT AND Apache-2.0",
    needs=("cv2", "numpy"),
    weights=(FINDER, TELLER),
    rank=6,
)


def run(request: LikenessRequest, bench: Bench) -> None:
    person = characters.find(bench.rows(characters.TABLE), request.character)
    if person.kind == "drawn":
        raise Refused(f"{person.name} is drawn, and this eye knows only real faces.",
                      "Drawn characters have an eye of their own.")
    check_asked(request)
    eye = Eye(bench)

    def see(picture: Any) -> tuple[list[list[float]], dict[str, Any]]:
        return eye.faces(picture), {"faces": list(eye.boxes)}

    def look() -> Measure:
        return measure_photos(bench, person, EYE, STRANGER, see)

    if request.photos:
        return look_over(bench, person, look)
    measure = from_row(person.likeness)
    if measure is None or measure.eye != EYE:
        measure = look()
    for number, asset in enumerate(request.pictures):
        bench.step(number, len(request.pictures), "Comparing")
        verdict = judge(measure, eye.faces(open_photo(bench.open(asset)).picture), person.name)
        if verdict.score is None:
            bench.note(f"{number + 1}: {verdict.words}")
            continue
        bench.note(f"{number + 1}: {verdict.words} Likeness {verdict.score}.")
        bench.measure(**{f"likeness_{number + 1}": verdict.score})
        bench.rate(asset, person.name, verdict.score)
    bench.step(len(request.pictures), len(request.pictures), "Done")
