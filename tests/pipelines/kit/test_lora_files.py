"""LoRA files: the change they make is the trained one, whoever reads them; and broken ones get a sentence."""

import hashlib
import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadFile, StudioError
from pipelines.kit import lora_files
from pipelines.kit.lora_keys import Pair, file_tensors, kohya_name, named_like, read_pairs
from pipelines.kit.lycoris import as_lora


def pair(rank, width, out, alpha, seed, conv=False):
    chance = torch.Generator().manual_seed(seed)
    tail = (3, 3) if conv else ()
    one = (1, 1) if conv else ()
    down = torch.randn(rank, width, *tail, generator=chance)
    return Pair(down, torch.randn(out, rank, *one, generator=chance), alpha)


def tiny_unet():
    from diffusers import UNet2DConditionModel

    torch.manual_seed(0)
    return UNet2DConditionModel(sample_size=8, block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=32,
                                attention_head_dim=8, norm_num_groups=8,
                                down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
                                up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"))


def deltas_of(model, adapter):
    """What diffusers and peft add to each weight once they have read a file."""
    return {path: module.get_delta_weight(adapter) for path, module in model.named_modules()
            if adapter in getattr(module, "lora_A", {})}


@pytest.mark.parametrize("alpha", [4.0, 1.0, 7.5])
def test_diffusers_own_loader_makes_the_same_change_as_training(tmp_path, alpha):
    from diffusers import StableDiffusionPipeline
    from diffusers.loaders import StableDiffusionLoraLoaderMixin as Loader

    unet = tiny_unet()
    pairs = {}
    for n, (path, module) in enumerate(unet.named_modules()):
        if path.endswith(("to_q", "to_v", "to_out.0", "net.2")):
            pairs[f"unet.{path}"] = pair(4, module.in_features, module.out_features, alpha, n)
        elif path.endswith(("conv1", "proj_in")) and isinstance(module, torch.nn.Conv2d):
            made = pair(4, module.in_channels, module.out_channels, alpha, n, conv=True)
            pairs[f"unet.{path}"] = made if module.kernel_size == (3, 3) else Pair(
                made.down[..., :1, :1].contiguous(), made.up, alpha)
    file = tmp_path / "mira.safetensors"
    lora_files.write(file, pairs, "sd15", {"ss_network_dim": "4"}, half=False)
    state, alphas = StableDiffusionPipeline.lora_state_dict(lora_files.read(file).tensors, unet_config=unet.config)
    Loader.load_lora_into_unet(state, alphas, unet, adapter_name="theirs")
    theirs = deltas_of(unet, "theirs")
    assert theirs.keys() == {path.removeprefix("unet.") for path in pairs}
    for path, made in pairs.items():
        assert torch.allclose(theirs[path.removeprefix("unet.")], made.delta(), atol=1e-4), path


def test_flux2_layers_that_share_one_weight_keep_their_change():
    from diffusers.loaders.lora_conversion_utils import _convert_non_diffusers_flux2_lora_to_diffusers

    block = "transformer.transformer_blocks.0"
    single = "transformer.single_transformer_blocks.1.attn"
    pairs = {f"{block}.attn.{n}": pair(2, 8, 8, 3.0, i)
             for i, n in enumerate(("to_q", "to_k", "to_v", "add_q_proj", "add_v_proj", "to_out.0", "to_add_out"))}
    pairs |= {f"{block}.ff.linear_in": pair(2, 8, 24, 1.0, 20), f"{single}.to_qkv_mlp_proj": pair(2, 8, 40, 2.0, 21),
              f"{single}.to_out": pair(2, 16, 8, 2.0, 22)}
    theirs = _convert_non_diffusers_flux2_lora_to_diffusers(file_tensors(pairs, "flux2_klein"))
    read, strange = read_pairs(theirs)
    assert not strange
    for path, made in pairs.items():
        assert torch.allclose(read[path].delta(), made.delta(), atol=1e-5), path
    assert not read[f"{block}.attn.add_k_proj"].delta().any()


@pytest.mark.parametrize("family", ["flux1", "zimage", "qwen_image"])
def test_families_whose_files_cannot_say_alpha_have_it_folded_in(family):
    pairs = {"transformer.layers.0.attention.to_q": pair(4, 8, 8, 1.0, 1)}
    tensors = file_tensors(pairs, family)
    assert set(tensors) == {f"transformer.layers.0.attention.to_q.lora_{part}.weight" for part in "AB"}
    assert torch.allclose(read_pairs(tensors)[0]["transformer.layers.0.attention.to_q"].delta(),
                          next(iter(pairs.values())).delta(), atol=1e-6)


@given(rank=st.integers(1, 6), alpha=st.floats(0.1, 16), conv=st.booleans(), seed=st.integers(0, 9))
@settings(max_examples=25)
def test_any_rank_and_alpha_survive_a_kohya_file(rank, alpha, conv, seed):
    pairs = {"unet.down_blocks.0.resnets.0.conv1": pair(rank, 5, 7, alpha, seed, conv)}
    read = read_pairs(file_tensors(pairs, "sd15"))[0]
    again, unread = named_like(read, "sd15", pairs)
    assert not unread
    assert torch.allclose(again[next(iter(pairs))].delta(), next(iter(pairs.values())).delta(), atol=1e-4, rtol=1e-3)


def test_text_encoders_are_called_as_other_tools_call_them():
    layer = "encoder.layers.0.self_attn.q_proj"
    assert kohya_name(f"text_encoder.{layer}", "sd15") == "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
    assert kohya_name(f"text_encoder_2.{layer}", "sdxl") == "lora_te2_text_model_encoder_layers_0_self_attn_q_proj"


def test_the_trigger_travels_inside_and_beside_and_the_hashes_are_those_others_compute(tmp_path):
    pairs = {"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k": pair(2, 768, 32, 2.0, 3)}
    row = torch.randn(1, 768)
    file = tmp_path / "mira.safetensors"
    told = lora_files.describe("sd15", {"name": "mira", "trigger": "zwmira", "rank": 2, "tags": {"zwmira girl": 12}})
    lora_files.write(file, pairs, "sd15", told, {"zwmira": {"clip_l": row}})
    content = file.read_bytes()
    body = content[8 + int.from_bytes(content[:8], "little"):]
    read = lora_files.read(file)
    assert read.metadata["sshs_model_hash"] == hashlib.sha256(body).hexdigest()
    assert read.metadata["modelspec.hash_sha256"] == "0x" + hashlib.sha256(body).hexdigest()
    assert read.metadata["ss_base_model_version"] == "sd_v1" and read.family == "sd15"
    assert torch.equal(read.embeddings["zwmira"]["clip_l"], row)
    assert b"bundle_emb.zwmira.string_to_param.*" in content
    assert read.metadata["modelspec.trigger_phrase"] == "zwmira"
    assert json.loads(read.metadata["ss_tag_frequency"]) == {"mira": {"zwmira girl": 12}}


def test_diffusers_gets_a_file_without_the_word_only_when_it_is_asked_for(tmp_path):
    from pipelines.train.__main__ import main

    pairs = {"unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k": pair(2, 768, 32, 2.0, 3)}
    file, plain = tmp_path / "mira.safetensors", tmp_path / "out" / "plain.safetensors"
    lora_files.write(file, pairs, "sd15", lora_files.describe("sd15", {"name": "mira", "trigger": "zwmira"}),
                     {"zwmira": {"clip_l": torch.randn(1, 768)}})
    assert main(["--for-diffusers", str(file), str(plain)]) == 0
    kept, made = lora_files.read(file), lora_files.read(plain)
    assert kept.embeddings and not made.embeddings and made.tensors.keys() == kept.tensors.keys()
    assert all(torch.equal(made.tensors[name], tensor) for name, tensor in kept.tensors.items())


KOHYA_FLUX1 = {"double_blocks_0_img_attn_qkv": (3072, 9216), "double_blocks_0_img_attn_proj": (3072, 3072),
               "double_blocks_0_txt_mlp_0": (3072, 12288), "double_blocks_0_img_mod_lin": (3072, 18432),
               "single_blocks_0_linear1": (3072, 21504), "single_blocks_0_linear2": (15360, 3072)}
"""Layers as sd-scripts calls them in its LoRAs for FLUX.1, at the model's own widths (in, out)."""


def test_a_kohya_lora_for_flux1_is_known_and_arrives_whole(tmp_path):
    from diffusers import FluxPipeline
    from safetensors.torch import load_file, save_file

    from core.weights.families import recognise_lora
    from core.weights.headers import read_header

    tensors = {}
    for n, (name, (wide, out)) in enumerate(KOHYA_FLUX1.items()):
        made = pair(1, wide, out, 0.5, n)
        tensors |= {f"lora_unet_{name}.lora_down.weight": made.down, f"lora_unet_{name}.lora_up.weight": made.up,
                    f"lora_unet_{name}.alpha": torch.tensor(0.5)}
    file = tmp_path / "foreign.safetensors"
    save_file(tensors, file)
    assert recognise_lora(read_header(file)) == "flux1"
    state = FluxPipeline.lora_state_dict(as_lora(load_file(file)))
    read, strange = read_pairs(state)
    block, single = "transformer.transformer_blocks.0", "transformer.single_transformer_blocks.0"
    assert strange == [] and {path.partition(".")[0] for path in read} == {"transformer"}
    qkv = Pair(tensors["lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight"],
               tensors["lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight"], 0.5).delta()
    whole = torch.cat([read[f"{block}.attn.{part}"].delta() for part in ("to_q", "to_k", "to_v")])
    assert torch.allclose(whole, qkv, atol=1e-5)
    assert {f"{single}.attn.to_q", f"{single}.attn.to_k", f"{single}.attn.to_v", f"{single}.proj_mlp",
            f"{single}.proj_out"} <= read.keys()


@pytest.mark.parametrize(("harm", "words"), [
    (lambda p: Pair(p.down, p.up * float("nan"), p.alpha), "out of range"),
    (lambda p: Pair(p.down, p.up * 0, p.alpha), "empty"),
])
def test_useless_weights_never_become_a_file(tmp_path, harm, words):
    with pytest.raises(StudioError, match=words):
        lora_files.write(tmp_path / "x.safetensors", {"unet.conv_in": harm(pair(2, 4, 4, 2.0, 1))}, "sd15", {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x10\x00\x00\x00\x00\x00\x00\x00{\"a\": 1", b"PK\x03\x04" * 9])
def test_a_broken_file_gets_a_sentence(tmp_path, content):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="damaged or not a LoRA"):
        lora_files.read(path)
