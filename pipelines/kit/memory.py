"""Where a model stands and in what precision: a plan of core/fitting.py carried out, and stepped down when memory runs
out. Which plan fits is decided there, with numbers alone."""

import importlib.util
from collections.abc import Sequence
from typing import Any

from core.errors import TooBig
from core.fitting import Room, Weights, lower

SAID = {
    "half": "Memory ran out, so the model was loaded in 16 bits. It takes longer on this processor.",
    "fp8": "Memory ran out, so the part that draws is kept in 8 bits. It takes a little longer.",
    "int8": "Memory ran out, so the model is kept in 8 bits.",
    "offload": "The card's memory ran out, so the model was moved in part by part. It takes longer.",
    "nf4": "The card's memory ran out, so the model is kept in 4 bits. Pictures differ a little from those in full.",
    "stream": "The card's memory ran out, so the model was moved in layer by layer. It takes much longer.",
}
PACKED = {"int8": ("bitsandbytes_8bit", {"load_in_8bit": True}),
          "nf4": ("bitsandbytes_4bit", {"load_in_4bit": True, "bnb_4bit_quant_type": "nf4"})}
"""How diffusers and transformers call it."""
WHOLE = frozenset({"full", "half"})
"""Ways in which the model stands as it was loaded."""


def choose_dtype(device: str) -> Any:
    """bf16 where the machine counts in it; float32 on a processor that would only pretend to."""
    import torch

    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.startswith(("mps", "xpu")):
        return torch.bfloat16
    return torch.bfloat16 if counts_in_bf16() else torch.float32


def counts_in_bf16() -> bool:
    import torch

    check = getattr(torch.cpu, "_is_amx_tile_supported", None)
    wide = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check()) or bool(wide and wide())


def card(device: str) -> Any | None:
    """torch's own module for a device with memory of its own; None where the computer's memory is shared."""
    import torch

    return torch.get_device_module(device) if device.startswith(("cuda", "xpu")) else None


def room(device: str, standing_gb: float = 0.0) -> Room:
    """What there is now; `standing_gb` is what other models hold that would go first."""
    import psutil

    ram = psutil.virtual_memory().available / 2**30
    if card(device) is None:
        ram += standing_gb
        return Room(device, ram, ram, half=not device.startswith("cpu") or counts_in_bf16())
    return Room(device, free_gb(device), ram, True, importlib.util.find_spec("bitsandbytes") is not None)


def free_gb(device: str) -> float:
    """On a card, counting what our own models hold: they go before another one comes."""
    of = card(device)
    try:
        free = of.mem_get_info(device)[0]
    except RuntimeError:  # drivers of some Intel cards do not tell: then all of it, and a run sees
        return card_gb(device)
    return (free + of.memory_reserved(device)) / 2**30


def card_gb(device: str) -> float:
    """All that a card has, whoever holds it now; 0 where the computer's memory is shared."""
    of = card(device)
    return of.get_device_properties(device).total_memory / 2**30 if of else 0.0


def dtype_of(bits: int, device: str) -> Any:
    import torch

    if bits == 32:
        return torch.float32
    return torch.bfloat16 if device == "cpu" else choose_dtype(device)


def packing(way: str, dtype: Any, parts: Sequence[str]) -> Any | None:
    """What tells diffusers to load these parts in 8 or 4 bits; None where the way keeps them as they are."""
    if way not in PACKED:
        return None
    from diffusers.quantizers import PipelineQuantizationConfig

    backend, given = PACKED[way]
    more = {"bnb_4bit_compute_dtype": dtype} if way == "nf4" else {}
    return PipelineQuantizationConfig(quant_backend=backend, quant_kwargs={**given, **more},
                                      components_to_quantize=list(parts))


def packing_of_one(way: str, dtype: Any) -> Any | None:
    """The same for a part that is loaded by itself."""
    if way not in PACKED:
        return None
    from diffusers import BitsAndBytesConfig

    more = {"bnb_4bit_compute_dtype": dtype} if way == "nf4" else {}
    return BitsAndBytesConfig(**PACKED[way][1], **more)


def place(pipe: Any, device: str, way: str) -> Any:
    """Put a loaded pipeline where it will work."""
    import torch

    pipe.set_progress_bar_config(disable=True)
    denoiser = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    if way == "fp8":
        denoiser.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=denoiser.dtype)
    if way == "offload":
        pipe.enable_model_cpu_offload(device=device)
    elif way == "stream":
        pipe.enable_group_offload(onload_device=torch.device(device), offload_device=torch.device("cpu"),
                                  offload_type="leaf_level", use_stream=device.startswith("cuda"))
    else:
        pipe.to(device)
    if getattr(pipe, "unet", None) is not None and way in WHOLE:
        pipe.unet.to(memory_format=torch.channels_last)
    if way not in WHOLE:
        spare(pipe)
    return pipe


def spare(pipe: Any) -> None:
    """Decode in tiles: the last moment of a picture is where memory runs out most often."""
    for name in ("enable_tiling", "enable_slicing"):
        if hasattr(getattr(pipe, "vae", None), name):
            getattr(pipe.vae, name)()


def next_way(way: str, weights: Weights, room: Room) -> str:
    """One step down the ladder, or a sentence when there is none."""
    following = lower(way, weights, room)
    if not following:
        raise TooBig("The picture needs more memory than there is.",
                     "Make it smaller, make fewer at once, or choose a smaller model.")
    return following


def ran_out(error: BaseException) -> bool:
    import torch

    said = str(error).lower()
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or any(words in said for words in (
        "out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory", "alloc_failed"))


def tidy(device: str) -> None:
    """Give back what nobody holds any more."""
    import gc

    gc.collect()
    if of := card(device):
        of.empty_cache()


def watch_peak(device: str) -> None:
    """Let a card count its most anew; for what a processor holds see peaks.py."""
    if of := card(device):
        of.reset_peak_memory_stats(device)


def peak_gb(device: str) -> float:
    """The most that a card held since then; 0 where it does not count."""
    of = card(device)
    return of.max_memory_allocated(device) / 2**30 if of else 0.0
