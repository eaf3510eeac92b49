"""Between pictures of bytes, height × width × 3, and what networks read and write: −1 to 1, channels first."""

from typing import Any

import numpy


def as_signal(pictures: numpy.ndarray) -> Any:
    import torch

    return torch.from_numpy(pictures.copy()).permute(0, 3, 1, 2).float() / 127.5 - 1.0


def as_pictures(signal: Any) -> numpy.ndarray:
    return ((signal.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
