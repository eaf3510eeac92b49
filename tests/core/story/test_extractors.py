"""Games of other engines: named by what is in them, and taken apart by a person's own program, within its limits."""

import os
import select
import sys
import zipfile

import pytest

import pipelines
from core.catalog import Catalog
from core.errors import BadFile, Cancelled, Refused, StudioError, TooBig
from core.home import Home
from core.story.arrivals import recognise
from core.story.engines import engine_among
from core.story.extractors import registered

CATALOG = Catalog(pipelines)
UNPACK = """import pathlib, sys
pathlib.Path(sys.argv[2], "first.ks").write_text(f"From {pathlib.Path(sys.argv[1]).name}.[p]")
pathlib.Path(sys.argv[2], "link.ks").symlink_to("/etc/passwd")"""


def home(tmp_path, program, more="", ending=".xp3"):
    """A home whose person has registered a program: a little Python."""
    (tmp_path / "home/configs").mkdir(parents=True)
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, str(tmp_path / "program.py"), "{file}", "{folder}"]
    (tmp_path / "home/configs/extractors.toml").write_text(
        f"['{ending}']\nname = 'my unpacker'\ncommand = {command!r}\n{more}")
    return Home(tmp_path / "home")


def game(tmp_path, name="data.xp3"):
    (tmp_path / name).write_bytes(b"XP3\r\n \n\x1a\x8bg\x01")
    return tmp_path / name


def packed(tmp_path, *names):
    with zipfile.ZipFile(tmp_path / "game.zip", "w") as pack:
        for name in names:
            pack.writestr(name, "x")
    return tmp_path / "game.zip"


@pytest.mark.parametrize(("names", "engine"), [
    (("game/data.xp3",), "KiriKiri"), (("nscript.dat",), "NScripter"), (("a_Data/globalgamemanagers",), "Unity"),
    (("Game.rgss3a",), "RPG Maker"), (("www/js/rpg_core.js",), "RPG Maker"), (("x.pck", "x.exe"), "Godot")])
def test_a_pack_around_a_game_is_named_by_what_is_in_it(tmp_path, names, engine):
    with pytest.raises(BadFile, match=engine) as said:
        recognise(CATALOG, packed(tmp_path, *names))
    assert "configs/extractors.toml" in said.value.hint
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / names[0].rsplit("/", 1)[-1]).write_bytes(b"x")
    with pytest.raises(BadFile, match=engine):
        recognise(CATALOG, tmp_path / "folder")
    assert engine_among(["readme.txt", "a.png"]) == ""


def test_a_file_that_is_called_otherwise_is_known_by_how_it_begins(tmp_path):
    with pytest.raises(BadFile, match="KiriKiri"):
        recognise(CATALOG, game(tmp_path, "patch.bin"))


def test_what_a_program_takes_out_is_read_with_a_question_about_whose_it_is(tmp_path):
    outside = registered(home(tmp_path, UNPACK))
    key, preview = recognise(CATALOG, game(tmp_path), "", outside)
    assert key == "importers.tyrano" and preview.story.scenes[0].nodes[0].text == "From data.xp3."
    assert preview.unmapped[0] == "Taken out by my unpacker: whose work is this, and may you use it?"
    assert len(preview.story.scenes) == 1, "links were left alone"
    _, preview = recognise(CATALOG, packed(tmp_path, "deep/data.xp3", "readme.pdf"), "", outside)
    assert preview.story.scenes[0].nodes[0].text == "From data.xp3."


def test_words_of_a_name_are_never_words_of_a_shell(tmp_path):
    name = "$(touch hacked); `touch hacked` & '.xp3"
    _, preview = recognise(CATALOG, game(tmp_path, name), "", registered(home(tmp_path, UNPACK)))
    assert "touch hacked" in preview.story.scenes[0].nodes[0].text
    assert "hacked" not in [one.name for one in tmp_path.rglob("*")]


@pytest.mark.parametrize(("program", "more", "kind", "words"), [
    ("import time; time.sleep(60)", "seconds = 0.5", TooBig, "still at it"),
    ("import sys\nwith open(sys.argv[2] + '/a', 'wb') as f:\n    while True: f.write(bytes(10**6)); f.flush()",
     "megabytes = 3", TooBig, "more than 3 MB"),
    ("while True: print('x' * 10**6)", "megabytes = 3", TooBig, "more than 3 MB"),
    ("raise SystemExit('no such key')", "", BadFile, "no such key"), ("", "", BadFile, "took nothing out"),
    ("import sys; open(sys.argv[2] + '/a.xp3', 'w').write('x')", "", BadFile, "KiriKiri")])
def test_a_program_that_fails_or_goes_too_far_is_stopped_in_words(tmp_path, monkeypatch, program, more, kind, words):
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    with pytest.raises(kind, match=words):
        recognise(CATALOG, game(tmp_path), "", registered(home(tmp_path, program, more)))
    assert list((tmp_path / "temp").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="pipes with names are of POSIX")
def test_a_program_is_stopped_with_all_that_it_started(tmp_path):
    pipe, ready = tmp_path / "pipe", tmp_path / "ready"
    os.mkfifo(pipe)
    heard = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    child = f"import time; held = open({str(pipe)!r}, 'w'); open({str(ready)!r}, 'w'); time.sleep(99)"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(Cancelled):
        recognise(CATALOG, game(tmp_path), "", registered(home(tmp_path, program), stopped=ready.exists))
    assert select.select([heard], [], [], 10)[0] and os.read(heard, 1) == b"", "its child still holds the pipe"
    os.close(heard)


def test_nothing_of_ones_own_runs_while_the_studio_is_shared(tmp_path):
    with pytest.raises(Refused, match="shared"):
        recognise(CATALOG, game(tmp_path), "", registered(home(tmp_path, UNPACK), locked=True))


@pytest.mark.parametrize("text", [
    "[", "x = 1", "['.xp3']\ncommand = 'rm {file} {folder}'", "['.xp3']\ncommand = ['a', '{file}']", "['.xp3']",
    "['xp3']\ncommand = ['a', '{file}', '{folder}']", "['.xp3']\ncommand = ['a', '{file}', '{folder}']\nseconds = 'x'"])
def test_a_file_of_programs_that_is_wrong_is_named(tmp_path, text):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/extractors.toml").write_text(text)
    with pytest.raises(BadFile, match="configs/extractors.toml"):
        registered(Home(tmp_path))


def test_a_program_that_is_not_there_is_said(tmp_path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/extractors.toml").write_text("['.xp3']\ncommand = ['/no/such', '{file}', '{folder}']")
    with pytest.raises(StudioError, match="could not be started"):
        recognise(CATALOG, game(tmp_path), "", registered(Home(tmp_path)))


def test_a_program_does_not_come_before_what_the_studio_reads_itself(tmp_path):
    (tmp_path / "a.ks").write_text("Mine.[p]")
    outside = registered(home(tmp_path, "raise SystemExit(1)", ending=".ks"))
    assert recognise(CATALOG, tmp_path / "a.ks", "", outside)[1].story.scenes[0].nodes[0].text == "Mine."
