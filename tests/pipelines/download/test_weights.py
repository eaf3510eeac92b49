"""Models come as jobs: a folder of a hub, one file; stopped, gone on with, refused to guests. On a local server."""

import hashlib
import threading

import pytest

from core.jobs import Sender
from tests.core.weights.unruly import Unruly

PARTS = {"model_index.json": b"{}", "unet/config.json": b"{}",
         "unet/diffusion_pytorch_model.fp16.safetensors": b"half" * 3000,
         "unet/diffusion_pytorch_model.safetensors": b"whole" * 6000, "unet/diffusion_pytorch_model.bin": b"pickle",
         "vae/diffusion_pytorch_model.safetensors": b"vae" * 1000, "safety_checker/model.safetensors": b"no" * 10,
         "all-in-one.safetensors": b"no" * 10, "../../escape.json": b"no"}


@pytest.fixture
def hub(monkeypatch):
    with Unruly(b"") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        server.trees["/api/models/someone/painter/tree/main"] = [
            {"type": "file", "path": path, "size": len(body),
             **({"lfs": {"oid": hashlib.sha256(body).hexdigest()}} if path.endswith("safetensors") else {})}
            for path, body in PARTS.items()]
        server.files = {f"/someone/painter/resolve/main/{path}": body for path, body in PARTS.items()}
        yield server


def get(studio, until, *states, **values):
    job = studio.submit("download.weights", values)
    until(studio, job.id, *(states or ("done", "failed")), timeout=30)
    return job


def test_a_folder_of_the_hub_arrives_with_its_parts_once(studio, until, hub):
    job = get(studio, until, what="someone/painter")
    assert job.state == "done", job.error
    folder = studio.home.models / "checkpoints" / "painter"
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors"]
    again = get(studio, until, what="https://huggingface.co/someone/painter")
    assert "here already" in again.notices[0]


def test_a_hash_that_the_hub_names_is_checked_and_what_is_whole_is_not_fetched_again(studio, until, hub):
    part = "/someone/painter/resolve/main/vae/diffusion_pytorch_model.safetensors"
    hub.files[part] = b"VAE" * 1000
    job = get(studio, until, what="someone/painter")
    assert job.state == "failed" and "SHA-256" in job.error["message"]
    hub.files[part] = b"vae" * 1000
    hub.asked.clear()
    assert get(studio, until, what="someone/painter").state == "done"
    assert not any("unet" in path for path, _, _ in hub.asked)


def test_a_gated_folder_names_its_page_and_where_the_token_goes(studio, until, hub):
    hub.status = 401
    job = get(studio, until, what="someone/painter")
    assert "terms" in job.error["message"]
    assert "https://huggingface.co/someone/painter" in job.error["hint"] and "HF_TOKEN" in job.error["hint"]


def test_one_file_is_fetched_by_its_address_and_checked(studio, until, hub):
    body = hub.files["/x/hat.safetensors"] = b"hat" * 5000
    job = get(studio, until, what=f"{hub.url}/x/hat.safetensors", place="loras",
              sha256=hashlib.sha256(body).hexdigest())
    assert job.state == "done", job.error
    assert (studio.home.models / "loras" / "hat.safetensors").read_bytes() == body


@pytest.mark.parametrize("what", ["", "x", "http://example.com/a.safetensors", "https://example.com/a.exe",
                                  "https://example.com/.safetensors", "no/such/thing"])
def test_what_is_no_model_is_refused_with_a_sentence(studio, until, hub, what):
    job = get(studio, until, what=what)
    assert job.state == "failed" and job.error["hint"] and hub.asked == []


def test_guests_of_a_shared_studio_cannot_fill_its_disk(studio, until, hub):
    job = studio.submit("download.weights", {"what": "someone/painter"}, Sender("guest"))
    assert until(studio, job.id, "done", "failed") == "failed"
    assert "person at the computer" in job.error["message"] and hub.asked == []


def test_a_download_stands_still_while_it_is_paused_and_goes_on_to_the_same_bytes(studio, until, hub):
    hub.content, hub.gate = b"weights" * 400_000, threading.Event()
    job = studio.submit("download.weights", {"what": f"{hub.url}/a.safetensors", "place": "loras"})
    assert hub.halfway.wait(20)
    studio.jobs.pause(job.id)
    hub.gate.set()
    assert until(studio, job.id, "paused", "done") == "paused"
    place = studio.home.models / "loras" / "a.safetensors"
    assert not place.exists()
    studio.jobs.resume(job.id)
    assert until(studio, job.id, "done", "failed", timeout=30) == "done", job.error
    assert place.read_bytes() == hub.content and len(hub.asked) == 1
