"""Loose values become checked requests, or a sentence."""

import pytest

from core.errors import StudioError
from core.knobs import knobs, plain, read
from core.requests import REQUESTS, SheetRequest, UpscaleRequest, read_for


@pytest.mark.parametrize("task", REQUESTS)
def test_a_request_survives_being_written_and_read(task):
    request = read_for(task, {})
    assert read_for(task, plain(request)) == request


@pytest.mark.parametrize("task", REQUESTS)
def test_each_knob_says_what_it_is_in_plain_words(task):
    for field in knobs(REQUESTS[task]):
        assert field.metadata["label"] and field.metadata["help"].strip()[-1] in ".!?", field.name


@pytest.mark.parametrize(("values", "words"), [
    ({"scale": 99}, "Size cannot be 99"), ({"scale": "much"}, "Size"), ({"scale": float("nan")}, "Size"),
    ({"pictures": 5}, "Pictures"), ({"colour": "red"}, "does not know colour"),
])
def test_a_wrong_value_is_named(values, words):
    with pytest.raises(StudioError, match=words):
        read(UpscaleRequest, values)


def test_lists_from_json_become_tuples():
    assert read(SheetRequest, {"pictures": ["a", "b"]}).pictures == ("a", "b")


def test_an_unknown_task_is_named():
    with pytest.raises(StudioError, match="no task called 'nothing'"):
        read_for("nothing", {})
