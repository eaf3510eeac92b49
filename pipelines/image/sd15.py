"""Stable Diffusion 1.5 and everything trained on it: small, quick, and the largest collection of LoRAs."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_512, Family, Pace

CARD = Card(
    name="Stable Diffusion 1.5",
    task="image",
    about="Small and quick, with a very large collection of looks; runs on almost any card, and on a processor.",
    licence="CreativeML-OpenRAIL-M",
    lane="gpu",
    rank=7,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "negative", "weights", "samplers", "clip",
         "faces", "control", "reference"),
)
FAMILY = Family(
    key="sd15",
    text="StableDiffusionPipeline",
    picture="StableDiffusionImg2ImgPipeline",
    inpaint="StableDiffusionInpaintPipeline",
    paces={"speed": Pace(15, 6.5), "balanced": Pace(25, 7.0), "quality": Pace(40, 7.0)},
    shapes=SHAPES_512,
    words="clip",
    sampler="DPM++ 2M",
    parts={"safety_checker": None, "requires_safety_checker": False},
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
