"""Each family draws through the studio, on real classes with tiny random weights: words, a start, a changed part."""

import shutil
from pathlib import Path

import numpy
import pytest
from PIL import Image

pytest.importorskip("diffusers")

from core.home import PROGRAM  # noqa: E402
from pipelines.kit.reading import listens  # noqa: E402
from tests.pipelines.image import tiny  # noqa: E402

FAMILIES = {"image.sd15": tiny.make_sd15, "image.sdxl": tiny.make_sdxl, "image.flux1": tiny.make_flux1,
            "image.flux2_klein": tiny.make_flux2, "image.zimage": tiny.make_zimage,
            "image.qwen_image": tiny.make_qwen_image, "image.sd35": tiny.make_sd35, "image.krea2": tiny.make_krea2,
            "image.chroma": tiny.make_chroma}
SIZE = {"width": 64, "height": 64, "steps": 3, "seed": 3}


@pytest.fixture(scope="module", params=FAMILIES)
def made(request, tmp_path_factory):
    """The key of a family and the folder of its tiny model."""
    return request.param, FAMILIES[request.param](tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def family(made, studio):
    """The key of a family whose tiny model lies among the person's checkpoints."""
    checkpoints = studio.home.models / "checkpoints"
    checkpoints.mkdir(parents=True, exist_ok=True)
    shutil.copytree(made[1], checkpoints / "tiny")
    return made[0]


def draw(studio, until, key, **values):
    return drawn(studio, until, key, **values).assets[0]


def drawn(studio, until, key, **values):
    job = studio.submit(key, {"prompt": "a cat", "model": "checkpoints/tiny", **SIZE, **values})
    assert until(studio, job.id, "done", "failed", timeout=120) == "done", job.error
    return job


def pixels(studio, asset_id):
    with Image.open(studio.assets.get(asset_id).path) as picture:
        return numpy.asarray(picture.convert("RGB"))


def family_of(studio, key):
    return studio.catalog[key].module.FAMILY


def test_words_a_start_and_a_changed_part(studio, until, family):
    first = draw(studio, until, family)
    assert pixels(studio, first).shape == (64, 64, 3)
    assert (pixels(studio, first) == pixels(studio, draw(studio, until, family))).all(), "the same seed"
    assert (pixels(studio, first) != pixels(studio, draw(studio, until, family, seed=4))).any()
    assert (pixels(studio, first) != pixels(studio, draw(studio, until, family, variation=0.5, variation_seed=1))).any()
    if "picture" not in studio.catalog[family].card.can:
        job = studio.submit(family, {"prompt": "a cat", "model": "checkpoints/tiny", **SIZE, "picture": first})
        assert until(studio, job.id, "done", "failed", timeout=60) == "failed"
        assert "cannot start from a picture" in job.error["message"]
        return
    near = draw(studio, until, family, picture=first, strength=0.7)
    assert studio.assets.record(near)["parents"] == [first]
    mask = Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 64, 20))
    part = studio.assets.save(mask, folder="images", suffix=".png", record={}).id
    changed = draw(studio, until, family, picture=first, mask=part, mask_blur=0)
    assert (pixels(studio, changed)[40:] == pixels(studio, first)[40:]).all(), "outside the mask nothing changes"


def test_weights_in_words_are_read_or_it_is_said_that_they_are_not(studio, until, family):
    plain, strong = (drawn(studio, until, family, prompt=text) for text in ("red hat", "(red:1.8) hat"))
    same = (pixels(studio, plain.assets[0]) == pixels(studio, strong.assets[0])).all()
    if family_of(studio, family).words == "clip":
        assert not same
    else:
        assert same and any("plain sentences" in note for note in strong.notices)
    draw(studio, until, family, prompt="a very long story about a cat " * 30)


def test_what_should_not_be_there_counts_or_it_is_said_that_it_does_not(studio, until, family):
    plain, against = drawn(studio, until, family, guidance=4.0), drawn(studio, until, family, guidance=4.0,
                                                                         negative="dog")
    same = (pixels(studio, plain.assets[0]) == pixels(studio, against.assets[0])).all()
    if listens(family_of(studio, family), 4.0):
        assert not same
    else:
        assert same and any("does not listen" in note for note in against.notices)


