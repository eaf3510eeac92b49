"""A host that hands over one event at a time: real studio, real pipelines, events as RunPod sends them."""

import base64
import io
import runpy
import sys
import types
from pathlib import Path

from PIL import Image

from core.serverless import handle

HANDLER = Path(__file__).resolve().parent.parent.parent / ".runpod" / "handler.py"


def as_base64(width: int = 8, height: int = 6) -> str:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_an_event_comes_back_with_its_picture_and_story(studio):
    event = {"id": "job-1", "input": {"pipeline": "upscale.lanczos", "values": {"scale": 3.0},
                                      "pictures": {"../me.png": as_base64()}}}
    told = handle(studio, event)
    assert told["state"] == "done" and told["error"] is None
    (made,) = told["assets"]
    with Image.open(io.BytesIO(base64.b64decode(made["base64"]))) as picture:
        assert picture.size == (24, 18)
    assert made["sidecar"]["correlation"] == "job-1" and made["sidecar"]["request"]["scale"] == 3.0


def test_a_picture_may_have_any_name(studio):
    for name in ("x" * 400 + ".png", "a\n/b", "", ".."):
        told = handle(studio, {"input": {"pipeline": "sheet.contact", "pictures": {name: as_base64()}}})
        assert told["state"] == "done", told


def test_a_large_result_stays_on_the_volume_and_is_told_by_its_place(studio, monkeypatch):
    monkeypatch.setattr("core.serverless.ANSWER_BYTES", 10)
    told = handle(studio, {"input": {"pipeline": "sheet.contact", "pictures": {"a.png": as_base64()}}})
    (made,) = told["assets"]
    assert "base64" not in made and (studio.home.root / made["file"]).is_file()


def test_every_wrong_event_is_answered_in_words(studio):
    for given in ({}, {"input": None}, {"input": {"pipeline": "no.such"}}, {"input": {"pipeline": 5}},
                  {"input": {"pipeline": "upscale.lanczos", "values": {"scale": "wide"}}},
                  {"input": {"pipeline": "upscale.lanczos", "values": 5}},
                  {"input": {"pipeline": "upscale.lanczos", "pictures": {"a.png": "no base64!"}}},
                  {"input": {"pipeline": "upscale.lanczos", "pictures": {"a.png": base64.b64encode(b"x").decode()}}}):
        told = handle(studio, given)
        assert told["state"] == "refused" and len(told["error"]) > 10, given
    assert handle(studio, {"input": {"pipeline": "upscale.lanczos"}})["state"] == "failed"


def test_the_worker_opens_a_studio_on_its_volume_and_starts(tmp_path, monkeypatch):
    answers = []
    event = {"id": "x", "input": {"pipeline": "upscale.lanczos", "pictures": {"a.png": as_base64()}}}
    runpod = types.ModuleType("runpod")
    runpod.serverless = types.SimpleNamespace(start=lambda how: answers.append(how["handler"](event)))
    monkeypatch.setitem(sys.modules, "runpod", runpod)
    monkeypatch.setenv("STUDIONOVA_HOME", str(tmp_path / "volume"))
    runpy.run_path(str(HANDLER), run_name="__main__")
    assert answers[0]["state"] == "done" and (tmp_path / "volume" / answers[0]["assets"][0]["file"]).is_file()
