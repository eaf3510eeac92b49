"""Importers: their samples, branches, and files that were made to hurt."""

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StudioError
from core.story.check import check
from core.story.findings import SEVERE
from core.story.runner import Program, walk
from pipelines.exporters.bundle import build
from pipelines.importers import bundle, ink, ink_json, lorebook, renpy, sillytavern, transcript, twine
from tests.stories import cave, stories

SAMPLES = Path("tests/samples")


def chat(path, *said):
    rows = [{"user_name": "Mira", "character_name": "Ada"}, *({"name": who, "mes": words} for who, words in said)]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(("module", "name", "scenes", "lines"), [
    (sillytavern, "chat.jsonl", 1, 2), (transcript, "log.txt", 2, 3), (transcript, "log.md", 2, 2),
    (transcript, "chat.discord.json", 1, 2), (transcript, "chat.csv", 1, 2),
    (twine, "cave.twee", 2, 2), (twine, "cave.html", 2, 2),
    (ink, "cave.ink", 7, 6), (lorebook, "realm.lore.json", 1, 1)])
def test_each_sample_becomes_a_story_that_plays(module, name, scenes, lines):
    preview = module.read(SAMPLES / name)
    story = preview.story
    assert len(story.scenes) == scenes
    assert sum(node.type == "text" for scene in story.scenes for node in scene.nodes) == lines
    assert not [one for one in check(story) if one.severity == SEVERE]
    assert walk(Program(story), 1, 20)


def test_what_twine_code_could_not_be_mapped_is_listed_and_kept():
    preview = twine.read(SAMPLES / "cave.twee")
    assert any("pieces of Twine code" in one for one in preview.unmapped)
    assert any("nowhere" in one for one in preview.unmapped)
    assert [node.text for node in preview.story.scenes[0].nodes if node.type == "raw"] == ["<<set $gold to 3>>"]


def test_ink_keeps_choices_variables_and_says_what_it_left():
    preview = ink.read(SAMPLES / "cave.ink")
    story = preview.story
    assert [(one.name, one.start) for one in story.variables] == [("gold", 3), ("met", False)]
    choice = next(node for scene in story.scenes for node in scene.nodes if node.type == "choice")
    assert [(one.text, one.when) for one in choice.options] == [("Go in", ""), ("Wait", "gold > 2")]
    assert any("First." in one for one in preview.unmapped)


@pytest.mark.parametrize("wrap", [lambda book: book, lambda book: {"data": {"character_book": book}}])
def test_a_lorebook_becomes_lore_wherever_it_lies(tmp_path, wrap):
    entry = {"keys": "sun", "content": "It never sets.", "enabled": False, "order": "x"}
    book = {"name": "Realm", "entries": [entry, None]}
    path = tmp_path / "b.json"
    path.write_text(json.dumps(wrap(book)))
    preview = lorebook.read(path)
    lore = preview.story.world.lore
    assert [(one.keys, one.text, one.enabled, one.order) for one in lore] == [(("sun",), "It never sets.", False, 100)]
    assert any("without text" in one for one in preview.unmapped)


def test_branches_of_one_chat_become_one_branching_story(tmp_path):
    same = [("Ada", "Hi."), ("Mira", "Where?")]
    with zipfile.ZipFile(tmp_path / "chats.zip", "w") as pack:
        for name, rest in {"a": [("Ada", "Left."), ("Mira", "Good.")], "b": [("Ada", "Right.")],
                           "c": [("Ada", "Left."), ("Mira", "Bad.")]}.items():
            pack.write(chat(tmp_path / f"{name}.jsonl", *same, *rest), f"{name}.jsonl")
    story = sillytavern.read(tmp_path / "chats.zip").story
    texts = [node.text for scene in story.scenes for node in scene.nodes if node.type == "text"]
    choices = [node for scene in story.scenes for node in scene.nodes if node.type == "choice"]
    assert sorted(texts) == sorted(["Hi.", "Where?", "Left.", "Right.", "Good.", "Bad."])
    assert sorted(len(one.options) for one in choices) == [2, 2]
    assert not [one for one in check(story) if one.severity == SEVERE]


def test_bad_lines_in_a_chat_are_listed_and_passed_by(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"user_name":"M"}\r\n{"name":"A","mes":"ok \xff"}\r\n{broken\r\n[1]\r\n'
                     b'{"name":null,"mes":"b"}\r\n')
    preview = sillytavern.read(path)
    assert len(preview.story.scenes[0].nodes) == 2 and len(preview.unmapped) == 2


@settings(max_examples=25)
@given(stories())
def test_a_bundle_imports_back_to_an_equal_story(tmp_path_factory, story):
    path = tmp_path_factory.mktemp("b") / "b.zip"
    path.write_bytes(build(story, {}, {}))
    assert bundle.read(path).story == story


