"""Likeness of real faces: what is said without the weights, without a face, with two people, and of a stranger."""

import pytest
from PIL import Image

from core import casting, characters, datasets, photo_checks
from core.requests import LikenessRequest
from pipelines.kit.face_eye import unit
from pipelines.likeness import faces


def a_person(studio, colours):
    shots = [studio.assets.save(Image.new("RGB", (600, 600 + n), colour), folder="images", suffix=".png",
                                record={"title": colour}).id for n, colour in enumerate(colours)]
    return casting.create(studio, "Ada", shots, whose="given")[0]


@pytest.fixture
def seeing(monkeypatch):
    """An eye that tells faces by the colour of a picture: the real one's files are not in the repository."""
    known = {"red": [[1.0, 0.0, 0.0]], "maroon": [[0.98, 0.2, 0.0]], "blue": [[0.0, 1.0, 0.0]], "black": [],
             "purple": [[0.99, 0.1, 0.0], [0.0, 0.0, 1.0]]}
    by_pixel = {Image.new("RGB", (1, 1), name).getpixel((0, 0)): [unit(r) for r in rows]
                for name, rows in known.items()}

    class Eye:
        def __init__(self, bench):
            self.boxes = []

        def faces(self, picture):
            rows = by_pixel[picture.getpixel((1, 1))]
            self.boxes = [(10.0, 10.0, 200.0, 220.0)] * len(rows)
            return rows

    monkeypatch.setattr(faces, "Eye", Eye)


def test_without_its_files_it_says_what_to_get_and_judges_nothing(studio, until):
    person = a_person(studio, ["red", "maroon", "red"])
    job = studio.submit("likeness.faces", LikenessRequest(pictures=person.photos[:1], character="Ada"))
    assert until(studio, job.id, "done", "failed") == "failed"
    assert "two small files" in job.error["message"] and "models/faces" in job.error["hint"]


def test_a_picture_without_a_face_gets_no_number(studio, seeing, until):
    a_person(studio, ["red", "maroon", "red"])
    shown = [studio.assets.save(Image.new("RGB", (64, 64), colour), folder="images", suffix=".png", record={}).id
             for colour in ("red", "blue", "black")]
    job = studio.submit("likeness.faces", LikenessRequest(pictures=tuple(shown), character="Ada"))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    rated = [studio.assets.record(asset).get("likeness") for asset in shown]
    assert rated[0]["Ada"] >= 80 and rated[1]["Ada"] == 0 and rated[2] is None
    assert "Can't tell" in job.notices[2]


def test_photos_without_a_face_with_two_people_and_of_a_stranger_are_found(studio, seeing, until):
    a_person(studio, ["red", "maroon", "red", "red", "maroon", "purple", "black", "blue"])
    job = studio.submit("likeness.faces", LikenessRequest(
        pictures=characters.find(studio.store.rows("characters"), "Ada").photos[:1], character="Ada"))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    person = characters.find(studio.store.rows("characters"), "Ada")
    dataset = datasets.from_row(studio.store.get("datasets", person.dataset))
    found = {one.kind: one for one in photo_checks.check(dataset, 512)}
    assert {"no face", "two people", "stranger"} <= set(found)
    assert found["two people"].repair == "crop to face" and "2 faces" in found["two people"].sentence
    mended = photo_checks.mend(dataset, found["two people"])
    assert next(p for p in mended.photos if p.asset == found["two people"].asset).crop != datasets.WHOLE


def test_the_networks_are_built_from_opencv_of_this_computer():
    cv2 = pytest.importorskip("cv2")
    assert hasattr(cv2, "FaceDetectorYN") and hasattr(cv2, "FaceRecognizerSF")


def test_photos_are_compared_without_a_picture_to_judge_and_too_few_are_no_failure(studio, seeing, until):
    a_person(studio, ["red", "maroon", "red", "red", "maroon", "blue"])
    ended = []
    for photos in (6, 2):
        person = characters.find(studio.store.rows("characters"), "Ada")
        dataset = datasets.from_row(studio.store.get("datasets", person.dataset))
        for photo in dataset.photos[photos:]:
            dataset = datasets.change(dataset, photo.asset, use=False)
        casting.keep(studio, person, dataset)
        job = studio.submit("likeness.faces", LikenessRequest(character="Ada", photos=True))
        assert until(studio, job.id, "done", "failed") == "done", job.error
        ended.append(" ".join(job.notices))
    assert "1 photos may be of somebody else" in ended[0] and "too few" in ended[1]
    found = [one.kind for one in photo_checks.check(datasets.from_row(studio.store.get("datasets", person.dataset)),
                                                    512)]
    assert "stranger" not in found, "the one that is not used any more"
