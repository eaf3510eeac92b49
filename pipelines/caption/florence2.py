"""Captions by Florence-2: small for what it sees, with places and things in whole sentences."""

from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import CaptionRequest
from pipelines.kit.captioning import describe_with

CARD = Card(
    name="Florence-2",
    task="caption",
    about="Describes photos in detail; its folder goes into models/captioners/florence-2.",
    licence="MIT",
    lane="gpu",
    needs=("torch", "transformers"),
    weights=("captioners/florence-2",),
    rank=6,
)
ASK = "<DETAILED_CAPTION>"


def run(request: CaptionRequest, bench: Bench) -> None:
    describe_with(request, bench, CARD, load, read, gb=1.6)


def load(path: Any, device: str) -> tuple[Any, Any]:
    from transformers import AutoProcessor, Florence2ForConditionalGeneration

    model = Florence2ForConditionalGeneration.from_pretrained(path, local_files_only=True).to(device).eval()
    return model, AutoProcessor.from_pretrained(path, local_files_only=True)


def read(model: Any, processor: Any, picture: Any) -> str:
    import torch

    given = processor(text=ASK, images=picture, return_tensors="pt").to(model.device)
    with torch.inference_mode():
        told = model.generate(**given, max_new_tokens=128, num_beams=3)
    return str(processor.batch_decode(told, skip_special_tokens=True)[0])
