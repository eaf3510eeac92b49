"""A model is kept as the memory allows, on real tiny pipelines: each way draws, LoRAs count in each, and when memory
runs out the next smaller way is taken, said, and nothing that was done is lost. What needs a card is not shown here."""

import numpy
import psutil
import pytest

from core import forecast
from core.errors import TooBig
from core.requests import ImageRequest
from pipelines.image import starter
from tests.pipelines.image.desk import Desk
from tests.pipelines.image.tiny import make_flux1, make_sd15, write_lora

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
SMALL = {"prompt": "a cat", "width": 32, "height": 32, "steps": 3, "seed": 3, "options": {"small": True}}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("studio"))
    make_sd15(desk.home.models / "starter")
    return desk


def draw(desk, **wishes):
    return [numpy.asarray(one.picture).astype(int) for one in desk.run(starter, ImageRequest(**{**SMALL, **wishes}))]


def standing(desk):
    return [one["key"].rpartition(":")[2] for one in desk.shelf.standing()]


@pytest.fixture
def hungry(monkeypatch):
    """hungry(2): the next two decodings find no memory; hungry(2, after=1): once one went well."""
    from diffusers import AutoencoderKL

    decode, left = AutoencoderKL.decode, {"good": 0, "bad": 0}

    def full(self, *given, **named):
        if left["good"]:
            left["good"] -= 1
        elif left["bad"]:
            left["bad"] -= 1
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return decode(self, *given, **named)

    monkeypatch.setattr(AutoencoderKL, "decode", full)

    def make(times, after=0):
        left.update(good=after, bad=times)

    return make


def test_each_way_of_a_processor_draws_nearly_the_same_picture(desk):
    full, half, fp8 = (draw(desk, memory=way)[0] for way in ("full", "half", "fp8"))
    assert 0 < numpy.abs(full - half).mean() < 4 and 0 < numpy.abs(full - fp8).mean() < 12


@pytest.mark.parametrize("make", [make_sd15, make_flux1])
def test_moving_layer_by_layer_draws_the_same(tmp_path, make):
    """From the processor to the processor: the hooks are real, what they save needs a card to be seen."""
    from diffusers import DiffusionPipeline

    from pipelines.kit import memory

    folder = make(tmp_path / "tiny")
    given = {"prompt": "a cat", "height": 32, "width": 32, "num_inference_steps": 2, "output_type": "np"}

    def picture(way):
        pipe = memory.place(DiffusionPipeline.from_pretrained(folder, dtype=torch.float32), "cpu", way)
        return pipe(**given, generator=torch.Generator().manual_seed(1)).images[0]

    assert numpy.allclose(picture("full"), picture("stream"), atol=1e-4)


def test_when_memory_runs_out_the_next_way_is_taken_and_said(desk, hungry):
    desk.shelf.drop()
    hungry(2)
    assert len(draw(desk)) == 1
    assert standing(desk) == ["fp8"]
    assert [any(bits in note for note in desk.job.notices) for bits in ("16 bits", "8 bits")] == [True, True]


def test_what_was_finished_stays_when_memory_runs_out_for_good(desk, hungry):
    hungry(9, after=2)
    before = len(desk.saved)
    with pytest.raises(TooBig, match="more memory than there is"):
        draw(desk, count=3)
    assert len(desk.saved) - before == 2
    hungry(0)
    assert draw(desk)


def test_a_lora_counts_in_eight_bits_with_all_its_numbers_and_leaves_no_trace(desk):
    write_lora(desk.home.models / "starter", "StableDiffusionPipeline", desk.home.models / "loras" / "hat.safetensors")
    before, worn, after = (draw(desk, memory="fp8", prompt=words)[0] for words in ("a cat", "a cat <lora:hat:1>",
                                                                                  "a cat"))
    assert (before != worn).any() and (before == after).all()
    easel = desk.shelf.keep(f"{desk.home.models / 'starter'}:16:fp8", pytest.fail, gb=0)
    kinds = {str(p.dtype) for name, p in easel.text.unet.named_parameters() if "lora_" in name}
    assert kinds == {"torch.bfloat16"}


def test_what_a_picture_took_is_kept_for_the_next_forecast(desk):
    draw(desk, count=2)
    row = desk.store.get(forecast.TABLE, "cpu/image.x/starter/full")
    assert row["pictures"] >= 2 and row["load"] > 0 and 0 < min(row["units"].values()) < 1000
    held = psutil.Process().memory_info().rss / 2**30
    assert 0.1 < max(row["peaks"].values()) < 2 * held and 0.1 < desk.job.measured["peak_ram_gb"] < 2 * held
    kept = row["pictures"]
    draw(desk, enlarge=2.0)
    assert desk.store.get(forecast.TABLE, "cpu/image.x/starter/full")["pictures"] == kept


def test_numbers_that_are_invalid_where_it_fits_and_too_many_where_they_are_not_end_in_a_sentence(monkeypatch):
    from types import SimpleNamespace

    from core.errors import StudioError
    from core.fitting import Room, Weights
    from pipelines.kit import keeping

    tried = []

    def draw(plan, watch):
        tried.append((plan.way, plan.bits))
        if plan.bits == 32:
            raise MemoryError
        assert len(tried) < 9, "it goes round"

    monkeypatch.setattr(keeping, "weigh_model", lambda sitting, bench: Weights(8.0))
    monkeypatch.setattr(keeping.memory, "room", lambda device, standing: Room("cpu", 12.0, 12.0, half=False))
    bench = SimpleNamespace(device="cpu", standing_gb=0.0, note=lambda text: None, drop=lambda key: None)
    sitting = SimpleNamespace(size=(64, 64), request=SimpleNamespace(memory="auto"), weights="m")
    with pytest.raises(StudioError, match="only invalid numbers"):
        keeping.draw_within_memory(sitting, bench, draw)
    assert tried[-1] == ("full", 32)
