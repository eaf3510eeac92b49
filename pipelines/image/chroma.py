"""Chroma: a free relative of FLUX.1 that listens to what should not be in the picture."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_1024, Family, Pace

CARD = Card(
    name="Chroma",
    task="image",
    about="A free relative of FLUX.1 that also hears what to keep out; wants 12 GB or more.",
    licence="Apache-2.0",
    lane="gpu",
    rank=8,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "negative", "faces"),
)
FAMILY = Family(
    key="chroma",
    text="ChromaPipeline",
    picture="ChromaImg2ImgPipeline",
    # No inpaint: diffusers' own pipeline for it asks the model for a setting that Chroma does not have.
    paces={"speed": Pace(24, 4.0), "balanced": Pace(35, 5.0), "quality": Pace(45, 5.0)},
    shapes=SHAPES_1024,
    grid=16,
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
