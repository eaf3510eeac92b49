"""Files inside a game are read when wanted, and no more than there is room for."""

from pipelines.kit import game_files
from pipelines.kit.game_files import GameFiles


def test_a_file_is_read_only_when_it_is_wanted():
    read = []
    files = GameFiles({"a.png": lambda name: read.append(name) or b"picture", "b.png": lambda name: read.append(name)})

    assert files.take("a.png") == b"picture"
    assert read == ["a.png"]


def test_too_many_files_are_left_inside(monkeypatch):
    monkeypatch.setattr(game_files, "FILES_MOST", 2)
    files = GameFiles({"a.png": lambda name: b"a"})

    assert [files.take("a.png") for _ in range(3)] == [b"a", b"a", None]


def test_too_many_bytes_are_left_inside(monkeypatch):
    monkeypatch.setattr(game_files, "BYTES_MOST", 10)
    files = GameFiles({"a.ogg": lambda name: bytes(8)})

    assert [files.take("a.ogg") for _ in range(3)] == [bytes(8), bytes(8), None]
