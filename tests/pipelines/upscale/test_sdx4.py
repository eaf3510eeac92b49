"""Stable Diffusion ×4 on tiny random weights: any size, transparency, stops at once, says where to get it."""

import pytest
import torch
from PIL import Image

pytest.importorskip("diffusers")

from tests.pipelines.image.tiny import clip_encoder, clip_tokenizer  # noqa: E402

QUICK = {"options": {"steps": 2}}


def make_upscaler(folder):
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        DDPMScheduler,
        StableDiffusionUpscalePipeline,
        UNet2DConditionModel,
    )

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, sample_size=32, in_channels=7, out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32, attention_head_dim=4, norm_num_groups=4, num_class_embeds=1000)
    vae = AutoencoderKL(block_out_channels=[4, 8, 8], latent_channels=4, norm_num_groups=4,
                        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3)
    StableDiffusionUpscalePipeline(vae=vae, text_encoder=clip_encoder(), tokenizer=clip_tokenizer(folder / "words"),
                                   unet=unet, low_res_scheduler=DDPMScheduler(), scheduler=DDIMScheduler(),
                                   max_noise_level=350).save_pretrained(folder)


def run(studio, until, picture, **values):
    given = studio.assets.save(picture, folder="images", suffix=".png", record={}).id
    job = studio.submit("upscale.sdx4", {"pictures": [given], **QUICK, **values})
    until(studio, job.id, "done", "failed", timeout=120)
    return job


@pytest.mark.parametrize("size, mode, scale", [((150, 40), "RGB", 4.0), ((33, 21), "RGBA", 2.0), ((1, 1), "RGB", 4.0)])
def test_any_size_and_transparency(studio, until, size, mode, scale):
    make_upscaler(studio.home.models / "upscalers" / "x4")
    job = run(studio, until, Image.new(mode, size, (200, 100, 50, 90)[:len(mode)]), scale=scale)
    assert job.state == "done", job.error
    with Image.open(studio.assets.get(job.assets[0]).path) as made:
        assert made.size == (round(size[0] * scale), round(size[1] * scale)) and made.mode == mode


def test_without_its_weights_it_says_where_to_get_them(studio, until):
    job = run(studio, until, Image.new("RGB", (8, 8)))
    assert job.state == "failed" and "Settings, Models" in job.error["hint"]


def test_when_memory_runs_out_the_next_way_is_taken_and_invalid_numbers_are_told(studio, until, monkeypatch):
    from pipelines.kit import memory

    make_upscaler(studio.home.models / "upscalers" / "x4")
    place, ways = memory.place, []

    def short(pipe, device, way):
        ways.append(way)
        if len(ways) == 1:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return place(pipe, device, way)

    monkeypatch.setattr(memory, "place", short)
    job = run(studio, until, Image.new("RGB", (16, 16), "red"))
    assert job.state == "done", job.error
    assert ways[0] == "full" and ways[1] != "full" and job.notices == [memory.SAID[ways[1]]]

    def broken(pipe, device, way):
        pipe.vae.decoder.conv_out.weight.data.fill_(float("nan"))
        return place(pipe, device, way)

    studio.shelf.drop()
    monkeypatch.setattr(memory, "place", broken)
    job = run(studio, until, Image.new("RGB", (16, 16), "red"))
    assert job.state == "failed" and "invalid numbers" in job.error["message"]
