"""Captions by BLIP: small, quick, one plain sentence for each photo."""

from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import CaptionRequest
from pipelines.kit.captioning import describe_with

CARD = Card(
    name="BLIP",
    task="caption",
    about="Describes photos in one plain sentence; its folder goes into models/captioners/blip.",
    licence="BSD-3-Clause",
    lane="gpu",
    needs=("torch", "transformers"),
    weights=("captioners/blip",),
    rank=6,
)


def run(request: CaptionRequest, bench: Bench) -> None:
    describe_with(request, bench, CARD, load, read, gb=1.0)


def load(path: Any, device: str) -> tuple[Any, Any]:
    from transformers import BlipForConditionalGeneration, BlipProcessor

    model = BlipForConditionalGeneration.from_pretrained(path, local_files_only=True).to(device).eval()
    return model, BlipProcessor.from_pretrained(path, local_files_only=True)


def read(model: Any, processor: Any, picture: Any) -> str:
    import torch

    with torch.inference_mode():
        told = model.generate(**processor(images=picture, return_tensors="pt").to(model.device), max_new_tokens=48,
                              num_beams=3)
    return str(processor.decode(told[0], skip_special_tokens=True))
