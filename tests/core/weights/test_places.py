"""Models in folders of other programs are found without being moved; throwing away can be undone."""

import json
import struct

import pytest

from core.errors import Missing, Refused
from core.home import Home
from core.weights.known import Known, read_known
from core.weights.places import OLD_COPIES, bring_back, called, take_stock, throw_away

SDXL = {"conditioner.embedders.1.w": (1,)}


def write_safetensors(path, tensors=SDXL):
    table, at = {}, 0
    for name, shape in tensors.items():
        size = 4
        for side in shape:
            size *= side
        table[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    header = json.dumps(table).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(at))
    return path


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").make()


@pytest.mark.parametrize("way, kind", [
    ("webui/models/Stable-diffusion/a.safetensors", "checkpoints"), ("webui/models/Lora/a.safetensors", "loras"),
    ("webui/models/ESRGAN/a.pth", "upscalers"), ("ComfyUI/models/checkpoints/deep/a.safetensors", "checkpoints"),
    ("ComfyUI/models/diffusion_models/a.safetensors", "checkpoints"),
    ("ComfyUI/models/upscale_models/a.pth", "upscalers"), ("invokeai/models/sdxl/main/a.safetensors", "checkpoints"),
    ("invokeai/models/sdxl/lora/a.safetensors", "loras"), ("forge/models/ControlNet/a.safetensors", "controlnet")])
def test_folders_of_other_programs_are_linked_without_copying(home, tmp_path, way, kind):
    file = write_safetensors(tmp_path / way)
    found = [one for one in take_stock(home, [str(tmp_path / way.split("/")[0])]) if one.path == file]
    assert [(one.kind, one.own) for one in found] == [(kind, False)]
    assert not list(home.models.rglob("a.*"))


def test_a_model_is_told_by_what_is_in_it_and_a_broken_one_says_so(home):
    write_safetensors(home.models / "checkpoints" / "good.safetensors")
    (home.models / "checkpoints" / "bad.safetensors").write_bytes(b"<html>not found</html>")
    found = {one.path.stem: one for one in take_stock(home, []) if one.own}
    assert found["good"].family == "sdxl" and not found["good"].trouble
    assert "web page" in found["bad"].trouble


def test_a_model_is_called_by_its_file_without_the_ending_or_by_the_whole_name_of_its_folder(tmp_path):
    (tmp_path / "FLUX.1-schnell").mkdir()
    assert called(tmp_path / "FLUX.1-schnell") == "FLUX.1-schnell"
    assert called(tmp_path / "dream-v1.5.safetensors") == "dream-v1.5"


def test_a_file_that_was_exchanged_is_looked_at_anew(home):
    file = write_safetensors(home.models / "checkpoints" / "a.safetensors", SDXL)
    assert [one.family for one in take_stock(home, [])] == ["sdxl"]
    file.write_bytes(b"torn in a copy")
    assert [(one.family, bool(one.trouble)) for one in take_stock(home, [])] == [("", True)]


def test_what_is_thrown_away_can_be_brought_back(home):
    file = write_safetensors(home.models / "checkpoints" / "deep" / "a.safetensors")
    before = file.read_bytes()
    token = throw_away(home, "checkpoints/deep/a.safetensors")
    assert not file.exists() and not [one for one in take_stock(home, []) if one.own]
    assert bring_back(home, token) == "checkpoints/deep/a.safetensors" and file.read_bytes() == before
    with pytest.raises(Missing):
        bring_back(home, token)


def test_with_a_lora_goes_the_copy_that_an_earlier_version_put_beside_it(home):
    kept = [write_safetensors(home.models / folder / "mira.safetensors") for folder in ("loras", OLD_COPIES)]
    other = write_safetensors(home.models / OLD_COPIES / "other.safetensors")
    throw_away(home, "loras/mira.safetensors")
    assert not any(file.exists() for file in kept) and other.exists()


@pytest.mark.parametrize("name", ["../outputs", "", ".", "checkpoints", "/etc/passwd", "checkpoints/none.safetensors"])
def test_nothing_else_can_be_thrown_away(home, name):
    (home.models / "checkpoints").mkdir()
    with pytest.raises(Refused):
        throw_away(home, name)


def test_every_known_model_says_whence_how_large_and_under_which_licence():
    for key, known in read_known().items():
        assert isinstance(known, Known) and known.about.endswith(".") and known.licence, key
        assert bool(known.repo) != bool(known.url), key
        assert known.size_gb > 0 and known.vram_gb > 0, key
        if known.url:
            assert known.url.startswith("https://") and known.bytes and len(known.sha256) == 64, key