def test_plain_words_give_what_diffusers_gives(studio, until, family):
    import diffusers
    import torch

    ours = pixels(studio, draw(studio, until, family, guidance=5.0))
    folder = studio.home.models / "checkpoints" / "tiny"
    pipe = diffusers.DiffusionPipeline.from_pretrained(folder, local_files_only=True, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    own = family_of(studio, family)
    theirs = pipe(prompt="a cat", width=64, height=64, num_inference_steps=3, **{own.guidance: 5.0},
                  **({"negative_prompt": own.silence} if own.silence else {}),
                  generator=torch.Generator("cpu").manual_seed(3)).images[0]
    assert numpy.abs(ours.astype(int) - numpy.asarray(theirs).astype(int)).max() <= 1


def test_the_card_promises_what_diffusers_can_do(family, studio):
    import diffusers

    own, can = family_of(studio, family), studio.catalog[family].card.can
    kind = getattr(diffusers, own.text)
    assert ("picture" in can) == bool(own.picture) and ("mask" in can) == bool(own.inpaint or own.picture)
    assert ("negative" in can) == listens(own, 5.0)
    assert ("lora" in can) == hasattr(kind, "load_lora_weights")
    assert ("samplers" in can) == (own.words == "clip")
    assert all(hasattr(diffusers, name) for name in (own.text, own.picture, own.inpaint) if name)


def test_a_lora_comes_and_goes_without_a_trace(studio, until, family):
    """What diffusers writes for its own layers is worn, changes the picture, and leaves it as it was, bit for bit."""
    own = family_of(studio, family)
    write_lora(studio.home.models / "checkpoints" / "tiny", own.text, studio.home.models / "loras" / "hat.safetensors")
    before = pixels(studio, draw(studio, until, family))
    worn = pixels(studio, draw(studio, until, family, prompt="a cat <lora:hat:1>"))
    assert (before != worn).any()
    assert (before == pixels(studio, draw(studio, until, family))).all()
    assert (worn == pixels(studio, draw(studio, until, family, prompt="a cat <lora:hat:1>"))).all()


def write_lora(model, text, path):
    import diffusers
    import torch
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict
    from safetensors.torch import save_file

    kind = getattr(diffusers, text)
    pipe = kind.from_pretrained(model, local_files_only=True)
    part = "unet" if hasattr(pipe, "unet") else "transformer"
    denoiser = getattr(pipe, part)
    torch.manual_seed(1)
    denoiser.add_adapter(LoraConfig(r=2, init_lora_weights=False, target_modules=r".*\.(to_q|to_k|to_v)"))
    tensors = get_peft_model_state_dict(denoiser)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({f"{part}.{name}": 3 * tensor.contiguous() for name, tensor in tensors.items()}, path,
              {"modelspec.architecture": "sdxl"} if "XL" in text else None)


def test_a_reference_picture_counts_where_no_adapter_is_needed(studio, until):
    tiny.make_flux2(studio.home.models / "checkpoints" / "tiny")
    first = draw(studio, until, "image.flux2_klein", prompt="a red hat")
    plain = draw(studio, until, "image.flux2_klein")
    led = draw(studio, until, "image.flux2_klein", reference=first)
    assert (pixels(studio, plain) != pixels(studio, led)).any()
    assert studio.assets.record(led)["parents"] == [first]


@pytest.mark.parametrize("key, make", [("image.flux1", tiny.make_flux1), ("image.chroma", tiny.make_chroma),
                                       ("image.sd35", tiny.make_sd35), ("image.krea2", tiny.make_krea2)])
def test_a_single_file_takes_what_it_lacks_from_a_folder_of_its_family(studio, until, key, make):
    folder = make(studio.home.models / "checkpoints" / "tiny")
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
    tiny.make_sdxl(tmp_path / "A1111" / "Stable-diffusion" / "tiny")
    studio.settings.set("models.folders", [str(tmp_path / "A1111")])
    draw(studio, until, "image.sdxl", model="")


def test_a_torn_model_is_named_and_the_queue_goes_on(studio, until, family):
    folder = studio.home.models / "checkpoints" / "tiny"
    part = folder / "unet" if (folder / "unet").is_dir() else folder / "transformer"
    weights = next(part.glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:500])
    job = studio.submit(family, {"prompt": "a cat", "model": "checkpoints/tiny", **SIZE})
    assert until(studio, job.id, "done", "failed", timeout=120) == "failed"
    assert weights.name in job.error["message"] and job.error["hint"]
    assert str(studio.home.root) not in job.error["message"]


def test_the_readme_shows_a_family_as_it_is(studio):
    module = studio.catalog["image.zimage"].module
    source = Path(module.__file__).read_text(encoding="utf-8").strip()
    assert source in (PROGRAM / "README.md").read_text(encoding="utf-8")


def test_a_missing_model_says_where_to_get_one(studio, until):
    job = studio.submit("image.sdxl", {"prompt": "a cat"})
    assert until(studio, job.id, "failed", "done", timeout=60) == "failed"
    assert "no SDXL model" in job.error["message"] and "Settings" in job.error["hint"]
