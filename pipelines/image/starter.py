"""The starter: the small model in the box. It draws in seconds without a download and without a graphics card."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import Family, Pace

CARD = Card(
    name="Starter",
    task="image",
    about="The studio's own small model: drawn characters in seconds on any computer. For trying things out.",
    licence="CC0-1.0",
    lane="gpu",
    rank=1,
    needs=("torch", "diffusers", "transformers", "peft"),
    weights=("starter",),
    can=("preview", "picture", "mask", "lora", "negative", "weights", "samplers", "clip"),
)
FAMILY = Family(
    key="starter",
    text="StableDiffusionPipeline",
    picture="StableDiffusionImg2ImgPipeline",
    paces={"speed": Pace(10, 3.5), "balanced": Pace(18, 3.5), "quality": Pace(30, 3.5)},
    shapes={"square": (128, 128), "portrait": (112, 144), "landscape": (144, 112), "tall": (96, 160),
            "wide": (160, 96)},
    weights="starter",
    words="clip",
    sampler="DPM++ 2M",
    parts={"safety_checker": None, "requires_safety_checker": False},
    threads=1,
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
