"""Files of weights as plain tensors by name. A pickle is read by torch's restricted reader only: nothing in it runs."""

import pickle
import struct
from pathlib import Path
from typing import Any

from core.errors import BadFile
from core.weights.headers import read_header

NESTED = ("params_ema", "params", "state_dict", "model", "params-ema", "net")
"""Under these names training programs put the weights that count."""

TORN = (OSError, RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError, AssertionError,
        OverflowError, MemoryError, struct.error)
"""What the restricted reader lets out over bytes that make no sense to it."""


def read_weights(path: Path) -> dict[str, Any]:
    """All tensors of a .safetensors, .pth, .pt, .ckpt or .bin file."""
    import torch

    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        read_header(path)
        return load_file(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise BadFile(f"{path.name} wants to run code when it is opened, so it was not opened.",
                      "Get the same model as .safetensors.") from error
    except TORN as error:
        raise BadFile(f"{path.name} is damaged or no file of weights.", "Get it again from where it came.") from error
    for name in NESTED:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    tensors = {str(name): value for name, value in found.items() if isinstance(value, torch.Tensor)} \
        if isinstance(found, dict) else {}
    if not tensors:
        raise BadFile(f"{path.name} holds no weights.", "Choose another file.")
    return tensors
