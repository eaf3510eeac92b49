"""Live previews without a decoder: a linear map from latents to colours, that of the model's own folder or
measured once on its encoder."""

import inspect
from pathlib import Path
from typing import Any

from pipelines.kit import latent_preview

COMPANION = "companions/preview.safetensors"


def kept_colours(model: Path, vae: Any) -> Any:
    """The map that lies beside a model, for latents as its encoder gives them; None where there is none."""
    import torch

    path = model / COMPANION
    if not path.is_file():
        return None
    matrix = torch.from_numpy(latent_preview.load(path))
    if len(matrix) != vae.config.latent_channels + 1:
        return None
    factor, shift = vae.config.scaling_factor, getattr(vae.config, "shift_factor", None) or 0.0
    slopes = matrix[:-1] * factor
    return torch.cat([2 * slopes, (2 * (matrix[-1] - shift * slopes.sum(0)) - 1)[None]])


def fit_colours(vae: Any, side: int = 128) -> Any:
    """How each latent channel colours a pixel: least squares over soft coloured patches. A (channels + 1, 3) matrix."""
    import torch

    factor = _factor(vae)
    chance = torch.Generator("cpu").manual_seed(7)
    cells = torch.rand(4, 3, max(2, side // factor // 2), max(2, side // factor // 2), generator=chance)
    pixels = torch.nn.functional.interpolate(cells, size=(side, side), mode="bilinear") * 2 - 1
    with torch.no_grad():
        given = pixels.to(vae.device, vae.dtype)
        given = given.unsqueeze(2) if _films(vae) else given
        latents = vae.encode(given).latent_dist.mode().float().cpu()
    latents = latents.squeeze(2) if latents.ndim == 5 else latents
    colours = torch.nn.functional.interpolate(pixels, size=latents.shape[-2:], mode="area")
    flat = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
    ones = torch.ones(len(flat), 1)
    weak = 1e-3 * torch.eye(flat.shape[1] + 1)
    left = torch.cat([flat, ones], 1)
    return torch.linalg.solve(left.T @ left + weak * len(flat), left.T @ colours.permute(0, 2, 3, 1).reshape(-1, 3))


def sketch(latents: Any, colours: Any, size: tuple[int, int]) -> Any:
    """A picture of the latents (channels, height, width), as large as the one that is coming."""
    import torch
    from PIL import Image

    flat = latents.detach().float().cpu().permute(1, 2, 0)
    pixels = flat @ colours[:-1] + colours[-1]
    data = ((torch.nan_to_num(pixels) / 2 + 0.5).clamp(0, 1) * 255).byte().numpy()
    return Image.fromarray(data, "RGB").resize(size, Image.Resampling.BICUBIC)


def _factor(vae: Any) -> int:
    channels = getattr(vae.config, "block_out_channels", None)
    return 2 ** (len(channels) - 1) if channels else 8


def _films(vae: Any) -> bool:
    """Some picture models borrow a film's encoder, which expects a time axis."""
    return "temperal_downsample" in vae.config or "temporal_downsample" in vae.config


def raw_latents(pipe: Any, latents: Any, size: tuple[int, int]) -> Any:
    """The first picture's latents as its encoder would give them: unpacked, unscaled, without a time axis."""
    config = pipe.vae.config
    if latents.ndim == 3 and hasattr(pipe, "_prepare_latent_ids"):
        spread = pipe.vae.bn
        plain = unroll(latents, size).float() * (spread.running_var + config.batch_norm_eps).sqrt()[:, None, None]
        return pipe._unpatchify_latents(plain + spread.running_mean[:, None, None])[0]
    if latents.ndim == 3 and "vae_scale_factor" not in inspect.signature(pipe._unpack_latents).parameters:
        latents = pipe._unpack_latents(latents, size[1], size[0])
    elif latents.ndim == 3:
        latents = pipe._unpack_latents(latents, size[1], size[0], pipe.vae_scale_factor)
    if latents.ndim == 5:
        latents = latents[:, :, 0]
    if getattr(config, "latents_mean", None) is not None:
        mean, spread = (_column(values, latents) for values in (config.latents_mean, config.latents_std))
        return latents[0].float() * spread + mean
    return latents[0].float() / config.scaling_factor + (getattr(config, "shift_factor", None) or 0.0)


def unroll(latents: Any, size: tuple[int, int]) -> Any:
    """A row of patches, line after line, as the plane that they are."""
    patches, (width, height) = latents.shape[1], size
    wide = round((patches * width / height) ** 0.5)
    return latents.transpose(1, 2).reshape(latents.shape[0], latents.shape[2], patches // wide, wide)


def _column(values: Any, latents: Any) -> Any:
    import torch

    return torch.tensor(values, device=latents.device, dtype=torch.float32)[:, None, None]
