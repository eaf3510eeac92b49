"""The story's rows, their schema, and what happens to files that do not fit."""

import json

import pytest
from hypothesis import given, settings

from core.errors import BadFile
from core.story.model import Story, first_scene, look_of
from core.story.publish import SCHEMA, text
from core.story.shape import read, schema, write
from tests.stories import cave, stories


def test_the_published_schema_is_current():
    assert SCHEMA.read_text(encoding="utf-8") == text(), "run: python -m core.story.publish"


@settings(max_examples=40)
@given(stories())
def test_a_story_written_and_read_again_is_equal_and_fits_the_published_schema(story):
    value = json.loads(json.dumps(write(story)))
    assert read(Story, value) == story
    fits(value, schema(Story), schema(Story)["$defs"]["Story"])


def fits(value, whole, rules, where="story"):
    """A validator of just what our schema uses, written apart from the reader."""
    rules = whole["$defs"][rules["$ref"].rsplit("/", 1)[1]] if "$ref" in rules else rules
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    allowed = rules["type"] if isinstance(rules["type"], list) else [rules["type"]]
    assert names[type(value)] in allowed or (type(value) is int and "number" in allowed), where
    if isinstance(value, dict):
        known, more = rules.get("properties", {}), rules.get("additionalProperties", True)
        assert set(rules.get("required", ())) <= set(value), where
        for key, item in value.items():
            assert key in known or more, f"{where}.{key}"
            if key in known or isinstance(more, dict):
                fits(item, whole, known.get(key, more), f"{where}.{key}")
    if isinstance(value, list):
        for item in value:
            fits(item, whole, rules["items"], where)
    if isinstance(value, str):
        assert value in rules.get("enum", [value]), where


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": 3}, "id should be text"),
        ({"scenes": {}}, "scenes should be a list"),
        ({"scenes": [{"id": "a", "nodes": [{"id": "n", "text": None}]}]}, "scenes[0].nodes[0].text should be text"),
        ({"scenes": [{"id": "../../etc"}]}, "scenes[0].id is “../../etc”"),
        ({"scenes": [{"id": "a", "script": "x"}]}, "“script” that is not known"),
        ({"scenes": [{}]}, "scenes[0] has no “id”"),
        ({"variables": [{"name": "__class__"}]}, "not allowed here"),
        ({"timeline": {"seed": 2**40}}, "timeline.seed should lie between"),
        ({"title": "half \ud800"}, "lone surrogate"),
        ({"start": "a#b"}, "not allowed here"),
        ({"format": "studionova.story/9"}, "it can be"),
        ({"title": "x" * 400}, "longer than 300"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(change, says):
    with pytest.raises(BadFile) as refused:
        read(Story, {"id": "s", **change})
    assert says in str(refused.value)


def test_infinite_and_missing_numbers_are_refused():
    for word in ("NaN", "Infinity"):
        with pytest.raises(BadFile):
            read(
                Story,
                json.loads(
                    '{"id": "s", "scenes": [{"id": "a", "nodes": [{"id": "n", "options": [{"id": "o", "weight": %s}]}]}]}'  # noqa: UP031, E501
                    % word
                ),
            )


def test_a_story_begins_where_it_says_else_where_the_timeline_does():
    assert first_scene(cave()) == "gate"
    assert first_scene(read(Story, {"id": "s", "start": "b", "scenes": [{"id": "a"}, {"id": "b"}]})) == "b"
    assert first_scene(read(Story, {"id": "s"})) == ""


def test_a_missing_look_falls_back_to_the_nearest():
    person = read(
        Story, {"id": "s", "cast": [{"id": "a", "looks": {"neutral": "n", "happy": "h", "happy arms-crossed": "hc"}}]}
    ).cast[0]
    assert look_of(person, "happy", "arms-crossed") == "happy arms-crossed"
    assert look_of(person, "happy", "sitting") == "happy"
    assert look_of(person, "sad") == "neutral"
