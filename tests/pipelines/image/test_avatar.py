"""The avatar maker: words and choices become a drawing, and it always says that it is a program."""

import numpy
import pytest
from PIL import Image

pytest.importorskip("skia", reason="the avatar maker draws with skia-python")

from pipelines.starter.artist.recipe import CHOICES  # noqa: E402
from pipelines.starter.artist.wishes import wish  # noqa: E402


def made(studio, until, **values):
    job = studio.submit("image.avatar", values)
    until(studio, job.id, "done", "failed")
    return job


def pixels(studio, asset):
    with Image.open(studio.assets.get(asset).path) as picture:
        return numpy.asarray(picture.convert("RGB"))


def test_words_become_a_picture_that_says_who_drew_it(studio, until):
    job = made(studio, until, prompt="woman with blue hair in a library", seed=4, width=200, height=160)
    assert job.state == "done", job.error
    assert pixels(studio, job.assets[0]).shape == (160, 200, 3)
    record = studio.assets.record(job.assets[0])
    assert record["seed"] == 4 and any("not by a model" in notice for notice in record["notices"])


def test_the_same_seed_draws_the_same_and_the_next_another(studio, until):
    job = made(studio, until, prompt="boy in a park", seed=9, count=2, width=96, height=96)
    again = made(studio, until, prompt="boy in a park", seed=9, width=96, height=96)
    first, second = (pixels(studio, asset) for asset in job.assets)
    assert (first == pixels(studio, again.assets[0])).all() and (first != second).any()


def test_a_choice_in_the_form_wins_over_the_words(studio, until):
    plain = made(studio, until, prompt="girl with red hair", seed=2, width=96, height=96)
    chosen = made(studio, until, prompt="girl with red hair", seed=2, width=96, height=96,
                  options={"hair_colour": "green"})
    assert (pixels(studio, plain.assets[0]) != pixels(studio, chosen.assets[0])).any()


def test_words_it_cannot_draw_are_named_and_no_error(studio, until):
    job = made(studio, until, prompt="a dragon in a castle", seed=1, width=96, height=96)
    assert job.state == "done" and any("dragon" in notice for notice in job.notices)


def test_a_size_that_cannot_be_drawn_is_refused_in_words(studio, until):
    job = made(studio, until, prompt="boy", width=8000, height=64)
    assert job.state == "failed" and "cannot draw" in job.error["message"] and job.error["hint"]


@pytest.mark.parametrize(("words", "expected"), [
    ("a girl with long red hair and green eyes in the rain",
     {"who": "girl", "hair": "long", "hair_colour": "red", "eyes": "green", "place": "rain"}),
    ("blue haired boy wearing a yellow hoodie, angry, in the city at night",
     {"hair_colour": "blue", "outfit": "hoodie", "outfit_colour": "yellow", "expression": "angry", "light": "night"}),
    ("woman, teal hair in twin buns, glasses, kimono",
     {"hair": "twin buns", "hair_colour": "teal", "accessory": "glasses", "outfit": "kimono"}),
    ("old man with a white hat, brown skin", {"who": "grandfather", "accessory_colour": "white", "skin": "brown"}),
    ("empty classroom at dusk", {"who": "nobody", "place": "classroom", "light": "dusk"}),
    ("a beach", {"who": "nobody", "place": "beach"}),
    ("close-up of a boy with spiky hair, blue background", {"framing": "close-up", "backdrop_colour": "blue"}),
])
def test_words_are_understood(words, expected):
    recipe, strange = wish(words, 3)
    assert {name: getattr(recipe, name) for name in expected} == expected
    assert strange == []


def test_every_value_can_be_asked_for_by_its_own_name():
    for name in ("hair", "outfit", "expression", "place"):
        for value in CHOICES[name]:
            if value in ("plain",):
                continue
            words = f"woman, {value} hair" if name == "hair" else f"woman, {value}"
            assert getattr(wish(words, 1)[0], name) == value
