"""Likeness is measured against the character's own photos, and "can't tell" is an answer."""

import math
import random

import pytest

from core.errors import StudioError
from core.likeness import best_of, calibrate, centre_of, dot, from_row, judge


def at(degrees):
    return [math.cos(math.radians(degrees)), math.sin(math.radians(degrees)), 0.0]


def unit(row):
    return [v / math.hypot(*row) for v in row]


PHOTOS = [at(n) for n in (-12, -6, 0, 5, 11)]


def test_own_photos_look_alike_and_strangers_do_not():
    measure = calibrate(PHOTOS, "test", 0.3)
    assert judge(measure, [at(3)], "Mira").score >= 90
    assert judge(measure, [at(90)], "Mira").score == 0
    middle = judge(measure, [at(40)], "Mira").score
    assert 0 < middle < 80
    assert judge(measure, [at(90), at(2)], "Mira").words == "Looks like Mira."
    assert from_row(measure.row()) == measure and from_row({}) is None


def test_thousands_of_photos_are_measured_as_each_against_the_mean_of_all_others():
    dice = random.Random(3)
    rows = [unit([dice.gauss(1, 0.6) for _ in range(6)]) for _ in range(40)]
    measure = calibrate(rows, "test", 0.3)
    alone = sorted(dot(row, centre_of(rows[:place] + rows[place + 1:])) for place, row in enumerate(rows))
    assert measure.usual == pytest.approx(alone[20]) and measure.low == pytest.approx(alone[4])
    assert calibrate(rows * 125, "test", 0.3).photos == 5000


def test_nobody_in_the_picture_is_said_not_guessed():
    verdict = judge(calibrate(PHOTOS, "test", 0.3), [], "Mira")
    assert verdict.score is None and "Can't tell" in verdict.words


def test_two_photos_are_too_few_to_judge():
    with pytest.raises(StudioError, match="too few"):
        calibrate(PHOTOS[:2], "test", 0.3)


def test_the_likest_checkpoint_wins_unless_it_leaks_or_stopped_listening():
    scores = [{"likeness": 0.6, "adherence": 0.9, "bleed": 0.1}, {"likeness": 0.8, "adherence": 0.9, "bleed": 0.1},
              {"likeness": 0.95, "adherence": 0.5, "bleed": 0.1}, {"likeness": 0.9, "adherence": 0.9, "bleed": 0.8}]
    assert best_of(scores)[0] == 1
    best, reason = best_of([{"likeness": 0.9, "bleed": 0.9}])
    assert best == 0 and "shows without being called" in reason
    assert best_of([{"likeness": 0.9, "bleed": 0.2}, {"likeness": 0.7, "bleed": 0.15}])[0] == 1, "nobody else is she"
    assert "does not look like" in best_of([{"likeness": 0.05}, {"likeness": 0.02}])[1]
    with pytest.raises(StudioError):
        best_of([])


def test_what_is_held_against_a_checkpoint_is_said_and_the_model_before_is_the_measure():
    deaf = {"likeness": 0.9, "adherence": 0.5, "adherence_base": 0.9}
    listening = {"likeness": 0.7, "adherence": 0.8, "adherence_base": 0.9}
    assert best_of([deaf, listening])[0] == 1
    assert best_of([{**deaf, "adherence_base": 0.55}, listening])[0] == 0
    assert "listens less" in best_of([deaf])[1]
    assert best_of([{"likeness": 0.9, "diversity": 0.05, "diversity_base": 0.4}, {"likeness": 0.6}])[0] == 1
    assert best_of([{"likeness": 0.9, "memorised": 0.99}, {"likeness": 0.6, "memorised": 0.9}])[0] == 1
    assert best_of([{"likeness": 0.0, "looks": 0.9}, {"likeness": 0.0, "looks": 0.4}])[0] == 0
    assert best_of([{"likeness": 0.88, "looks": 0.9}, {"likeness": 0.89, "looks": 0.7}])[0] == 0
    assert best_of([{"diversity": 0.3}] * 2) == (1, "the last one; nobody here could judge the likeness")
