"""Live previews take the map that lies beside a model, and look like the picture."""

from pathlib import Path
from types import SimpleNamespace

import numpy
import pytest
from PIL import Image

from pipelines.kit import previews

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
STARTER = Path(__file__).parents[3] / "models" / "starter"


def test_the_starters_own_map_shows_what_its_encoder_took_in():
    vae = diffusers.AutoencoderKL.from_pretrained(STARTER / "vae")
    with Image.open(STARTER / "demo" / "mira-01.png") as file:
        small = file.convert("RGB").resize((128, 128))
    pixels = torch.from_numpy(numpy.array(small)).permute(2, 0, 1)[None].float() / 127.5 - 1
    with torch.inference_mode():
        latents = vae.encode(pixels).latent_dist.mode()[0]
    seen = previews.sketch(latents, previews.kept_colours(STARTER, vae), (128, 128))
    soft = small.resize((16, 16), Image.Resampling.BOX)
    off = numpy.abs(numpy.asarray(seen.resize((16, 16), Image.Resampling.BOX), float) - numpy.asarray(soft, float))
    assert off.mean() < 24


def test_a_map_of_another_encoder_is_not_taken(tmp_path):
    strange = SimpleNamespace(config=SimpleNamespace(latent_channels=4, scaling_factor=1.0))
    assert previews.kept_colours(STARTER, strange) is None
    assert previews.kept_colours(tmp_path, strange) is None
