"""LoRA files: written so that other tools read them, checked after writing, and read whoever wrote them."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.disk import explained, write_whole
from core.errors import BadFile, StudioError
from core.weights.families import recognise_lora
from core.weights.headers import read_header
from pipelines.kit.lora import BUNDLE
from pipelines.kit.lora_keys import LAYOUTS, Pair, file_tensors, read_pairs

BIGGEST_HEADER = 64 * 2**20


@dataclass(frozen=True)
class LoraFile:
    """What a file holds: LoRAs by layer, trigger embeddings by word, and its words about itself."""

    pairs: Mapping[str, Pair]
    embeddings: Mapping[str, Mapping[str, Any]]
    metadata: Mapping[str, str]
    family: str
    strange: tuple[str, ...]
    tensors: Mapping[str, Any]
    """All but the embeddings, as written: what diffusers' own loaders take."""


def write(path: Path, pairs: Mapping[str, Pair], family: str, metadata: Mapping[str, str],
          embeddings: Mapping[str, Mapping[str, Any]] | None = None, half: bool = True) -> dict[str, str]:
    """Write one LoRA file, read it back, and compare. Returns its hashes. A file that fails the check never appears."""
    import torch

    tensors = {name: t.detach().cpu().float() for name, t in file_tensors(pairs, family).items()}
    tensors |= {name: t.detach().cpu().float() for name, t in _bundle(embeddings or {}).items()}
    if half:
        narrow = torch.float16 if LAYOUTS[family].style == "kohya" else torch.bfloat16
        tensors = {name: t if name.startswith(BUNDLE) else t.to(narrow) for name, t in tensors.items()}
    content, digest = _content(tensors, metadata)
    part = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.part")
    try:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        check(part, pairs, family)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return {"sha256": hashlib.sha256(content).hexdigest(), "autov3": digest[:12]}


def write_without_word(path: Path, file: LoraFile) -> None:
    """The same LoRA for diffusers, whose loader refuses a file that holds a word's embedding as well."""
    content, _ = _content(file.tensors, {k: v for k, v in file.metadata.items() if not k.startswith("sshs_")})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _content(tensors: Mapping[str, Any], metadata: Mapping[str, str]) -> tuple[bytes, str]:
    """(a file's bytes, the hash of its tensors), with the hashes that others look for among its words."""
    from safetensors.torch import save

    tensors = {name: t.contiguous().clone() for name, t in sorted(tensors.items())}
    plain = save(tensors, {key: value for key, value in metadata.items() if key.startswith("ss_")})
    digest = hashlib.sha256(_body(plain)).hexdigest()
    words = {**metadata, "sshs_model_hash": digest, "sshs_legacy_hash": _legacy(plain),
             "modelspec.hash_sha256": f"0x{digest}"}
    return save(tensors, words), digest


def write_trigger(path: Path, word: str, embedding: Mapping[str, Any]) -> None:
    """The trigger's embedding as a file of its own, for tools that do not look inside the LoRA."""
    from safetensors.torch import save_file

    tensors = {("emb_params" if len(embedding) == 1 else name): t.detach().cpu().float().reshape(-1, t.shape[-1])
               for name, t in embedding.items()}
    save_file({name: t.contiguous() for name, t in tensors.items()}, str(path), {"trigger": word})


def check(path: Path, pairs: Mapping[str, Pair], family: str) -> None:
    """Is the file whole, finite and not empty, and does it change the model as the trained weights do?"""
    import torch

    there = read(path)
    meant = read_pairs(file_tensors(pairs, family))[0]
    if there.strange or there.pairs.keys() != meant.keys():
        raise StudioError("The LoRA file does not hold what was trained.", "Save it again; nothing was overwritten.")
    if not all(torch.isfinite(t).all() for t in there.tensors.values()):
        raise StudioError("The trained weights ran out of range and would be useless.",
                          "Use an earlier save, and train with a lower learning rate.")
    if not any(pair.up.any() for pair in there.pairs.values()):
        raise StudioError("The LoRA is empty: it would change nothing.", "Train for more steps before saving.")
    for layer, pair in meant.items():
        wanted, got = pair.delta(), there.pairs[layer].delta()
        if not torch.allclose(got, wanted, rtol=0.03, atol=0.01 * float(wanted.abs().max()) + 1e-6):
            raise StudioError(f"The LoRA file changes {layer} otherwise than training did.",
                              "Save it again; nothing was overwritten.")


