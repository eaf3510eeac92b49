"""Reading and writing how a picture was made: exact for the tools that read ours, harmless for hostile files."""

import json
import struct
import zlib
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import BadFile
from core.prompts import LoraCall
from core.recipes.infotext import read_infotext, read_pairs, write_infotext
from core.recipes.picture import read_notes, read_recipe, save_settings, write_mark
from core.recipes.recipe import Recipe

OURS = Recipe(
    "StudioNova", "zwx girl, smiling", "blurry", seed=18446744073709551615, steps=20, guidance=4.5,
    sampler="DPM++ 2M", schedule="Karras", width=512, height=768, model="starter", model_hash="0123456789abcdef",
    loras=(LoraCall("My Mira", 0.8),), strength=0.4, clip_skip=2,
    rest={"Hires upscale": "2", "Version": "StudioNova 1.0"},
)


def keep(path, notes, mark=b"", mode="RGB"):
    Image.new(mode, (8, 8), 120).save(path, **save_settings(path.suffix, notes, mark))
    return path


def test_the_text_is_exactly_what_other_tools_expect():
    text = write_infotext(OURS, {"My Mira": "ab" * 32})
    assert text.split("\n") == [
        "zwx girl, smiling <lora:My_Mira:0.8>",
        "Negative prompt: blurry",
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.5, Seed: 18446744073709551615, "
        "Size: 512x768, Model hash: 0123456789, Model: starter, Denoising strength: 0.4, Clip skip: 2, "
        'Hires upscale: 2, Lora hashes: "My_Mira: abababababab", Version: StudioNova 1.0',
    ]


def test_the_negative_line_stands_even_when_it_is_empty():
    assert "\nNegative prompt: \nSteps: 4," in write_infotext(Recipe("x", "a cat", steps=4, seed=1, sampler="Euler"))


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("prompt", ["a cat", "eine Kätzchen 猫 «x»", "two\nlines, (a:1.2)"])
def test_what_is_written_into_a_picture_is_read_back(tmp_path, ending, prompt):
    text = write_infotext(Recipe("StudioNova", prompt, "bad: x", seed=5, steps=9, sampler="Euler",
                                 rest={"Version": "StudioNova 1"}))
    found = read_recipe(keep(tmp_path / f"a{ending}", {"parameters": text}, write_mark("StudioNova 1")))
    assert (found.tool, found.prompt, found.negative, found.seed, found.steps) == (
        "StudioNova", prompt, "bad: x", 5, 9)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_every_picture_carries_the_mark_of_a_trained_algorithm(tmp_path, ending):
    path = keep(tmp_path / f"a{ending}", {}, write_mark('Studio"Nova', composite=True))
    data = path.read_bytes()
    assert b"digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in data
    xmp = data[data.index(b"<x:xmpmeta") : data.index(b"</x:xmpmeta>") + 12]
    described = ElementTree.fromstring(xmp)[0][0]
    assert described.get("{http://ns.adobe.com/xap/1.0/}CreatorTool") == 'Studio"Nova'


def test_old_merged_sampler_names_and_quoted_values_are_understood():
    text = ('a cat\nNegative prompt: dog\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 3, Size: 64x32, '
            'Hires prompt: "x: y, \\"z\\"", Version: f2.0.1v1.10.1')
    found = read_infotext(text)
    assert (found.tool, found.sampler, found.schedule) == ("Forge", "DPM++ 2M", "Karras")
    assert (found.width, found.height, found.rest["Hires prompt"]) == (64, 32, 'x: y, "z"')


