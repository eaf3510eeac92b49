"""The starter as one file with the older key names that checkpoint folders are full of: to try that road with.

python -m pipelines.starter.single_file models/starter out.safetensors
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

RESNET = (("norm1.", "in_layers.0."), ("conv1.", "in_layers.2."), ("time_emb_proj.", "emb_layers.1."),
          ("norm2.", "out_layers.0."), ("conv2.", "out_layers.3."), ("conv_shortcut.", "skip_connection."))
UNET_ENDS = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
             "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2"}
BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.+)")


def unet_name(name: str, layers: int, attends: tuple[bool, ...]) -> str:
    """One UNet key; `attends` says which of the up blocks have attention."""
    for new, old in UNET_ENDS.items():
        if name.startswith(new + "."):
            return old + name[len(new) :]
    middle = re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)", name)
    if middle:
        kind, place, rest = middle.groups()
        number = 1 if kind == "attentions" else 2 * int(place)
        return f"middle_block.{number}.{inner(kind, rest)}"
    match = BLOCK.fullmatch(name)
    if match is None:
        raise KeyError(name)
    way, block, kind, place, rest = match.groups()
    number = int(block) * (layers + 1) + int(place)
    if kind == "downsamplers":
        return f"input_blocks.{(int(block) + 1) * (layers + 1)}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        return f"output_blocks.{int(block) * (layers + 1) + layers}.{2 if attends[int(block)] else 1}.{rest}"
    home = f"input_blocks.{number + 1}" if way == "down" else f"output_blocks.{number}"
    return f"{home}.{1 if kind == 'attentions' else 0}.{inner(kind, rest)}"


def inner(kind: str, rest: str) -> str:
    if kind == "resnets":
        for new, old in RESNET:
            if rest.startswith(new):
                return old + rest[len(new) :]
    return rest


def coder_name(name: str, levels: int) -> str:
    """One autoencoder key."""
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda found: f"mid.block_{int(found[1]) + 1}", name)
    name = re.sub(r"down_blocks\.(\d+)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d+)\.resnets", lambda found: f"up.{levels - 1 - int(found[1])}.block", name)
    return re.sub(r"up_blocks\.(\d+)\.upsamplers\.0", lambda found: f"up.{levels - 1 - int(found[1])}.upsample", name)


def gather(pipeline: Any) -> dict[str, Any]:
    """All weights of a pipeline under their single-file names."""
    unet, coder = pipeline.unet, pipeline.vae
    attends = tuple("CrossAttn" in kind for kind in unet.config.up_block_types)
    layers, levels = unet.config.layers_per_block, len(coder.config.block_out_channels)
    named = {"model.diffusion_model." + unet_name(name, layers, attends): weight
             for name, weight in unet.state_dict().items()}
    named |= {"first_stage_model." + coder_name(name, levels): weight for name, weight in coder.state_dict().items()}
    words: Mapping[str, Any] = pipeline.text_encoder.state_dict()
    prefix = "" if any(name.startswith("text_model.") for name in words) else "text_model."
    return named | {f"cond_stage_model.transformer.{prefix}{name}": weight for name, weight in words.items()}


def write(folder: Path, target: Path) -> None:
    from diffusers import StableDiffusionPipeline
    from safetensors.torch import save_file

    pipeline = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True)
    weights = {name: weight.half().contiguous() if weight.is_floating_point() else weight
               for name, weight in gather(pipeline).items()}
    save_file(weights, target, {"format": "pt"})


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
