"""Grids and lists through a real pipeline: every picture is one of its own, the sheet shows them in order."""

import pytest
from PIL import Image

from core.requests import GridRequest
from pipelines.grid.table import lay_out

SMALL = {"prompt": "a girl with red hair", "width": 96, "height": 128}


def run(studio, until, **asked):
    job = studio.submit("grid.table", GridRequest(**{"pipeline": "image.avatar", "request": SMALL, **asked}))
    return job, until(studio, job.id, "done", "failed", "cancelled", timeout=60)


def test_a_grid_makes_single_pictures_and_one_sheet_with_its_family(studio, until):
    job, state = run(studio, until, x="words", x_values="red, blue, green", y="seed", y_values="1, 2")
    assert state == "done", job.error
    *pictures, sheet = job.assets
    records = [studio.assets.record(one) for one in pictures]
    assert len(pictures) == 6 and all(record["pipeline"] == "image.avatar" for record in records)
    assert {record["request"]["prompt"] for record in records} == {f"a girl with {c} hair" for c in
                                                                  ("red", "blue", "green")}
    story = studio.assets.record(sheet)
    assert story["pipeline"] == "grid.table" and set(story["parents"]) == set(pictures)
    size = Image.open(studio.assets.get(sheet).path).size
    assert size[0] > 3 * 96 and size[1] > 2 * 128


def test_sheets_follow_one_another_for_the_third_axis(studio, until):
    job, state = run(studio, until, x="seed", x_values="1,2", z="shape", z_values="square, tall",
                     request={"prompt": "a boy"})
    assert state == "done", job.error
    assert len(job.assets) == 4 + 2


def test_a_list_of_prompts_makes_one_picture_each(studio, until):
    job, state = run(studio, until, prompts=("a girl", "a boy", "a man"))
    assert state == "done", job.error
    titles = {studio.assets.record(one)["request"]["prompt"] for one in job.assets[:-1]}
    assert titles == {"a girl", "a boy", "a man"}


def test_all_pictures_of_a_grid_share_one_seed_unless_seeds_differ(studio, until):
    job, _ = run(studio, until, x="words", x_values="red, blue")
    assert len({studio.assets.record(one)["seed"] for one in job.assets[:-1]}) == 1


@pytest.mark.parametrize(("asked", "said"), [
    ({}, "no axis"), ({"prompts": ("a",), "x": "seed", "x_values": "1"}, "do not go together"),
    ({"x": "steps", "x_values": "1, 9999"}, "Steps")])
def test_a_grid_that_cannot_be_is_told_in_words(studio, until, asked, said):
    job, state = run(studio, until, **asked)
    assert state == "failed" and said in job.error["message"] and not job.assets


def test_a_stopped_grid_keeps_what_was_drawn(studio, until):
    job = studio.submit("grid.table", GridRequest(pipeline="image.avatar", request=SMALL, x="seed", x_values="1-60"))
    revision = -1
    while len(studio.jobs.get(job.id).assets) < 2:
        revision = studio.jobs.wait(revision, 5)
    studio.jobs.cancel(job.id)
    assert until(studio, job.id, "cancelled") == "cancelled"
    assert 2 <= len(job.assets) < 60 and all(studio.assets.get(one).path.is_file() for one in job.assets)


def test_long_labels_are_cut_and_fit(tmp_path):
    path = tmp_path / "one.png"
    Image.new("RGB", (64, 64), "teal").save(path)
    sheet = lay_out({(0, 0): path, (1, 1): path}, ["x" * 300, "b"], ["row one", "row two"], {}, "a title " * 40)
    assert sheet.width < 700


def test_a_grid_without_some_of_its_pictures_still_gets_its_sheet(studio, until):
    job = studio.submit("grid.table", GridRequest(pipeline="image.avatar", request=SMALL, x="seed", x_values="1-40"))
    while not job.notices:
        studio.jobs.wait(studio.jobs.revision, 0.05)
        if job.progress.part:
            studio.jobs.skip(job.id)
    assert until(studio, job.id, "done", "failed", timeout=60) == "done", job.error
    *pictures, sheet = job.assets
    assert len(pictures) == 40 - len(job.notices)
    assert set(studio.assets.record(sheet)["parents"]) == set(pictures)
