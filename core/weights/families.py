"""Which family a model or LoRA belongs to, read from the names and shapes in its header.

A family is called here as its files in `pipelines/image` and `pipelines/train` are; there is no second vocabulary.
"""

import re
from collections.abc import Mapping

from core.weights.headers import Header

NAMES: Mapping[str, str] = {
    "starter": "the starter", "sd15": "Stable Diffusion 1.5", "sd2": "Stable Diffusion 2", "sdxl": "SDXL",
    "sd35": "Stable Diffusion 3.5", "flux1": "FLUX.1", "flux2_klein": "FLUX.2", "zimage": "Z-Image",
    "qwen_image": "Qwen-Image",
    "chroma": "Chroma", "krea2": "Krea 2", "wan": "Wan", "upscaler": "an upscaler",
}

SAID = (("sdxl", "sdxl"), ("sd_xl", "sdxl"), ("stable-diffusion-xl", "sdxl"), ("flux.2", "flux2_klein"),
        ("flux-2", "flux2_klein"), ("flux2", "flux2_klein"), ("flux", "flux1"), ("zimage", "zimage"),
        ("z-image", "zimage"), ("qwen", "qwen_image"), ("sd3", "sd35"), ("stable-diffusion-v1", "sd15"),
        ("sd_v1", "sd15"), ("chroma", "chroma"), ("krea", "krea2"), ("studionova", "starter"))
"""What trainers write into `ss_base_model_version` and `modelspec.architecture`, the more telling word first."""


def name_family(key: str) -> str:
    return NAMES.get(key, key)


def recognise(header: Header) -> str:
    """The family of a checkpoint or a diffusion part; "" when nothing in it is known."""
    names = {name.removeprefix("model.diffusion_model.") for name in header.tensors}
    if any(name.startswith("cap_embedder.") for name in names):
        return "zimage"
    if any(name.startswith("distilled_guidance_layer.") for name in names):
        return "chroma"
    if any(name.startswith(("text_fusion.", "txtfusion.")) for name in names):
        return "krea2"
    if any(name.startswith("txt_in.") for name in names) and any("img_mod" in name for name in names):
        return "qwen_image"
    if any(name.startswith(("double_stream_modulation_img.", "double_stream_modulation_txt.")) for name in names):
        return "flux2_klein"
    if any(name.startswith(("double_blocks.", "single_transformer_blocks.")) for name in names):
        return "flux1"
    if any(name.startswith("joint_blocks.") or "norm1_context" in name for name in names):
        return "sd35"
    if any(name.startswith("conditioner.embedders.1.") or name.startswith("add_embedding.") for name in names):
        return "sdxl"
    return _recognise_unet(header)


def _recognise_unet(header: Header) -> str:
    for name, tensor in header.tensors.items():
        if name.endswith("attn2.to_k.weight") and len(tensor.shape) == 2:
            return {768: "sd15", 1024: "sd2", 2048: "sdxl"}.get(tensor.shape[1], "starter")
    return ""


def recognise_lora(header: Header) -> str:
    """The family a LoRA was trained on: its own notes first, then the shapes of its layers."""
    said = " ".join(header.notes.get(key, "") for key in ("ss_base_model_version", "modelspec.architecture")).lower()
    for part, family in SAID:
        if part in said:
            return family
    return _recognise_lora_layers(header)


def _recognise_lora_layers(header: Header) -> str:
    names = header.tensors
    if any("double_stream_modulation" in name or "to_qkv_mlp_proj" in name for name in names):
        return "flux2_klein"
    if any(re.search(r"(context|noise)_refiner|layers[._]\d+[._]attention[._]", name) for name in names):
        return "zimage"
    if any("text_fusion" in name for name in names):
        return "krea2"
    if any("double_blocks" in name or "single_blocks" in name for name in names):
        return _flux_by_width(header)
    if any(part in name for name in names for part in ("img_mod", "txt_mod", "img_mlp", "txt_mlp")):
        return "qwen_image"
    if any("single_transformer_blocks" in name for name in names):
        return "flux1"
    if any("joint_blocks" in name for name in names):
        return "sd35"
    for name, tensor in names.items():
        if re.search(r"add_q_proj.*(lora_down|lora_A|lora\.down)", name) and len(tensor.shape) == 2:
            # FLUX.1 and Qwen-Image call these layers the same and make them 3072 wide: then loading has to tell.
            return {1536: "sd35", 2432: "sd35"}.get(tensor.shape[1], "")
    for name, tensor in names.items():
        down = name.endswith(("lora_down.weight", "lora_A.weight", "lora.down.weight", "hada_w1_b"))
        if down and ("attn2_to_k" in name or "attn2.to_k" in name) and len(tensor.shape) == 2:
            return {768: "sd15", 1024: "sd2", 2048: "sdxl"}.get(tensor.shape[1], "starter")
    return "sdxl" if any(name.startswith(("lora_te2_", "text_encoder_2.")) for name in names) else ""


def _flux_by_width(header: Header) -> str:
    """FLUX.1's first single layer makes 7 widths and its double MLP 4; FLUX.2's 9 and 6, and it has fewer blocks."""
    last = -1
    for name, tensor in header.tensors.items():
        if found := re.search(r"double_blocks[._](\d+)", name):
            last = max(last, int(found[1]))
        up = re.search(r"(single_blocks[._]\d+[._]linear1|double_blocks[._]\d+[._]img_mlp[._]0)\.lora_?(up|B)", name)
        if not up or len(tensor.shape) != 2:
            continue
        down = header.tensors.get(name.replace("lora_up", "lora_down").replace("lora_B", "lora_A"))
        if down is not None and len(down.shape) == 2:
            widths = tensor.shape[0] / max(1, down.shape[1])
            return {7.0: "flux1", 4.0: "flux1", 9.0: "flux2_klein", 6.0: "flux2_klein"}.get(widths, "")
    return "flux1" if last >= 8 else ""
