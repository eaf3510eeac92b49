"""Lanczos and the contact sheet, from request to file and sidecar."""

import pytest
from PIL import Image


def save(studio, size=(40, 30), colour="red", mode="RGB"):
    picture = Image.new(mode, size, colour)
    return studio.assets.save(picture, folder="images", suffix=".png", record={"title": "photo"}).id


def run(studio, until, key, **values):
    job = studio.submit(key, values)
    until(studio, job.id, "done", "failed")
    return job


def test_a_picture_becomes_larger_and_remembers_where_it_came_from(studio, until):
    picture = save(studio)
    job = run(studio, until, "upscale.lanczos", pictures=[picture], scale=2.5)
    assert job.state == "done", job.error
    record = studio.assets.record(job.assets[0])
    with Image.open(studio.assets.get(job.assets[0]).path) as made:
        assert made.size == (100, 75) and made.mode == "RGB"
    assert record["parents"] == [picture] and record["pipeline"] == "upscale.lanczos"
    assert record["request"]["scale"] == 2.5 and record["inputs"][0]["sha256"]
    assert record["job"] == job.id and record["correlation"] == job.correlation


def test_transparency_is_kept(studio, until):
    job = run(studio, until, "upscale.lanczos", pictures=[save(studio, colour=(255, 0, 0, 0), mode="RGBA")], scale=2.0)
    with Image.open(studio.assets.get(job.assets[0]).path) as made:
        assert made.mode == "RGBA" and made.getpixel((5, 5))[3] == 0


def test_several_pictures_make_several_results(studio, until):
    job = run(studio, until, "upscale.lanczos", pictures=[save(studio), save(studio, colour="blue")], scale=2.0)
    assert len(job.assets) == 2


@pytest.mark.parametrize(("key", "values", "words"), [
    ("upscale.lanczos", {"pictures": []}, "no picture"),
    ("sheet.contact", {"pictures": []}, "no pictures"),
])
def test_an_empty_wish_is_answered_in_words(studio, until, key, values, words):
    job = run(studio, until, key, **values)
    assert job.state == "failed" and words in job.error["message"] and job.error["hint"]


def test_a_result_that_would_be_too_large_is_refused_before_it_is_made(studio, until):
    job = run(studio, until, "upscale.lanczos", pictures=[save(studio, (3000, 3000))], scale=8.0)
    assert job.state == "failed" and "24000 × 24000" in job.error["message"]


def test_the_same_wish_gives_the_same_picture(studio, until):
    picture = save(studio)
    both = [run(studio, until, "upscale.lanczos", pictures=[picture], scale=3.0).assets[0] for _ in range(2)]
    assert studio.assets.record(both[0])["sha256"] == studio.assets.record(both[1])["sha256"]


def test_a_sheet_holds_every_picture_in_order(studio, until):
    pictures = [save(studio, colour=colour) for colour in ("#ff0000", "#00ff00", "#0000ff")]
    wish = {"pictures": pictures, "columns": 3, "cell": 64, "captions": ["a", "b", "c"], "title": "T"}
    job = run(studio, until, "sheet.contact", **wish)
    with Image.open(studio.assets.get(job.assets[0]).path) as sheet:
        row = 16 + 56 + 32
        colours = [sheet.getpixel((16 + 32 + n * 80, row)) for n in range(3)]
    assert colours == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    assert studio.assets.record(job.assets[0])["parents"] == pictures
