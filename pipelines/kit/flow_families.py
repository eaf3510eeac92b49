"""What families that learn a flow share: which layers learn, at which levels, and how latents become tokens.

How captions are read and how the transformer is asked differs, and stands in each family's own file.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipelines.kit.objectives import Blur

Read = Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]


def layers(denoiser: Any, inside: Sequence[str], ends: Sequence[str]) -> tuple[str, ...]:
    """The layers that learn: those within the named blocks whose path ends so. Refiners and heads stay out."""
    return tuple(path for path, layer in denoiser.named_modules()
                 if hasattr(layer, "in_features") and path.startswith(tuple(f"{block}." for block in inside))
                 and path.endswith(tuple(f".{end}" for end in ends)))


def flow_of(scheduler: Any, shift: float, patch: int = 2) -> Blur:
    """Levels of a flow as its own scheduler shifts them by size; by `shift` where it does not."""
    config = scheduler.config
    if not config.get("use_dynamic_shifting"):
        return Blur(shift=shift)
    near, far = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    low, high = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
    return Blur(grows=(near, low, far, high), patch=patch)


def recalled(read: Read) -> Callable[[str], Mapping[str, Any]]:
    """Prompts of samples come again and again: each is read once, wherever the reader lies by then."""
    known: dict[str, Mapping[str, Any]] = {}

    def recall(prompt: str) -> Mapping[str, Any]:
        import torch

        if prompt not in known:
            with torch.no_grad():
                known[prompt] = read([prompt])[0]
        return known[prompt]

    return recall


def stack(texts: Sequence[Mapping[str, Any]], name: str, like: Any) -> Any:
    """One tensor of a batch's texts that are all equally long."""
    import torch

    return torch.stack([text[name] for text in texts]).to(like.device, like.dtype)


def see_with(vae: Any) -> Callable[[Any], Any]:
    """Pictures to latents by an ordinary autoencoder: its mean, shifted and scaled as its family wants it."""
    shift, scale = getattr(vae.config, "shift_factor", None) or 0.0, vae.config.scaling_factor
    return lambda pixels: (vae.encode(pixels).latent_dist.mode() - shift) * scale


def gather(latents: Any) -> Any:
    """Four neighbouring cells become one: (b, c, h, w) to (b, c, 2, 2, h / 2, w / 2)."""
    b, c, h, w = latents.shape
    return latents.view(b, c, h // 2, 2, w // 2, 2).permute(0, 1, 3, 5, 2, 4)


def pack(latents: Any) -> Any:
    """(b, c, h, w) to one token for each four cells, as FLUX.1 and Qwen-Image take them."""
    return gather(latents).flatten(4).flatten(1, 3).transpose(1, 2)


def unpack(tokens: Any, like: Any) -> Any:
    """The way back, in the shape of `like`."""
    b, c, h, w = like.shape
    cells = tokens.transpose(1, 2).reshape(b, c, 2, 2, h // 2, w // 2)
    return cells.permute(0, 1, 4, 2, 5, 3).reshape(b, c, h, w)
