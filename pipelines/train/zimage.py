"""Z-Image learns a character. The Turbo wears a training adapter meanwhile, or it would unlearn its speed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import Missing
from core.requests import TrainRequest
from pipelines.kit.base_models import Base
from pipelines.kit.families import Family
from pipelines.kit.flow_families import flow_of, layers, recalled, see_with
from pipelines.kit.schooling import teach

CARD = Card(
    name="Z-Image",
    task="train",
    about="Teaches Z-Image or its Turbo a character; estimated for cards from 24 GB.",
    licence="the base model's own",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    memory_gb=24.0,
    can=("pause", "resume", "preview"),
)
ATTENTION = ("attention.to_q", "attention.to_k", "attention.to_v", "attention.to_out.0")
BLOCKS = (*ATTENTION, "feed_forward.w1", "feed_forward.w2", "feed_forward.w3")
REACH = {"attention": ATTENTION, "blocks": BLOCKS, "everything": (*BLOCKS, "adaLN_modulation.0")}
ADAPTER_PAGE = "https://huggingface.co/ostris/zimage_turbo_training_adapter"


def run(request: TrainRequest, bench: Bench) -> None:
    def build_with_adapter(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
        return replace(build(base, request, words), crutch=None if is_slow(base) else find_adapter(bench))

    teach("zimage", request, bench, build_with_adapter)


def is_slow(base: Base) -> bool:
    """The Turbo's undistilled relatives say so in their name."""
    return any(word in base.path.name.casefold() for word in ("base", "de-turbo", "de_turbo"))


def find_adapter(bench: Bench) -> Path:
    """The training adapter among the person's LoRAs, the newest by its name."""
    found = sorted((path for folder in bench.folders("loras")
                    for path in folder.rglob("*training_adapter*.safetensors")), key=lambda path: path.name)
    if not found:
        raise Missing("Z-Image Turbo learns well only with its training adapter, which is not here.",
                      f"Put the file from {ADAPTER_PAGE} into models/loras, or take a Z-Image base model.")
    return found[-1]


def build(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
    import torch

    pipe, reader = base.open_apart("ZImagePipeline")
    model, slow = pipe.transformer, is_slow(base)

    def read(captions: Sequence[str]) -> list[dict[str, Any]]:
        known, _ = reader.encode_prompt(list(captions), device=reader.text_encoder.device,
                                        do_classifier_free_guidance=False)
        return [{"words": words} for words in known]

    def predict(noisy: Any, level: Any, texts: Sequence[Mapping[str, Any]]) -> Any:
        known = [text["words"].to(noisy.device, noisy.dtype) for text in texts]
        told = model(list(noisy.unsqueeze(2)), 1 - level, known, return_dict=False)[0]
        return -torch.stack([each.squeeze(1) for each in told])

    recall = recalled(read)

    def ask(prompt: str) -> dict[str, Any]:
        return {name: [recall(text)["words"].to(model.device)]
                for name, text in (("prompt_embeds", prompt), ("negative_prompt_embeds", ""))}

    look = {"num_inference_steps": 28, "guidance_scale": 4.0} if slow else {"num_inference_steps": 9,
                                                                           "guidance_scale": 0.0}
    return Family("zimage", pipe, "transformer", layers(model, ("layers",), REACH[words["reach"]]),
                  flow_of(pipe.scheduler, 2.0), see_with(pipe.vae), read, predict, ask, look, reader=reader,
                  device=base.device)
