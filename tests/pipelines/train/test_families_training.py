"""Families learn for real on tiny random weights: photos, steps, a LoRA that diffusers loads and Image Gen wears."""

import shutil

import pytest

from core import characters
from tests.pipelines.image import tiny
from tests.pipelines.train.test_starter_training import bring_mira, finish

pytest.importorskip("diffusers")
pytestmark = pytest.mark.slow
MODELS = {"sd15": tiny.make_sd15, "sdxl": tiny.make_sdxl}


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory):
    """(family, its tiny model), made once."""
    return request.param, MODELS[request.param](tmp_path_factory.mktemp(request.param) / "tiny")


def test_it_learns_diffusers_loads_the_file_and_the_next_picture_wears_it(studio, model):
    name, folder = model
    shutil.copytree(folder, studio.home.models / "checkpoints" / "tiny")
    bring_mira(studio)
    wish = {"character": "Mira", "effort": "quick", "steps": 2, "batch": 1, "resolution": 64, "rank": 2,
            "learning_rate": 1e-2, "model": "checkpoints/tiny"}
    job = finish(studio, studio.submit(f"train.{name}", wish))
    assert job.state == "done", job.error
    worn = characters.find(studio.store.rows("characters"), "Mira").lora_for_family(name)
    assert moved_by(name, folder, studio.home.models / worn.file)
    asked = {"prompt": "@Mira in the park", "model": "checkpoints/tiny", "width": 64, "height": 64, "steps": 2}
    drawn = finish(studio, studio.submit(f"image.{name}", asked))
    assert drawn.state == "done", drawn.error
    assert worn.sha256 in [one["sha256"] for one in studio.assets.record(drawn.assets[0])["weights"]]


def moved_by(name, folder, file):
    """The weights that a LoRA file changes when diffusers' own loader puts it on; only layers that can learn.

    The trigger that A1111 and Forge read inside the file is left out: diffusers wants it as a file of its own.
    """
    import diffusers
    import torch
    from safetensors.torch import load_file

    kind = {"sd15": "StableDiffusionPipeline", "sdxl": "StableDiffusionXLPipeline"}[name]
    extra = {"safety_checker": None} if name == "sd15" else {}
    pipe = getattr(diffusers, kind).from_pretrained(folder, local_files_only=True, **extra)
    before = {key: weight.clone() for key, weight in pipe.unet.state_dict().items()}
    pipe.load_lora_weights({key: value for key, value in load_file(file).items() if not key.startswith("bundle_emb.")})
    pipe.fuse_lora()
    pipe.unload_lora_weights()
    after = pipe.unet.state_dict()
    moved = [key for key, weight in before.items() if not torch.equal(weight, after[key])]
    assert all(any(part in key for part in ("attn", "ff", "proj", "conv")) for key in moved)
    return moved
