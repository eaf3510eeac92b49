"""One way of drawing for all families: repeatable, stoppable, honest about how a picture was made. On tiny weights."""

import numpy
import pytest
from PIL import Image, ImageDraw

from core.errors import BadFile, Cancelled, Missing
from core.recipes.picture import read_recipe
from core.requests import ImageRequest
from pipelines.image import starter
from tests.pipelines.image.desk import Desk
from tests.pipelines.image.tiny import make_sd15

pytest.importorskip("diffusers")
SMALL = {"width": 32, "height": 32, "steps": 4, "seed": 3, "options": {"small": True}}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("studio"))
    make_sd15(desk.home.models / "starter")
    return desk


def pixels(asset):
    return numpy.asarray(asset.picture)


def draw(desk, **wishes):
    return desk.run(starter, ImageRequest(**{"prompt": "a cat", **SMALL, **wishes}))


def test_plain_words_give_what_diffusers_gives(desk):
    import torch
    from diffusers import StableDiffusionPipeline

    pipe = StableDiffusionPipeline.from_pretrained(desk.home.models / "starter", safety_checker=None)
    bare = pipe("a cat, sitting", num_inference_steps=4, guidance_scale=3.5, width=32, height=32,
                negative_prompt="dog", generator=torch.Generator().manual_seed(3)).images[0]
    ours = draw(desk, prompt="a cat, sitting", negative="dog", guidance=3.5)[0]
    assert numpy.abs(pixels(ours).astype(int) - numpy.asarray(bare)).max() <= 1


def test_the_same_seed_gives_the_same_picture_bit_for_bit(desk):
    first = draw(desk, count=2)
    desk.shelf.drop()
    again = draw(desk, seed=4)
    assert (pixels(first[1]) == pixels(again[0])).all()
    assert (pixels(first[0]) != pixels(again[0])).any()
    assert [asset.record_["seed"] for asset in (*first, *again)] == [3, 4, 4]


def test_the_picture_says_how_it_was_made(desk):
    asset = draw(desk, prompt="a (cat:1.2)", negative="dog", sampler="Euler", schedule="Karras")[0]
    recipe = read_recipe(asset.path)
    assert (recipe.tool, recipe.prompt, recipe.negative, recipe.seed) == ("StudioNova", "a (cat:1.2)", "dog", 3)
    assert (recipe.steps, recipe.sampler, recipe.schedule, recipe.width) == (4, "Euler", "Karras", 32)
    assert recipe.model_hash == asset.record_["weights"][0]["sha256"][:10]


def test_a_preview_comes_with_the_steps_and_progress_reaches_the_end(desk):
    draw(desk)
    assert desk.job.progress.preview.startswith(b"\xff\xd8")
    assert desk.steps[-1] == (1, 1, "Done")
    drawing = [step for step in desk.steps if step[2] == "Drawing"]
    assert drawing[0][0] == 0, "it says that it draws before the first step, which may take a minute, is done"


def test_a_stop_is_heard_within_one_step_and_leaves_no_file(desk):
    before = len(desk.saved)
    seen = []

    def stop_at_two():
        if desk.job.progress.done == 2:
            desk.orders.cancel.set()
        seen.append(desk.job.progress.done)

    with pytest.raises(Cancelled):
        desk.run(starter, ImageRequest(prompt="a cat", **SMALL), on_change=stop_at_two)
    assert max(seen) <= 3
    assert len(desk.saved) == before


def test_weights_and_changing_words_change_the_picture(desk):
    plain, heavy, changing, long = (pixels(draw(desk, prompt=text)[0]) for text in (
        "a cat", "a (cat:1.6)", "a [cat:dog:2]", "a cat " * 60))
    assert (plain != heavy).any() and (plain != changing).any() and (plain != long).any()


def test_words_without_end_are_cut_and_that_is_said(desk):
    from pipelines.kit import words

    draw(desk, prompt="a cat " * 60)
    assert words.TOO_LONG not in desk.job.notices
    draw(desk, prompt="{" * 19_999)
    assert words.TOO_LONG in desk.job.notices


def test_every_sampler_draws(desk):
    from core.samplers import SAMPLERS

    for sampler in SAMPLERS:
        assert pixels(draw(desk, sampler=sampler.name)[0]).std() > 0, sampler.name


