"""The studio's own upscaler: no seam, alpha kept, any size, through the studio."""

import numpy
import pytest
from PIL import Image

pytest.importorskip("torch")

from core.home import PROGRAM  # noqa: E402
from pipelines.kit import upscaler_net  # noqa: E402
from pipelines.upscale import studio as way  # noqa: E402


def noisy(size=(230, 210), mode="RGB") -> Image.Image:
    pixels = numpy.random.default_rng(5).integers(0, 255, (size[1], size[0], len(mode)), "uint8")
    return Image.fromarray(pixels, mode)


def run(studio, until, picture, **values):
    given = studio.assets.save(picture, folder="images", suffix=".png", record={}).id
    job = studio.submit("upscale.studio", {"pictures": [given], **values})
    assert until(studio, job.id, "done", "failed", timeout=120) == "done", job.error
    return Image.open(studio.assets.get(job.assets[0]).path)


@pytest.mark.parametrize("scale", [2, 4])
def test_tiles_give_what_the_whole_picture_would(studio, until, scale):
    picture = noisy()
    net = upscaler_net.load(PROGRAM / "models" / "starter" / "companions" / f"upscale_x{scale}.safetensors")
    whole = upscaler_net.enlarge(net, numpy.asarray(picture)).astype(int)
    tiled = numpy.asarray(run(studio, until, picture, scale=scale)).astype(int)
    assert picture.width > way.CUT.tile and numpy.abs(whole - tiled).max() <= 1


def test_any_size_and_transparency(studio, until):
    made = run(studio, until, noisy((40, 30), "RGBA"), scale=3.0)
    assert made.size == (120, 90) and made.mode == "RGBA"


def test_a_single_pixel_is_enlarged_too(studio, until):
    assert run(studio, until, Image.new("RGB", (1, 1), "red"), scale=4.0).size == (4, 4)


def test_it_stands_before_plain_enlarging(studio):
    assert studio.catalog.find("upscale")[0].key == "upscale.studio"
