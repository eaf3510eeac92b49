"""Playing: deterministic, saved, replayed, never stuck."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadFile, StudioError
from core.story.chance import draw, pick
from core.story.model import Story
from core.story.runner import Program, Runner, replay, walk
from core.story.shape import read
from tests.stories import cave, large, stories


def test_the_generator_gives_the_numbers_that_javascript_gives():
    state, numbers = 12345, []
    for _ in range(3):
        state, number = draw(state)
        numbers.append(number)
    assert numbers == [0.9797282677609473, 0.3067522644996643, 0.484205421525985]


def test_weights_are_kept_and_zero_is_never_taken():
    state, count = 1, [0, 0, 0]
    for _ in range(6000):
        state, number = draw(state)
        count[pick(number, [1, 0, 3])] += 1
    assert count[1] == 0 and 2.7 < count[2] / count[0] < 3.3
    assert pick(0.999999, [0, 0]) == 1 and pick(0.5, []) == -1


def test_a_story_is_played_line_by_line_with_choices_and_values():
    runner = Runner(Program(cave()))
    assert runner.beat.text == "Leaves fall." and runner.beat.directives[0].place == "forest"
    runner.go_on()
    assert (runner.beat.who, runner.beat.text) == ("ada", "We have 3 coins, Mira. Really.")
    runner.go_on()
    assert [one.text for one in runner.beat.answers] == ["Go in", "Wait", "Pay 3"]
    runner.answer("pay")
    assert runner.beat.text.startswith("We have 1 coins")
    runner.go_on()
    assert [one.id for one in runner.beat.answers] == ["in", "wait"]
    with pytest.raises(StudioError, match="not one of the answers"):
        runner.answer("pay")


def test_a_scene_variable_is_fresh_at_each_visit():
    story = read(
        Story,
        {
            "id": "s",
            "variables": [{"name": "n", "kind": "whole", "start": 1, "scope": "scene"}],
            "scenes": [
                {
                    "id": "a",
                    "next": "a",
                    "nodes": [{"id": "x", "type": "action", "do": ["n += 1"]}, {"id": "y", "text": "{n}"}],
                }
            ],
        },
    )
    runner = Runner(Program(story))
    texts = []
    for _ in range(3):
        texts.append(runner.beat.text)
        runner.go_on()
    assert texts == ["2", "2", "2"]


@settings(max_examples=60)
@given(stories(), st.integers(0, 2**32 - 1))
def test_a_replay_and_a_reloaded_save_walk_the_same_path(story, seed):
    program = Program(story)
    path = walk(program, seed, 60)
    assert path == walk(program, seed, 60)
    runner, twin, seen = Runner(program, seed), Runner(program, seed), []
    for _ in range(30):
        if not runner.here:
            break
        seen.append(runner.here)
        if runner.weights:
            runner.answer(0)
            twin.answer(0)
        else:
            runner.go_on()
            twin.go_on()
        twin = Runner.load(program, json.loads(json.dumps(twin.save())))
        assert (twin.here, twin.beat) == (runner.here, runner.beat)
    assert replay(program, runner.trace(), most=len(seen)) == seen


def test_play_from_here_with_chosen_variables():
    runner = Runner(Program(cave()), variables={"brave": True}, at="light")
    assert runner.beat.text == "The sun. You are brave."
    with pytest.raises(StudioError, match="no “nowhere”"):
        Runner(Program(cave()), at="nowhere")
    with pytest.raises(StudioError, match="holds a whole"):
        Runner(Program(cave()), variables={"gold": "much"})


def test_a_variable_overridden_in_the_inspector_shows_at_once():
    runner = Runner(Program(cave()))
    runner.go_on()
    runner.override("gold", 99)
    assert "99 coins" in runner.beat.text


def test_a_circle_of_silent_beats_ends_instead_of_hanging():
    story = read(Story, {"id": "s", "scenes": [{"id": "a", "next": "a", "nodes": [{"id": "n", "type": "action"}]}]})
    runner = Runner(Program(story))
    assert runner.stuck and runner.beat is None


def test_a_choice_with_no_open_answer_is_passed_by():
    story = read(
        Story,
        {
            "id": "s",
            "scenes": [
                {
                    "id": "a",
                    "nodes": [
                        {"id": "c", "type": "choice", "options": [{"id": "o", "when": "false"}]},
                        {"id": "n", "text": "On."},
                    ],
                }
            ],
        },
    )
    assert Runner(Program(story)).beat.text == "On."


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"format": "studionova.save/1", "story": "other"},
        {"format": "studionova.save/1", "story": "cave", "first_seed": "x"},
        {"format": "studionova.save/1", "story": "cave", "first_seed": 1, "variables": []},
    ],
)
def test_a_foreign_or_damaged_save_is_refused(saved):
    with pytest.raises(BadFile):
        Runner.load(Program(cave()), saved)


def test_a_condition_that_cannot_be_read_names_its_beat():
    story = read(
        Story, {"id": "s", "scenes": [{"id": "a", "title": "Here", "nodes": [{"id": "n7", "when": "gold >"}]}]}
    )
    with pytest.raises(BadFile, match="Here.*n7"):
        Program(story)


def test_ten_thousand_nodes_play_without_recursion_or_loss():
    program = Program(read(Story, large(10_000)))
    assert len(walk(program, 3, 5000)) > 50
