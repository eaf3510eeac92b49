"""Nearest neighbour: hard pixels stay hard. For pixel art. An example of a private pipeline in one file."""

from dataclasses import dataclass

from core.bench import Bench
from core.cards import Card
from core.requests import UpscaleRequest, knob

CARD = Card(name="Pixel art", task="upscale", about="Keeps hard pixels hard.", licence="MIT", needs=("PIL",))


@dataclass(frozen=True)
class Options:
    whole: bool = knob(True, "Whole steps", "Only whole multiples, so that all pixels stay equal.", kind="switch")


def run(request: UpscaleRequest, bench: Bench) -> None:
    from PIL import Image

    factor = max(1, round(request.scale)) if request.options.get("whole", True) else request.scale
    for number, asset_id in enumerate(request.pictures):
        bench.step(number, len(request.pictures), "Enlarging")
        with Image.open(bench.open(asset_id)) as file:
            size = (round(file.width * factor), round(file.height * factor))
            bench.save(file.resize(size, Image.Resampling.NEAREST), folder="images", suffix=".png")
