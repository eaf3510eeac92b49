"""A new name and a new place are taken over wherever they are spoken of, and undone as one."""

import pytest

from core.errors import Missing, Refused
from core.story.check import check
from core.story.edits import apply
from core.story.model import Story
from core.story.rewordings import in_expression, in_text, move_beat, rename_variable
from core.story.runner import Program, walk
from core.story.shape import read
from tests.stories import cave


def test_a_variable_has_its_new_name_everywhere_and_the_story_plays_as_before():
    before = cave()
    after, undo = apply(before, rename_variable(before, "gold", "coins"))
    assert "gold" not in {name for name in Program(after).variables} and not [
        one for one in check(after) if one.kind not in {each.kind for each in check(before)}]
    assert [walk(Program(after), seed) for seed in range(20)] == [walk(Program(before), seed) for seed in range(20)]
    assert apply(after, undo)[0] == before


def test_only_the_variable_is_renamed_not_what_merely_looks_like_it():
    assert in_expression('gold > 2 and golden != "gold" and roll(1, gold) > 0', "gold", "coins") == (
        'coins > 2 and golden != "gold" and roll(1, coins) > 0')
    assert in_expression("gold += gold % 3", "gold", "coins") == "coins += coins % 3"
    assert in_expression("roll = roll(1, 6)", "roll", "dice") == "dice = roll(1, 6)"
    assert in_text("{gold} gold, \\{gold} {golden}", "gold", "coins") == "{coins} gold, \\{gold} {golden}"


@pytest.mark.parametrize("name", ["luck", "not", "roll", "2much", "a b", ""])
def test_a_name_that_cannot_be_one_is_refused(name):
    with pytest.raises(Refused):
        rename_variable(cave(), "gold", name)
    with pytest.raises(Missing):
        rename_variable(cave(), "silver", "coins")


def test_what_leads_to_a_line_follows_it_into_another_scene_and_so_do_its_translations():
    before = read(Story, {"id": "s", "scenes": [
        {"id": "a", "next": "b", "nodes": [{"id": "n1", "text": "one"}, {"id": "n2", "type": "choice", "options": [
            {"id": "o", "text": "again", "to": "a#n2"}]}, {"id": "n3", "text": "three", "next": "a#n2"}]},
        {"id": "b", "next": "a#n2", "nodes": [{"id": "n2", "text": "two"}]}],
        "languages": {"de": {"a.n2.o": "nochmal", "b.n2": "zwei"}}})
    after, undo = apply(before, move_beat(before, "a", "n2", "b"))
    told = {one.id: [each.id for each in one.nodes] for one in after.scenes}
    assert told == {"a": ["n1", "n3"], "b": ["n2", "n2-2"]}
    assert after.scenes[0].nodes[1].next == after.scenes[1].next == "b#n2-2"
    assert after.scenes[1].nodes[1].options[0].to == "b#n2-2"
    assert after.languages == {"de": {"b.n2-2.o": "nochmal", "b.n2": "zwei"}}
    assert apply(after, undo)[0] == before
    with pytest.raises(Missing):
        move_beat(before, "a", "n2", "gone")
    assert move_beat(before, "a", "n2", "a") == []
