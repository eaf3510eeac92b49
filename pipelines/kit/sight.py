"""A small eye for drawn pictures: the trunk that the attribute reader and the likeness encoder share."""

from collections.abc import Sequence
from typing import Any

WIDTHS = (16, 32, 64, 128)


def build_trunk(widths: Sequence[int] = WIDTHS) -> Any:
    """Pictures in −1 to 1 become a map one sixteenth as large with `widths[-1]` channels."""
    from torch import nn

    class Residual(nn.Module):
        """Two convolutions beside a straight road."""

        def __init__(self, width: int):
            super().__init__()
            self.way = nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
                nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width),
            )

        def forward(self, signal: Any) -> Any:
            return (signal + self.way(signal)).relu()

    parts: list[Any] = []
    for place, (before, width) in enumerate(zip((3, *widths), widths, strict=False)):
        parts += [nn.Conv2d(before, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        if place:
            parts += [Residual(width), Residual(width)]
    return nn.Sequential(*parts)


def as_signal(pictures: Sequence[Any], size: int, device: str = "cpu") -> Any:
    """PIL pictures or height × width × 3 bytes, any size, as one batch in −1 to 1; the middle square is taken."""
    import numpy
    import torch
    from PIL import Image

    rows = []
    for picture in pictures:
        picture = picture if isinstance(picture, Image.Image) else Image.fromarray(numpy.asarray(picture))
        edge = min(picture.size)
        left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
        square = picture.convert("RGB").crop((left, top, left + edge, top + edge))
        if edge != size:
            square = square.resize((size, size), Image.Resampling.BOX if edge % size == 0 else Image.Resampling.LANCZOS)
        rows.append(numpy.asarray(square))
    batch = torch.from_numpy(numpy.stack(rows).copy()).permute(0, 3, 1, 2)
    return (batch.float() / 127.5 - 1.0).to(device)
