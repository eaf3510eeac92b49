"""Pictures of many kinds: overlapping shapes, clouds of noise, writing, drawings, and a few public-domain photos.

Overlapping shapes with sizes by a power law have the edges and the statistics of ordinary photos, which is what an
upscaler has to know beside our own drawings.
"""

import importlib.util
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy

from pipelines.starter.artist.drawing import draw
from pipelines.starter.artist.pen import Colour, Pen, box, ellipse, smooth, star, trace
from pipelines.starter.artist.recipe import sample

if TYPE_CHECKING:
    from PIL import Image

# Public domain or CC0. Astronaut, Chelsea, coffee and rocket are kept out: they are what the figures are measured on.
ORDINARY = ("brick.png", "camera.png", "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png",
            "moon.png", "motorcycle_left.png", "retina.jpg")


def shade(dice: random.Random, base: Colour) -> Colour:
    return tuple(min(255, max(0, part + dice.randint(-70, 70))) for part in base)


def cloud(size: int, power: float, chance: numpy.random.Generator) -> numpy.ndarray:
    """Noise whose fine detail fades by a power of its frequency, in −1 to 1."""
    row = numpy.fft.fftfreq(size)
    distance = numpy.sqrt(row[:, None] ** 2 + row[None, :] ** 2)
    distance[0, 0] = 1.0 / size
    spectrum = numpy.fft.fft2(chance.standard_normal((size, size))) / distance**power
    noise = numpy.fft.ifft2(spectrum).real
    return noise / (numpy.abs(noise).max() + 1e-9)


def leaves(seed: int, size: int) -> numpy.ndarray:
    """Shapes that cover each other, many small and few large, with a grain over all."""
    dice, chance = random.Random(f"leaves {seed}"), numpy.random.default_rng(seed)
    pen = Pen(size, size)
    base = tuple(dice.randint(40, 215) for _ in range(3))
    pen.fill(box(0, 0, 1, 1), base)
    for _ in range(dice.choice((60, 120, 220))):
        x, y = dice.uniform(-0.1, 1.1), dice.uniform(-0.1, 1.1)
        radius = 0.015 / (1.0 - dice.random() * 0.96) ** 0.8
        kind = dice.random()
        if kind < 0.35:
            path = ellipse(x, y, radius, radius * dice.uniform(0.4, 1.0))
        elif kind < 0.6:
            path = trace(*((x + dice.uniform(-radius, radius), y + dice.uniform(-radius, radius)) for _ in range(4)))
        elif kind < 0.85:
            path = smooth([(x + dice.uniform(-radius, radius), y + dice.uniform(-radius, radius)) for _ in range(5)])
        else:
            path = star(x, y, radius, dice.randint(3, 8), dice.uniform(0.2, 0.8))
        if dice.random() < 0.2:
            pen.line(path, shade(dice, base), dice.uniform(0.003, 0.012))
        else:
            pen.fill(path, shade(dice, base))
    grain = cloud(size, dice.uniform(0.5, 1.3), chance)[..., None] * dice.choice((0, 10, 30, 60))
    return (pen.pixels().astype(numpy.float32) + grain).clip(0, 255).astype(numpy.uint8)


def clouds(seed: int, size: int) -> numpy.ndarray:
    """Coloured noise, soft as mist or rough as stone."""
    chance = numpy.random.default_rng(seed)
    power = chance.uniform(0.8, 1.9)
    shared = cloud(size, power, chance)
    planes = [shared * 0.8 + cloud(size, power, chance) * 0.3 for _ in range(3)]
    levels = chance.uniform(70, 180, 3)
    return (numpy.stack(planes, -1) * chance.uniform(60, 160) + levels).clip(0, 255).astype(numpy.uint8)


def writing(seed: int, size: int) -> numpy.ndarray:
    """Letters of several sizes on paper."""
    from PIL import Image, ImageDraw, ImageFont

    dice = random.Random(f"writing {seed}")
    paper, ink = [(250, 248, 240), (30, 30, 40)][:: dice.choice((1, -1))]
    sheet = Image.new("RGB", (size, size), paper)
    pencil, y = ImageDraw.Draw(sheet), 2
    while y < size:
        height = dice.choice((9, 11, 14, 18, 26))
        letters = "".join(dice.choice("abcdefghijklmnopqrstuvwxyz ABCDEFGHKMNRSTW 0123456789 .,;!?") for _ in range(40))
        pencil.text((dice.randint(-8, 4), y), letters, fill=ink, font=ImageFont.load_default(height))
        y += int(height * 1.3)
    return numpy.asarray(sheet).copy()


def photo(name: str) -> "Image.Image | None":
    """One of scikit-image's sample pictures, read as a file; None without the package."""
    from PIL import Image

    package = importlib.util.find_spec("skimage")
    if package is None or not package.submodule_search_locations:
        return None
    with Image.open(Path(package.submodule_search_locations[0]) / "data" / name) as file:
        return file.convert("RGB")


def ordinary(size: int) -> list[numpy.ndarray]:
    """Squares from the public-domain samples that scikit-image ships, whole and made smaller; none without it."""
    from PIL import Image

    squares = []
    for whole in filter(None, map(photo, ORDINARY)):
        for share in (1.0, 0.7, 0.5):
            wide, high = int(whole.width * share), int(whole.height * share)
            pixels = numpy.asarray(whole.resize((wide, high), Image.Resampling.LANCZOS))
            squares += [pixels[top : top + size, left : left + size]
                        for top in range(0, high - size + 1, size * 3 // 4)
                        for left in range(0, wide - size + 1, size * 3 // 4)]
    return squares


def drawing(seed: int, size: int) -> numpy.ndarray:
    return draw(sample(seed), size)


KINDS = ((drawing, 4), (leaves, 4), (clouds, 1), (writing, 1))


def pattern(seed: int, size: int) -> numpy.ndarray:
    """One picture of some kind; the same seed gives the same picture."""
    kinds = [kind for kind, _ in KINDS]
    kind = random.Random(f"kind {seed}").choices(kinds, weights=[weight for _, weight in KINDS])[0]
    return kind(seed, size)
