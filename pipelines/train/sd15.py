"""Stable Diffusion 1.5 learns a character."""

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
    name="Stable Diffusion 1.5",
    task="train",
    about="Teaches a Stable Diffusion 1.5 model a character; estimated for cards from 6 GB.",
    licence="the base model's own",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    memory_gb=6.0,
    can=("pause", "resume", "preview"),
)


def run(request: TrainRequest, bench: Bench) -> None:
    teach("sd15", request, bench, build)


def build(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
    pipe = base.open("StableDiffusionPipeline", safety_checker=None, requires_safety_checker=False)
    return family_of("sd15", pipe, request, words, {"num_inference_steps": 20, "guidance_scale": 6.0})
