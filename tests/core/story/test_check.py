"""The check: what it finds, and that each fix mends what it says."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given, settings

from core.errors import StudioError
from core.language import LANGUAGES, Languages
from core.story.check import check
from core.story.edits import Edit, apply
from core.story.model import Story
from core.story.runner import Program
from core.story.shape import read
from tests.stories import cave, stories, thrown

LINE = {"id": "n", "text": "Hm."}
BROKEN = {
    "unreachable": {
        "scenes": [{"id": "a", "next": "@end", "nodes": [LINE]}, {"id": "b", "next": "@end", "nodes": [LINE]}]
    },
    "dead-end": {"scenes": [{"id": "a", "nodes": [LINE]}]},
    "nowhere": {"scenes": [{"id": "a", "next": "cellar", "nodes": [LINE]}]},
    "undefined": {"scenes": [{"id": "a", "next": "@end", "nodes": [{**LINE, "when": "keys > 2"}]}]},
    "unclear": {"scenes": [{"id": "a", "next": "@end", "nodes": [{**LINE, "when": "1 +"}]}]},
    "never": {
        "scenes": [
            {
                "id": "a",
                "next": "@end",
                "nodes": [
                    LINE,
                    {
                        "id": "c",
                        "type": "choice",
                        "options": [{"id": "o", "text": "A", "when": "key"}, {"id": "p", "text": "B"}],
                    },
                ],
            }
        ],
        "variables": [{"name": "key"}],
    },
    "circle": {"scenes": [{"id": "a", "next": "a", "nodes": [LINE]}]},
    "weights": {
        "scenes": [
            {
                "id": "a",
                "next": "@end",
                "nodes": [
                    {"id": "c", "type": "choice", "by": "chance", "options": [{"id": "o", "weight": 0}, {"id": "p"}]}
                ],
            }
        ]
    },
    "unknown-person": {"scenes": [{"id": "a", "next": "@end", "nodes": [{**LINE, "who": "zoe"}]}]},
    "missing": {
        "scenes": [{"id": "a", "next": "@end", "nodes": [{**LINE, "directives": [{"kind": "music", "asset": "x"}]}]}]
    },
    "missing-look": {
        "cast": [{"id": "z", "looks": {"neutral": "p"}}],
        "assets": [{"id": "p"}],
        "scenes": [
            {
                "id": "a",
                "next": "@end",
                "nodes": [{**LINE, "directives": [{"kind": "show", "who": "z", "expression": "sad"}]}],
            }
        ],
    },
    "missing-file": {
        "assets": [{"id": "p", "file": "gone.png"}],
        "scenes": [{"id": "a", "next": "@end", "nodes": [LINE]}],
    },
    "double": {"scenes": [{"id": "a", "next": "@end", "nodes": [LINE, LINE]}]},
    "empty": {},
    "raw": {"scenes": [{"id": "a", "next": "@end", "nodes": [LINE, {"id": "r", "type": "raw", "text": "python:"}]}]},
    "unused": {"scenes": [{"id": "a", "next": "@end", "nodes": [LINE]}], "variables": [{"name": "key"}]},
    "stale-language": {
        "scenes": [{"id": "a", "next": "@end", "nodes": [LINE]}],
        "languages": {"de": {"a.gone": "Weg"}},
    },
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_kind_of_finding_is_found_and_each_of_its_fixes_mends_it(kind):
    story = read(Story, {"id": "s", **BROKEN[kind]})
    exists = (lambda asset: False) if kind == "missing-file" else None
    found = [one for one in check(story, exists) if one.kind == kind]
    assert found and all(one.fixes for one in found)
    for one in found:
        for fix in one.fixes:
            mended, undo = apply(story, fix.edits)
            again = [other for other in check(mended, exists) if other.kind == kind and other.message == one.message]
            assert not again, fix.label
            assert apply(mended, undo)[0] == story


@pytest.mark.parametrize(("code", "written"), [("de", {"Anfang", "Weiter", "Gehen"}),
                                               ("fr", {"はじまり", "続ける", "立ち去る"})])
def test_what_a_fix_writes_is_in_the_storys_language_and_else_in_the_readers(code, written):
    languages = Languages(LANGUAGES)
    say = languages.written_in(code, languages["ja"]).phrase
    ring = {"id": "a", "nodes": [{"id": "c", "type": "choice", "options": [{"id": "o", "to": "a"}]}]}
    found = [one for scenes in ([], [ring]) for one in check(read(Story, {"id": "s", "scenes": scenes}), None, say)]
    told = json.dumps([edit.value for one in found for fix in one.fixes for edit in fix.edits], ensure_ascii=False)
    assert {word for word in (*written, "Opening", "Go on", "Leave") if word in told} == written


def test_a_sound_story_has_no_findings():
    assert check(cave()) == [] or [one.message for one in check(cave()) if one.severity == "error"] == []
    assert {one.kind for one in check(cave())} <= {"weights"}


@settings(max_examples=80)
@given(stories())
def test_every_finding_in_any_story_has_a_fix_that_applies_and_can_be_undone(story):
    Program(story)
    for one in check(story):
        assert one.fixes, one
        for fix in one.fixes:
            mended, undo = apply(story, fix.edits)
            assert mended != story, (one.kind, one.message, fix)
            assert apply(mended, undo)[0] == story, (one.kind, one.message, fix)


@settings(max_examples=100)
@given(stories())
@example(thrown(134055, 4))
def test_taking_the_first_fix_again_and_again_comes_to_an_end_without_errors(story):
    for _ in range(120):
        errors = [one for one in check(story) if one.severity == "error"]
        if not errors:
            return
        story, _ = apply(story, errors[0].fixes[0].edits)
    raise AssertionError("fixes went round in circles")


def test_changes_are_undone_and_done_again():
    titled, first = apply(cave(), [Edit("set", ("scenes", "gate", "title"), "The door")])
    changed, second = apply(
        titled,
        [Edit("add", ("scenes", "gate", "nodes"), {"id": "n9", "text": "New."}, 1), Edit("remove", ("cast", "ben"))],
    )
    assert [node.id for node in changed.scenes[0].nodes] == ["n1", "n9", "n2", "n3", "n4"]
    back, again = apply(changed, second)
    assert back == titled and apply(back, first)[0] == cave()
    assert apply(back, again)[0] == changed


def test_one_line_is_translated_without_sending_all_others():
    told = replace(cave(), languages={"de": {"gate.n1": "Blätter fallen."}})
    changed, undo = apply(told, [Edit("set", ("languages", "de", "gate.n2"), "Hallo."),
                                 Edit("set", ("languages", "es"), {}), Edit("remove", ("languages", "de", "gate.n1"))])
    assert changed.languages == {"de": {"gate.n2": "Hallo."}, "es": {}} and apply(changed, undo)[0] == told
    for path, value in ((("languages", "de", "gate.n1"), 3), (("languages", "xx", "a"), "Hi."), (("languages",), 1)):
        with pytest.raises(StudioError):
            apply(told, [Edit("set", path, value)])
