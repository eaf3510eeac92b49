"""FLUX.1 learns a character."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import TrainRequest
from pipelines.kit.base_models import Base
from pipelines.kit.families import Family
from pipelines.kit.flow_families import flow_of, layers, pack, recalled, see_with, stack, unpack
from pipelines.kit.schooling import teach

CARD = Card(
    name="FLUX.1",
    task="train",
    about="Teaches FLUX.1 dev or schnell a character; estimated for cards from 32 GB.",
    licence="the base model's own",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    memory_gb=32.0,
    can=("pause", "resume", "preview"),
)
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")
BLOCKS = (*ATTENTION, "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "ff_context.net.2", "proj_mlp", "proj_out")
REACH = {"attention": ATTENTION, "blocks": BLOCKS, "everything": (*BLOCKS, "linear")}


def run(request: TrainRequest, bench: Bench) -> None:
    teach("flux1", request, bench, build)


def build(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
    import torch

    pipe, reader = base.open_apart("FluxPipeline")
    model, guided = pipe.transformer, pipe.transformer.config.guidance_embeds

    def read(captions: Sequence[str]) -> list[dict[str, Any]]:
        long, short, _ = reader.encode_prompt(list(captions), device=reader.text_encoder.device)
        return [{"words": w, "pooled": p} for w, p in zip(long, short, strict=True)]

    def predict(noisy: Any, level: Any, texts: Sequence[Mapping[str, Any]]) -> Any:
        height, width = (side // 2 for side in noisy.shape[-2:])
        known = stack(texts, "words", noisy)
        places = torch.cartesian_prod(*map(torch.arange, (1, height, width))).to(noisy)
        told = model(pack(noisy), encoder_hidden_states=known, pooled_projections=stack(texts, "pooled", noisy),
                     timestep=level, guidance=torch.ones_like(level) if guided else None, img_ids=places,
                     txt_ids=noisy.new_zeros(known.shape[1], 3), return_dict=False)[0]
        return unpack(told, noisy)

    recall = recalled(read)

    def ask(prompt: str) -> dict[str, Any]:
        known = recall(prompt)
        return {"prompt_embeds": known["words"][None].to(model.device),
                "pooled_prompt_embeds": known["pooled"][None].to(model.device)}

    look = {"num_inference_steps": 20, "guidance_scale": 3.5} if guided else {"num_inference_steps": 4}
    targets = layers(model, ("transformer_blocks", "single_transformer_blocks"), REACH[words["reach"]])
    return Family("flux1", pipe, "transformer", targets, flow_of(pipe.scheduler, 3.0), see_with(pipe.vae), read,
                  predict, ask, look, reader=reader, device=base.device)
