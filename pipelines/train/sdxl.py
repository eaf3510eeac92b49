"""SDXL learns a character."""

from collections.abc import Mapping
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import TrainRequest
from pipelines.kit.base_models import Base
from pipelines.kit.clip_families import family_of
from pipelines.kit.families import Family
from pipelines.kit.schooling import teach

CARD = Card(
    name="SDXL",
    task="train",
    about="Teaches an SDXL model a character; estimated for cards from 10 GB.",
    licence="the base model's own",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    memory_gb=10.0,
    can=("pause", "resume", "preview"),
)


def run(request: TrainRequest, bench: Bench) -> None:
    teach("sdxl", request, bench, build)


def build(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
    pipe = base.open("StableDiffusionXLPipeline")
    return family_of("sdxl", pipe, request, words, {"num_inference_steps": 20, "guidance_scale": 6.0})
