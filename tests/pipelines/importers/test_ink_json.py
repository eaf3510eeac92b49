"""Compiled Ink comes back as scenes: what ink's own compiler wrote, what ours writes, and what nobody should open."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

import pipelines
from core.catalog import Catalog
from core.errors import StudioError
from core.story.arrivals import recognise
from core.story.check import check
from core.story.findings import SEVERE
from core.story.runner import Program, Runner, walk
from pipelines.exporters import ink
from pipelines.importers import ink_json
from tests.stories import stories

SAMPLE = Path(__file__).parents[2] / "samples/well.ink.json"


def told(runner, *answers):
    """The lines up to the end, with these answers."""
    lines, given = [], iter(answers)
    while beat := runner.beat:
        if beat.answers:
            runner.answer(next(given))
        else:
            lines.append((beat.who, beat.text))
            runner.go_on()
    return lines


def test_what_inks_compiler_wrote_is_told_as_ink_tells_it():
    key, preview = recognise(Catalog(pipelines), SAMPLE)
    assert key == "importers.ink_json" and not [one for one in check(preview.story) if one.severity == SEVERE]
    lines = told(Runner(Program(preview.story)), 1, 0, 0)
    assert lines == [
        ("ada", "Leaves fall, Mira. You have 3 coins."), ("", "Wait, she said."), ("", "You wait."),
        ("", "You look back."), ("", "First."), ("", "And on."),
        ("ada", "Leaves fall, Mira. You have 3 coins."), ("", "You go in."), ("", "Dark."), ("", "You are poor."),
        ("", "Nothing."), ("", "Again."), ("", "And on."), ("", "The end 3."), ("", "One"), ("", "things.")]


def test_what_cannot_be_mapped_is_listed():
    said = " ".join(ink_json.read(SAMPLE).unmapped)
    assert "only once" in said and "change from time to time" in said and "# place: cave" in said


@settings(max_examples=60)
@given(stories())
def test_any_story_that_leaves_as_ink_can_be_read(tmp_path_factory, story):
    path = tmp_path_factory.mktemp("i") / "s.ink.json"
    path.write_bytes(ink.build(story))
    try:
        again = ink_json.read(path).story
    except StudioError as said:
        assert "nothing to read" in said.message
    else:
        walk(Program(again), 1, 40)


@pytest.mark.parametrize("root", [
    [], [None], 3, [[{"->": "0"}, None], None], [{"->": ".^"}, None], [{"->": "0.0.0"}, "^x", "\n", None],
    [["^a", "\n", {"->": ".^.^.0"}, None], "done", None], ["ev", *["du"] * 9, "+", {"VAR=": "__class__"}, None],
    ["^x", "\n", "ev", {"VAR?": "a"}, *["ev", "du", "+"] * 3000, "out", None], [{"*": "nowhere", "flg": 7}, None],
    ["^x", "\n", "/str", "/#", "~ret", {"^->": "x"}, {"temp=": "$r"}, {"->": "$r", "var": True}, None],
    ["str", "^never closed", None]], ids=str)
def test_broken_or_hostile_ink_gives_a_story_or_a_sentence(tmp_path, root):
    path = tmp_path / "s.ink.json"
    path.write_text(json.dumps({"inkVersion": 21, "root": root}), encoding="utf-8")
    try:
        walk(Program(ink_json.read(path).story), 1, 20)
    except StudioError as said:
        assert said.message


def test_ink_that_goes_round_for_ever_is_no_story(tmp_path):
    path = tmp_path / "s.ink.json"
    round_and_round = [{"^->": "loop"}, {"temp=": "$r"}, {"->": "loop"},
                       {"loop": ["^" + "a" * 1000, {"->": "loop"}, None]}]
    path.write_text(json.dumps({"inkVersion": 21, "root": round_and_round}), encoding="utf-8")
    with pytest.raises(StudioError, match="not compiled Ink"):
        ink_json.read(path)


def test_an_old_version_and_too_deep_a_nesting_are_said(tmp_path):
    path = tmp_path / "s.ink.json"
    path.write_text('{"inkVersion": 12, "root": [["^x", null], null]}')
    with pytest.raises(StudioError, match="very old"):
        ink_json.read(path)
    path.write_text('{"inkVersion": 21, "root": ' + "[" * 5000 + "]" * 5000 + "}")
    with pytest.raises(StudioError, match="not compiled Ink"):
        ink_json.read(path)
