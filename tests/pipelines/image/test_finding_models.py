"""Where models of a family are found and how they are read: single files, linked folders, pickles, foreign ones."""

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

pytest.importorskip("diffusers")

from core import characters  # noqa: E402
from core.home import PROGRAM  # noqa: E402
from core.requests import ImageRequest  # noqa: E402
from pipelines.kit.guiding import Guides, offer_photos  # noqa: E402
from tests.pipelines.image import tiny  # noqa: E402
from tests.pipelines.image.test_families import SIZE, draw, family_of, pixels  # noqa: E402


def test_a_reference_picture_counts_where_no_adapter_is_needed(studio, until):
    tiny.make_flux2(studio.home.models / "checkpoints" / "tiny-1.0")
    large = {"width": 64, "height": 64}
    first = draw(studio, until, "image.flux2_klein", prompt="a red hat", **large)
    plain, led = (draw(studio, until, "image.flux2_klein", **large, **more) for more in ({}, {"reference": first}))
    assert (pixels(studio, plain) != pixels(studio, led)).any()
    assert studio.assets.record(led)["parents"] == [first]


def test_photos_of_somebody_whom_a_family_has_not_learned_are_shown_to_it(studio, until):
    tiny.make_flux2(studio.home.models / "checkpoints" / "tiny-1.0")
    photos = [studio.assets.save(Image.new("RGB", (64, 64 + n), colour), folder="datasets", suffix=".png",
                                 record={}).id for n, colour in enumerate(("red", "teal", "navy", "gold", "plum"))]
    mira = characters.new_character("Mira", descriptor="teal hair", photos=tuple(photos))
    asked = {"prompt": "@Mira on the beach", "width": 64, "height": 64}
    studio.store.put(characters.TABLE, mira.id, mira.row())
    shown, silent = (draw(studio, until, "image.flux2_klein", **asked, **more)
                     for more in ({}, {"reference_strength": 0.0}))
    assert (pixels(studio, shown) != pixels(studio, silent)).any()
    assert studio.assets.record(shown)["parents"] == [photos[n] for n in (0, 1, 2, 3)]
    assert studio.assets.record(silent)["parents"] == []
    assert any("has not learned Mira, so 4 photos" in note for note in studio.assets.record(shown)["notices"])
    learned = characters.with_lora(mira, characters.TrainedLora("x", "flux2_klein", "loras/x.safetensors", "f" * 64))
    request, klein = ImageRequest(), family_of(studio, "image.flux2_klein")
    bench = SimpleNamespace(rows=lambda table: [learned.row()])
    assert offer_photos(bench, request, Guides(), ["Mira"], klein) == Guides(), "what was learned needs no photos"


@pytest.mark.parametrize("key, make", [("image.flux1", tiny.make_flux1), ("image.chroma", tiny.make_chroma),
                                       ("image.sd35", tiny.make_sd35), ("image.krea2", tiny.make_krea2)])
def test_a_single_file_takes_what_it_lacks_from_a_folder_of_its_family(studio, until, key, make):
    folder = make(studio.home.models / "checkpoints" / "tiny-1.0")
    alone = studio.home.models / "checkpoints" / "alone.safetensors"
    shutil.copy(next((folder / "transformer").glob("*.safetensors")), alone)
    whole = pixels(studio, draw(studio, until, key))
    assert (whole == pixels(studio, draw(studio, until, key, model="checkpoints/alone.safetensors"))).all()


def test_a_name_tells_how_many_steps_a_relative_wants(studio):
    klein, flux = family_of(studio, "image.flux2_klein"), family_of(studio, "image.flux1")
    assert klein.pace("balanced", "FLUX.2-klein-4B").steps == 4
    assert klein.pace("balanced", "FLUX.2-klein-base-4B").steps > 20
    assert flux.pace("balanced", "flux1-schnell").steps == 4


def test_models_in_a_linked_folder_are_found_though_there_is_a_folder_of_ones_own(studio, until, tmp_path):
    (studio.home.models / "checkpoints").mkdir(parents=True)
    tiny.make_sdxl(tmp_path / "A1111" / "Stable-diffusion" / "tiny-1.0")
    studio.settings.set("models.folders", [str(tmp_path / "A1111")])
    draw(studio, until, "image.sdxl", model="")


def test_the_readme_shows_a_family_as_it_is(studio):
    module = studio.catalog["image.zimage"].module
    source = Path(module.__file__).read_text(encoding="utf-8").strip()
    assert source in (PROGRAM / "README.md").read_text(encoding="utf-8")


def test_a_missing_model_says_where_to_get_one(studio, until):
    job = studio.submit("image.sdxl", {"prompt": "a cat"})
    assert until(studio, job.id, "failed", "done", timeout=60) == "failed"
    assert "no SDXL model" in job.error["message"] and "Settings" in job.error["hint"]


@pytest.fixture
def flux(studio):
    """The checkpoints of a studio that has FLUX.1."""
    tiny.make_flux1(studio.home.models / "checkpoints" / "tiny-1.0")
    return studio.home.models / "checkpoints"


def refused(studio, until, key, model):
    job = studio.submit(key, {"prompt": "a cat", "model": f"checkpoints/{model}", **SIZE})
    assert until(studio, job.id, "failed", "done", timeout=60) == "failed"
    return job.error["message"]


def test_a_pickle_is_read_without_running_what_is_in_it(studio, until, flux):
    import torch
    from safetensors.torch import load_file

    tensors = load_file(next((flux / "tiny-1.0" / "transformer").glob("*.safetensors")))
    torch.save(tensors, flux / "honest.ckpt")
    whole = pixels(studio, draw(studio, until, "image.flux1"))
    assert (whole == pixels(studio, draw(studio, until, "image.flux1", model="checkpoints/honest.ckpt"))).all()
    torch.save({"state_dict": tensors, "callbacks": Trap(flux / "ran")}, flux / "trap.ckpt")
    assert "wants to run code" in refused(studio, until, "image.flux1", "trap.ckpt")
    assert not (flux / "ran").exists()
    (flux / "text.ckpt").write_text("<html>not found</html>")
    assert "text.ckpt" in refused(studio, until, "image.flux1", "text.ckpt")


class Trap:
    """Makes a folder when it is unpickled by a reader that runs what it reads."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_single_file_or_lora_of_another_family_is_said_with_both_names(studio, until, flux):
    shutil.copy(next((flux / "tiny-1.0" / "transformer").glob("*.safetensors")), flux / "alone.safetensors")
    tiny.write_lora(flux / "tiny-1.0", "FluxPipeline", studio.home.models / "loras" / "hat.safetensors")
    said = refused(studio, until, "image.sdxl", "alone.safetensors")
    assert "FLUX.1" in said and "SDXL" in said
    tiny.make_sdxl(flux / "other")
    job = studio.submit("image.sdxl", {"prompt": "a cat <lora:hat:1>", "model": "checkpoints/other", **SIZE})
    assert until(studio, job.id, "failed", "done", timeout=60) == "failed"
    assert "FLUX.1" in job.error["message"] and "SDXL" in job.error["message"]
