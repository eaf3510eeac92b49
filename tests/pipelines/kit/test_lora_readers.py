"""What A1111, Forge and ComfyUI make of our files, by their own rules about names: each written key is read by them.

The tables say which names each of these programs looks for; a name that fits none of them does nothing there, silently.
"""

import re
from functools import cache

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from pipelines.kit.lora_files import _bundle  # noqa: E402
from pipelines.kit.lora_keys import LAYOUTS, Pair, file_tensors, kohya_name, read_pairs, unfused  # noqa: E402
from tests.pipelines.image import tiny  # noqa: E402

ATTENTION = r"(proj_in|proj_out|transformer_blocks_\d+_(attn[12]_to_(q|k|v|out_0)|ff_net_(0_proj|2)))"
RESNET = r"(conv1|conv2|conv_shortcut|time_emb_proj)"
READER = r"text_model_encoder_layers_\d+_(self_attn_(q|k|v|out)_proj|mlp_fc[12])"
KOHYA = (
    rf"lora_unet_(down|up)_blocks_\d+_attentions_\d+_{ATTENTION}", rf"lora_unet_mid_block_attentions_\d+_{ATTENTION}",
    rf"lora_unet_(down|up)_blocks_\d+_resnets_\d+_{RESNET}", rf"lora_unet_mid_block_resnets_\d+_{RESNET}",
    r"lora_unet_down_blocks_\d+_downsamplers_0_conv", r"lora_unet_up_blocks_\d+_upsamplers_0_conv",
    r"lora_unet_conv_(in|out)", r"lora_unet_time_embedding_linear_[12]", rf"lora_te[12]?_{READER}")
KOHYA_ENDS = ("lora_down.weight", "lora_up.weight", "alpha", "dora_scale")
FLUX2 = (r"(img_in|txt_in|final_layer\.(linear|adaLN_modulation\.1)|time_in\.(in|out)_layer"
         r"|(double_stream_modulation_(img|txt)|single_stream_modulation)\.lin"
         r"|double_blocks\.\d+\.((img|txt)_attn\.(qkv|proj)|(img|txt)_mlp\.[02])|single_blocks\.\d+\.linear[12])")
MAPPED = {
    "flux1": r"transformer\.(single_)?transformer_blocks\.\d+\.(attn\.(to_(q|k|v|out\.0|add_out)|add_[qkv]_proj)"
             r"|ff(_context)?\.net\.(0\.proj|2)|norm1?(_context)?\.linear|proj_(mlp|out))",
    "zimage": r"transformer\.(context_refiner\.\d+|noise_refiner\.\d+|layers\.\d+)\.(attention\.to_(q|k|v|out\.0)"
              r"|feed_forward\.w[123]|adaLN_modulation\.0)",
    "qwen_image": r"transformer\.transformer_blocks\.\d+\.(attn\.(to_(q|k|v|out\.0|add_out)|add_[qkv]_proj)"
                  r"|(img|txt)_(mlp\.net\.(0\.proj|2)|mod\.1))",
}
"""Families whose diffusers names ComfyUI knows; those of UNets it does not."""
MAKERS = {"sd15": lambda: tiny.small_unet(), "sdxl": lambda: tiny.small_unet(64), "flux1": tiny.make_flux1,
          "flux2_klein": tiny.make_flux2, "zimage": tiny.make_zimage, "qwen_image": tiny.make_qwen_image}
BLOCKS = ("transformer_blocks", "single_transformer_blocks", "layers", "down_blocks", "mid_block", "up_blocks")


@cache
def layers_of(family, folder):
    """Every layer of the family's blocks that can wear a LoRA: (dotted path, out, in, kernel)."""
    made = MAKERS[family]() if family in ("sd15", "sdxl") else MAKERS[family](folder / family)
    if family not in ("sd15", "sdxl"):
        import diffusers

        kind = {"flux1": "Flux", "flux2_klein": "Flux2", "zimage": "ZImage", "qwen_image": "QwenImage"}[family]
        kind = f"{kind}Transformer2DModel"
        made = getattr(diffusers, kind).from_pretrained(made / "transformer")
    return tuple((f"{LAYOUTS[family].part}.{path}", tuple(layer.weight.shape)) for path, layer in made.named_modules()
                 if path.startswith(BLOCKS) and isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("readers")


def pairs_of(family, folder):
    torch.manual_seed(1)
    return {path: Pair(torch.randn(2, *shape[1:]), torch.randn(shape[0], 2, *[1] * (len(shape) - 2)), 3.0)
            for path, shape in layers_of(family, folder)}


def comfy_reads(name, family):
    layer, end = next(((name.removesuffix(f".{end}"), end) for end in (*KOHYA_ENDS, "lora_A.weight", "lora_B.weight")
                       if name.endswith(f".{end}")), (name, ""))
    if end in KOHYA_ENDS and any(re.fullmatch(rule, layer) for rule in KOHYA):
        return True
    if family == "flux2_klein":
        return bool(re.fullmatch(rf"diffusion_model\.{FLUX2}", layer)) and end.startswith("lora_")
    return family in MAPPED and bool(re.fullmatch(MAPPED[family], layer)) and end.startswith("lora_")


def a1111_reads(name):
    layer, _, end = name.partition(".")
    return end in KOHYA_ENDS and any(re.fullmatch(rule, layer) for rule in KOHYA)


@pytest.mark.parametrize("family", MAKERS)
def test_comfyui_reads_every_name_and_makes_the_same_change(family, folder):
    learned = pairs_of(family, folder)
    tensors = file_tensors(learned, family)
    assert [name for name in tensors if not comfy_reads(name, family)] == []
    there = read_pairs(tensors)[0]
    for layer, pair in there.items():
        alpha = tensors.get(f"{layer}.alpha")
        scale = 1.0 if alpha is None else float(alpha) / pair.down.shape[0]  # its rule for alpha, and for none
        theirs = (pair.up.flatten(1) @ pair.down.flatten(1) * scale).view(pair.up.shape[0], *pair.down.shape[1:])
        assert torch.allclose(theirs, pair.delta(), atol=1e-5)
    if family == "flux2_klein":
        apart = unfused(there)
        assert apart.keys() == learned.keys()
        assert all(torch.allclose(apart[path].delta(), pair.delta(), atol=1e-5) for path, pair in learned.items())


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_a1111_and_forge_read_every_name(family, folder):
    tensors = file_tensors(pairs_of(family, folder), family)
    assert [name for name in tensors if not a1111_reads(name)] == []
    for part in ("text_encoder", "text_encoder_2") if family == "sdxl" else ("text_encoder",):
        for layer in ("self_attn.q_proj", "mlp.fc1"):
            assert a1111_reads(f"{kohya_name(f'{part}.encoder.layers.3.{layer}', family)}.alpha")


def test_a_trained_word_lies_under_the_names_that_a1111_and_forge_look_for():
    row = torch.zeros(1, 8)
    assert set(_bundle({"zwmira": {"clip_l": row}})) == {"bundle_emb.zwmira.string_to_param.*"}
    assert set(_bundle({"zwmira": {"clip_l": row, "clip_g": row}})) == {"bundle_emb.zwmira.clip_l",
                                                                       "bundle_emb.zwmira.clip_g"}


def test_names_that_nobody_reads_are_noticed_by_these_tables():
    assert not comfy_reads("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight", "sdxl")
    assert not comfy_reads("transformer.transformer_blocks.0.attn.to_q.lora_A.weight", "flux2_klein")
    assert not a1111_reads("lora_te3_text_model_encoder_layers_0_mlp_fc1.alpha")
