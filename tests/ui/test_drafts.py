"""What was typed comes back after a reload, checked like everything from outside."""

import types

import gradio as gr
import pytest

from core.language import LANGUAGES, Languages
from core.requests import UpscaleRequest
from ui import drafts, image
from ui import form as forms
from ui.page import Page

VISITOR = types.SimpleNamespace(headers={})


@pytest.fixture
def page(studio):
    return Page(studio, Languages(LANGUAGES))


@pytest.fixture
def form(page):
    with gr.Blocks():
        made = forms.draw(page, "upscale", UpscaleRequest)
        forms.draw_advanced(made)
    return made


@pytest.fixture
def picture_of(studio):
    from PIL import Image

    def make(owner: str) -> str:
        made = studio.assets.save(Image.new("RGB", (8, 8)), folder="images", suffix=".png", record={"owner": owner})
        return made.id
    return make


def test_a_form_comes_back_as_it_was(form, studio):
    given = {"scale": 3.0, "pictures": [], "way": "upscale.lanczos",
             "options": {"upscale.lanczos": {"sharpen": 1.0}, "upscale.gone": {"x": 1}}}
    back = drafts.refill(form, given, VISITOR)
    assert back[form.widgets["scale"]] == 3.0 and back[form.way] == "upscale.lanczos"
    assert back[form.options] == {"upscale.lanczos": {"sharpen": 1.0}}


def test_what_does_not_exist_any_more_keeps_its_default(form, picture_of):
    mine = picture_of("")
    given = {"scale": 99, "knob_of_last_year": 1, "way": "upscale.gone", "pictures": [mine, "no-such-picture", 7],
             "options": {"upscale.lanczos": {"sharpen": "very"}}, "where": "cuda:9"}
    back = drafts.refill(form, given, VISITOR)
    assert form.widgets["scale"] not in back and form.way not in back
    assert back[form.widgets["pictures"]] == [mine]
    assert not back.get(form.options, {}).get("upscale.lanczos")


def test_a_picture_of_somebody_else_does_not_come_back(page, picture_of):
    mine, other = picture_of("anna"), picture_of("ben")
    visitor = types.SimpleNamespace(headers={"x-studionova-owner": "anna"})
    assert drafts.there(page, [mine, other], visitor) == [mine]


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '{"image": 3}', '{"image": null}'])
def test_whatever_a_browser_sends_is_no_accident(text):
    assert drafts.read_kept(text) == {}


def test_the_whole_of_image_gen_comes_back_with_task_and_picture(page, picture_of):
    with gr.Blocks():
        page.pill, page.character, page.tabs = gr.HTML(), gr.Dropdown(), gr.Tabs()
        made = image.build(page)
        image.wire(page, made)
    mine = picture_of("")
    given = {"task": "part", "given": [mine], "prompt": "a fox", "strength": 0.3, "times": "many", "x": "seed",
             "x_values": "1, 2", "painter": {"mask": "data:x", "soft": 9}, "list_kind": "style", "list_text": "misty"}
    back = page.drafts["image"].refill(given, VISITOR)
    assert back[made.task] == "part" and back[made.given] == [mine]
    assert back[made.form.widgets["prompt"]] == "a fox"
    painted = back[made.pieces["painter"]]
    assert painted["visible"] and painted["value"]["picture"] == mine and painted["value"]["mask"] == "data:x"
    assert back[made.pieces["strength"]]["value"] == 0.3 and "value" not in back[made.pieces["times"]]
    assert back[made.several.axes["x"]] == "seed" and back[made.several.lists["text"]].value == "misty"
    assert set(back) <= set(page.drafts["image"].outputs)


def test_every_form_of_the_window_is_kept_and_nothing_of_settings(studio):
    from ui.window import build_window

    kept = [str(one["js"]) for one in build_window(studio).get_config_file()["dependencies"]
            if "keepDraft" in str(one.get("js"))]
    for name in ("characters", "image", "train", "upscale"):
        assert any(f'keepDraft("{name}"' in js for js in kept), name
    assert len(kept) == 4 + any(not entry.unavailable for entry in studio.catalog.find("video"))
