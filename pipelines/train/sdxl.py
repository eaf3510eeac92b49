"""SDXL learns a character."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import TrainRequest
from pipelines.kit.clip_families import family_of
from pipelines.kit.families import Family
from pipelines.kit.memory import choose_dtype
from pipelines.kit.schooling import teach

CARD = Card(
    name="SDXL",
    task="train",
    about="Teaches an SDXL model a character; runs on cards from 10 GB.",
    licence="the base model's own",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    weights=("checkpoints/sdxl-base-1.0",),
    can=("pause", "resume", "preview"),
)


def run(request: TrainRequest, bench: Bench) -> None:
    teach("sdxl", request, bench, _build, CARD.weights[0])


def _build(path: Path, request: TrainRequest, words: Mapping[str, Any], device: str) -> Family:
    from diffusers import StableDiffusionXLPipeline

    pipe = StableDiffusionXLPipeline.from_pretrained(path, torch_dtype=choose_dtype(device),
                                                   local_files_only=True).to(device)
    return family_of("sdxl", pipe, request, words, {"num_inference_steps": 20, "guidance_scale": 6.0})
