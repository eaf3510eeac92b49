"""Whether a picture shows what was asked for: read by the attribute reader where it knows the style, else by CLIP."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.bench import Bench
from core.errors import Missing

READER = "starter/companions/reader.safetensors"
CLIP = "judges/clip"
LOOKS = ("who", "skin", "hair", "hair_colour", "eyes")
"""What stays the same in every picture of somebody drawn; clothes do not."""


@dataclass(frozen=True)
class Question:
    """Words for a scene, and what a reader of drawings should see in it."""

    words: str
    wanted: Mapping[str, str]


QUESTIONS = (
    Question("smiling, on the beach", {"expression": "smiling", "place": "beach"}),
    Question("angry, in the snow", {"expression": "angry", "place": "snow"}),
    Question("surprised, in a library", {"expression": "surprised", "place": "library"}),
    Question("sad, in a forest", {"expression": "sad", "place": "forest"}),
)
Judge = Callable[[Sequence[Any], Sequence[Question]], float]


def find_judge(bench: Bench, family: str) -> Judge | None:
    """Who can tell here whether pictures of this family follow their words; None when nobody can."""
    if family == "starter":
        reader = open_reader(bench)
        return None if reader is None else lambda pictures, asked: read_right(reader, pictures, asked)
    try:
        path = bench.weights(CLIP)
    except Missing:
        return None
    model, processor = bench.keep(str(path), lambda: load_clip(path, bench.device), gb=0.7)
    return lambda pictures, asked: rank_right(model, processor, pictures, asked)


def open_reader(bench: Bench) -> Any:
    """The attribute reader, or None in a copy without it."""
    from pipelines.kit import attributes

    try:
        path = bench.weights(READER)
    except Missing:
        return None
    return bench.keep(str(path), lambda: attributes.load(path, bench.device), gb=0.01)


def read_right(reader: Any, pictures: Sequence[Any], asked: Sequence[Question]) -> float:
    """The share of what was asked for that the reader sees."""
    from pipelines.kit.attributes import read_many

    right = [said[name][0] == value for said, question in zip(read_many(reader, pictures), asked, strict=True)
             for name, value in question.wanted.items()]
    return sum(right) / len(right) if right else 0.0


def looks_of(reader: Any, photos: Sequence[Any]) -> dict[str, str]:
    """How somebody looks in most of their photos; what differs from photo to photo is left out."""
    from pipelines.kit.attributes import read_many

    said = read_many(reader, photos)
    looks = {}
    for name in LOOKS:
        answers = [each[name][0] for each in said]
        most = max(sorted(set(answers)), key=answers.count) if answers else ""
        if answers.count(most) * 2 > len(answers):
            looks[name] = most
    return looks


def load_clip(path: Any, device: str) -> tuple[Any, Any]:
    from transformers import AutoModel, AutoProcessor

    model = AutoModel.from_pretrained(path, local_files_only=True).to(device).eval()
    return model, AutoProcessor.from_pretrained(path, local_files_only=True)


def rank_right(model: Any, processor: Any, pictures: Sequence[Any], asked: Sequence[Question]) -> float:
    """The share of pictures whose own scene CLIP finds likelier than the others that were asked. A mean of plain
    scores would not do: they lie so near to each other that they rank nothing."""
    import torch

    words = list(dict.fromkeys(question.words for question in asked))
    given = processor(text=words, images=list(pictures), return_tensors="pt", padding=True, truncation=True)
    with torch.inference_mode():
        likest = model(**given.to(model.device)).logits_per_image.argmax(-1).tolist()
    right = [words[best] == question.words for best, question in zip(likest, asked, strict=True)]
    return sum(right) / len(right) if right else 0.0
