"""What a job finds out about photos goes onto the rows as they are by then."""

import threading

from PIL import Image

from core import casting, datasets
from core.requests import CaptionRequest, LikenessRequest
from pipelines.kit import captioning, measuring
from pipelines.likeness import faces


def someone(studio, count):
    shots = [studio.assets.save(Image.new("RGB", (64, 64 + n)), folder="images", suffix=".png", record={}).id
             for n in range(count)]
    return casting.create(studio, "Ada", shots)[0]


def photos_of(studio, person):
    return datasets.from_row(studio.store.get(datasets.TABLE, person.dataset)).photos


def write_words(studio, person, text):
    dataset = datasets.from_row(studio.store.get(datasets.TABLE, person.dataset))
    first = dataset.photos[0].asset
    studio.store.put(datasets.TABLE, dataset.id, datasets.set_captions(dataset, {first: text}).row())


def test_words_that_a_person_writes_while_faces_are_looked_at_stay(studio, until, monkeypatch):
    person = someone(studio, 3)
    studio.store.put("characters", person.id, {**person.row(), "kind": "person"})

    class Eye:
        boxes = [(0.0, 0.0, 9.0, 9.0)]

        def __init__(self, bench):
            write_words(studio, person, "written meanwhile")

        def faces(self, picture):
            return [[1.0, 0.0]]

    real = measuring.calibrate

    def calibrate(*given):
        write_words(studio, person, "written still later")
        return real(*given)

    monkeypatch.setattr(faces, "Eye", Eye)
    monkeypatch.setattr(measuring, "calibrate", calibrate)
    job = studio.submit("likeness.faces", LikenessRequest(pictures=person.photos[:1], character="Ada"))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    kept = photos_of(studio, person)
    assert kept[0].caption == "written still later" and all("faces" in photo.facts for photo in kept)


def test_captions_made_before_it_was_stopped_are_kept(studio, until, monkeypatch):
    from pipelines.caption import reader

    person, second, stopped = someone(studio, 3), threading.Event(), threading.Event()
    said = iter(["one", "two", "three"])

    def describe(request, bench, _):
        def read(picture):
            word = next(said)
            if word == "two":
                second.set()
                stopped.wait(10)
            return word

        captioning.describe_photos(request, bench, read)

    monkeypatch.setattr(reader, "knows", lambda *given: True)
    monkeypatch.setattr(reader, "describe_photos", describe)
    job = studio.submit("caption.reader", CaptionRequest(character="Ada"))
    assert second.wait(30)
    studio.jobs.cancel(job.id)
    stopped.set()
    assert until(studio, job.id, "cancelled", "failed", "done") == "cancelled"
    assert [photo.caption for photo in photos_of(studio, person)] == ["one", "two", ""]


def test_words_that_a_person_writes_while_photos_are_described_stay(studio, until, monkeypatch):
    from pipelines.caption import reader

    person = someone(studio, 2)

    def describe(request, bench, _):
        def read(picture):
            write_words(studio, person, "mine")
            return "the machine's"

        captioning.describe_photos(request, bench, read)

    monkeypatch.setattr(reader, "knows", lambda *given: True)
    monkeypatch.setattr(reader, "describe_photos", describe)
    for again in (False, True):
        job = studio.submit("caption.reader", CaptionRequest(character="Ada", again=again))
        assert until(studio, job.id, "done", "failed") == "done", job.error
        assert [photo.caption for photo in photos_of(studio, person)] == ["the machine's" if again else "mine",
                                                                         "the machine's"]


def test_a_character_that_is_deleted_meanwhile_breaks_nothing(studio, until, monkeypatch):
    from pipelines.caption import reader

    person = someone(studio, 1)

    def describe(request, bench, _):
        def read(picture):
            studio.store.drop(datasets.TABLE, person.dataset)
            return "gone"

        captioning.describe_photos(request, bench, read)

    monkeypatch.setattr(reader, "knows", lambda *given: True)
    monkeypatch.setattr(reader, "describe_photos", describe)
    job = studio.submit("caption.reader", CaptionRequest(character="Ada"))
    assert until(studio, job.id, "done", "failed") == "done", job.error
