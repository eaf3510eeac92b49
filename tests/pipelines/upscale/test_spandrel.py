"""Upscalers through spandrel, where it is installed: no seam, files of strangers, what is no upscaler."""

import numpy
import pytest
from PIL import Image

pytest.importorskip("spandrel", reason="spandrel is not installed; it comes with torchvision from where torch came")

import torch  # noqa: E402

from pipelines.kit import upscaler_net  # noqa: E402


@pytest.fixture
def model(studio):
    """A small "RealESRGAN Compact", the architecture of the studio's own upscaler, as a pickle."""
    torch.manual_seed(0)
    net = upscaler_net.build(16, 2, 4)
    path = studio.home.models / "upscalers" / "compact.pth"
    path.parent.mkdir(parents=True)
    torch.save({"params": net.state_dict()}, path)
    return path


def run(studio, until, picture, **values):
    given = studio.assets.save(picture, folder="images", suffix=".png", record={}).id
    job = studio.submit("upscale.spandrel", {"pictures": [given], "scale": 4, **values})
    until(studio, job.id, "done", "failed", timeout=120)
    return job


def noisy(size, mode="RGB"):
    return Image.fromarray(numpy.random.default_rng(5).integers(0, 255, (size[1], size[0], len(mode)), "uint8"), mode)


def test_tiles_give_what_the_whole_picture_would(studio, until, model):
    picture = noisy((530, 40))
    job = run(studio, until, picture)
    assert job.state == "done", job.error
    net = upscaler_net.build(16, 2, 4)
    net.load_state_dict(torch.load(model, weights_only=True)["params"])
    whole = upscaler_net.enlarge(upscaler_net.Upscaler(net.eval(), 4, "cpu"), numpy.asarray(picture)).astype(int)
    made = numpy.asarray(Image.open(studio.assets.get(job.assets[0]).path)).astype(int)
    assert numpy.abs(whole - made).max() <= 1
    assert studio.assets.record(job.assets[0])["weights"][0]["name"] == "compact"


def test_any_size_and_transparency(studio, until, model):
    job = run(studio, until, noisy((20, 10), "RGBA"), scale=3.0, options={"model": "compact"})
    with Image.open(studio.assets.get(job.assets[0]).path) as made:
        assert made.size == (60, 30) and made.mode == "RGBA"


def test_a_model_that_is_not_there_names_those_that_are(studio, until, model):
    job = run(studio, until, noisy((8, 8)), options={"model": "other"})
    assert job.state == "failed" and "compact" in job.error["hint"]


def test_what_is_no_upscaler_says_so(studio, until):
    path = studio.home.models / "upscalers" / "words.pth"
    path.parent.mkdir(parents=True)
    torch.save({"some.weight": torch.ones(3)}, path)
    job = run(studio, until, noisy((8, 8)))
    assert job.state == "failed" and "no upscaler" in job.error["message"]


def test_invalid_numbers_are_told(studio, until, model):
    torch.save({"params": {name: value * float("nan") for name, value in upscaler_net.build(16, 2, 4).state_dict()
                           .items()}}, model)
    job = run(studio, until, noisy((8, 8)))
    assert job.state == "failed" and "invalid numbers" in job.error["message"]
