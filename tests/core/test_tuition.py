"""What a training will cost: a guess before the first one, then what was measured here."""

import tomllib
from dataclasses import replace

import pytest

from core import forecast, tuition
from core.errors import BadFile, Missing
from core.forecast import Took
from core.requests import TrainRequest

KEY, WISH = "train.starter", TrainRequest(effort="quick")


def taught(studio, wish, took, rank_gb=0.0):
    """As if one such training had been here."""
    preset = tuition.read_preset(studio.home.configs("training", ".toml"), "starter", wish)
    work, way = tuition.count(KEY, preset, wish, "cpu"), tuition.way_of(wish, "cpu")
    row = tuition.learn(None, work, way, took, rank_gb)
    studio.store.put(forecast.TABLE, row["id"], row)
    return work


def test_before_the_first_training_there_is_a_guess_that_follows_the_effort(studio):
    quick, thorough = (tuition.foretell(studio, KEY, TrainRequest(effort=effort)) for effort in ("quick", "thorough"))
    assert 0 < quick.seconds < thorough.seconds and quick.disk_gb < thorough.disk_gb
    assert quick.memory_gb > 0 and not quick.measured and not quick.on_card


def test_what_a_training_took_here_counts_from_then_on(studio):
    work = taught(studio, WISH, Took(unit=2.0, rest=50.0, peak_gb=1.25), rank_gb=0.5)
    told = tuition.foretell(studio, KEY, WISH)
    assert told.seconds == pytest.approx(400 * 2.0 * work.megapixels + 50) and told.measured
    assert told.memory_gb == 1.25 and told.disk_gb == pytest.approx(8 * 0.5)
    longer = tuition.foretell(studio, KEY, replace(WISH, steps=480))
    assert longer.seconds == pytest.approx(480 * 2.0 * work.megapixels + 50)
    for other in (replace(WISH, spare_memory=True), replace(WISH, precision="int8")):
        spared = tuition.foretell(studio, KEY, other)
        assert not spared.measured, "another way of learning"
        assert spared.memory_gb < tuition.foretell(studio, KEY, replace(WISH, precision="float32", batch=9)).memory_gb


def test_pictures_are_not_foretold_from_trainings(studio):
    from core.requests import ImageRequest

    before = forecast.forecast(studio, "image.starter", ImageRequest(prompt="a cat"))
    taught(studio, WISH, Took(unit=500.0, rest=50.0))
    assert forecast.forecast(studio, "image.starter", ImageRequest(prompt="a cat")).seconds == before.seconds


def test_what_does_not_fit_is_known_before_it_starts(studio):
    taught(studio, WISH, Took(unit=2.0, peak_gb=1e6), rank_gb=1e6)
    told = tuition.foretell(studio, KEY, WISH)
    assert not told.fits_memory and not told.fits_disk


def test_an_optimizer_that_finds_its_own_rate_is_not_held_still_by_the_one_of_a_preset(studio):
    files = studio.home.configs("training", ".toml")
    rates = [tuition.read_preset(files, "sdxl", replace(WISH, **more))["learning_rate"]
             for more in ({"optimizer": "prodigy"}, {"optimizer": "prodigy", "learning_rate": 0.5}, {})]
    assert rates == [1.0, 0.5, 1e-4]


@pytest.mark.parametrize(("text", "said"), [
    ("[quick", "could not be read"), ("[balanced]\nsteps = 3", "no alpha"), ("quick = 3", "no alpha")])
def test_a_preset_of_ones_own_that_is_torn_is_named_with_what_helps(studio, text, said):
    path = studio.home.root / "configs" / "training" / "starter.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(BadFile, match=said) as error:
        tuition.read_preset(studio.home.configs("training", ".toml"), "starter", WISH)
    assert "starter.toml" in error.value.message and "Put back" in error.value.hint
    assert tuition.foretell(studio, KEY, WISH) is None


def test_nothing_is_said_of_a_family_without_a_model(studio):
    assert tuition.foretell(studio, "train.sdxl", WISH) is None
    with pytest.raises(Missing, match="no preset"):
        tuition.read_preset({}, "starter", WISH)


@pytest.mark.parametrize(("card_gb", "spare", "precision", "resolution"), [
    (0.0, False, "auto", 0), (11.76, True, "int8", 512), (23.99, True, "int8", 0), (39.6, True, "auto", 0),
    (79.6, False, "auto", 0)])
def test_a_small_card_learns_as_the_preset_says_for_it(studio, card_gb, spare, precision, resolution):
    files = studio.home.configs("training", ".toml")
    asked = tuition.for_card(files, "flux1", WISH, card_gb)
    assert (asked.spare_memory, asked.precision, asked.resolution) == (spare, precision, resolution)


def test_what_a_person_chose_stays_on_a_small_card(studio):
    files = studio.home.configs("training", ".toml")
    wish = replace(WISH, precision="bfloat16", resolution=1024)
    assert tuition.for_card(files, "flux1", wish, 12.0) == replace(wish, spare_memory=True)
    assert tuition.for_card(files, "flux1", replace(WISH, dora=True), 12.0).precision == "auto", "no DoRA in 8 bits"


def test_every_preset_names_its_cards_from_the_smallest_up_and_says_only_what_is_asked(studio):
    for family, path in studio.home.configs("training", ".toml").items():
        cards = tomllib.loads(path.read_text("utf-8")).get("cards", [])
        sizes = [one["up_to_gb"] for one in cards]
        assert sizes == sorted(sizes), family
        assert all(one.keys() <= {"up_to_gb", "spare_memory", "precision", "resolution"} for one in cards), family
