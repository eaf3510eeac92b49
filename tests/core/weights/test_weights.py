"""Model files seen from outside: headers that lie, families by their names, hashes read once."""

import hashlib
import json
import struct

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from core.errors import BadFile
from core.home import PROGRAM
from core.store import Store
from core.weights.families import NAMES, SAID, recognise, recognise_lora
from core.weights.hashes import hash_file
from core.weights.headers import read_header
from core.weights.known import read_known
from pipelines.kit.lora_keys import LAYOUTS


def write(path, tensors, notes=None):
    save_file({name: numpy.zeros(shape, "float16") for name, shape in tensors.items()}, path, metadata=notes)
    return path


def lora(layer, wide, out, down="A", up="B"):
    return {f"{layer}.lora_{down}.weight": (2, wide), f"{layer}.lora_{up}.weight": (out, 2)}


def raw(path, header, data=b""):
    body = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(body)) + body + data)
    return path


def test_a_header_is_read_without_the_numbers(tmp_path):
    header = read_header(write(tmp_path / "a.safetensors", {"x": (2, 3), "y": (4,)}, {"ss_network_dim": "8"}))
    assert header.tensors["x"].shape == (2, 3) and header.notes["ss_network_dim"] == "8"


ENTRY = {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"x": ENTRY}, b"\0"),
        ({"x": {**ENTRY, "shape": [2**40]}}, b"\0" * 4),
        ({"x": {**ENTRY, "shape": [-2]}}, b"\0" * 4),
        ({"x": {**ENTRY, "data_offsets": [4, 0]}}, b"\0" * 4),
        ({"x": ENTRY}, b"\0" * 9),
        ([1], b""),
        (b"{not json", b""),
        ({"x": 5}, b""),
        (b"\xff\xfe", b""),
        ({"x": ENTRY, "y": ENTRY}, b"\0" * 4),
        ({"__metadata__": 5}, b""),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, header, data):
    with pytest.raises(BadFile) as told:
        read_header(raw(tmp_path / "a.safetensors", header, data))
    assert "a.safetensors" in told.value.message and told.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4,
        struct.pack("<Q", 2**62) + b"{}",
        b"\x80\x04\x95" + b"\0" * 40,
        b"PK\x03\x04" + b"\0" * 40,
        b"<html>not a model</html>",
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        read_header(path)


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("x") / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        read_header(path)


@pytest.mark.parametrize(
    ("tensors", "family"),
    [
        ({"unet.attn2.to_k.weight": (8, 768)}, "sd15"),
        ({"x.attn2.to_k.weight": (8, 2048)}, "sdxl"),
        ({"model.diffusion_model.double_blocks.0.w": (2,)}, "flux1"),
        ({"model.diffusion_model.joint_blocks.0.w": (2,)}, "sd35"),
        ({"cap_embedder.0.weight": (2,)}, "zimage"),
        ({"nothing.known": (2,)}, ""),
    ],
)
def test_a_family_is_known_by_its_names(tmp_path, tensors, family):
    assert recognise(read_header(write(tmp_path / "a.safetensors", tensors))) == family


@pytest.mark.parametrize(
    ("tensors", "notes", "family"),
    [
        ({"lora_unet_x_attn2_to_k.lora_down.weight": (4, 2048)}, None, "sdxl"),
        ({"lora_unet_x_attn2_to_k.lora_down.weight": (4, 768)}, None, "sd15"),
        ({"x": (2,)}, {"ss_base_model_version": "sdxl_base_v1-0"}, "sdxl"),
        ({"x": (2,)}, None, ""),
        (lora("lora_unet_double_blocks_0_img_mod_lin", 8, 48, "down", "up")
         | lora("lora_unet_single_blocks_0_linear1", 8, 56, "down", "up"), None, "flux1"),
        (lora("diffusion_model.single_blocks.0.linear1", 8, 72), None, "flux2_klein"),
        (lora("diffusion_model.double_blocks.0.img_mlp.0", 8, 48), None, "flux2_klein"),
        (lora("diffusion_model.double_blocks.18.img_attn.qkv", 8, 24), None, "flux1"),
        (lora("diffusion_model.double_blocks.0.img_attn.qkv", 8, 24), None, ""),
        (lora("transformer.transformer_blocks.0.attn.add_q_proj", 3072, 8)
         | lora("transformer.transformer_blocks.0.img_mlp.net.0.proj", 8, 32), None, "qwen_image"),
        (lora("transformer.transformer_blocks.0.attn.add_q_proj", 3072, 8), None, ""),
        (lora("transformer.transformer_blocks.0.attn.add_q_proj", 1536, 8), None, "sd35"),
        (lora("transformer.single_transformer_blocks.0.attn.to_qkv_mlp_proj", 8, 72), None, "flux2_klein"),
        (lora("diffusion_model.layers.3.attention.to_q", 8, 8), None, "zimage"),
        (lora("lora_te2_text_model_encoder_layers_0_self_attn_q_proj", 8, 8, "down", "up"), None, "sdxl"),
    ],
)
def test_a_lora_says_what_it_was_trained_on(tmp_path, tensors, notes, family):
    assert recognise_lora(read_header(write(tmp_path / "a.safetensors", tensors, notes))) == family


def test_a_family_is_called_as_its_pipelines_are_everywhere():
    kin = {"starter", "sd2", "wan", "upscaler"}
    drawn = {path.stem for path in (PROGRAM / "pipelines" / "image").glob("*.py")}
    taught = {path.stem for path in (PROGRAM / "configs" / "training").glob("*.toml")}
    assert set(NAMES) - kin <= drawn and taught <= set(NAMES)
    assert set(LAYOUTS) <= set(NAMES) and {family for _, family in SAID} <= set(NAMES)
    assert {one.family for one in read_known().values() if one.kind == "checkpoints"} <= set(NAMES)


def test_a_file_is_hashed_once_for_each_version(tmp_path):
    store = Store(tmp_path / "studio.json")
    path = write(tmp_path / "a.safetensors", {"x": (2, 3)})
    found = hash_file(path, store)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    size = struct.unpack("<Q", path.read_bytes()[:8])[0]
    assert found.data_sha256 == hashlib.sha256(path.read_bytes()[8 + size :]).hexdigest()
    assert (found.autov2, found.autov3) == (found.sha256[:10], found.data_sha256[:12])
    assert len(store.rows("hashes")) == 1 and hash_file(path, store) == found
    write(path, {"x": (5, 3)})
    assert hash_file(path, store) != found
    store.close()
