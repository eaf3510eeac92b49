"""Qwen-Image: large, follows words exactly and writes text into pictures."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit import draft
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_QWEN, Family, Pace

CARD = Card(
    name="Qwen-Image",
    task="image",
    about="Follows words exactly and can write text into a picture; large, wants 16 GB or a lot of patience.",
    licence="Apache-2.0",
    lane="gpu",
    rank=7,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "negative", "faces"),
)
FAMILY = Family(
    key="qwen_image",
    text="QwenImagePipeline",
    picture="QwenImageImg2ImgPipeline",
    inpaint="QwenImageInpaintPipeline",
    paces={"speed": Pace(20, 4.0), "balanced": Pace(30, 4.0), "quality": Pace(50, 4.0)},
    others={"lightning": {"speed": Pace(4, 1.0), "balanced": Pace(8, 1.0), "quality": Pace(12, 1.0)}},
    shapes=SHAPES_QWEN,
    grid=16,
    guidance="true_cfg_scale",
    silence=" ",
)

Options = draft.Options


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
