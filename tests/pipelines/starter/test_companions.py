"""The companions in the box keep what the card promises, on pictures that no training has seen."""

from pathlib import Path

import numpy
import pytest
from PIL import Image

pytest.importorskip("skia", reason="the pictures to judge are drawn with skia-python")

from pipelines.kit import attributes, latent_preview, likeness_net, upscaler_net  # noqa: E402
from pipelines.starter import reading, upscaling  # noqa: E402
from pipelines.starter.artist.demo import photos  # noqa: E402
from pipelines.starter.artist.drawing import draw  # noqa: E402
from pipelines.starter.artist.recipe import sample  # noqa: E402
from pipelines.starter.likeness import SHOTS, area_under_curve, portrait  # noqa: E402
from pipelines.starter.pool import HELD_OUT  # noqa: E402

STARTER = Path(__file__).parents[3] / "models" / "starter"
COMPANIONS = STARTER / "companions"


@pytest.fixture(scope="module")
def reader():
    return attributes.load(COMPANIONS / "reader.safetensors")


def miras_photos():
    return [Image.open(path) for path in sorted((STARTER / "demo").glob("*.png"))]


def test_the_reader_reads_held_out_drawings(reader):
    recipes = [sample(HELD_OUT + 900 + turn) for turn in range(120)]
    shares = reading.accuracy(reader, [draw(recipe, 128) for recipe in recipes], recipes)
    for name in ("hair_colour", "skin", "expression", "eyes", "accessory", "view", "framing", "place"):
        assert shares[name] >= 0.92, (name, shares[name])


def test_the_reader_reads_miras_large_photos(reader):
    hits = []
    for picture, recipe in zip(miras_photos(), photos(), strict=True):
        said = attributes.read_attributes(reader, picture)
        hits += [said[name][0] == getattr(recipe, name) for name in ("hair_colour", "skin", "expression", "place")]
    assert numpy.mean(hits) >= 0.9


def test_mira_is_more_like_herself_than_like_any_stranger():
    encoder = likeness_net.load(COMPANIONS / "likeness.safetensors")
    mira = likeness_net.embed(encoder, miras_photos())
    others = likeness_net.embed(encoder, [draw(portrait((HELD_OUT // SHOTS + 4 * who) * SHOTS), 128)
                                          for who in range(60)])
    own = (mira @ mira.T)[numpy.triu_indices(len(mira), 1)]
    strange = (mira @ others.T).ravel()
    assert area_under_curve(own, strange) >= 0.97
    assert own.mean() > encoder.threshold


@pytest.mark.parametrize("scale", upscaling.SCALES)
def test_the_upscalers_are_a_decibel_better_than_lanczos_on_drawings(scale):
    upscaler = upscaler_net.load(COMPANIONS / f"upscale_x{scale}.safetensors")
    ours, lanczos = upscaling.gain(upscaler, upscaling.held_out(6, 192))
    assert ours > lanczos + 1.0


def test_the_upscaler_leaves_flat_colour_flat():
    upscaler = upscaler_net.load(COMPANIONS / "upscale_x2.safetensors")
    flat = numpy.full((24, 24, 3), (200, 120, 60), numpy.uint8)
    made = upscaler_net.enlarge(upscaler, flat)[8:-8, 8:-8].astype(int)
    assert abs(made - [200, 120, 60]).max() <= 4


def test_the_preview_map_fits_the_autoencoder():
    import json

    matrix = latent_preview.load(COMPANIONS / "preview.safetensors")
    about = json.loads((STARTER / "vae" / "config.json").read_text(encoding="utf-8"))
    assert matrix.shape == (about["latent_channels"] + 1, 3)


def test_each_companion_keeps_to_its_size():
    for name, megabytes in (("reader", 4), ("likeness", 4), ("upscale_x2", 3), ("upscale_x4", 3), ("preview", 0.01)):
        assert (COMPANIONS / f"{name}.safetensors").stat().st_size < megabytes * 1e6
