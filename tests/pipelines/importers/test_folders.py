"""Folders and whole games: branches beside each other, pictures of a game, and packs that hide something."""

import io
import json
import tracemalloc
import zipfile

import pytest
from PIL import Image

import pipelines
from core.catalog import Catalog
from core.errors import BadFile, StudioError
from core.story.arrivals import recognise
from core.story.check import check
from core.story.findings import SEVERE
from core.story.runner import Program, walk
from pipelines.importers import renpy, sillytavern
from tests.pipelines.importers.test_importers import chat

CATALOG = Catalog(pipelines)
GAME = """
define e = Character("Eileen", image="eileen")
image bg park = "images/park.png"
label start:
    scene bg park with fade
    show eileen happy at left with dissolve
    play music "tune.ogg"
    e "Hello."
    show eileen sad
    e "Oh."
    show lucy
    hide eileen
    return
"""


def game(folder):
    (folder / "game/images").mkdir(parents=True)
    (folder / "game/audio").mkdir()
    (folder / "game/script.rpy").write_text(GAME, encoding="utf-8")
    for name in ("park", "eileen happy", "eileen_sad"):
        (folder / f"game/images/{name}.png").write_bytes(name.encode())
    (folder / "game/audio/tune.ogg").write_bytes(b"OggS tune")
    return folder


def test_a_folder_of_branches_becomes_one_branching_story(tmp_path):
    same = [("Ada", "Hi."), ("Mira", "Where?")]
    for name, last in {"main": "Left.", "branch 1": "Right.", "branch 2": "Nowhere."}.items():
        chat(tmp_path / f"{name}.jsonl", *same, ("Ada", last))
    (tmp_path / "link.jsonl").symlink_to("/etc/passwd")
    key, preview = recognise(CATALOG, tmp_path)
    assert key == "importers.sillytavern"
    choices = [node for scene in preview.story.scenes for node in scene.nodes if node.type == "choice"]
    assert [one.text for one in choices[0].options] == ["Right.", "Nowhere.", "Left."]
    assert sum(node.type == "text" for scene in preview.story.scenes for node in scene.nodes) == 5


@pytest.mark.parametrize("packed", [False, True])
def test_a_game_brings_its_pictures_and_sounds(tmp_path, packed):
    path = game(tmp_path / "my game")
    if packed:
        path = tmp_path / "game.zip"
        with zipfile.ZipFile(path, "w") as pack:
            for file in sorted((tmp_path / "my game").rglob("*.*")):
                pack.write(file, f"my game/{file.relative_to(tmp_path / 'my game').as_posix()}")
    preview = renpy.read(path)
    story = preview.story
    eileen = story.cast[0]
    assert {look: preview.files[asset] for look, asset in eileen.looks.items()} == {
        "happy": b"eileen happy", "sad": b"eileen_sad"}
    assert preview.files[story.places[0].asset] == b"park"
    shown = [(one.kind, one.expression, one.at) for node in story.scenes[0].nodes for one in node.directives]
    assert shown[:3] == [("place", "", ""), ("show", "happy", "left"), ("music", "", "")]
    assert any("licence is not known" in one for one in preview.unmapped)
    assert any("show lucy" in one for one in preview.unmapped)
    assert not [one for one in check(story) if one.severity == SEVERE] and walk(Program(story), 1)


def test_a_story_in_a_pack_in_an_unusual_place_is_found_and_the_rest_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as pack:
        pack.write("tests/samples/cave.ink", "deep/er/cave.ink")
        pack.writestr("a.pdf", "x")
    key, preview = recognise(CATALOG, tmp_path / "p.zip")
    assert key == "importers.ink" and "other files were left" in preview.unmapped[-1]


@pytest.mark.parametrize("name", ["data.xp3", "arc.nsa", "level.unity3d"])
def test_other_engines_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"XP3")
    with pytest.raises(BadFile, match="another engine"):
        recognise(CATALOG, tmp_path / name)


