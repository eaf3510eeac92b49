"""Qwen-Image learns a character."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import TrainRequest
from pipelines.kit.base_models import Base
from pipelines.kit.families import Family
from pipelines.kit.flow_families import flow_of, layers, pack, recalled, unpack
from pipelines.kit.schooling import teach

CARD = Card(
    name="Qwen-Image",
    task="train",
    about="Teaches Qwen-Image a character; estimated for cards from 48 GB.",
    licence="the base model's own",
    lane="gpu",
    needs=("torch", "diffusers", "transformers", "peft"),
    memory_gb=48.0,
    can=("pause", "resume", "preview"),
)
ATTENTION = ("attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0", "attn.add_q_proj", "attn.add_k_proj",
             "attn.add_v_proj", "attn.to_add_out")
BLOCKS = (*ATTENTION, "img_mlp.net.0.proj", "img_mlp.net.2", "txt_mlp.net.0.proj", "txt_mlp.net.2")
REACH = {"attention": ATTENTION, "blocks": BLOCKS, "everything": (*BLOCKS, "img_mod.1", "txt_mod.1")}


def run(request: TrainRequest, bench: Bench) -> None:
    teach("qwen_image", request, bench, build)


def build(base: Base, request: TrainRequest, words: Mapping[str, Any]) -> Family:
    import torch

    pipe, reader = base.open_apart("QwenImagePipeline")
    model, own = pipe.transformer, pipe.vae.config

    def see(pixels: Any) -> Any:
        seen = pipe.vae.encode(pixels.unsqueeze(2)).latent_dist.mode()[:, :, 0]
        mean, spread = (torch.tensor(row).to(seen).view(1, -1, 1, 1) for row in (own.latents_mean, own.latents_std))
        return (seen - mean) / spread

    def read(captions: Sequence[str]) -> list[dict[str, Any]]:
        known = (reader.encode_prompt(caption, device=reader.text_encoder.device)[0][0] for caption in captions)
        return [{"words": words} for words in known]

    def predict(noisy: Any, level: Any, texts: Sequence[Mapping[str, Any]]) -> Any:
        rows = [text["words"].to(noisy.device, noisy.dtype) for text in texts]
        known = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
        there = torch.arange(known.shape[1])[None] < torch.tensor([len(row) for row in rows])[:, None]
        shape = [(1, noisy.shape[-2] // 2, noisy.shape[-1] // 2)]
        told = model(pack(noisy), encoder_hidden_states=known, timestep=level, img_shapes=[shape] * len(rows),
                     encoder_hidden_states_mask=None if there.all() else there.to(noisy.device), return_dict=False)[0]
        return unpack(told, noisy)

    recall = recalled(read)

    def ask(prompt: str) -> dict[str, Any]:
        return {name: recall(text)["words"][None].to(model.device)
                for name, text in (("prompt_embeds", prompt), ("negative_prompt_embeds", " "))}

    targets = layers(model, ("transformer_blocks",), REACH[words["reach"]])
    return Family("qwen_image", pipe, "transformer", targets, flow_of(pipe.scheduler, 2.2), see, read, predict, ask,
                  {"num_inference_steps": 20, "true_cfg_scale": 4.0}, reader=reader, device=base.device)
