"""Plans of many pictures: axes as people type them, and an order that switches least."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused, StudioError, TooBig
from core.grids import Axis, axes, list_cells, plan, read_axis, read_list, split
from core.knobs import plain
from core.requests import ImageRequest

BASE = plain(ImageRequest(prompt="a cat in the rain", seed=1))


@pytest.mark.parametrize(("name", "text", "values"), [
    ("steps", "5, 10,20", (5, 10, 20)), ("steps", "1-4", (1, 2, 3, 4)), ("steps", "1-10 (+3)", (1, 4, 7, 10)),
    ("guidance", "0-1 [5]", (0.0, 0.25, 0.5, 0.75, 1.0)), ("steps", "4-1", (4, 3, 2, 1)), ("seed", "-1", (-1,)),
    ("sampler", "euler, Heun", ("Euler", "Heun")), ("tiling", "yes, no", (True, False)),
    ("words", '"a, b", c', ("a, b", "c")), ("shape", "square\ntall", ("square", "tall")),
    ("styles", "Night + Portrait\nNight", (("Night", "Portrait"), ("Night",))),
    ("lora_strength", "0, 0.5, 1", (0.0, 0.5, 1.0))])
def test_values_are_read_as_people_type_them(name, text, values):
    assert read_axis(name, text).values == values


@pytest.mark.parametrize(("name", "text", "said"), [
    ("steps", "many", "no number"), ("steps", "inf", "no number"), ("guidance", "1-" + "9" * 400, "no number"),
    ("sampler", "magic", "knows no"), ("steps", "", "no values"),
    ("words", "cat", "exchanges nothing"), ("picture", "x", "cannot be an axis"), ("steps", "1-9999", "values")])
def test_what_cannot_be_an_axis_is_said_in_words(name, text, said):
    with pytest.raises(StudioError, match=said):
        read_axis(name, text)


def test_every_axis_but_pictures_and_words_is_there():
    assert {"", "words", "seed", "model", "sampler", "lora_strength", "character"} <= set(axes())
    assert not {"picture", "mask", "reference", "count", "prompt", "options"} & set(axes())


def test_a_grid_has_every_pair_once_and_switches_models_least():
    cells = plan(BASE, Axis("model", ("a", "b", "c")), Axis("seed", (1, 2)), None)
    assert len({cell.place for cell in cells}) == 6
    models = [cell.values["model"] for cell in cells]
    assert models == sorted(models), "each model is loaded once"
    other = plan(BASE, Axis("seed", (1, 2)), Axis("model", ("a", "b", "c")), None)
    assert [cell.values["model"] for cell in other] == models


def test_words_are_found_and_replaced_everywhere_in_the_prompt():
    cells = plan({**BASE, "negative": "a cat"}, read_axis("words", "cat, dog"), None, None)
    assert [cell.values["prompt"] for cell in cells] == ["a cat in the rain", "a dog in the rain"]
    assert cells[1].values["negative"] == "a dog"
    with pytest.raises(Refused, match="does not stand in the prompt"):
        plan(BASE, read_axis("words", "horse, dog"), None, None)


def test_the_same_knob_twice_and_too_many_pictures_are_refused():
    with pytest.raises(Refused, match="two axes"):
        plan(BASE, Axis("steps", (1,)), Axis("steps", (2,)), None)
    with pytest.raises(TooBig, match="would be 289"):
        plan(BASE, Axis("seed", tuple(range(17))), Axis("steps", tuple(range(1, 18))), None)


def test_a_value_out_of_bounds_is_told_before_anything_is_drawn():
    with pytest.raises(StudioError, match="Steps"):
        plan(BASE, Axis("steps", (10, 1000)), None, None)


def test_a_list_has_a_picture_for_each_line():
    prompts = read_list("a cat\n\n# not this\n a dog \n")
    cells = list_cells(BASE, prompts, 2)
    assert [cell.values["prompt"] for cell in cells] == ["a cat", "a dog"]
    assert [cell.place for cell in cells] == [(0, 0, 0), (1, 0, 0)]
    with pytest.raises(TooBig):
        read_list("x\n" * 1000)


@given(st.text(max_size=300), st.sampled_from(axes()))
def test_any_text_is_values_or_a_sentence(text, name):
    try:
        axis = read_axis(name, text)
    except StudioError:
        return
    assert axis is None or len(axis.labels) == len(axis.values) <= 64
    assert len(split(text)) <= len(text) + 1