def test_every_schedule_draws(desk):
    from core.samplers import SCHEDULES

    for schedule in SCHEDULES:
        assert pixels(draw(desk, sampler="Euler", schedule=schedule)[0]).std() > 0, schedule


def test_a_start_picture_is_followed_less_the_more_may_change(desk):
    start = Image.new("RGB", (40, 40), (200, 30, 30))
    given = desk.put(start)
    kept, changed = (pixels(draw(desk, picture=given, strength=share)[0]) for share in (0.0, 1.0))
    assert kept.shape == changed.shape == (32, 32, 3)
    assert (kept == numpy.asarray(start.resize((32, 32)))).all()
    assert (kept != changed).any()


def test_a_start_picture_is_encoded_once_and_each_seed_still_draws_its_own(desk, monkeypatch):
    from diffusers.models.autoencoders.vae import Encoder

    looks, look = [], Encoder.forward
    monkeypatch.setattr(Encoder, "forward", lambda self, picture: looks.append(1) or look(self, picture))
    start = {"picture": desk.put(Image.effect_noise((32, 32), 90).convert("RGB")), "strength": 0.6}
    made = draw(desk, **start, count=3)
    assert len(looks) == 1 and (pixels(made[0]) != pixels(made[1])).any()
    desk.shelf.drop()
    assert (pixels(draw(desk, **start, seed=5)[0]) == pixels(made[2])).all()
    before = len(looks)
    draw(desk, **start | {"picture": desk.put(Image.new("RGB", (32, 32), "red"))})
    assert len(looks) == before + 1, "another picture is another look"


def test_only_the_marked_part_changes_bit_for_bit(desk):
    start = Image.effect_noise((48, 40), 80).convert("RGB")
    mask = Image.new("L", start.size)
    ImageDraw.Draw(mask).rectangle((10, 10, 25, 25), fill=255)
    for zoom in (True, False):
        asset = draw(desk, picture=desk.put(start), mask=desk.put(mask), mask_zoom=zoom, strength=1.0)[0]
        same = (pixels(asset) == numpy.asarray(start)).all(axis=2)
        outside = numpy.asarray(mask) == 0
        assert same[outside].all() and not same[~outside].all()


def test_an_empty_mask_is_said_in_words(desk):
    start = desk.put(Image.new("RGB", (32, 32)))
    with pytest.raises(BadFile, match="Nothing is marked"):
        draw(desk, picture=start, mask=desk.put(Image.new("L", (32, 32))))


def test_a_picture_grows_on_the_sides_that_were_named(desk):
    start = Image.effect_noise((32, 32), 80).convert("RGB")
    asset = draw(desk, picture=desk.put(start), extend=(16, 0, 8, 4))[0]
    assert asset.picture.size == (56, 36)
    assert (pixels(asset)[:20, 24:40] == numpy.asarray(start)[:20, 8:24]).all()


def test_a_variation_strays_further_the_more_it_may(desk):
    base, near, far = (pixels(draw(desk, variation=share, variation_seed=9)[0]).astype(int) for share in (0, 0.1, 1))
    assert 0 < numpy.abs(base - near).mean() < numpy.abs(base - far).mean()


def test_the_hires_pass_draws_larger(desk):
    assert draw(desk, enlarge=2.0)[0].picture.size == (64, 64)


def test_a_lora_that_is_not_there_is_named(desk):
    with pytest.raises(Missing, match="no LoRA called 'nobody'"):
        draw(desk, prompt="a cat <lora:nobody:1>")


def test_a_picture_of_one_pixel_is_a_start_like_any_other(desk):
    assert draw(desk, picture=desk.put(Image.new("RGB", (1, 1))), strength=0.9)[0].picture.size == (32, 32)


def test_invalid_numbers_are_drawn_again_in_full_precision_and_said(desk, monkeypatch):
    import torch

    from pipelines.kit import memory

    monkeypatch.setattr(memory, "counts_in_bf16", lambda: True)
    from diffusers import AutoencoderKL

    decode = AutoencoderKL.decode

    def broken(self, latents, **given):
        out = decode(self, latents, **given)
        return (out[0] * float("nan"),) if self.dtype is torch.bfloat16 else out

    monkeypatch.setattr(AutoencoderKL, "decode", broken)
    assert numpy.isfinite(pixels(draw(desk)[0])).all()
    assert any("full precision" in sentence for sentence in desk.job.notices)


