"""A ComfyUI server as a back end, old and new, against one that speaks the documented protocol."""

import numpy
import pytest
from PIL import Image

pytest.importorskip("websockets")

from core.recipes.picture import read_recipe  # noqa: E402
from pipelines.kit import comfy_server  # noqa: E402
from tests.pipelines.image.fake_comfy import FakeComfy  # noqa: E402


@pytest.fixture(params=["new", "old", "silent"])
def comfy(request, studio, monkeypatch):
    monkeypatch.setattr(comfy_server, "PATIENCE", 0.05)
    with FakeComfy(jobs=request.param != "old", talks=request.param != "silent") as server:
        studio.settings.set("servers.comfyui", server.url)
        yield server


def run(studio, until, *states, **values):
    job = studio.submit("image.comfyui", {"prompt": "a cat", "seed": 7, **values})
    until(studio, job.id, *(states or ("done", "failed")), timeout=30)
    return job


def test_a_picture_comes_back_with_its_story(studio, until, comfy):
    job = run(studio, until, prompt="a (cat:1.2) <lora:red_hat:0.5:0.8>", negative="dog", sampler="Euler",
              schedule="Karras", steps=9, guidance=5, width=640, height=512, clip_skip=2)
    assert job.state == "done", job.error
    graph = comfy.graphs[0]
    assert graph["1"]["inputs"]["ckpt_name"] == "sub/painter.safetensors"
    assert graph["lora0"]["inputs"] == {"model": ["1", 0], "clip": ["1", 1], "lora_name": "hats\\red_hat.safetensors",
                                        "strength_model": 0.8, "strength_clip": 0.5}
    sampler = graph["6"]["inputs"]
    assert (sampler["seed"], sampler["steps"], sampler["cfg"], sampler["denoise"]) == (7, 9, 5, 1.0)
    assert (sampler["sampler_name"], sampler["scheduler"]) == ("euler", "karras")
    assert graph["5"]["inputs"] == {"width": 640, "height": 512, "batch_size": 1}
    assert graph["clip"]["inputs"]["stop_at_clip_layer"] == -2 and graph["3"]["inputs"]["clip"] == ["clip", 0]
    asset = studio.assets.get(job.assets[0])
    recipe = read_recipe(asset.path)
    assert (recipe.tool, recipe.seed, recipe.negative, recipe.steps) == ("StudioNova", 7, "dog", 9)
    assert studio.assets.record(asset.id)["weights"][0]["name"] == "sub/painter"
    if comfy.talks:
        assert job.progress.preview.startswith(b"\xff\xd8")


def test_each_picture_has_the_next_seed(studio, until, comfy):
    job = run(studio, until, count=2)
    assert [graph["6"]["inputs"]["seed"] for graph in comfy.graphs] == [7, 8] and len(job.assets) == 2


def test_a_start_and_a_part_are_sent_along(studio, until, comfy):
    start = studio.assets.save(Image.new("RGB", (64, 64), "red"), folder="images", suffix=".png", record={}).id
    white = Image.new("L", (64, 64))
    white.paste(255, (0, 0, 20, 20))
    mask = studio.assets.save(white, folder="images", suffix=".png", record={}).id
    job = run(studio, until, picture=start, mask=mask, strength=0.5)
    assert job.state == "done", job.error
    graph = comfy.graphs[0]
    assert graph["start"]["inputs"]["image"].startswith("(1) studionova-"), "the name that the server gave it"
    assert graph["6"]["inputs"]["denoise"] == 0.5 and graph["6"]["inputs"]["latent_image"] == ["part", 0]
    assert len(comfy.uploads) == 2 and studio.assets.record(job.assets[0])["parents"] == [start, mask]
    empty = studio.assets.save(Image.new("L", (64, 64)), folder="images", suffix=".png", record={}).id
    assert "Nothing is marked" in run(studio, until, picture=start, mask=empty).error["message"]


def test_a_stop_stops_it_on_the_server_too(studio, until, comfy):
    comfy.hold = True
    job = run(studio, until, "running")
    while not comfy.running:
        until(studio, job.id, "running")
    studio.jobs.cancel(job.id)
    assert until(studio, job.id, "cancelled", "failed", timeout=20) == "cancelled"
    assert len(comfy.cancelled) == 1


def test_what_the_server_says_is_wrong_is_said_on(studio, until, comfy):
    comfy.fails = "CUDA out of memory"
    assert "CUDA out of memory" in run(studio, until).error["message"]
    assert "KSampler: Value too big steps" in run(studio, until, steps=120).error["message"]


@pytest.mark.parametrize("values, word", [({"prompt": "<lora:blue_hat>"}, "LoRA"), ({"sampler": "LMS"}, "sampler"),
                                          ({"options": {"checkpoint": "paintr"}}, "checkpoint")])
def test_what_the_server_does_not_have_is_said_before_it_is_queued(studio, until, values, word):
    with FakeComfy() as comfy:
        studio.settings.set("servers.comfyui", comfy.url)
        job = run(studio, until, **values)
    assert job.state == "failed" and word in job.error["message"] and comfy.graphs == []


@pytest.mark.parametrize("address, word", [("", "No ComfyUI server"), ("http://127.0.0.1:9", "does not answer"),
                                           ("ftp://x", "no address")])
def test_without_a_server_it_says_what_to_do(studio, until, address, word):
    studio.settings.set("servers.comfyui", address)
    job = run(studio, until)
    assert job.state == "failed" and word in job.error["message"] and "Settings" in job.error["hint"] or address == "ftp://x"


def test_strange_messages_are_no_pictures():
    for message in (b"", b"\0\0\0\1", b"\0\0\0\3textabcd", b"\0\0\0\1\0\0\0\1not a jpeg", numpy.bytes_(b"\xff" * 40)):
        assert comfy_server.read_preview(bytes(message)) is None
