"""FLUX.2 Klein learns a character; best from its undistilled base, whose LoRAs the quick one wears as well."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import TrainRequest
from pipelines.kit.base_models import Base
from pipelines.kit.families import Family
from pipelines.kit.flow_families import flow_of, gather, layers, recalled, stack
from pipelines.kit.schooling import teach

CARD = Card(
    name="FLUX.2 Klein",
    task="train",
    about="Teaches FLUX.2 Klein a character; take its base for learning. Estimated for cards from 16 GB.",
    licence="the base model's own",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    memory_gb=16.0,
    can=("pause", "resume", "preview"),
)
ATTENTION = ("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0", "attn.add_q_proj", "attn.add_k_proj",
             "attn.add_v_proj", "attn.to_add_out", "attn.to_qkv_mlp_proj", "attn.to_out")
BLOCKS = (*ATTENTION, "ff.linear_in", "ff.linear_out", "ff_context.linear_in", "ff_context.linear_out")
REACH = {"attention": ATTENTION, "blocks": BLOCKS, "everything": BLOCKS}


def run(request: TrainRequest, bench: Bench) -> None:
    teach("flux2_klein", request, bench, build, ["checkpoints/FLUX.2-klein-base-4B"])


def build(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
    import torch

    pipe, reader = base.open_apart("Flux2KleinPipeline")
    model, bn, quick = pipe.transformer, pipe.vae.bn, pipe.config.is_distilled

    def see(pixels: Any) -> Any:
        seen = gather(pipe.vae.encode(pixels).latent_dist.mode()).flatten(1, 3)
        spread = torch.sqrt(bn.running_var + pipe.vae.config.batch_norm_eps)
        return (seen - bn.running_mean.view(1, -1, 1, 1)) / spread.view(1, -1, 1, 1)

    def read(captions: Sequence[str]) -> list[dict[str, Any]]:
        return [{"words": w} for w in reader.encode_prompt(list(captions), device=reader.text_encoder.device)[0]]

    def predict(noisy: Any, level: Any, texts: Sequence[Mapping[str, Any]]) -> Any:
        known = stack(texts, "words", noisy)
        told = model(noisy.flatten(2).transpose(1, 2), encoder_hidden_states=known, timestep=level, guidance=None,
                     img_ids=_places(noisy, 1, *noisy.shape[-2:], 1), txt_ids=_places(noisy, 1, 1, 1, known.shape[1]),
                     return_dict=False)[0]
        return told.transpose(1, 2).reshape(noisy.shape)

    recall = recalled(read)

    def ask(prompt: str) -> dict[str, Any]:
        return {name: recall(text)["words"][None].to(model.device)
                for name, text in (("prompt_embeds", prompt), ("negative_prompt_embeds", ""))}

    look = {"num_inference_steps": 4, "guidance_scale": 1.0} if quick else {"num_inference_steps": 24,
                                                                           "guidance_scale": 4.0}
    targets = layers(model, ("transformer_blocks", "single_transformer_blocks"), REACH[words["reach"]])
    return Family("flux2_klein", pipe, "transformer", targets, flow_of(pipe.scheduler, 3.0, patch=1), see, read,
                  predict, ask, look, reader=reader, device=base.device)


def _places(like: Any, *counts: int) -> Any:
    """Where each token stands in time, height, width and text, for every picture of the batch."""
    import torch

    places = torch.cartesian_prod(*(torch.arange(count) for count in counts))
    return places.to(like.device)[None].expand(len(like), -1, -1)
