"""FLUX.1 dev, schnell and Krea dev: long sentences are followed closely."""

from core.bench import Bench
from core.cards import Card
from core.requests import ImageRequest
from pipelines.kit import draft
from pipelines.kit.drawing import draw
from pipelines.kit.family import SHAPES_1024, Family, Pace

CARD = Card(
    name="FLUX.1",
    task="image",
    about="Follows long sentences closely; dev is for private use only, schnell is free; wants 10 GB or more.",
    licence="Apache-2.0 (schnell); dev is non-commercial",
    lane="gpu",
    rank=7,
    needs=("torch", "diffusers", "transformers", "peft"),
    can=("preview", "picture", "mask", "lora", "faces"),
)
FAMILY = Family(
    key="flux1",
    text="FluxPipeline",
    picture="FluxImg2ImgPipeline",
    inpaint="FluxInpaintPipeline",
    paces={"speed": Pace(16, 3.5), "balanced": Pace(28, 3.5), "quality": Pace(40, 3.5)},
    others={"schnell": {"speed": Pace(2, 0.0), "balanced": Pace(4, 0.0), "quality": Pace(8, 0.0)}},
    shapes=SHAPES_1024,
    grid=16,
)

Options = draft.Options


def run(request: ImageRequest, bench: Bench) -> None:
    draw(FAMILY, request, bench)
