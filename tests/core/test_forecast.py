"""What pictures will cost: a guess from the weights at first, then what was measured here."""

from dataclasses import replace

import pytest

from core import forecast
from core.fitting import Plan, Room, Weights, choose
from core.forecast import Took, Work, foretell, learn, peak_of, room_of
from core.gpus import Gpu
from core.machine import Machine
from core.requests import ImageRequest

DESK = Machine("Linux", "6", "x86_64", "a processor", 8, 8, (), 32.0)
FAST = replace(DESK, abilities=("amx_bf16",))
LARGE = replace(DESK, gpus=(Gpu("nvidia", "a card", vram_gb=24.0, device="cuda:0"),))
SDXL = Weights(4.8, 1.5, 0.16)
FULL = Plan("full", 16, 8.6, 0.0, True)
WORK = Work("image.sdxl", "dream", "cuda:0", 1.05, 56, 2)


def test_more_pictures_steps_and_pixels_take_longer_and_a_better_machine_less():
    base, _ = foretell(WORK, FULL, SDXL, LARGE, [])
    for more in (replace(WORK, pictures=4), replace(WORK, looks=112), replace(WORK, megapixels=2.1)):
        assert foretell(more, FULL, SDXL, LARGE, [])[0] > base * 1.3
    slow, faster = (foretell(replace(WORK, device="cpu"), FULL, SDXL, machine, [])[0] for machine in (DESK, FAST))
    assert slow > 3 * faster > 3 * base
    assert foretell(WORK, replace(FULL, way="stream"), SDXL, LARGE, [])[0] > 2 * base
    assert foretell(WORK, FULL, SDXL, LARGE, [], warm=True)[0] < base


def test_what_was_measured_counts_more_than_the_guess():
    row = learn(None, WORK, "full", Took(unit=0.05, rest=1.0, load=9.0, peak_gb=8.1, billions=2.6))
    seconds, measured = foretell(WORK, FULL, SDXL, LARGE, [row])
    assert measured and seconds == pytest.approx(9.0 + 2 * (56 * 1.05 * 0.05 + 1.0))
    row = learn(row, WORK, "full", Took(unit=0.03, rest=1.0, load=None))
    assert foretell(WORK, FULL, SDXL, LARGE, [row], warm=True)[0] == pytest.approx(2 * (56 * 1.05 * 0.03 + 1.0))
    assert peak_of(WORK, FULL, [row]) == 8.1 and peak_of(replace(WORK, model="other"), FULL, [row]) == 0.0


def test_a_strange_moment_does_not_spoil_what_is_known():
    row = learn(None, WORK, "full", Took(unit=0.05, rest=1.0, load=9.0))
    row = learn(row, WORK, "full", Took(unit=500.0, rest=1.0, load=9.0))
    assert max(row["units"].values()) < 0.2


def test_the_middle_of_the_last_pictures_counts_and_a_slow_first_one_is_forgotten():
    row = learn(None, WORK, "full", Took(unit=5.0, rest=60.0, load=90.0))
    for unit in (0.05, 0.06, 0.3, 0.05, 0.04):
        row = learn(row, WORK, "full", Took(unit=unit, rest=1.0))
    assert list(row["units"].values()) == [0.05] and row["rest"] == 1.0 and row["load"] == 90.0
    older = {"units": {WORK.size: 0.05}, "rest": 2.0}
    assert learn(older, WORK, "full", Took(unit=0.07, rest=1.0))["units"] == {WORK.size: 0.05}


def test_on_a_processor_a_job_beside_does_not_count_as_memory_for_ever_and_on_a_card_the_most_counts():
    here, card = replace(WORK, device="cpu"), WORK
    rows = {}
    for gb in (2.0, 9.0, 2.5):
        for work in (here, card):
            rows[work.device] = learn(rows.get(work.device), work, "full", Took(unit=0.05, peak_gb=gb))
    assert peak_of(here, FULL, rows.values()) == 2.5 and peak_of(card, FULL, rows.values()) == 9.0


