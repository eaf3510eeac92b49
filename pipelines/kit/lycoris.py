"""LyCORIS files (LoHa, LoKr, full differences) as plain LoRAs: the same change, in layers that every loader knows.

Exact, not approximated: a product of two LoRAs of rank r is a LoRA of rank r², a Kronecker product one of in₁ · r.
Where that is more than the layer has rows, the difference itself is written down, which is smaller.
"""

from collections.abc import Mapping
from math import prod
from typing import Any

from core.errors import BadFile

KNOWN = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2", "lokr_w1", "lokr_w1_a", "lokr_w1_b",
         "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2", "diff")
FOREIGN = ("oft_blocks", "oft_diag", "on_input", "a1.weight", "b1.weight", "diff_b")
"""Endings of kinds (OFT, IA³, GLoRA, biases) that are no LoRA in other words."""
LARGEST = 2**28
"""Numbers of the largest layer that anybody draws with, and then some: a file of some kilobytes could ask for more."""


def as_lora(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The tensors with every LyCORIS layer rewritten; a file without any is given back as it is."""
    layers: dict[str, dict[str, Any]] = {}
    rest = dict(tensors)
    for name in tensors:
        layer, _, end = name.rpartition(".")
        if end in KNOWN:
            layers.setdefault(layer, {})[end] = rest.pop(name).float()
        elif name.endswith(FOREIGN):
            raise BadFile("This LyCORIS file is of a kind that pictures here cannot wear.",
                          "LoRA, LoHa, LoKr and full differences work; convert it to one of them.")
    for layer, parts in layers.items():
        alpha = rest.pop(f"{layer}.alpha", None)
        down, up = _factors(parts, None if alpha is None else float(alpha))
        ends = ("lora_down.weight", "lora_up.weight") if layer.startswith("lora_") else ("lora_A.weight",
                                                                                       "lora_B.weight")
        rest |= {f"{layer}.{ends[0]}": down.contiguous(), f"{layer}.{ends[1]}": up.contiguous()}
    return rest


def _factors(parts: Mapping[str, Any], alpha: float | None) -> tuple[Any, Any]:
    """(down, up) with the scale in them, so that their rank may be what it is."""
    if "diff" in parts:
        return _whole(parts["diff"])
    if "hada_w1_a" in parts:
        rank = parts["hada_w1_b"].shape[0]
        scale = 1.0 if alpha is None else alpha / rank
        return _product(parts, scale)
    small = parts.get("lokr_w2_b", parts.get("lokr_w1_b"))
    scale = 1.0 if alpha is None or small is None else alpha / small.shape[0]
    return _kronecker(parts, scale)


def _product(parts: Mapping[str, Any], scale: float) -> tuple[Any, Any]:
    import torch

    if "hada_t1" in parts:
        one, two = (_tucker(parts[f"hada_t{n}"], parts[f"hada_w{n}_a"], parts[f"hada_w{n}_b"]) for n in (1, 2))
        return _whole(one * two * scale)
    out, rank = parts["hada_w1_a"].shape
    _check_size(out, parts["hada_w1_b"].shape[1])
    if rank * parts["hada_w2_a"].shape[1] >= out:
        return _whole((parts["hada_w1_a"] @ parts["hada_w1_b"]) * (parts["hada_w2_a"] @ parts["hada_w2_b"]) * scale)
    up = torch.einsum("oi,oj->oij", parts["hada_w1_a"], parts["hada_w2_a"]).flatten(1)
    down = torch.einsum("id,jd->ijd", parts["hada_w1_b"], parts["hada_w2_b"]).flatten(0, 1)
    return down, up * scale


def _kronecker(parts: Mapping[str, Any], scale: float) -> tuple[Any, Any]:
    import torch

    if "lokr_w1" not in parts:
        _check_size(parts["lokr_w1_a"].shape[0], parts["lokr_w1_b"].shape[1])
    first = parts["lokr_w1"] if "lokr_w1" in parts else parts["lokr_w1_a"] @ parts["lokr_w1_b"]
    if "lokr_w2_b" in parts and "lokr_t2" not in parts:
        out, wide = first.shape[0] * parts["lokr_w2_a"].shape[0], first.shape[1] * parts["lokr_w2_b"].shape[1]
        _check_size(out, wide)
        if first.shape[1] * parts["lokr_w2_b"].shape[0] >= out:
            return _whole(torch.kron(first, parts["lokr_w2_a"] @ parts["lokr_w2_b"]) * scale)
    elif "lokr_t2" in parts or "lokr_w2" in parts:
        second = (parts["lokr_w2"] if "lokr_w2" in parts
                  else _tucker(parts["lokr_t2"], parts["lokr_w2_a"], parts["lokr_w2_b"]))
        _check_size(*first.shape, *second.shape)
        wide = first.view(*first.shape, *[1] * (second.dim() - 2))
        return _whole(torch.kron(wide, second) * scale)
    up = torch.kron(first, parts["lokr_w2_a"].contiguous())
    down = torch.kron(torch.eye(first.shape[1]), parts["lokr_w2_b"].contiguous())
    return down, up * scale


def _check_size(*sides: int) -> None:
    if prod(sides) > LARGEST:
        raise BadFile("This LyCORIS file would change a layer larger than any model has.", "Do not trust this file.")


def _tucker(core: Any, first: Any, second: Any) -> Any:
    import torch

    return torch.einsum("ijkl,jr,ip->prkl", core, second, first)


def _whole(delta: Any) -> tuple[Any, Any]:
    """A change of full rank; a convolution keeps its kernel in `down`."""
    import torch

    eye = torch.eye(delta.shape[0])
    return delta, eye.view(*eye.shape, *[1] * (delta.dim() - 2))
