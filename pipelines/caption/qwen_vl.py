"""Captions by Qwen-VL: asked in words, so it tells what matters for a training and leaves the character's looks out."""

from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import CaptionRequest
from pipelines.kit.captioning import describe_with

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
PICTURE = "<|image_pad|>"
"""The sign that stands in the text for a piece of the picture, once for each piece."""


def run(request: CaptionRequest, bench: Bench) -> None:
    describe_with(request, bench, CARD, load, read, gb=7.0)


def load(path: Any, device: str) -> tuple[Any, Any, Any]:
    """Model, eyes and tokenizer. The joint processor is left alone: its half for videos wants torchvision."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

    kind = torch.float32 if device == "cpu" else torch.bfloat16
    model = AutoModelForImageTextToText.from_pretrained(path, local_files_only=True, dtype=kind).to(device).eval()
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    talk = path / "chat_template.jinja"
    if talk.is_file():
        tokenizer.chat_template = talk.read_text("utf-8")
    return model, AutoImageProcessor.from_pretrained(path, local_files_only=True), tokenizer


def read(model: Any, eyes: Any, tokenizer: Any, picture: Any) -> str:
    import torch

    small = picture.copy()
    small.thumbnail((PIXELS_MAX, PIXELS_MAX))
    seen = eyes(images=[small], return_tensors="pt")
    talk = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": ASK}]}]
    words = tokenizer.apply_chat_template(talk, add_generation_prompt=True, tokenize=False)
    places = int(seen["image_grid_thw"][0].prod()) // eyes.merge_size**2
    given = tokenizer(words.replace(PICTURE, PICTURE * places, 1), return_tensors="pt")
    given["mm_token_type_ids"] = (given["input_ids"] == tokenizer.convert_tokens_to_ids(PICTURE)).long()
    given = {**given, **seen}
    with torch.inference_mode():
        told = model.generate(**{name: part.to(model.device) for name, part in given.items()}, max_new_tokens=96,
                              do_sample=False)
    return str(tokenizer.decode(told[0][given["input_ids"].shape[1]:], skip_special_tokens=True))
