"""Packs what has been learned: a plain diffusers folder in fp16, companions beside it. The card is ours to write."""

from pathlib import Path
from typing import Any

import numpy

from pipelines.starter import autoencoder, denoiser, likeness, reading, upscaling
from pipelines.starter.course import Desk
from pipelines.starter.plan import Plan
from pipelines.starter.pool import HELD_OUT
from pipelines.starter.signals import as_signal


def ship(plan: Plan, desk: Desk, target: Path) -> None:
    """Write every part that has been trained; a part that has not is left as it lies there."""
    companions = target / "companions"
    if reading.ship(plan, desk, companions / "reader.safetensors"):
        desk.tell("wrote the attribute reader")
    if likeness.ship(plan, desk, companions / "likeness.safetensors"):
        desk.tell("wrote the likeness encoder")
    for scale in upscaling.SCALES:
        if upscaling.ship(plan, scale, desk, companions / f"upscale_x{scale}.safetensors"):
            desk.tell(f"wrote the upscaler x{scale}")
    coder, parts = autoencoder.finished(plan, desk), denoiser.finished(plan, desk)
    if coder is None or parts is None:
        return
    latents = numpy.load(desk.folder / "latents.npy", mmap_mode="r")
    coder.register_to_config(scaling_factor=1.0 / denoiser.spread_of(latents))
    pipeline = denoiser.as_pipeline(coder, parts)
    write_preview(pipeline, companions / "preview.safetensors")
    pipeline.to(dtype=half()).save_pretrained(target, safe_serialization=True)
    # Small files, but used in float32: else the text encoder alone would load as it was stored.
    about = target / "text_encoder" / "config.json"
    about.write_text(about.read_text(encoding="utf-8").replace('"dtype": "float16"', '"dtype": "float32"'), "utf-8")
    desk.tell(f"wrote the pipeline to {target.name}")


def half() -> Any:
    import torch

    return torch.float16


def write_preview(pipeline: Any, target: Path, count: int = 160) -> float:
    """Fit the map from a sampler's latents to colours; gives the mean error that is left, 0 to 1."""
    import torch
    from safetensors.numpy import save_file

    from pipelines.starter.artist.drawing import draw
    from pipelines.starter.artist.recipe import sample

    size = int(pipeline.vae.config.sample_size)
    pictures = numpy.stack([draw(sample(HELD_OUT + 5_000 + turn), size) for turn in range(count)])
    coder = pipeline.vae
    with torch.inference_mode():
        signal = as_signal(pictures).to(coder.device, coder.dtype)
        latents = coder.encode(signal).latent_dist.mean.float().cpu().numpy() * coder.config.scaling_factor
    cells = latents.transpose(0, 2, 3, 1)
    edge = size // cells.shape[1]
    colours = pictures.reshape(count, cells.shape[1], edge, cells.shape[2], edge, 3).mean((2, 4)) / 255.0
    rows = numpy.concatenate([cells.reshape(-1, cells.shape[-1]), numpy.ones((cells[..., 0].size, 1))], 1)
    matrix, *_ = numpy.linalg.lstsq(rows, colours.reshape(-1, 3), rcond=None)
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file({"latent_to_rgb": matrix.astype(numpy.float32)}, target)
    return float(numpy.abs(rows @ matrix - colours.reshape(-1, 3)).mean())
