"""Likeness of real faces: YuNet finds them, SFace tells them apart, both through OpenCV. Nothing leaves this computer.

Judges the face alone; body and clothes are not scored. Where no face is seen it says so and gives no number.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core import characters, datasets
from core.bench import Bench
from core.cards import Card
from core.errors import Missing, Refused
from core.likeness import Measure, calibrate, from_row, judge
from core.photo_checks import strangers
from core.photos import open_photo
from core.requests import LikenessRequest

FINDER, TELLER = "faces/face_detection_yunet_2023mar.onnx", "faces/face_recognition_sface_2021dec.onnx"
CARD = Card(
    name="Real faces",
    task="likeness",
    about="Compares the face in a picture with a person's own photos; says so when it sees none.",
    licence="MIT AND Apache-2.0",
    needs=("cv2", "numpy"),
    weights=(FINDER, TELLER),
    rank=6,
)
EYE = "sface-1"
STRANGER = 0.363
"""Cosine likeness that strangers seldom reach with SFace, as its makers published it."""
SIDE = 960
"""Longest side on which faces are looked for."""
SURE = 0.7


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


class Eye:
    """Both networks, loaded once for a job. `faces` are rows of length one; `boxes` in pixels of the picture."""

    def __init__(self, bench: Bench) -> None:
        import cv2

        try:
            finder, teller = bench.weights(FINDER), bench.weights(TELLER)
        except Missing as missing:
            raise Missing("Likeness of real faces needs two small files that are not on this computer.",
                          f"Get {Path(FINDER).name} and {Path(TELLER).name} of OpenCV's model zoo, and put them "
                          "into models/faces.") from missing
        self._finder = cv2.FaceDetectorYN.create(str(finder), "", (320, 320), SURE)
        self._teller = cv2.FaceRecognizerSF.create(str(teller), "")
        self.boxes: list[tuple[float, float, float, float]] = []

    def faces(self, picture: Any) -> list[list[float]]:
        """Every face of a picture as the network tells faces apart, the largest first."""
        import numpy

        small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE))
        pixels = numpy.ascontiguousarray(numpy.asarray(small)[:, :, ::-1])
        self._finder.setInputSize(small.size)
        found = self._finder.detect(pixels)[1]
        rows = sorted([] if found is None else list(found), key=lambda row: -float(row[2] * row[3]))
        ratio = picture.width / small.width
        self.boxes = [tuple(float(v) * ratio for v in (r[0], r[1], r[0] + r[2], r[1] + r[3])) for r in rows]
        return [unit(self._teller.feature(self._teller.alignCrop(pixels, row)).ravel()) for row in rows]


def unit(row: Sequence[float]) -> list[float]:
    length = sum(float(v) ** 2 for v in row) ** 0.5 or 1.0
    return [float(v) / length for v in row]


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
