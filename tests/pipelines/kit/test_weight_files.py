"""Weights from strangers: read as numbers, never run."""

import os
import pickle
import random

import pytest
import torch
from safetensors.torch import save_file

from core.errors import BadFile
from pipelines.kit.weight_files import read_weights


class Evil:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (self.mark,)


@pytest.mark.parametrize("nest", [lambda t: t, lambda t: {"params_ema": t, "epoch": 3}, lambda t: {"state_dict": t}])
def test_weights_are_found_wherever_a_training_put_them(tmp_path, nest):
    torch.save(nest({"a.weight": torch.ones(2)}), tmp_path / "net.pth")
    assert read_weights(tmp_path / "net.pth")["a.weight"].tolist() == [1, 1]


def test_safetensors_too(tmp_path):
    save_file({"a": torch.ones(2)}, tmp_path / "net.safetensors")
    assert list(read_weights(tmp_path / "net.safetensors")) == ["a"]


@pytest.mark.parametrize("write", [torch.save, lambda thing, path: path.write_bytes(pickle.dumps(thing))])
def test_a_pickle_that_runs_code_is_not_opened(tmp_path, write):
    write({"a": Evil(str(tmp_path / "owned"))}, tmp_path / "net.pth")
    with pytest.raises(BadFile, match=r"run code|damaged"):
        read_weights(tmp_path / "net.pth")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [b"", b"PK\3\4 torn", b"<html>", random.Random(5).randbytes(500)])
def test_what_is_no_weights_says_so(tmp_path, content):
    (tmp_path / "net.pth").write_bytes(content)
    with pytest.raises(BadFile, match=r"net\.pth"):
        read_weights(tmp_path / "net.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_bytes_that_were_changed_never_get_past_as_another_error(tmp_path, zipped):
    path, dice = tmp_path / "net.pth", random.Random(5)
    torch.save({"a": torch.ones(2), "b": {"c": [1, 2.5, "d"]}}, path, _use_new_zipfile_serialization=zipped)
    whole, refused = path.read_bytes(), 0
    noise = [dice.randbytes(300) for _ in range(60)]
    for torn in noise + [changed(whole, dice) for _ in range(200)]:
        path.write_bytes(torn)
        try:
            read_weights(path)
        except BadFile:
            refused += 1
    assert refused > len(noise)


def changed(whole: bytes, dice: random.Random) -> bytes:
    """Some bytes of a file written anew, as a bad disk or a bad person would."""
    torn = bytearray(whole)
    for _ in range(dice.randint(1, 8)):
        torn[dice.randrange(len(torn))] = dice.randrange(256)
    return bytes(torn)


def test_a_file_without_weights_says_so(tmp_path):
    torch.save({"words": "none"}, tmp_path / "net.pth")
    with pytest.raises(BadFile, match="holds no weights"):
        read_weights(tmp_path / "net.pth")
