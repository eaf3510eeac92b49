"""Likeness of real faces: YuNet finds them, SFace tells them apart, both through OpenCV. Nothing leaves this computer.

Judges the face alone; body and clothes are not scored. Where no face is seen it says so and gives no number.
"""

from core import characters, datasets
from core.bench import Bench
from core.cards import Card
from core.errors import Missing, Refused
from core.likeness import Measure, calibrate, from_row, judge
from core.photo_checks import strangers
from core.photos import open_photo
from core.requests import LikenessRequest
from pipelines.kit.face_eye import EYE, FINDER, STRANGER, TELLER, Eye

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
    if not request.pictures:
        raise Missing("There are no pictures to judge.", "Choose some in the Library.")
    eye = Eye(bench)
    measure = from_row(person.likeness)
    if measure is None or measure.eye != EYE:
        measure = _calibrate(person, eye, bench)
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


def _calibrate(person: characters.Character, eye: Eye, bench: Bench) -> Measure:
    """Measured once on the photos: whose faces are where, who may be a stranger, and what alike means for this one."""
    row = next((r for r in bench.rows(datasets.TABLE) if r["id"] == person.dataset), None)
    dataset = datasets.from_row(row) if row else datasets.new_dataset(person.id)
    rows: dict[str, list[float]] = {}
    for number, photo in enumerate(dataset.used):
        bench.step(number, len(dataset.used), "Looking at the photos")
        faces = eye.faces(open_photo(bench.open(photo.asset)).picture)
        dataset = datasets.change(dataset, photo.asset, facts={**photo.facts, "faces": list(eye.boxes)})
        if faces:
            rows[photo.asset] = faces[0]
    measure = calibrate(list(rows.values()), EYE, STRANGER)
    odd = strangers({asset: sum(a * b for a, b in zip(face, measure.centre, strict=True))
                     for asset, face in rows.items()})
    for photo in dataset.used:
        dataset = datasets.change(dataset, photo.asset, facts={**photo.facts, "stranger": photo.asset in odd})
    if row:
        bench.put(datasets.TABLE, dataset.id, dataset.row())
    fresh = characters.find(bench.rows(characters.TABLE), person.id)
    bench.put(characters.TABLE, person.id, {**fresh.row(), "likeness": measure.row()})
    return measure
