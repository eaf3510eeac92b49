"""Ren'Py archives: honest ones are read, and indexes that want to run something are refused."""

import os
import pickle
import zlib
from pathlib import Path

import pytest

from core.errors import BadFile, StudioError
from core.rpa import Rpa


class Evil:
    def __reduce__(self):
        return (os.system, ("touch hacked",))


def archive(path, index, body=b"hello", head="RPA-3.0", key=0x42):
    packed = index if isinstance(index, bytes) else zlib.compress(pickle.dumps(index, 2))
    words = f"{head} {48 + len(body):016x} {key:08x}" if head != "RPA-2.0" else f"{head} {48 + len(body):016x}"
    path.write_bytes((words + "\n").encode().ljust(48, b"-") + body + packed)
    return path


def test_archives_of_kind_two_and_three_are_read_byte_by_byte(tmp_path):
    for head, key in (("RPA-3.0", 0x42), ("RPA-2.0", 0)):
        made = archive(tmp_path / "a.rpa", {"game/a.txt": [(48 ^ key, 5 ^ key, b"")], "b": [(49 ^ key, 4 ^ key, b"J")]},
                       head=head, key=key)
        assert Rpa(made).read("game/a.txt") == b"hello" and Rpa(made).read("b") == b"Jell"


def test_an_index_that_would_run_a_program_is_refused_and_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadFile, match="run a program"):
        Rpa(archive(tmp_path / "a.rpa", {"a": Evil()}))
    assert not Path("hacked").exists()


@pytest.mark.parametrize("index", [
    {"../a": [(48, 5)]}, {"/a": [(48, 5)]}, {"a": [(48 ^ 0x42, 99_999)]}, {"a": [(-5, 5)]}, {"a": []}, [], 3, {"a": 3},
    b"nothing", zlib.compress(b"cposix\nsystem\n(S'touch hacked'\ntR."), zlib.compress(bytes(200_000_000))])
def test_a_damaged_or_hostile_index_gives_a_sentence(tmp_path, index):
    made = archive(tmp_path / "a.rpa", index)
    try:
        assert Rpa(made).names == ()
    except StudioError as said:
        assert said.message
    assert list(tmp_path.iterdir()) == [made]


@pytest.mark.parametrize("head", ["RPA-3.2", "RPA-4.0", "ZiX-12B", "ALT-1.0", "RPA-3.0 zz"])
def test_protected_kinds_are_named_and_refused(tmp_path, head):
    with pytest.raises(BadFile, match="not of a kind"):
        Rpa(archive(tmp_path / "a.rpa", {}, head=head))


def test_an_index_that_asks_for_gigabytes_of_nothing_gets_none(tmp_path):
    hungry = b"\x80\x02c__builtin__\nbytes\nJ\xff\xff\xff\x7f\x85R."
    with pytest.raises(StudioError):
        Rpa(archive(tmp_path / "a.rpa", zlib.compress(hungry)))
