"""Z-Image and its Turbo: small for what it draws, quick, and free to use."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_1024, Family, Pace

CARD = Card(
    name="Z-Image Turbo",
    task="image",
    about="Photographic pictures in about nine steps, free to use; wants a card with about 8 GB.",
    licence="Apache-2.0",
    lane="gpu",
    rank=6,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "negative", "faces"),
)
FAMILY = Family(
    key="zimage",
    text="ZImagePipeline",
    picture="ZImageImg2ImgPipeline",
    inpaint="ZImageInpaintPipeline",
    paces={"speed": Pace(6, 0.0), "balanced": Pace(9, 0.0), "quality": Pace(14, 0.0)},
    others={"base": {"speed": Pace(24, 4.0), "balanced": Pace(36, 4.0), "quality": Pace(50, 4.0)}},
    shapes=SHAPES_1024,
    grid=16,
)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