def read(path: Path) -> LoraFile:
    """Any LoRA file in safetensors form. Never runs code; a broken file gets a sentence."""
    from safetensors import SafetensorError, safe_open

    metadata = _words(path)
    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise BadFile(f"{path.name} is damaged or not a LoRA file.", "Download or export it again.") from error
    bundled = {name: t for name, t in tensors.items() if name.startswith(BUNDLE)}
    rest = {name: t for name, t in tensors.items() if name not in bundled}
    pairs, strange = read_pairs(rest)
    return LoraFile(pairs, _unbundle(bundled), metadata, recognise_lora(read_header(path)), tuple(strange), rest)


def hashes(path: Path) -> dict[str, str]:
    """The names by which a file is known elsewhere: SHA-256, AutoV2, AutoV3."""
    content = path.read_bytes()
    whole = hashlib.sha256(content).hexdigest()
    body = hashlib.sha256(_body(content)).hexdigest()
    return {"sha256": whole, "autov2": whole[:10].upper(), "autov3": body[:12].upper()}


def describe(family: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """The words that other tools look for, from facts about the training: name, trigger, rank, alpha, steps …"""
    layout = LAYOUTS[family]
    size, rank = facts.get("resolution", 512), facts.get("rank", 8)
    words = {
        "ss_base_model_version": layout.base_version, "ss_v2": "False", "ss_network_module": "networks.lora",
        "ss_network_dim": rank, "ss_network_alpha": facts.get("alpha", rank), "ss_output_name": facts.get("name", ""),
        "ss_network_args": json.dumps({"conv_dim": rank, "conv_alpha": facts.get("alpha", rank)}
                                      if facts.get("conv") else {}),
        "ss_steps": facts.get("step", 0), "ss_epoch": facts.get("epoch", 0), "ss_seed": facts.get("seed", 0),
        "ss_learning_rate": facts.get("learning_rate", 0), "ss_optimizer": facts.get("optimizer", ""),
        "ss_resolution": f"({size}, {size})", "ss_clip_skip": "1", "ss_num_train_images": facts.get("pictures", 0),
        "ss_sd_model_name": facts.get("base", ""),
        "ss_tag_frequency": json.dumps({facts.get("name", ""): dict(facts.get("tags", {}))}, ensure_ascii=False),
        "ss_training_comment": f"StudioNova recipe {facts.get('recipe', '')}",
        "modelspec.sai_model_spec": "1.0.1", "modelspec.architecture": layout.architecture,
        "modelspec.implementation": "https://github.com/huggingface/diffusers",
        "modelspec.title": facts.get("name", ""), "modelspec.resolution": f"{size}x{size}",
        "modelspec.trigger_phrase": facts.get("trigger", ""), "modelspec.description": facts.get("about", ""),
        "modelspec.date": facts.get("date", ""), "modelspec.license": facts.get("licence", ""),
        "modelspec.prediction_type": facts.get("prediction", ""),
    }
    return {key: str(value) for key, value in words.items() if value != ""}


def _bundle(embeddings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One encoder: bundle_emb.WORD.string_to_param.*; two: bundle_emb.WORD.clip_l and clip_g."""
    tensors = {}
    for word, parts in embeddings.items():
        for part, tensor in parts.items():
            end = "string_to_param.*" if len(parts) == 1 else part
            tensors[f"{BUNDLE}{word}.{end}"] = tensor.reshape(-1, tensor.shape[-1])
    return tensors


def _unbundle(tensors: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    embeddings: dict[str, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        word, _, end = name.removeprefix(BUNDLE).partition(".")
        part = "clip_l" if end.startswith("string_to_param") else end
        embeddings.setdefault(word, {})[part] = tensor
    return embeddings


def _words(path: Path) -> dict[str, str]:
    """The metadata, with the header's size looked at before it is believed."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= BIGGEST_HEADER:
                raise ValueError("header length")
            header = json.loads(file.read(length))
        return {str(k): str(v) for k, v in (header.get("__metadata__") or {}).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise BadFile(f"{path.name} is damaged or not a LoRA file.", "Download or export it again.") from error


def _body(content: bytes) -> bytes:
    return content[8 + int.from_bytes(content[:8], "little"):]


def _legacy(content: bytes) -> str:
    return hashlib.sha256(content[0x100000:0x110000]).hexdigest()[:8]
