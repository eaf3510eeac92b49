"""A quick look at a picture in the making: latents times one small matrix, no autoencoder.

`load(path)` gives the map, `preview(matrix, latents)` gives small pictures (one pixel per latent cell).
"""

from pathlib import Path
from typing import Any


def load(path: Path) -> Any:
    """The map: one row per latent channel and a last row that is added; three columns for red, green, blue."""
    from safetensors.numpy import load_file

    return load_file(path)["latent_to_rgb"]


def preview(matrix: Any, latents: Any) -> Any:
    """batch × channels × height × width latents, as the sampler holds them, to batch × height × width × 3 bytes."""
    import numpy

    cells = numpy.asarray(latents, dtype=numpy.float32).transpose(0, 2, 3, 1)
    colours = cells @ matrix[:-1] + matrix[-1]
    return (colours.clip(0.0, 1.0) * 255.0 + 0.5).astype(numpy.uint8)
