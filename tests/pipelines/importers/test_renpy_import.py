"""Ren'Py games as stories: the plain subset is mapped, the rest is listed and kept, and nothing is run."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from core.errors import StudioError
from core.story.check import check
from core.story.findings import SEVERE
from core.story.runner import Program, Runner, walk
from pipelines.exporters.renpy.project import files
from pipelines.importers import renpy
from tests.stories import stories

SAMPLE = Path("tests/samples/cave.rpy")


def test_a_script_plays_as_it_was_written():
    story = renpy.read(SAMPLE).story
    runner = Runner(Program(story))
    assert runner.beat.text == "Leaves fall. 50% [off] 3"
    runner.go_on()
    assert (runner.beat.who, runner.beat.text) == ("ada", 'Hello, "you".')
    runner.go_on()
    assert runner.beat.text == "Well?" and [one.text for one in runner.beat.answers] == ["Go in", "Wait"]
    runner.answer(1)
    runner.go_on()
    assert runner.beat.text == "Still rich."
    assert not [one for one in check(story) if one.severity == SEVERE]


def test_python_is_kept_raw_listed_and_never_run(tmp_path, monkeypatch):
    preview = renpy.read(SAMPLE.resolve())
    monkeypatch.chdir(tmp_path)
    raw = [node.text for scene in preview.story.scenes for node in scene.nodes if node.type == "raw"]
    assert raw == ["$ renpy.pause(os.getcwd())", "python:\n    x = 1"]
    assert any("init python" in one for one in preview.unmapped)
    walk(Program(preview.story), 1, 50)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_gives_the_same_story_as_its_script():
    assert renpy.read(SAMPLE.with_suffix(".rpa")).story == renpy.read(SAMPLE).story


@settings(max_examples=25)
@given(stories())
def test_what_our_own_exporter_writes_can_be_read(tmp_path_factory, story):
    path = tmp_path_factory.mktemp("r") / "s.rpy"
    path.write_bytes(files(story, {})["game/script.rpy"])
    Program(renpy.read(path).story)


DEEP = "label start:\n" + "".join(" " * n + "if x:\n" for n in range(90))
DEEPER = "label start:\n" + "\n".join(" " * n + "x:" for n in range(300))


@pytest.mark.parametrize("text", ["", "label", "label start:", DEEP, DEEPER, "label start:\n  menu:\n", "\x00\xff",
                                  "label a:\nlabel a:\n  jump a", "label start:\n    \"" + "x" * 10**6])
def test_strange_scripts_give_a_story_or_a_sentence(tmp_path, text):
    path = tmp_path / "s.rpy"
    path.write_text(text, encoding="utf-8")
    try:
        walk(Program(renpy.read(path).story), 1, 20)
    except StudioError as said:
        assert said.message
