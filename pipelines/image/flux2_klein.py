"""FLUX.2 Klein draws in four steps, takes reference pictures without any adapter, and reads plain sentences."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_1024, Family, Pace

CARD = Card(
    name="FLUX.2 Klein",
    task="image",
    about="New, quick and free to use (the 4B one): "
          "four steps, and it follows reference pictures; wants a card with 8 to 12 GB.",
    licence="Apache-2.0 (4B); the 9B is non-commercial",
    lane="gpu",
    rank=6,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "faces", "reference"),
)
FAMILY = Family(
    key="flux2_klein",
    text="Flux2KleinPipeline",
    picture="Flux2KleinInpaintPipeline",
    inpaint="Flux2KleinInpaintPipeline",
    paces={"speed": Pace(4, 1.0), "balanced": Pace(4, 1.0), "quality": Pace(8, 1.0)},
    others={"base": {"speed": Pace(24, 4.0), "balanced": Pace(36, 4.0), "quality": Pace(50, 4.0)}},
    shapes=SHAPES_1024,
    grid=16,
    refers="image",
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
