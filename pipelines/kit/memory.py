"""Where a model stands and in what precision: chosen for this machine, and stepped down when memory runs out."""

from collections.abc import Sequence
from typing import Any

from core.errors import TooBig

MODES: Sequence[str] = ("full", "offload", "stream")
"""From fastest to smallest: all on the card; one part at a time; one layer at a time."""
RESERVE_GB = 1.5
"""Room on a card for latents and the decoder."""
SAID = {
    "offload": "The card's memory ran out, so the model was moved in part by part. It takes longer.",
    "stream": "The card's memory ran out, so the model was moved in layer by layer. It takes much longer.",
}


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


def choose_mode(asked: str, device: str, gb: float) -> str:
    """The fastest mode that fits; a processor has only one."""
    if not device.startswith("cuda"):
        return "full"
    if asked in MODES:
        return asked
    free = free_gb(device)
    return "full" if gb + RESERVE_GB <= free else "offload" if gb * 0.7 + RESERVE_GB <= free else "stream"


def free_gb(device: str) -> float:
    import torch

    return torch.cuda.mem_get_info(device)[0] / 2**30 if device.startswith("cuda") else 0.0


def place(pipe: Any, device: str, mode: str) -> Any:
    """Put a loaded pipeline where it will work."""
    import torch

    pipe.set_progress_bar_config(disable=True)
    if mode == "offload":
        pipe.enable_model_cpu_offload(device=device)
    elif mode == "stream":
        pipe.enable_group_offload(onload_device=torch.device(device), offload_device=torch.device("cpu"),
                                  offload_type="leaf_level", use_stream=device.startswith("cuda"))
    else:
        pipe.to(device)
    unet = getattr(pipe, "unet", None)
    if unet is not None:
        unet.to(memory_format=torch.channels_last)
    if mode != "full":
        spare(pipe)
    return pipe


def spare(pipe: Any) -> None:
    """Decode in tiles: the last moment of a picture is where memory runs out most often."""
    for name in ("enable_tiling", "enable_slicing"):
        if hasattr(getattr(pipe, "vae", None), name):
            getattr(pipe.vae, name)()


def next_mode(mode: str, device: str) -> str:
    """One step down the ladder, or a sentence when there is none."""
    step = MODES.index(mode) + 1
    if not device.startswith("cuda") or step >= len(MODES):
        raise TooBig("The picture needs more memory than there is.",
                     "Make it smaller, make fewer at once, or choose a smaller model.")
    return MODES[step]


def ran_out(error: Exception) -> bool:
    return "out of memory" in str(error).lower() or "not enough memory" in str(error).lower()


def tidy(device: str) -> None:
    import gc

    import torch

    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def peak_gb(device: str) -> float:
    import torch

    return torch.cuda.max_memory_allocated(device) / 2**30 if device.startswith("cuda") else 0.0