def test_a_picture_can_be_repeated_bit_for_bit_from_its_sidecar(desk):
    from core import remix

    first = draw(desk, seed=-1, count=2)[1]
    record = {**first.record_, "id": first.id, "pipeline": "image.starter", "request": desk.job.request}
    again = desk.run(starter, ImageRequest(**read_back(remix.repeat(record).values)))[0]
    assert (pixels(first) == pixels(again)).all() and again.record_["repeated"] is True
    assert "bit for bit" in desk.job.notices[-1]
    other = desk.run(starter, ImageRequest(**read_back({**remix.repeat(record).values, "steps": 5})))[0]
    assert other.record_["repeated"] is False and desk.job.notices[-1].startswith("This is not the same picture.")


def read_back(values):
    from core.requests import read_for

    return {name: getattr(read_for("image", values), name) for name in values}


def test_a_large_picture_is_drawn_larger_piece_by_piece_and_keeps_its_content(desk):
    from PIL import ImageFilter

    start = Image.effect_noise((160, 120), 90).filter(ImageFilter.GaussianBlur(6)).convert("RGB")
    asset = draw(desk, picture=desk.put(start), strength=0.0, enlarge=2.0, enlarge_strength=0.05, width=0, height=0)[0]
    larger = start.resize((320, 240), Image.Resampling.LANCZOS)
    assert asset.picture.size == (320, 240)
    assert numpy.abs(pixels(asset).astype(int) - numpy.asarray(larger)).mean() < 1
    drawn = draw(desk, picture=desk.put(start), strength=0.0, enlarge=2.0, enlarge_strength=0.5, width=0, height=0)[0]
    assert (pixels(drawn) != pixels(asset)).any() and desk.steps[-2][1] > 4


def test_a_picture_of_twenty_thousand_pixels_a_side_is_refused_before_it_is_decoded(desk):
    import struct
    import zlib
    from types import SimpleNamespace

    from core.errors import TooBig

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    path = desk.home.outputs / "given" / "huge.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head +
                     struct.pack(">I", zlib.crc32(b"IHDR" + head)) + struct.pack(">I", 0) + b"IDAT" + b"\0" * 4)
    desk.saved.append(SimpleNamespace(id=str(len(desk.saved)), path=path, record_={}, picture=None))
    with pytest.raises(TooBig, match="far too many pixels"):
        draw(desk, picture=desk.saved[-1].id)


def test_unbalanced_brackets_are_said_and_drawn_all_the_same(desk):
    assert draw(desk, prompt="a ((cat, [dog")
    assert any("never closed" in notice for notice in desk.job.notices)


def test_a_prompt_of_a_hundred_thousand_characters_is_refused_and_the_next_one_draws(desk):
    from core.errors import TooBig

    with pytest.raises(TooBig, match="100,000 characters"):
        draw(desk, prompt="a" * 100_000)
    assert draw(desk)


def test_a_list_with_all_loras_at_nothing_draws_as_without(desk):
    from core.prompts import LoraCall, scale_loras

    assert scale_loras((LoraCall("a", 0.8, 0.4),), 0.5) == (LoraCall("a", 0.4, 0.2),)
    assert scale_loras((LoraCall("a"),), 0) == ()


def test_the_file_says_that_a_model_made_it_and_whether_a_picture_was_given(desk):
    from core.bench import MARK
    from core.recipes.picture import read_notes

    plain = read_notes(draw(desk)[0].path)[MARK]
    over = read_notes(draw(desk, picture=desk.put(Image.new("RGB", (32, 32), "red")))[0].path)[MARK]
    assert "digitalsourcetype/trainedAlgorithmicMedia" in plain
    assert "digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in over


def test_a_finished_picture_is_seen_small_by_a_model_that_draws_small(desk):
    start = desk.put(Image.effect_noise((256, 256), 60).convert("RGB"))
    before = len(desk.steps)
    asset = draw(desk, picture=start, strength=0.0, enlarge=2.0, enlarge_strength=0.5, width=0, height=0, options={})[0]
    assert asset.picture.size == (512, 512)
    assert max(total for _, total, phase in desk.steps[before:] if phase == "Drawing larger") == 2
