"""The box's own upscaler: a compact network that doubles or quadruples a picture. Tiles and seams are the caller's.

`load(path, device)` gives a model with `.scale`, `enlarge(model, pixels)` gives the larger pixels. The same files
open in every tool that knows the "RealESRGAN Compact" architecture (spandrel, chaiNNer, ComfyUI), which is why the
names in the state are plain `body.N`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Upscaler:
    net: Any
    scale: int
    device: str


def build(width: int, layers: int, scale: int) -> Any:
    """Convolutions at the small size, one shuffle to the large one, added to the picture with its pixels repeated."""
    from torch import nn

    class Compact(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            parts = [nn.Conv2d(3, width, 3, padding=1), nn.PReLU(width)]
            for _ in range(layers):
                parts += [nn.Conv2d(width, width, 3, padding=1), nn.PReLU(width)]
            self.body = nn.ModuleList([*parts, nn.Conv2d(width, 3 * scale * scale, 3, padding=1)])

        def forward(self, signal: Any) -> Any:
            made = signal
            for part in self.body:
                made = part(made)
            made = nn.functional.pixel_shuffle(made, scale)
            return made + nn.functional.interpolate(signal, scale_factor=scale, mode="nearest")

    return Compact()


def load(path: Path, device: str = "cpu") -> Upscaler:
    from safetensors.torch import load_file

    weights = {name: weight.float() for name, weight in load_file(path).items()}
    last = max(int(name.split(".")[1]) for name in weights)
    width = weights["body.0.weight"].shape[0]
    scale = round((weights[f"body.{last}.bias"].shape[0] / 3) ** 0.5)
    net = build(width, (last - 2) // 2, scale)
    net.load_state_dict(weights)
    return Upscaler(net.to(device).eval(), scale, device)


def save(net: Any, path: Path) -> None:
    from safetensors.torch import save_file

    save_file({name: weight.half().contiguous().cpu() for name, weight in net.state_dict().items()}, path)


def enlarge(upscaler: Upscaler, pixels: Any) -> Any:
    """Height × width × 3 bytes to scale × as many each way."""
    import numpy
    import torch

    signal = torch.from_numpy(numpy.array(pixels)).permute(2, 0, 1)[None].to(upscaler.device).float() / 255
    with torch.inference_mode():
        made = upscaler.net(signal)[0].clamp(0, 1) * 255
    return made.round().byte().permute(1, 2, 0).cpu().numpy()
