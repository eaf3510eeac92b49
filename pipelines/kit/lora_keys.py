"""How LoRA weights are called in the files of each family, here and in other tools. Facts about names, no files."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Pair:
    """One layer's LoRA: what is added to its weight is `up @ down * alpha / rank`."""

    down: Any
    up: Any
    alpha: float
    magnitude: Any = None
    """Length of each row of the changed weight, for DoRA; else None."""

    @property
    def rank(self) -> int:
        return int(self.down.shape[0])

    def folded(self) -> "Pair":
        """The same change with alpha equal to the rank, for files that cannot say alpha."""
        return Pair(self.down, self.up * (self.alpha / self.rank), float(self.rank), self.magnitude)

    def delta(self) -> Any:
        """What is added to the weight, in its own shape."""
        up, down = self.up.float(), self.down.float()
        flat = up.flatten(1) @ down.flatten(1) * (self.alpha / self.rank)
        return flat.view(up.shape[0], *down.shape[1:])


@dataclass(frozen=True)
class Layout:
    """How one family's files name things. `style` is "kohya", "diffusers" or "native"."""

    style: str
    part: str
    base_version: str
    architecture: str
    dora: bool = True
    """False where the readers of this family's files drop what DoRA adds, so that it would be learned in vain."""


LAYOUTS: Mapping[str, Layout] = {
    "sd15": Layout("kohya", "unet", "sd_v1", "stable-diffusion-v1/lora"),
    "sdxl": Layout("kohya", "unet", "sdxl_base_v1-0", "stable-diffusion-xl-v1-base/lora"),
    "flux1": Layout("diffusers", "transformer", "flux1", "flux-1-dev/lora", dora=False),
    "flux2_klein": Layout("native", "transformer", "flux2", "Flux.2-klein-4b/lora", dora=False),
    "zimage": Layout("diffusers", "transformer", "zimage", "Z-Image/lora"),
    "qwen_image": Layout("diffusers", "transformer", "qwen_image", "Qwen-Image/lora"),
}
READERS: Mapping[str, Mapping[str, str]] = {
    "sd15": {"text_encoder": "lora_te"}, "sdxl": {"text_encoder": "lora_te1", "text_encoder_2": "lora_te2"},
}
"""Text encoders that can wear a LoRA, and how kohya's files call them."""
_FLUX2_PLAIN = {
    "x_embedder": "img_in", "context_embedder": "txt_in", "proj_out": "final_layer.linear",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
    "time_guidance_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_guidance_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "single_stream_modulation.linear": "single_stream_modulation.lin",
    "double_stream_modulation_img.linear": "double_stream_modulation_img.lin",
    "double_stream_modulation_txt.linear": "double_stream_modulation_txt.lin",
}
_FLUX2_DOUBLE = {
    "attn.to_out.0": "img_attn.proj", "attn.to_add_out": "txt_attn.proj", "ff.linear_in": "img_mlp.0",
    "ff.linear_out": "img_mlp.2", "ff_context.linear_in": "txt_mlp.0", "ff_context.linear_out": "txt_mlp.2",
}
_FLUX2_SINGLE = {"attn.to_qkv_mlp_proj": "linear1", "attn.to_out": "linear2"}
_FLUX2_FUSED = {"img_attn.qkv": ("attn.to_q", "attn.to_k", "attn.to_v"),
                "txt_attn.qkv": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")}


def file_tensors(pairs: Mapping[str, Pair], family: str) -> dict[str, Any]:
    """The tensors of a file in the layout that the most tools read for this family."""
    style = LAYOUTS[family].style
    if style == "kohya":
        return _kohya(pairs, family)
    return _native_flux2(pairs) if style == "native" else diffusers_tensors(pairs)


def layout_of(family: str) -> str:
    """Whose way of naming things a family's files follow."""
    return "sd15" if family == "starter" else family


def kohya_name(path: str, family: str) -> str:
    """lora_unet_down_blocks_1_… from unet.down_blocks.1.…; text encoders keep the names other tools know."""
    part, _, inner = path.partition(".")
    head = READERS[family].get(part, "lora_unet")
    if head != "lora_unet" and not inner.startswith("text_"):
        inner = f"text_model.{inner}"
    return f"{head}_{inner.replace('.', '_')}"


def _kohya(pairs: Mapping[str, Pair], family: str) -> dict[str, Any]:
    import torch

    tensors = {}
    for path, pair in pairs.items():
        name = kohya_name(path, family)
        tensors[f"{name}.lora_down.weight"] = pair.down
        tensors[f"{name}.lora_up.weight"] = pair.up
        tensors[f"{name}.alpha"] = torch.tensor(float(pair.alpha))
        if pair.magnitude is not None:
            tensors[f"{name}.dora_scale"] = pair.magnitude.reshape(-1, *[1] * (pair.down.dim() - 1))
    return tensors


def diffusers_tensors(pairs: Mapping[str, Pair]) -> dict[str, Any]:
    """In diffusers' own names, with alpha folded in."""
    tensors = {}
    for path, pair in pairs.items():
        folded = pair.folded()
        tensors[f"{path}.lora_A.weight"] = folded.down
        tensors[f"{path}.lora_B.weight"] = folded.up
        if pair.magnitude is not None:
            shape = (1, -1, 1, 1) if pair.down.dim() > 2 else (-1,)  # a convolution's stand where its channels are
            tensors[f"{path}.lora_magnitude_vector"] = pair.magnitude.reshape(shape)
    return tensors


def _native_flux2(pairs: Mapping[str, Pair]) -> dict[str, Any]:
    """FLUX.2 in its makers' names; q, k and v share one layer there, so their LoRAs are set side by side."""
    left = {path.partition(".")[2]: pair.folded() for path, pair in pairs.items()}
    named: dict[str, Pair] = {}
    for block in sorted({found[0] for path in left if (found := re.match(r"transformer_blocks\.\d+", path))}):
        target = block.replace("transformer_blocks", "double_blocks")
        for native, parts in _FLUX2_FUSED.items():
            if any(f"{block}.{part}" in left for part in parts):
                named[f"{target}.{native}"] = _fuse([left.pop(f"{block}.{part}", None) for part in parts])
    for path, pair in left.items():
        named[_flux2_name(path)] = pair
    tensors = {}
    for name, pair in named.items():
        tensors[f"diffusion_model.{name}.lora_A.weight"] = pair.down
        tensors[f"diffusion_model.{name}.lora_B.weight"] = pair.up
    return tensors


def _flux2_name(path: str) -> str:
    for block, native, names in (("transformer_blocks", "double_blocks", _FLUX2_DOUBLE),
                                 ("single_transformer_blocks", "single_blocks", _FLUX2_SINGLE)):
        if found := re.match(rf"{block}\.(\d+)\.(.+)", path):
            return f"{native}.{found[1]}.{names[found[2]]}"
    return _FLUX2_PLAIN[path]


def _fuse(parts: list[Pair | None]) -> Pair:
    """Several layers' LoRAs as one of their fused layer: inputs stacked, outputs on the diagonal. Exact."""
    import torch

    there = [part for part in parts if part is not None]
    out = there[0].up.shape[0]
    down = torch.cat([part.down for part in there])
    up = down.new_zeros(out * len(parts), down.shape[0])
    column = 0
    for row, part in enumerate(parts):
        if part is not None:
            up[row * out:(row + 1) * out, column:column + part.rank] = part.up
            column += part.rank
    return Pair(down, up, float(down.shape[0]))


def unfused(pairs: Mapping[str, Pair]) -> dict[str, Pair]:
    """The way back from FLUX.2's own names: LoRAs by diffusers' path, those of one fused layer apart again. Exact."""
    named: dict[str, Pair] = {}
    for name, pair in pairs.items():
        inner = name.removeprefix("diffusion_model.")
        found = re.match(r"(double|single)_blocks\.(\d+)\.(.+)", inner)
        if found and found[1] == "double" and found[3] in _FLUX2_FUSED:
            parts = _FLUX2_FUSED[found[3]]
            for part, own in zip(parts, _split(pair, len(parts)), strict=True):
                named[f"transformer.transformer_blocks.{found[2]}.{part}"] = own
        elif found:
            back, block = ((_FLUX2_DOUBLE, "transformer_blocks") if found[1] == "double"
                           else (_FLUX2_SINGLE, "single_transformer_blocks"))
            path = next((own for own, native in back.items() if native == found[3]), found[3])
            named[f"transformer.{block}.{found[2]}.{path}"] = pair
        else:
            path = next((own for own, native in _FLUX2_PLAIN.items() if native == inner), None)
            named[f"transformer.{path}" if path else name] = pair
    return named


def _split(pair: Pair, count: int) -> list[Pair]:
    """Rows of a fused layer's LoRA as LoRAs of their own; columns that only another part uses are left out."""
    out, wide = pair.up.shape[0] // count, pair.rank // count
    rows = [pair.up[n * out:(n + 1) * out] for n in range(count)]
    own = [slice(n * wide, (n + 1) * wide) for n in range(count)]
    apart = pair.rank == wide * count and all(not row[:, part].any() for n, row in enumerate(rows)
                                              for m, part in enumerate(own) if m != n)
    if not apart:
        return [Pair(pair.down, row, pair.alpha) for row in rows]
    return [Pair(pair.down[part], row[:, part], pair.alpha / count) for row, part in zip(rows, own, strict=True)]


# --- reading what other tools wrote ------------------------------------------------------------------------

_ENDS = {".lora_down.weight": "down", ".lora_up.weight": "up", ".lora_A.weight": "down", ".lora_B.weight": "up",
         ".lora_A.default.weight": "down", ".lora_B.default.weight": "up", ".lora.down.weight": "down",
         ".lora.up.weight": "up", "_lora.down.weight": "down", "_lora.up.weight": "up", ".alpha": "alpha",
         ".dora_scale": "magnitude", ".lora_magnitude_vector": "magnitude",
         ".lora_magnitude_vector.weight": "magnitude"}


def read_pairs(tensors: Mapping[str, Any]) -> tuple[dict[str, Pair], list[str]]:
    """(LoRAs by the layer's name as the file writes it, names that no rule reads)."""
    found: dict[str, dict[str, Any]] = {}
    strange = []
    for name, tensor in tensors.items():
        end = next((end for end in _ENDS if name.endswith(end)), None)
        if end is None:
            strange.append(name)
        else:
            found.setdefault(name.removesuffix(end), {})[_ENDS[end]] = tensor
    pairs = {}
    for layer, parts in found.items():
        if "down" in parts and "up" in parts:
            alpha = float(parts["alpha"]) if "alpha" in parts else float(parts["down"].shape[0])
            pairs[layer] = Pair(parts["down"], parts["up"], alpha, parts.get("magnitude"))
        else:
            strange.append(layer)
    return pairs, strange


def named_like(pairs: Mapping[str, Pair], family: str, modules: Iterable[str]) -> tuple[dict[str, Pair], list[str]]:
    """The same LoRAs under diffusers' dotted paths, for a model whose layers are called `modules`; and what fits none.

    `modules` carry their part: "unet.down_blocks.0…", "text_encoder.encoder.layers.0…".
    """
    by_name: dict[str, str] = {}
    for path in modules:
        part, _, inner = path.partition(".")
        for name in (path, inner, f"diffusion_model.{inner}", f"{part}.base_model.model.{inner}",
                     f"lora_unet_{inner.replace('.', '_')}", f"lora_transformer_{inner.replace('.', '_')}",
                     path.replace("text_encoder.", "text_encoder.text_model.")):
            by_name.setdefault(name, path)
        if family in READERS and part in ("unet", *READERS[family]):
            by_name[kohya_name(path, family)] = path
    fitting = {by_name[name]: pair for name, pair in pairs.items() if name in by_name}
    return fitting, [name for name in pairs if name not in by_name]
