"""The starter learns a character: minutes on a processor, with nothing to download."""

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
    name="Starter",
    task="train",
    about="Teaches the model in the box a drawn character, on any computer, in minutes.",
    licence="CC0-1.0",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    weights=("starter",),
    rank=1,
    memory_gb=0.75,
    can=("pause", "resume", "preview"),
)


def run(request: TrainRequest, bench: Bench) -> None:
    teach("starter", request, bench, build, ["starter"])


def build(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
    import torch

    pipe = base.open("StableDiffusionPipeline", dtype=torch.float32, safety_checker=None,
                     requires_safety_checker=False)
    return family_of("starter", pipe, request, words, {"num_inference_steps": 12, "guidance_scale": 3.5})
