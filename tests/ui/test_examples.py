"""Finished examples: their pictures are here, nobody can ask for another file, and each one begins something."""

import types

import pytest
from PIL import Image

from core import casting
from core.language import shipped
from core.requests import REQUESTS
from ui import examples, strip, training, upscale
from ui.page import Page

VISITOR = types.SimpleNamespace(headers={})


@pytest.fixture
def page(studio):
    return Page(studio, shipped())


def test_every_picture_of_an_example_is_there_and_nothing_else_is_served():
    for name, path in examples.PICTURES.items():
        with Image.open(path) as picture:
            assert min(picture.size) >= 128, name
        assert examples.served(name).path == path
    assert [examples.served(name).status_code for name in ("../app.py", "learned.webp", "")] == [404, 404, 404]


@pytest.mark.parametrize("language", ["en", "es", "ja", "de"])
def test_an_empty_tab_shows_only_examples_that_are_served(page, language):
    for name, button in (("upscale", 'data-act="lay"'), ("image", 'data-make="example"'),
                         ("training", 'data-act="meet"')):
        html = strip.slot(page, name, (name,)).draw(None, shipped()[language])
        assert button in html and html.count("example/") == sum(f'"example/{one}"' in html for one in examples.PICTURES)
    assert html.count("example/") == len(examples.PHOTOS) + 1


def test_the_words_of_the_example_fill_the_form_with_what_drew_it(studio):
    wish = examples.wish()
    assert wish.pipeline in studio.catalog.entries and set(wish.values) <= set(REQUESTS["image"].__dataclass_fields__)
    assert "rooftop" in wish.values["prompt"] and wish.values["shape"] == "landscape"


def test_the_small_picture_is_laid_in_once_and_the_large_one_is_four_times_that(page, studio):
    ids = upscale.lay_example(page, ["another"], VISITOR)
    assert upscale.lay_example(page, ids, VISITOR) == ids == ["another", ids[1]]
    assert studio.assets.record(ids[1])["title"] == "Mira"
    small, larger = (Image.open(examples.PICTURES[name]).size for name in ("small", "larger"))
    assert larger == tuple(4 * side for side in small)


def test_a_video_tab_that_can_make_no_film_shows_stills_and_no_film(page):
    html = examples.stills(shipped()["en"])
    assert html.count("<img") == html.count("example/") == len(examples.STILLS) and "<video" not in html


def test_mira_is_met_once_and_then_only_chosen(page, monkeypatch):
    monkeypatch.setattr("gradio.Info", lambda *said: None)
    chips = [training.meet(page, VISITOR) for _ in range(2)]
    assert [chip.value for chip in chips] == [casting.EXAMPLE_NAME] * 2
    assert len(page.studio.store.rows("characters")) == 1
