"""Captions by Qwen-VL: asked in words, so it tells what matters for a training and leaves the character's looks out."""

from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import CaptionRequest
from pipelines.kit.captioning import describe_photos

CARD = Card(
    name="Qwen-VL",
    task="caption",
    about="Describes photos as a training wants it; its folder goes into models/captioners/qwen-vl.",
    licence="Apache-2.0",
    lane="gpu",
    needs=("torch", "transformers"),
    weights=("captioners/qwen-vl",),
    rank=6,
)
ASK = ("Describe this picture in one line of short comma-separated phrases: expression, pose, clothes, place, light, "
       "framing. Do not name the person.")
PIXELS_MAX = 768


def run(request: CaptionRequest, bench: Bench) -> None:
    path = bench.weights(CARD.weights[0])
    model, processor = bench.keep(str(path), lambda: load(path, bench.device), gb=7.0)
    describe_photos(request, bench, lambda picture: read(model, processor, picture))


def load(path: Any, device: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    kind = torch.float32 if device == "cpu" else torch.bfloat16
    model = AutoModelForImageTextToText.from_pretrained(path, local_files_only=True, dtype=kind).to(device).eval()
    return model, AutoProcessor.from_pretrained(path, local_files_only=True)


def read(model: Any, processor: Any, picture: Any) -> str:
    import torch

    small = picture.copy()
    small.thumbnail((PIXELS_MAX, PIXELS_MAX))
    talk = [{"role": "user", "content": [{"type": "image", "image": small}, {"type": "text", "text": ASK}]}]
    given = processor.apply_chat_template(talk, add_generation_prompt=True, tokenize=True, return_dict=True,
                                          return_tensors="pt").to(model.device)
    with torch.inference_mode():
        told = model.generate(**given, max_new_tokens=96, do_sample=False)
    answer = told[0][given["input_ids"].shape[1]:]
    return str(processor.decode(answer, skip_special_tokens=True))