def test_another_size_is_foretold_from_the_nearest_that_was_made():
    row = learn(None, replace(WORK, megapixels=0.26), "full", Took(unit=0.1, rest=0.0, load=None))
    row = learn(row, WORK, "full", Took(unit=0.05, rest=0.0, load=None))
    large = foretell(replace(WORK, megapixels=4.0, pictures=1), FULL, SDXL, LARGE, [row], warm=True)
    assert large == (pytest.approx(56 * 4.0 * 0.05), True)


def test_a_model_that_never_ran_is_foretold_from_the_others_on_this_computer():
    row = learn(None, WORK, "full", Took(unit=0.26, rest=0.0, load=None, billions=2.6))
    twice = Weights(9.6)
    seconds, measured = foretell(replace(WORK, model="other", pictures=1), FULL, twice, LARGE, [row], warm=True)
    assert not measured and seconds == pytest.approx(56 * 1.05 * 0.1 * forecast.billions(twice))


def test_a_wish_in_the_studio_is_foretold_before_anything_is_loaded(studio):
    import sys

    before = set(sys.modules)
    one = forecast.forecast(studio, "image.starter", ImageRequest(prompt="a cat"))
    assert one is not None and one.plan.way == "full" and one.plan.fits and 0 < one.seconds < 600 and not one.measured
    four = forecast.forecast(studio, "image.starter", ImageRequest(prompt="a cat", count=4))
    larger = forecast.forecast(studio, "image.starter", ImageRequest(prompt="a cat", enlarge=4.0))
    assert four.seconds > one.seconds and larger.seconds > one.seconds
    assert forecast.forecast(studio, "image.sdxl", ImageRequest(prompt="a cat")) is None, "no such model is here"
    assert not {"torch", "diffusers"} & (set(sys.modules) - before)


def test_a_card_is_found_among_those_of_its_own_make_and_may_keep_its_size_to_itself():
    gpus = (Gpu("intel", "inside", device="xpu:0"), Gpu("nvidia", "small", vram_gb=8.0, device="cuda:0"),
            Gpu("nvidia", "large", 1, vram_gb=24.0, device="cuda:1"))
    desk = replace(DESK, gpus=gpus)
    assert [room_of(f"cuda:{number}", desk).free_gb for number in (0, 1)] == [7.4, 23.4]
    assert choose(SDXL, room_of("xpu:0", desk)).way == "full", "it is tried, and stepped down from where that fails"


def test_what_others_took_in_a_slower_way_is_not_counted_as_slow_twice():
    slow = learn(None, WORK, "stream", Took(unit=0.78, rest=0.0, load=None, billions=2.6))
    seconds, _ = foretell(replace(WORK, model="other", pictures=1), replace(FULL, way="stream"), Weights(4.8), LARGE,
                          [slow], warm=True)
    assert seconds == pytest.approx(56 * 1.05 * 0.78 * forecast.billions(Weights(4.8)) / 2.6)


def test_memory_that_was_measured_counts_more_than_the_guess(studio):
    asked = ImageRequest(prompt="a cat")
    guess = forecast.forecast(studio, "image.starter", asked)
    family = studio.catalog["image.starter"].module.FAMILY
    work = forecast.count("image.starter", family, asked, "starter", "cpu", studio.catalog["image.starter"].card.can)
    row = learn(None, work, guess.plan.way, Took(unit=0.1, peak_gb=500.0))
    studio.store.put(forecast.TABLE, row["id"], row)
    told = forecast.forecast(studio, "image.starter", asked)
    assert guess.plan.fits and not told.plan.fits and told.plan.device_gb == 500.0


def test_a_wish_that_is_too_large_is_said_to_be():
    plan = choose(Weights(38.0, 15.5, 0.25), Room("cpu", 7.0, 7.0, half=False))
    assert not plan.fits and plan.way == "fp8"
