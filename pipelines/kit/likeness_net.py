"""The likeness encoder for drawn characters: who is it, whatever the face does, wears or stands before.

`load(path, device)` gives a model, `embed(model, pictures)` gives one unit row of numbers per picture; the dot product
of two rows is their likeness. The file's metadata holds "threshold", a score that 1 in 100 pairs of strangers pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.kit.sight import WIDTHS, as_signal, build_trunk

DIMENSIONS = 96


@dataclass(frozen=True)
class Encoder:
    """A network with the size it looks at and the score that strangers seldom reach."""

    net: Any
    size: int
    threshold: float
    device: str


def build() -> Any:
    """A trunk, several glances at the head, one unit row."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self, glances: int = 6) -> None:
            super().__init__()
            width = WIDTHS[-1]
            self.trunk = build_trunk()
            self.gaze = nn.Conv2d(width, glances, 1)
            self.head = nn.Sequential(nn.Linear(width * glances, 256), nn.ReLU(), nn.Linear(256, DIMENSIONS))

        def forward(self, signal: Any) -> Any:
            seen = self.trunk(signal)
            gaze = self.gaze(seen).flatten(2).float().softmax(-1).to(seen.dtype)
            looked = torch.einsum("bap,bcp->bac", gaze, seen.flatten(2)).flatten(1)
            return nn.functional.normalize(self.head(looked).float(), dim=-1)

    return Net()


def load(path: Path, device: str = "cpu") -> Encoder:
    from safetensors import safe_open
    from safetensors.torch import load_file

    with safe_open(path, "pt") as file:
        about = file.metadata()
    net = build()
    net.load_state_dict({name: weight.float() if weight.is_floating_point() else weight
                         for name, weight in load_file(path).items()})
    return Encoder(net.to(device).eval(), int(about["size"]), float(about["threshold"]), device)


def save(net: Any, size: int, threshold: float, path: Path) -> None:
    from safetensors.torch import save_file

    weights = {name: weight.half() if weight.is_floating_point() else weight
               for name, weight in net.state_dict().items()}
    save_file({name: weight.contiguous().cpu() for name, weight in weights.items()}, path,
              {"size": str(size), "threshold": f"{threshold:.4f}"})


def embed(encoder: Encoder, pictures: Sequence[Any], batch: int = 32) -> Any:
    """One row per picture (PIL or height × width × 3 bytes), each of length 1, as a numpy array."""
    import numpy
    import torch

    rows = []
    for start in range(0, len(pictures), batch):
        with torch.inference_mode():
            signal = as_signal(pictures[start : start + batch], encoder.size, encoder.device)
            rows.append(encoder.net(signal).cpu().numpy())
    return numpy.concatenate(rows) if rows else numpy.zeros((0, DIMENSIONS), numpy.float32)
