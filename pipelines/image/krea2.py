"""Krea 2, base and turbo. diffusers only lets it draw from words, so a start picture is not offered."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_1024, Family, Pace

CARD = Card(
    name="Krea 2",
    task="image",
    about="Natural pictures from plain sentences, from words only; wants 12 GB or more.",
    licence="Krea-2-Community",
    lane="gpu",
    rank=8,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "lora", "negative"),
)
FAMILY = Family(
    key="krea2",
    text="Krea2Pipeline",
    paces={"speed": Pace(20, 4.5), "balanced": Pace(28, 4.5), "quality": Pace(40, 4.5)},
    others={"turbo": {"speed": Pace(6, 0.0), "balanced": Pace(8, 0.0), "quality": Pace(12, 0.0)}},
    shapes=SHAPES_1024,
    grid=16,
    guided_above=0.0,
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
