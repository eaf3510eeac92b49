"""SDXL and everything trained on it (Pony, Illustrious and others): larger pictures, two text encoders."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_1024, Family, Pace

CARD = Card(
    name="SDXL",
    task="image",
    about="Large, detailed pictures with many looks to choose from; wants a card with about 8 GB.",
    licence="CreativeML-OpenRAIL++-M",
    lane="gpu",
    rank=7,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "negative", "weights", "samplers", "clip",
         "faces", "control", "reference"),
)
FAMILY = Family(
    key="sdxl",
    text="StableDiffusionXLPipeline",
    picture="StableDiffusionXLImg2ImgPipeline",
    inpaint="StableDiffusionXLInpaintPipeline",
    paces={"speed": Pace(18, 5.5), "balanced": Pace(28, 6.0), "quality": Pace(40, 6.0)},
    shapes=SHAPES_1024,
    words="clip",
    sampler="DPM++ 2M",
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
