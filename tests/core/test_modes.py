"""fast-test makes the same wishes small, says so, and leaves small ones alone."""

import pytest

import pipelines
from core.errors import Missing
from core.modes import NOTICE, SMALL, lighten
from core.requests import REQUESTS, ImageRequest, TrainRequest, UpscaleRequest, read_for
from core.studio import Studio
from tests.conftest import MACHINE


def test_numbers_are_capped_and_what_was_left_to_the_pipeline_is_small():
    drawn = lighten("image", ImageRequest(prompt="a cat", count=40, steps=0, speed="quality"))
    assert (drawn.prompt, drawn.count, drawn.steps, drawn.speed) == ("a cat", 1, 4, "speed")
    taught = lighten("train", TrainRequest(character="Mira", effort="thorough", steps=5000))
    assert (taught.character, taught.effort, taught.steps) == ("Mira", "quick", 8)


def test_what_is_no_number_is_left_for_those_who_say_so():
    asked = read_for("grid", {"request": {"steps": "many"}})
    assert lighten("grid", asked).request["steps"] == "many"


def test_what_is_small_enough_stays_the_same_object():
    asked = UpscaleRequest(pictures=("a",), scale=1.5)
    assert lighten("upscale", asked) is asked
    assert lighten("sheet", read := read_for("sheet", {})) is read


@pytest.mark.parametrize("task", sorted(SMALL))
def test_every_small_wish_is_a_wish_that_its_task_takes(task):
    asked = read_for(task, {})
    assert isinstance(lighten(task, asked), REQUESTS[task])


def test_a_job_of_a_fast_studio_is_small_and_says_so(home):
    studio = Studio(home, pipelines, {"STUDIONOVA_MODE": "fast-test"}, MACHINE)
    try:
        job = studio.submit("image.avatar", ImageRequest(prompt="a girl", count=9))
        assert job.request["count"] == 1 and job.notices == [NOTICE]
        with pytest.raises(Missing, match="fast-test"):
            studio.submit("download.weights", {"what": "sdxl"})
    finally:
        studio.close()


def test_a_usual_studio_changes_nothing(studio):
    assert studio.mode == "production"
    job = studio.submit("image.avatar", ImageRequest(prompt="a girl", count=2))
    assert job.request["count"] == 2 and job.notices == []