@pytest.mark.parametrize("name", ["script.rpyc", "screens.RPYC", "mod.rpymc"])
def test_a_compiled_script_is_refused_in_words_and_never_opened(tmp_path, name):
    (tmp_path / name).write_bytes(b"RENPY RPC2 cos\nsystem\n(S'touch hacked'\ntR.")
    with pytest.raises(BadFile, match="compiled Ren'Py script"):
        recognise(CATALOG, tmp_path / name)
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("inner", [("../evil.twee", b":: Start\nx"), ("a.twee", bytes(9_000_000))])
def test_a_hostile_pack_gives_a_sentence_and_leaves_nothing(tmp_path, inner):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(*inner)
    with pytest.raises(StudioError) as said:
        recognise(CATALOG, path)
    assert said.value.message and list(tmp_path.iterdir()) == [path]


def test_files_that_are_not_what_they_are_called_or_too_large_are_left_out_and_told(tmp_path):
    fine, huge = io.BytesIO(), io.BytesIO()
    Image.new("1", (8, 8)).save(fine, "PNG")
    Image.new("1", (30_000, 30_000)).save(huge, "PNG")
    files = {"fine.png": fine.getvalue(), "huge.png": huge.getvalue(), "web.png": b"<html><script>x</script>",
             "tune.ogg": b"MZ\x90", "bell.ogg": b"OggS\x00"}
    kinds = {name: "sound" if name.endswith("ogg") else "picture" for name in files}
    told = {"id": "s", "places": [{"id": "p", "asset": "huge"}], "cast": [{"id": "a", "looks": {"neutral": "web"}}],
            "assets": [{"id": name[:-4], "file": name, "kind": kind} for name, kind in kinds.items()],
            "scenes": [{"id": "x", "next": "@end", "nodes": [{"id": "n", "text": "Hm."}]}]}
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("story.json", json.dumps(told))
        for name, data in files.items():
            pack.writestr(name, data)
    _, seen = recognise(CATALOG, path)
    assert set(seen.files) == {one.id for one in seen.story.assets} == {"fine", "bell"}
    assert not seen.story.places[0].asset and not seen.story.cast[0].looks
    assert [one.split("”")[0] for one in seen.unmapped] == ["“huge", "“web", "“tune"]


@pytest.mark.parametrize("data", [
    "Ada: H\u00e9 \u201equoted\u201c\r\nBen: Hi\r\n".encode("utf-16"), b"\xef\xbb\xbfAda: Hi\r\nBen: Ho",
    "Ada: Caf\u00e9\nBen: Hi".encode("cp1252"), b"Ada: \xff\xfe\x00\nBen: Hi"])
def test_any_encoding_and_line_ending_of_a_log_is_read(tmp_path, data):
    path = tmp_path / "log.txt"
    path.write_bytes(data)
    _, preview = recognise(CATALOG, path)
    assert [one.name for one in preview.story.cast] == ["Ada", "Ben"]


def test_a_long_chat_takes_little_more_memory_than_its_words(tmp_path):
    path = tmp_path / "c.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(20_000):
            file.write(json.dumps({"name": ("Ada", "Ben")[number % 2], "mes": f"{number} " + "word " * 30}) + "\n")
    sillytavern.read(path)
    tracemalloc.start()
    sillytavern.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2.6 * path.stat().st_size


@pytest.mark.parametrize("source", ["__import__('os').system('touch hacked')", "gold.__class__", "open('/etc/passwd')",
                                    "(lambda: 1)()", "[x for x in y]", "gold if gold else 1", "globals()"])
def test_a_condition_that_reaches_for_python_is_refused_in_words(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    story = {"id": "s", "variables": [{"name": "gold", "kind": "whole", "start": 1}],
             "scenes": [{"id": "a", "next": "@end", "nodes": [{"id": "n", "text": "x", "when": source}]}]}
    (tmp_path / "story.json").write_text(json.dumps(story))
    _, preview = recognise(CATALOG, tmp_path / "story.json")
    assert any(one.severity == SEVERE for one in check(preview.story))
    with pytest.raises(StudioError):
        Program(preview.story)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["story.json"]


def test_the_same_id_twice_is_found_with_a_fix(tmp_path):
    story = {"id": "s", "scenes": [{"id": "a", "next": "@end"}, {"id": "a", "next": "a"}]}
    (tmp_path / "story.json").write_text(json.dumps(story))
    _, preview = recognise(CATALOG, tmp_path / "story.json")
    assert any(one.kind == "double" and one.fixes for one in check(preview.story))