def test_a_picture_of_comfyui_is_read_from_its_graph(tmp_path):
    graph = {
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sub\\dream.safetensors"}},
        "9": {"class_type": "LoraLoader", "inputs": {"model": ["4", 0], "clip": ["4", 1],
                                                    "lora_name": "mira.safetensors", "strength_model": 0.7}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 512, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox", "clip": ["9", 1]}},
        "8": {"class_type": "ControlNetApply", "inputs": {"conditioning": ["6", 0]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blur", "clip": ["9", 1]}},
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 42, "steps": 12, "cfg": 6.5, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0,
            "model": ["9", 0], "positive": ["8", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    }
    found = read_recipe(keep(tmp_path / "c.png", {"prompt": json.dumps(graph)}))
    assert found == Recipe("ComfyUI", "a fox", "blur", 42, 12, 6.5, "DPM++ 2M", "Karras", 640, 512, "dream",
                           strength=1.0, loras=(LoraCall("mira", 0.7),))


def test_a_graph_that_bites_its_tail_ends():
    graph = {"1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0]}},
             "2": {"class_type": "X", "inputs": {"a": ["3", 0]}}, "3": {"class_type": "X", "inputs": {"a": ["2", 0]}}}
    from core.recipes.comfyui import read_comfyui

    assert read_comfyui({"prompt": json.dumps(graph)}).prompt == ""


@pytest.mark.parametrize(("tool", "notes"), [
    ("InvokeAI", {"invokeai_metadata": json.dumps({
        "positive_prompt": "a fox", "negative_prompt": "blur", "seed": 7, "steps": 9, "cfg_scale": 5.5,
        "scheduler": "euler", "width": 64, "height": 32, "model": {"name": "dream", "hash": "blake3:1"},
        "loras": [{"model": {"name": "mira"}, "weight": 0.7}]})}),
    ("SwarmUI", {"parameters": json.dumps({"sui_image_params": {
        "prompt": "a fox", "negativeprompt": "blur", "seed": 7, "steps": 9, "cfgscale": 5.5, "width": 64,
        "height": 32, "model": "dream", "loras": ["mira"], "loraweights": ["0.7"]}})}),
    ("Fooocus", {"fooocus_scheme": "fooocus", "parameters": json.dumps({
        "prompt": "a fox", "negative_prompt": "blur", "seed": "7", "steps": 9, "guidance_scale": 5.5,
        "resolution": "(64, 32)", "base_model": "dream", "loras": [["mira", 0.7, "ab"]]})}),
])
def test_pictures_of_other_tools_tell_the_same_things(tmp_path, tool, notes):
    found = read_recipe(keep(tmp_path / "x.png", notes))
    assert (found.tool, found.prompt, found.negative, found.seed, found.steps, found.guidance) == (
        tool, "a fox", "blur", 7, 9, 5.5)
    assert (found.width, found.height, found.model, found.loras) == (64, 32, "dream", (LoraCall("mira", 0.7),))


def test_a_picture_that_says_nothing_has_no_recipe(tmp_path):
    assert read_recipe(keep(tmp_path / "x.png", {})) is None
    assert read_infotext("just, some: words") is None


def test_files_that_are_no_pictures_get_a_sentence(tmp_path):
    for data in (b"", b"MZ" * 40, b"\xff\xd8\xff\xe0" + b"\0" * 30, b"RIFF\0\0\0\0WEBPVP8 "):
        path = tmp_path / "bad.jpg"
        path.write_bytes(data)
        with pytest.raises(BadFile):
            read_recipe(path)


def png(*chunks):
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        out += struct.pack(">I4s", len(data), kind) + data + b"\0\0\0\0"
    return out


def test_a_text_that_unpacks_to_gigabytes_is_cut(tmp_path):
    bomb = zlib.compress(b"a" * 40_000_000)
    path = tmp_path / "bomb.png"
    path.write_bytes(png((b"zTXt", b"parameters\0\0" + bomb), (b"tEXt", b"no zero"), (b"iTXt", b"x\0\1\0")))
    assert len(read_notes(path)["parameters"]) == 8_000_000
    assert read_recipe(path) is None


def test_a_lying_chunk_length_ends_the_reading(tmp_path):
    path = tmp_path / "lie.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 0xFFFFFFFF, b"tEXt") + b"parameters\0Steps: 1")
    assert read_notes(path) == {}


@pytest.mark.parametrize("food", ["a" * 200_000, "a: " * 60_000, '"' * 100_000, 'a b: "\\' * 30_000, "a,:" * 60_000,
                                  "Steps: " + '"a' * 60_000, "\n" * 200_000, "[" * 200_000, '{"a":' * 60_000])
def test_food_for_regular_expressions_is_read_in_one_walk(food):
    read_pairs(food)
    read_infotext(food)
    from core.recipes.picture import READERS

    for name in ("parameters", "prompt", "UserComment", "invokeai_metadata", "Comment"):
        for reader in READERS:
            reader({name: food, "Software": "NovelAI"})


LINE = st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=40).map(str.strip)


@given(prompt=LINE, negative=LINE, rest=st.dictionaries(st.sampled_from(["Hires prompt", "VAE", "Note"]),
                                                       LINE.filter(bool), max_size=3))
@example(prompt="", negative="", rest={"Hires prompt": '"', "VAE": '"'})
@settings(max_examples=200)
def test_any_words_survive_the_way_out_and_back(prompt, negative, rest):
    if "<" in prompt or prompt.startswith("Negative prompt:") or any("x" in value for value in rest.values()):
        return
    recipe = Recipe("StudioNova", prompt, negative, 1, 2, 3.0, "Euler", width=8, height=8,
                    rest={**rest, "Version": "StudioNova"})
    found = read_infotext(write_infotext(recipe))
    assert (found.prompt, found.negative, found.seed) == (prompt, negative, 1)
    assert {key: found.rest[key] for key in rest} == rest


@given(st.dictionaries(st.text(max_size=10), st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["inputs", "class_type", "positive", "text", "model", "loras", "sui_image_params", "base_model"]), inner),
    max_leaves=12), max_size=4))
@settings(max_examples=150)
def test_any_json_in_any_note_is_read_without_a_fault(value):
    from core.recipes.picture import READERS

    text = json.dumps(value)
    for name in ("parameters", "prompt", "invokeai_metadata", "Comment"):
        for reader in READERS:
            reader({name: text, "Software": "NovelAI"})
