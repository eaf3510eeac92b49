"""A request becomes widgets and comes back as a request, for every task there is."""

from dataclasses import dataclass, field, fields
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from core.errors import StudioError
from core.knobs import knobs
from core.language import LANGUAGES, Languages
from core.requests import REQUESTS, UpscaleRequest, knob
from ui import form, parts
from ui.page import Page


@dataclass(frozen=True)
class Odd:
    """Every kind of field there is."""

    words: str = knob("", "Words", "Said in full.", kind="long")
    tags: tuple[str, ...] = knob((), "Tags", "One a line.", kind="text")
    kinds: tuple[str, ...] = knob(("a",), "Kinds", "Some of these.", kind="choice", choices=("a", "b"))
    one: str = knob("x", "One", "One of these.", choices=("x", "y"))
    on: bool = knob(True, "On", "Or off.")
    seed: int = knob(-1, "Seed", "A number.", kind="seed", low=-1)
    share: float = knob(0.5, "Share", "How much.", kind="slider", low=0.0, high=1.0, step=0.1, advanced=True)
    options: dict[str, Any] = field(default_factory=dict, metadata={"kind": "options"})


def drawn(studio, task: str, shape: type) -> form.Form:
    with gr.Blocks():
        made = form.draw(Page(studio, Languages(LANGUAGES)), task, shape)
        form.draw_advanced(made)
        return made


def defaults(made: form.Form) -> dict[Any, Any]:
    return {one: one.value for one in made.inputs()}


@pytest.mark.parametrize("task", sorted(REQUESTS))
def test_an_untouched_form_is_the_request_with_its_defaults(studio, task):
    made = drawn(studio, task, REQUESTS[task])
    if made.way is None or not made.way.value:
        pytest.skip("nothing on this computer can do that")
    key, request = made.read(defaults(made))
    assert key.startswith(f"{task}.")
    plain = REQUESTS[task]()
    for f in fields(plain):
        assert getattr(request, f.name) == getattr(plain, f.name), f.name


@pytest.mark.parametrize("task", sorted(REQUESTS))
def test_every_knob_of_every_request_has_a_widget(studio, task):
    with gr.Blocks():
        for f in knobs(REQUESTS[task]):
            if form.kind_of(REQUESTS[task], f) not in form.PICTURES | {"character", "model", "story", "file"}:
                assert form.widget(REQUESTS[task], f).label


def test_each_kind_of_value_comes_back(studio):
    made = drawn(studio, "upscale", Odd)
    values = defaults(made) | {made.widgets["tags"]: "red, blue\ngreen", made.widgets["kinds"]: ["b"],
                               made.widgets["on"]: False, made.widgets["seed"]: 7.0}
    _, request = made.read(values)
    assert request.tags == ("red", "blue", "green") and request.kinds == ("b",)
    assert request.on is False and request.seed == 7 and request.one == "x"


def test_pictures_are_ids_whatever_a_client_sends(studio):
    made = drawn(studio, "upscale", UpscaleRequest)
    well = made.widgets["pictures"]
    for sent, kept in ((["a", "b"], ("a", "b")), ('["c"]', ("c",)), (None, ()), ({"x": 1}, ()), ([1, "d"], ("d",))):
        assert made.read(defaults(made) | {well: sent})[1].pictures == kept


def test_options_of_the_chosen_pipeline_come_along_and_of_no_other(studio):
    made = drawn(studio, "upscale", UpscaleRequest)
    chosen = {made.way: "upscale.lanczos", made.options: {"upscale.lanczos": {"sharpen": 1.0}, "upscale.x": {"x": 2}}}
    values = defaults(made) | chosen
    assert made.read(values)[1].options == {"sharpen": 1.0}


def test_a_value_out_of_bounds_is_a_sentence(studio):
    made = drawn(studio, "upscale", UpscaleRequest)
    with pytest.raises(StudioError, match="Size cannot be 99"):
        made.read(defaults(made) | {made.widgets["scale"]: 99})


def test_what_is_typed_reaches_a_whole_number_rounded_and_a_slider_as_its_end(studio):
    made = drawn(studio, "upscale", Odd)
    assert made.read(defaults(made) | {made.widgets["seed"]: 7.6})[1].seed == 8
    slider = made.widgets["share"]
    assert [parts.pulled(slider, given) for given in (0.2, 7, -1, None, "x")] == [0.2, 1.0, 0.0, 0.5, 0.5]


def test_a_model_that_was_fetched_meanwhile_can_be_chosen_and_brings_the_way_that_draws_with_it(studio):
    page = Page(studio, Languages(LANGUAGES))
    with gr.Blocks() as window:
        made = form.draw(page, "image", REQUESTS["image"], way=False)
        form.draw_advanced(made)
    acts = {fn.fn.__name__: fn.fn for fn in window.fns.values() if fn.fn is not None}
    assert not made.widgets["model"].visible and acts["look"]()["choices"] == [("–", "")]
    tensor = b'{"add_embedding.linear_1.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}'
    file = studio.home.models / "checkpoints" / "xl.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(len(tensor).to_bytes(8, "little") + tensor + bytes(4))
    name = "checkpoints/xl.safetensors"
    assert acts["look"]()["visible"] and acts["look"]()["choices"][1] == ("xl · SDXL", name)
    assert acts["bring"](name) == "image.sdxl"
    assert acts["let_go"]("image.starter", name) == "" and acts["let_go"]("image.sdxl", name) == gr.skip()
    assert made.fill({"model": name})[made.widgets["model"]] == name
    assert made.fill({"model": "checkpoints/gone"})[made.widgets["model"]] == gr.skip()


def test_a_job_can_be_sent_to_another_device_where_there_are_several(home):
    import dataclasses

    import pipelines
    from core.gpus import Gpu
    from core.studio import Studio
    from tests.conftest import MACHINE
    from ui import settings
    from ui.window import build_window

    studio = Studio(home, pipelines, {}, dataclasses.replace(MACHINE, gpus=(Gpu("nvidia", "RTX 5090", 0, 32),)))
    try:
        studio.devices = {"cuda:0": "RTX 5090", "cpu": "a test processor"}
        config = build_window(studio).get_config_file()
        placed = {one["props"].get("elem_id"): one["props"] for one in config["components"]}
        assert [value for _, value in placed["image-where"]["choices"]] == ["", "cuda:0", "cpu"]
        assert [value for _, value in placed["settings-device"]["choices"]] == ["auto", "cuda:0", "cpu"]
        assert len(config["components"]) <= 250
        page = SimpleNamespace(studio=studio, may_change=lambda: True, words=lambda request: lambda key: key)
        change = settings._device_setter(page)
        change("cuda:0", None)
        assert studio.settings.get("devices.policy") == "manual" and settings._device(page) == "cuda:0"
        change("auto", None)
        assert studio.settings.get("devices.policy") == "auto" and settings._device(page) == "auto"
    finally:
        studio.close()
