"""Changing a part with a model that was not made for it: after each step, what lies outside is put back as it was.

diffusers' own inpaint pipelines demand 4 or 9 channels; this works with any latent size and any family that can start
from a picture.
"""

from collections.abc import Callable
from typing import Any


def keep_outside(pipe: Any, picture: Any, mask: Any, noise_source: Any) -> Callable[[Any, Any], Any]:
    """`blend(timestep, latents)` for the end of a step: the new inside the white of the mask, the known outside."""
    import numpy
    import torch

    with torch.no_grad():
        pixels = pipe.image_processor.preprocess(picture).to(pipe.vae.device, pipe.vae.dtype)
        config = pipe.vae.config
        known = pipe.vae.encode(pixels).latent_dist.mode()
        known = (known - (getattr(config, "shift_factor", None) or 0.0)) * config.scaling_factor
    small = mask.convert("L").resize((known.shape[-1], known.shape[-2]))
    inside = torch.from_numpy(numpy.asarray(small, dtype="float32") / 255.0).to(known)[None, None]
    noise = torch.randn(known.shape, generator=noise_source).to(known)
    if hasattr(pipe, "_pack_latents"):
        inside = inside.expand_as(known)
        known, noise, inside = (pipe._pack_latents(plane, *plane.shape) for plane in (known, noise, inside))

    def blend(timestep: Any, latents: Any) -> Any:
        steps = pipe.scheduler.timesteps
        following = int((steps == timestep).nonzero()[0]) + 1
        if following < len(steps):
            outside = _noisy(pipe.scheduler, known, noise, steps[following:following + 1])
        else:
            outside = known
        return latents * inside + outside.to(latents) * (1 - inside)

    return blend


def _noisy(scheduler: Any, known: Any, noise: Any, step: Any) -> Any:
    """The known as it looks at a step: samplers of flow models call it otherwise."""
    if hasattr(scheduler, "scale_noise"):
        return scheduler.scale_noise(known, step, noise)
    return scheduler.add_noise(known, noise, step)
