"""Stable Diffusion 1.5, SDXL and the starter as learners: UNets that listen to CLIP."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.tuition import WORDS
from pipelines.kit.families import Family
from pipelines.kit.lora import learn_token
from pipelines.kit.objectives import schedule_of

EVERYTHING = ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out",
              "conv1", "conv2", "conv_shortcut")
REACH: Mapping[str, tuple[str, ...]] = {
    "attention": EVERYTHING[:4],
    "blocks": EVERYTHING[:8],
    "everything": EVERYTHING,
    WORDS: EVERYTHING,
}
CLIPS = (("clip_l", "tokenizer", "text_encoder"), ("clip_g", "tokenizer_2", "text_encoder_2"))


def family_of(name: str, pipe: Any, request: Any, words: Mapping[str, Any], look: Mapping[str, Any]) -> Family:
    """`words` are the preset's reach, the character's trigger, and the plain word that the trigger starts from."""
    for part in ("vae", "unet", "text_encoder", "text_encoder_2"):
        if getattr(pipe, part, None) is not None:
            getattr(pipe, part).requires_grad_(False)
    if pipe.unet.device.type == "cpu":
        from diffusers.models.attention_processor import AttnProcessor

        pipe.unet.set_attn_processor(AttnProcessor())  # twice as fast backwards on processors, for maps this small
    triggers = teach_word(pipe, words["trigger"], words["subject"]) if request.trigger_learns else {}
    readers = {part: getattr(pipe, part) for _, _, part in CLIPS
               if words["reach"] == WORDS and getattr(pipe, part, None) is not None}
    is_live, precise = bool(triggers or readers), pipe.unet.dtype
    both = getattr(pipe, "text_encoder_2", None) is not None

    def see(pixels: Any) -> Any:
        seen = pipe.vae.encode(pixels).latent_dist.mode()
        return (seen - (getattr(pipe.vae.config, "shift_factor", None) or 0.0)) * pipe.vae.config.scaling_factor

    def read(captions: Sequence[str]) -> list[dict[str, Any]]:
        rows = [{f"ids_{clip}": _ids(getattr(pipe, tokenizer), caption)
                 for clip, tokenizer, encoder in CLIPS if getattr(pipe, encoder, None) is not None}
                for caption in captions]
        return rows if is_live else [_encode(pipe, [row]) for row in rows]

    def predict(noisy: Any, level: Any, texts: Sequence[Mapping[str, Any]]) -> Any:
        import torch

        if is_live:
            known = _encode(pipe, texts)
        else:
            known = {key: torch.cat([text[key] for text in texts]).to(noisy.device) for key in texts[0]}
        more = {}
        if both:
            height, width = (8 * edge for edge in noisy.shape[-2:])
            sizes = torch.tensor([[height, width, 0, 0, height, width]]).to(known["words"])
            more = {"added_cond_kwargs": {"text_embeds": known["pooled"], "time_ids": sizes.repeat(len(texts), 1)}}
        return pipe.unet(noisy.to(precise), level, encoder_hidden_states=known["words"].to(precise),
                         return_dict=False, **more)[0]

    return Family(name, pipe, "unet", REACH[words["reach"]],
                  schedule_of(pipe.scheduler, request.min_snr, request.noise_offset), see, read, predict,
                  ask=lambda prompt: {"prompt": prompt}, look=look, readers=readers, triggers=triggers,
                  reads_live=is_live)


def teach_word(pipe: Any, trigger: str, subject: str) -> dict[str, Any]:
    """Make the trigger one token whose embedding learns, starting where the subject's word stands."""
    import torch

    triggers = {}
    for clip, tokenizer_name, encoder_name in CLIPS:
        tokenizer, encoder = getattr(pipe, tokenizer_name, None), getattr(pipe, encoder_name, None)
        if encoder is None:
            continue
        start = tokenizer(subject or "person", add_special_tokens=False).input_ids
        table = encoder.get_input_embeddings().weight
        mean = table[torch.tensor(start, device=table.device)].mean(0, keepdim=True).detach().float()
        learn_token(tokenizer, encoder, trigger)
        triggers[clip] = torch.nn.Parameter(mean.clone())
        place = tokenizer(trigger, add_special_tokens=False).input_ids[0]
        encoder.get_input_embeddings().register_forward_hook(_stand_in(place, triggers[clip]))
    return triggers


def _stand_in(place: int, learned: Any) -> Any:
    """Wherever the trigger's token stands, the learned row stands instead."""
    def hook(module: Any, given: tuple[Any, ...], out: Any) -> Any:
        here = (given[0] == place).unsqueeze(-1)
        return out.where(~here, learned.to(out).expand_as(out))

    return hook


def _ids(tokenizer: Any, caption: str) -> Any:
    import torch

    longest = min(int(tokenizer.model_max_length), 77)
    found = tokenizer(caption, padding="max_length", truncation=True, max_length=longest)
    return torch.tensor(found.input_ids)


def _encode(pipe: Any, texts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Word embeddings of some captions, each encoded once even when it stands several times in a batch."""
    import torch

    keys = [tuple(text[next(iter(text))].tolist()) for text in texts]
    unique = {key: place for place, key in reversed(list(enumerate(keys)))}
    order = list(unique)
    columns, pooled = [], None
    for clip, _, encoder_name in CLIPS:
        encoder = getattr(pipe, encoder_name, None)
        if encoder is None:
            continue
        ids = torch.stack([texts[unique[key]][f"ids_{clip}"] for key in order]).to(encoder.device)
        alone = getattr(pipe, "text_encoder_2", None) is None
        out = encoder(ids, output_hidden_states=not alone)
        columns.append(out[0] if alone else out.hidden_states[-2])
        pooled = None if alone else out[0]
    rows = torch.tensor([order.index(key) for key in keys], device=columns[0].device)
    known = {"words": torch.cat(columns, dim=-1)[rows]}
    return known if pooled is None else known | {"pooled": pooled[rows]}
