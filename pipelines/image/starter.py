"""The starter: the small model in the box. It draws in seconds without a download and without a graphics card."""

from dataclasses import dataclass
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest, knob
from pipelines.kit import upscaler_net
from pipelines.kit.drawing import draw
from pipelines.kit.family import Family, Pace

UPSCALER = "starter/companions/upscale_x4.safetensors"
SMALL_SIDE = 320
"""What is larger than this was asked for at that size."""

CARD = Card(
    name="Starter",
    task="image",
    about="The studio's own small model: drawn characters in seconds on any computer. For trying things out.",
    licence="CC0-1.0",
    lane="gpu",
    rank=1,
    needs=("torch", "diffusers", "transformers", "peft"),
    weights=("starter", UPSCALER),
    can=("preview", "picture", "mask", "lora", "negative", "weights", "samplers", "clip", "faces"),
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
    finished=4,
    threads=1,
)


@dataclass(frozen=True)
class Options:
    small: bool = knob(False, "Keep it small", "Leaves the picture at the model's own 128 pixels instead of making it "
                       "four times larger.", kind="switch", advanced=True)


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench, None if request.options.get("small") else enlarge)


def enlarge(picture: Any, bench: Bench) -> Any:
    """Four times larger by the studio's own upscaler: 128 pixels are too few to look at."""
    from PIL import Image

    if max(picture.size) > SMALL_SIDE:
        return picture
    path = bench.weights(UPSCALER)
    net = bench.keep(str(path), lambda: upscaler_net.load(path, bench.device), gb=0.01)
    return Image.fromarray(upscaler_net.enlarge(net, picture))