def test_a_bundle_brings_its_files_and_refuses_changed_ones(tmp_path):
    from dataclasses import replace

    from core.story.model import Asset
    (tmp_path / "p.png").write_bytes(b"picture")
    story = replace(cave(), assets=(Asset("p", file="x", licence="CC0-1.0"),))
    path = tmp_path / "b.zip"
    path.write_bytes(build(story, {"p": tmp_path / "p.png"}, {"provenance.json": b"{}"}))
    preview = bundle.read(path)
    assert preview.files == {"p": b"picture"} and preview.story.assets[0].licence == "CC0-1.0"
    with zipfile.ZipFile(path) as pack:
        members = {name: pack.read(name) for name in pack.namelist()}
    assert members["provenance.json"] == b"{}"
    members["assets/p.png"] = b"changed"
    with zipfile.ZipFile(path, "w") as pack:
        for name, data in members.items():
            pack.writestr(name, data)
    with pytest.raises(StudioError, match="was changed"):
        bundle.read(path)


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"{}", b"[[" * 5000, b"\xff\xfe", b'{"messages": 3}', b":: \n",
                                  b"PK\x03\x04", b'{"messages": [null, {"content": 1}]}',
                                  b'{"id": "s", "scenes": [NaN]}'])
@pytest.mark.parametrize(("module", "ending"), [
    (sillytavern, ".jsonl"), (sillytavern, ".zip"), (transcript, ".txt"), (transcript, ".json"), (twine, ".twee"),
    (twine, ".html"), (bundle, ".zip"), (bundle, ".json"), (ink, ".ink"), (lorebook, ".json"),
    (ink_json, ".json")])
def test_rubbish_gives_a_sentence_or_a_story_and_never_a_crash(tmp_path, module, ending, data):
    path = tmp_path / f"rubbish{ending}"
    path.write_bytes(data)
    try:
        Program(module.read(path).story)
    except StudioError as said:
        assert said.message
    assert list(tmp_path.iterdir()) == [path]


@settings(max_examples=40)
@given(st.text(max_size=300))
def test_any_text_becomes_a_story_or_a_sentence(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("t") / "x.txt"
    path.write_bytes(text.encode("utf-8", "replace"))
    for module in (transcript, twine, ink):
        try:
            walk(Program(module.read(path).story), 1, 50)
        except StudioError as said:
            assert said.message


def test_a_line_of_ten_megabytes_is_cut_and_said(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("Ada: " + "x" * 10_000_000, encoding="utf-8")
    preview = transcript.read(path)
    assert len(preview.story.scenes[0].nodes[0].text) == 20_000 and "was cut" in preview.unmapped[0]


LONG = 300_000


@pytest.mark.parametrize(("module", "ending", "text"), [
    (ink, ".ink", "x" + "/*a" * LONG), (ink, ".ink", "a" + " " * LONG + "b"), (ink, ".ink", "* " + "[" * LONG),
    (ink, ".ink", "* a[" * LONG), (ink, ".ink", "* a\n-\n" * 6000),
    (ink, ".ink", "".join(f"== k{n} ==\nhi\n" for n in range(6000))),
    (renpy, ".rpy", 'label a:\n    menu:\n        "x" if' + " " * LONG + "x"),
    (twine, ".twee", ":: a" + " " * LONG + "{x\n:: b\nhi"), (twine, ".twee", ":: a\nx\n" + " " * LONG + "y"),
    (twine, ".twee", "".join(f":: \u8a71{n}\nx\n" for n in range(6000))),
    (twine, ".html", "<tw-storydata>" + "<a " * LONG), (twine, ".html", "<tw-storydata>" + "<!--" * LONG),
    (transcript, ".txt", "a " * LONG + "\nAda: hi")],
    ids=lambda value: repr(value)[:24] if isinstance(value, str) else "")
def test_what_is_long_is_gone_over_once_and_not_again_for_each_letter(tmp_path, module, ending, text):
    """Read in a moment; whoever goes back over it for each letter is at it for hours."""
    path = tmp_path / f"long{ending}"
    path.write_text(text, encoding="utf-8")
    try:
        assert module.read(path).story.scenes
    except StudioError as said:
        assert said.message


def test_twine_html_keeps_marks_that_stand_for_letters(tmp_path):
    path = tmp_path / "story.html"
    path.write_text("""<html><tw-storydata name="A &amp; B" startnode='2'>
        <tw-passagedata pid="1" name="End &gt; here" tags="">Good &lt;bye&gt;</tw-passagedata>
        <tw-passagedata pid='2' name='Start' tags=''>Hi [[on-&gt;End > here]]</tw-passagedata></tw-storydata>""")
    story = twine.read(path).story
    assert story.title == "A & B" and story.start == story.scenes[1].id
    assert story.scenes[0].title == "End > here" and "<bye>" in story.scenes[0].nodes[0].text
    assert story.scenes[1].nodes[-1].options[0].to == story.scenes[0].id
