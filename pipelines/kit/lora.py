"""LoRAs: put on and taken off a loaded model without reading the model again and without leaving a trace."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadFile
from core.weights.families import name_family, recognise_lora
from core.weights.headers import read_header
from pipelines.kit.loading import first_line
from pipelines.kit.lora_keys import diffusers_tensors, layout_of, named_like, read_pairs
from pipelines.kit.lycoris import as_lora

BUNDLE = "bundle_emb."
"""Under this prefix a LoRA file brings the embedding of its trigger word (A1111 and Forge read it too)."""
KIN = ({"sd15", "starter"}, {"flux1", "chroma"})
"""Families whose LoRAs go by the same names; whether one fits is then seen when it is put on."""
KEPT = 6
"""Adapters that stay loaded for quick switching."""
CLAIMED = "rows_claimed"
"""Under this name a reader keeps what its own words meant before a LoRA file claimed them."""


@dataclass(frozen=True)
class Worn:
    """A LoRA file and how strongly it counts for the picture model and for the word reader."""

    path: Path
    strength: float = 1.0
    text_strength: float | None = None

    @property
    def adapter(self) -> str:
        stat = self.path.stat()
        mark = f"{self.path}:{stat.st_size}:{stat.st_mtime_ns}"
        return "lora_" + hashlib.sha256(mark.encode()).hexdigest()[:12]


def check_lora(path: Path, family: str) -> None:
    """Say which family a LoRA is for when it is not for this one; say so before anything is loaded."""
    found = recognise_lora(read_header(path))
    if found and found != family and {found, family} not in KIN:
        raise BadFile(f"{path.stem} was made for {name_family(found)}; this picture is drawn by {name_family(family)}.",
                      f"Draw with {name_family(found)}, or choose a LoRA for {name_family(family)}.")


def wear(pipe: Any, loras: Sequence[Worn], family: str) -> None:
    """Make exactly these LoRAs count. Without any, the model computes what it did before, bit for bit."""
    loaded = _loaded(pipe)
    for lora in loras:
        if lora.adapter not in loaded:
            check_lora(lora.path, family)
            _load(pipe, lora, family)
            loaded.add(lora.adapter)
    wanted = {lora.adapter: lora for lora in loras}
    spare = [name for name in sorted(loaded) if name not in wanted]
    for name in spare[: max(0, len(loaded) - KEPT)]:
        pipe.delete_adapters(name)
        loaded.discard(name)
    _say_words(pipe, loras)
    if not wanted:
        if loaded:
            pipe.disable_lora()
        return
    pipe.enable_lora()
    pipe.set_adapters(list(wanted), [_strengths(pipe, lora) for lora in wanted.values()])


def _strengths(pipe: Any, lora: Worn) -> Any:
    if lora.text_strength is None:
        return lora.strength
    parts = {name: lora.strength for name in ("unet", "transformer") if getattr(pipe, name, None) is not None}
    encoders = {name: lora.text_strength for name in ("text_encoder", "text_encoder_2")
                if lora.adapter in getattr(getattr(pipe, name, None), "peft_config", {})}
    return parts | encoders


def _load(pipe: Any, lora: Worn, family: str) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not hasattr(pipe, "load_lora_weights"):
        raise BadFile("This model cannot wear LoRAs.", "Take the LoRA out of the prompt, or choose another model.")
    try:
        tensors = {name: tensor for name, tensor in load_file(lora.path).items() if not name.startswith(BUNDLE)}
        tensors = _with_lengths(pipe, as_lora(tensors), family)
        with _counted_in_full(getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)):
            pipe.load_lora_weights(tensors, adapter_name=lora.adapter)
    except (SafetensorError, OSError, ValueError, LookupError, RuntimeError) as error:
        if lora.adapter in _loaded(pipe):
            pipe.delete_adapters(lora.adapter)
        raise _misfit(lora, error) from error


def _with_lengths(pipe: Any, tensors: Mapping[str, Any], family: str) -> dict[str, Any]:
    """A DoRA in diffusers' own names: under those of kohya it drops the lengths, and the LoRA would be another one.
    Where a layer is called as nobody here knows, the file stays as it is."""
    if not any(name.endswith(".dora_scale") for name in tensors):
        return dict(tensors)
    pairs, strange = read_pairs(tensors)
    layers = [f"{part}.{path}" for part in ("unet", "text_encoder", "text_encoder_2")
              if getattr(pipe, part, None) is not None for path, _ in getattr(pipe, part).named_modules()]
    fitting, unknown = named_like(pairs, layout_of(family), layers)
    if strange or unknown:
        return dict(tensors)
    return {name + ".weight" * name.endswith("_vector"): t for name, t in diffusers_tensors(fitting).items()}


def _misfit(lora: Worn, error: Exception) -> BadFile:
    return BadFile(f"{lora.path.stem} does not fit this model.",
                   f"It may be for another family, or damaged. ({first_line(error)})")


@contextmanager
def _counted_in_full(part: Any) -> Iterator[None]:
    """A LoRA takes the precision of the layer that it lies on. Where that is kept in 8 bits its small numbers would
    become nothing, so that for this moment the layers seem to be what they are counted in."""
    import torch

    kept = {p: p.data for p in part.parameters() if p.dtype is torch.float8_e4m3fn}
    plain = next((p.dtype for p in part.parameters() if p.is_floating_point() and p not in kept), torch.float32)
    for p, data in kept.items():
        p.data = torch.zeros(1, dtype=plain, device=data.device).expand(data.shape)
    try:
        yield
    finally:
        for p, data in kept.items():
            p.data = data


def _say_words(pipe: Any, loras: Sequence[Worn]) -> None:
    """Trigger words mean what the LoRAs worn now say, whichever file spoke last; an ordinary word that one of them
    had claimed means again what it always did."""
    from safetensors import safe_open

    for reader in ("text_encoder", "text_encoder_2"):
        _give_back(getattr(pipe, reader, None))
    for lora in loras:
        with safe_open(str(lora.path), framework="pt") as file:
            bundle = {name: file.get_tensor(name) for name in file.keys() if name.startswith(BUNDLE)}  # noqa: SIM118
        try:
            _learn_words(pipe, bundle)
        except (ValueError, LookupError, RuntimeError, AttributeError) as error:
            raise _misfit(lora, error) from error


def _give_back(encoder: Any) -> None:
    import torch

    rows = vars(encoder).pop(CLAIMED, {}) if encoder is not None else {}
    with torch.no_grad():
        for place, row in rows.items():
            encoder.get_input_embeddings().weight[place] = row


def _learn_words(pipe: Any, bundle: Mapping[str, Any]) -> None:
    """Trigger words that a LoRA file brings along become words of the model, each one row of its reader's table."""
    import torch

    for name, rows in bundle.items():
        word, _, end = name.removeprefix(BUNDLE).partition(".")
        second = end.startswith("clip_g")
        tokenizer = pipe.tokenizer_2 if second else pipe.tokenizer
        encoder = pipe.text_encoder_2 if second else pipe.text_encoder
        learn_token(tokenizer, encoder, word)
        table = encoder.get_input_embeddings().weight
        place = tokenizer(word, add_special_tokens=False).input_ids[0]
        if place not in tokenizer.added_tokens_decoder:
            vars(encoder).setdefault(CLAIMED, {}).setdefault(place, table[place].detach().clone())
        with torch.no_grad():
            table[place] = rows.reshape(-1, table.shape[1])[0].to(table)


def learn_token(tokenizer: Any, encoder: Any, word: str) -> None:
    """Make `word` one token that its reader has a row for; a word known before stays as it is."""
    from transformers import AddedToken

    if tokenizer.convert_tokens_to_ids(word) in (None, tokenizer.unk_token_id):
        tokenizer.add_tokens([AddedToken(word, single_word=True, normalized=True)])
    if len(tokenizer) > encoder.get_input_embeddings().weight.shape[0]:
        encoder.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        encoder.requires_grad_(False)


def _loaded(pipe: Any) -> set[str]:
    names: set[str] = set()
    for part in ("unet", "transformer", "transformer_2", "text_encoder", "text_encoder_2"):
        names |= set(getattr(getattr(pipe, part, None), "peft_config", None) or {})
    return {name for name in names if name.startswith("lora_")}
