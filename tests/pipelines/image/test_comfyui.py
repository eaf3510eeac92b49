"""A ComfyUI server as a back end, old and new, against one that speaks the documented protocol."""

import numpy
import pytest
from PIL import Image

pytest.importorskip("websockets")

from core.errors import StudioError  # noqa: E402
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
    made = numpy.asarray(Image.open(studio.assets.get(job.assets[0]).path))
    assert (made[30:, 30:] == (255, 0, 0)).all() and (made[5, 5] != (255, 0, 0)).any(), "the rest stays as it was"
    larger = run(studio, until, picture=start, extend=(0, 0, 32, 0))
    assert Image.open(studio.assets.get(larger.assets[0]).path).size == (96, 64)
    assert comfy.graphs[1]["6"]["inputs"]["denoise"] == 1.0
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


CHECKPOINTS = b'{"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": %s}}}}'


def bomb():
    """A picture of 12,000 pixels a side, as far as its header goes."""
    import struct
    import zlib

    parts = [b"IHDR" + struct.pack(">IIBBBBB", 12_000, 12_000, 8, 2, 0, 0, 0), b"IDAT"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one))
                                          for one in parts)


@pytest.mark.parametrize("path, answer, word", [
    ("/system_stats", b"x" * 16_000_001, "more than 16 MB"),
    ("/system_stats", b"[" * 100_000, "is not ComfyUI"),
    ("/object_info/", b"[]", "has no KSampler"),
    ("/object_info/Checkpoint", CHECKPOINTS % b'["x"]', "no checkpoint at all"),
    ("/object_info/Checkpoint", CHECKPOINTS % b"[[7, null, \"\\u0000\"]]", "no checkpoint at all"),
    ("/object_info/Checkpoint", CHECKPOINTS % b"[]", "has no CheckpointLoaderSimple"),
    ("/upload/image", b"[]", "where it put"), ("/upload/image", b'{"name": 7}', "where it put"),
    ("/upload/image", b'{"name": "%s"}' % (b"x" * 501), "where it put"), ("/upload/image", b"<html>", "is not ComfyUI"),
    ("/upload/image", b'{"name": "a", "subfolder": ["b"]}', "where it put"),
    ("/prompt", b"[]", "knows nothing of this job"), ("/prompt", b'{"prompt_id": "../../x"}', "knows nothing"),
    ("/api/jobs/", b'{"status": "completed", "outputs": {"8": {"images": {"a": 1}}}}', "gave no picture"),
    ("/api/jobs/", b'{"status": "failed", "execution_error": "no"}', "could not draw"),
    ("/view", b"GIF89a" + bytes(40), "is no picture"), ("/view", bomb(), "12000 × 12000"),
])
def test_what_a_server_answers_is_looked_at_before_it_is_believed(studio, until, monkeypatch, path, answer, word):
    monkeypatch.setattr(comfy_server, "PATIENCE", 0.01)
    start = studio.assets.save(Image.new("RGB", (16, 16)), folder="images", suffix=".png", record={}).id
    with FakeComfy() as comfy:
        comfy.lies[path] = answer
        studio.settings.set("servers.comfyui", comfy.url)
        job = run(studio, until, **{"picture": start} if path.startswith("/upload") else {})
    assert job.state == "failed" and word in job.error["message"], job.error
    assert job.assets == []


@pytest.mark.parametrize("history", ["[]", '{"JOB": 7}', '{"JOB": {"status": {"messages": [7, ["x"], ["a", 1, 2]]}}}',
                                     '{"JOB": {"status": {"messages": {}, "status_str": []}, "outputs": [1]}}'])
def test_a_history_of_any_shape_is_read(history):
    with FakeComfy(jobs=False) as comfy:
        comfy.lies["/history/"] = history.replace("JOB", "one").encode()
        state, pictures, _ = comfy_server.look(comfy_server.open_server(comfy.url), "one")
    assert state in ("completed", comfy_server.LOST) and pictures == []


def test_a_server_may_not_send_us_on_to_another_host():
    class Elsewhere(FakeComfy):
        def _get(self, handler):
            handler.send_response(302)
            handler.send_header("Location", "http://localhost:9/secret")
            handler.end_headers()

    with Elsewhere() as comfy, pytest.raises(StudioError, match="302"):
        comfy_server.open_server(comfy.url)


@pytest.mark.parametrize("value, count", [(3, 3), (True, 1), ("7", 0), (-1, 0), (10**30, 0), (None, 0), ([], 0)])
def test_a_count_of_steps_is_a_small_number_or_nothing(value, count):
    assert comfy_server.read_count(value) == count
