"""Likeness of real faces: YuNet finds them, SFace tells them apart, both through OpenCV. Nothing leaves this computer.

Judges the face alone; body and clothes are not scored. Where no face is seen it says so and gives no number.
"""

from typing import Any

from core import characters, datasets
from core.bench import Bench
from core.cards import Card
from core.errors import Missing, Refused
from core.likeness import Measure, calibrate, from_row, judge
from core.photo_checks import strangers
from core.photos import open_photo
from core.requests import LikenessRequest
from pipelines.kit.face_eye import EYE, FINDER, STRANGER, TELLER, Eye
from pipelines.kit.photographs import amend, find_dataset

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
    dataset = find_dataset(bench, person)
    photos = dataset.used if dataset else ()
    rows: dict[str, list[float]] = {}
    facts: dict[str, dict[str, Any]] = {}
    for number, photo in enumerate(photos):
        bench.step(number, len(photos), "Looking at the photos")
        faces = eye.faces(open_photo(bench.open(photo.asset)).picture)
        facts[photo.asset] = {"faces": list(eye.boxes)}
        if faces:
            rows[photo.asset] = faces[0]
    measure = calibrate(list(rows.values()), EYE, STRANGER)
    odd = strangers({asset: sum(a * b for a, b in zip(face, measure.centre, strict=True))
                     for asset, face in rows.items()})
    for asset in facts:
        facts[asset]["stranger"] = asset in odd
    amend(bench, person, lambda fresh: datasets.add_facts(fresh, facts))
    fresh = characters.find(bench.rows(characters.TABLE), person.id)
    bench.put(characters.TABLE, person.id, {**fresh.row(), "likeness": measure.row()})
    return measure
