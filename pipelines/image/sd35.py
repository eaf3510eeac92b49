"""Stable Diffusion 3.5, medium, large and turbo."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_1024, Family, Pace

CARD = Card(
    name="Stable Diffusion 3.5",
    task="image",
    about="Sentences and many looks; free for private use and small companies; wants 8 to 16 GB.",
    licence="Stability-AI-Community",
    lane="gpu",
    rank=8,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "negative", "faces"),
)
FAMILY = Family(
    key="sd35",
    text="StableDiffusion3Pipeline",
    picture="StableDiffusion3Img2ImgPipeline",
    inpaint="StableDiffusion3InpaintPipeline",
    paces={"speed": Pace(20, 4.5), "balanced": Pace(28, 4.5), "quality": Pace(40, 4.5)},
    others={"turbo": {"speed": Pace(4, 0.0), "balanced": Pace(4, 0.0), "quality": Pace(8, 0.0)}},
    shapes=SHAPES_1024,
    grid=16,
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
