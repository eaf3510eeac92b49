"""What a training made is worn by its hash: exactly that file, wherever it lies and whatever it is called."""

import hashlib
from types import SimpleNamespace

import pytest

from core.characters import TABLE, TrainedLora, new_character, with_lora
from core.prompts import LoraCall
from core.weights.hashes import hash_file
from pipelines.kit.finding import describe_person, find_loras


@pytest.fixture
def room(tmp_path):
    """Two folders of LoRAs; Mira was taught with the file in the second one."""
    first, second = tmp_path / "first", tmp_path / "second"
    for number, folder in enumerate((first, second)):
        folder.mkdir()
        (folder / "mira-starter.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}" + bytes([number]) * 64)
    file = second / "mira-starter.safetensors"
    lora = TrainedLora("starter", "starter", "loras/mira-starter.safetensors",
                       hashlib.sha256(file.read_bytes()).hexdigest(), strength=0.8)
    mira = with_lora(new_character("Mira", subject="woman"), lora)
    notes = []
    bench = SimpleNamespace(folders=lambda kind: [first, second], rows=lambda table: [mira.row()] * (table == TABLE),
                            hashes=hash_file, note=notes.append, uses=lambda path, kind: path)
    return SimpleNamespace(bench=bench, file=file, notes=notes, mira=mira)


CALLS = (LoraCall("mira-starter", 0.8),)


def test_the_trained_file_is_worn_though_another_of_its_name_comes_first(room):
    assert [worn.path for worn in find_loras(room.bench, CALLS)] == [room.file]
    assert "<lora:mira-starter:0.8>" in describe_person(room.mira.row()), "as strongly as was found best"


def test_a_renamed_file_is_known_again(room):
    renamed = room.file.rename(room.file.with_name("my favourite.safetensors"))
    assert find_loras(room.bench, CALLS)[0].path == renamed and room.notes == []


def test_a_changed_file_is_worn_and_said(room):
    room.file.write_bytes(room.file.read_bytes() + b"changed")
    assert find_loras(room.bench, CALLS)[0].path.name == "mira-starter.safetensors"
    assert "not the file any more" in room.notes[0]
