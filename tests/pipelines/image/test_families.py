"""Each family draws through the studio, on real classes with tiny random weights: words, a start, a changed part."""

import shutil

import numpy
import pytest
from PIL import Image

pytest.importorskip("diffusers")

import pipelines  # noqa: E402
from core.home import Home  # noqa: E402
from core.studio import Studio  # noqa: E402
from pipelines.kit import draft  # noqa: E402
from pipelines.kit.reading import listens  # noqa: E402
from tests.conftest import MACHINE, wait_for  # noqa: E402
from tests.pipelines.image import tiny  # noqa: E402

FAMILIES = {"image.sd15": tiny.make_sd15, "image.sdxl": tiny.make_sdxl, "image.flux1": tiny.make_flux1,
            "image.flux2_klein": tiny.make_flux2, "image.zimage": tiny.make_zimage,
            "image.qwen_image": tiny.make_qwen_image, "image.sd35": tiny.make_sd35, "image.krea2": tiny.make_krea2,
            "image.chroma": tiny.make_chroma}
SIZE = {"width": 32, "height": 32, "steps": 2, "seed": 3}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def studio(family, tmp_path_factory):
    """One studio for all tests of a family: its tiny model lies among the person's checkpoints and loads once."""
    home = Home(tmp_path_factory.mktemp("home")).make()
    FAMILIES[family](home.models / "checkpoints" / "tiny-1.0")
    opened = Studio(home, pipelines, {}, MACHINE).start()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def plain(studio, family):
    """The picture that the others are compared with."""
    return draw(studio, wait_for, family)


def draw(studio, until, key, **values):
    return drawn(studio, until, key, **values).assets[0]


def drawn(studio, until, key, **values):
    job = studio.submit(key, {"prompt": "a cat", "model": "checkpoints/tiny-1.0", **SIZE, **values})
    assert until(studio, job.id, "done", "failed", timeout=120) == "done", job.error
    return job


def pixels(studio, asset_id):
    with Image.open(studio.assets.get(asset_id).path) as picture:
        return numpy.asarray(picture.convert("RGB"))


def family_of(studio, key):
    return studio.catalog[key].module.FAMILY


def test_words_a_start_and_a_changed_part(studio, until, family, plain):
    assert pixels(studio, plain).shape == (32, 32, 3)
    assert studio.assets.record(plain)["weights"][0]["name"] == "tiny-1.0"
    assert (pixels(studio, plain) == pixels(studio, draw(studio, until, family))).all(), "the same seed"
    strayed = draw(studio, until, family, variation=0.5, variation_seed=1)
    assert (pixels(studio, plain) != pixels(studio, strayed)).any()
    if "picture" not in studio.catalog[family].card.can:
        job = studio.submit(family, {"prompt": "a cat", "model": "checkpoints/tiny-1.0", **SIZE, "picture": plain})
        assert until(studio, job.id, "done", "failed", timeout=60) == "failed"
        assert "cannot start from a picture" in job.error["message"]
        return
    near = draw(studio, until, family, picture=plain, strength=0.7)
    assert studio.assets.record(near)["parents"] == [plain]
    mask = Image.new("L", (32, 32), 0)
    mask.paste(255, (0, 0, 32, 10))
    part = studio.assets.save(mask, folder="images", suffix=".png", record={}).id
    changed = draw(studio, until, family, picture=plain, mask=part, mask_blur=0)
    assert (pixels(studio, changed)[20:] == pixels(studio, plain)[20:]).all(), "outside the mask nothing changes"


def test_weights_in_words_are_read_or_it_is_said_that_they_are_not(studio, until, family):
    light, strong = (drawn(studio, until, family, prompt=text) for text in ("red hat", "(red:1.8) hat"))
    same = (pixels(studio, light.assets[0]) == pixels(studio, strong.assets[0])).all()
    if family_of(studio, family).words == "clip":
        assert not same
    else:
        assert same and any("plain sentences" in note for note in strong.notices)
    draw(studio, until, family, prompt="a very long story about a cat " * 30)


def test_words_and_what_should_not_be_there_count_as_in_diffusers(studio, until, family):
    """Plain words give what diffusers gives; words to keep out change it, or it is said that they do not."""
    import diffusers
    import torch

    own = family_of(studio, family)
    ours = pixels(studio, draw(studio, until, family, guidance=5.0))
    against = drawn(studio, until, family, guidance=5.0, negative="dog")
    same = (ours == pixels(studio, against.assets[0])).all()
    if listens(own, 5.0):
        assert not same
    else:
        assert same and any("does not listen" in note for note in against.notices)
    pipe = diffusers.DiffusionPipeline.from_pretrained(tiny_of(studio), dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    theirs = pipe(prompt="a cat", width=32, height=32, num_inference_steps=2, **{own.guidance: 5.0},
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
    assert (studio.catalog[family].options is draft.Options) == draft.offers(own)
    assert all(hasattr(diffusers, name) for name in (own.text, own.picture, own.inpaint) if name)


def test_a_lora_comes_and_goes_without_a_trace(studio, until, family, plain):
    """What diffusers writes for its own layers is worn, changes the picture, and leaves it as it was, bit for bit."""
    own = family_of(studio, family)
    tiny.write_lora(tiny_of(studio), own.text, studio.home.models / "loras" / "hat.safetensors")
    worn = pixels(studio, draw(studio, until, family, prompt="a cat <lora:hat:1>"))
    assert (pixels(studio, plain) != worn).any()
    assert (pixels(studio, plain) == pixels(studio, draw(studio, until, family))).all()


def test_a_draft_leaves_steps_out_says_so_and_leaves_no_trace(studio, until, family, plain, monkeypatch):
    if studio.catalog[family].options is None:
        pytest.skip("this family's pipelines cannot draft, so it is not offered")
    monkeypatch.setattr(draft, "THRESHOLD", 1e9)  # random weights change a lot from step to step
    quick = drawn(studio, until, family, steps=6, options={"draft": True})
    whole = draw(studio, until, family, steps=6)
    assert any(note.startswith("Draft:") for note in quick.notices)
    assert studio.assets.record(quick.assets[0])["request"]["options"] == {"draft": True}
    assert (pixels(studio, quick.assets[0]) != pixels(studio, whole)).any()
    assert (pixels(studio, plain) == pixels(studio, draw(studio, until, family))).all()


def tiny_of(studio):
    return studio.home.models / "checkpoints" / "tiny-1.0"


def test_a_torn_model_is_named_and_the_queue_goes_on(studio, until, family, plain):
    folder = shutil.copytree(tiny_of(studio), studio.home.models / "checkpoints" / "torn")
    part = folder / "unet" if (folder / "unet").is_dir() else folder / "transformer"
    weights = next(part.glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:500])
    job = studio.submit(family, {"prompt": "a cat", "model": "checkpoints/torn", **SIZE})
    assert until(studio, job.id, "done", "failed", timeout=120) == "failed"
    assert weights.name in job.error["message"] and job.error["hint"]
    assert str(studio.home.root) not in job.error["message"]
    assert (pixels(studio, plain) == pixels(studio, draw(studio, until, family))).all()


