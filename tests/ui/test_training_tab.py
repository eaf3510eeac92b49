"""The Training tab: what is drawn while it runs and after it, and what is refused at the click."""

from dataclasses import replace

import pytest

from core import characters, datasets
from core.errors import Missing
from core.jobs import Job
from core.language import LANGUAGES, Languages
from core.likeness import best_of
from core.requests import TrainRequest
from core.tuition import Tuition
from pipelines.kit.schooling import thin
from ui import chart, cost, lessons

WORDS = Languages(LANGUAGES)["en"]


def a_running_job(**told) -> Job:
    job = Job("1", "train.starter", "Starter", {}, state="running")
    job.progress.told = told
    return job


def test_a_running_training_shows_curve_samples_figures_and_every_order():
    job = a_running_job(curve=[(n, 1 / n, 1 / n) for n in range(1, 40)], step=39, steps=100, seconds_per_step=0.5,
                        seconds_left=30.5, memory_gb=2.1, checkpoints=[{"step": 30, "likeness": 0.8, "bleed": 0.1}])
    job.progress.film = [("10", b"a"), ("20", b"b")]
    html = lessons.running(job, WORDS)
    assert html.count("<polyline") == 4 and html.count("Sample at step") == 2
    for word in ("sample", "save", "stop"):
        assert f'data-word="{word}"' in html
    for act in ("pause", "lend", "cancel"):
        assert f'data-act="{act}"' in html
    assert "39 / 100" in html and "2.00 steps/s" in html and "2.1 GB" in html


def test_every_line_of_the_likeness_has_its_key_and_no_other():
    for judged in (("likeness",), ("likeness", "looks"), ("likeness", "bleed"), ("likeness", "looks", "bleed")):
        html = lessons.running(a_running_job(checkpoints=[{"step": 30} | dict.fromkeys(judged, 0.5)]), WORDS)
        assert html.count('class="key ') == html.count("<polyline") == len(judged)


def test_a_paused_training_offers_to_go_on():
    job = a_running_job()
    job.state = "paused"
    assert 'data-act="resume"' in lessons.running(job, WORDS) and "data-word" not in lessons.running(job, WORDS)


@pytest.mark.parametrize(("language", "said"), [("en", "Paused · Learning · 5 %"), ("es", "En pausa · "),
                                                ("ja", "一時停止中 · "), ("de", "Pausiert · ")])
def test_the_line_of_a_training_that_stands_still_says_so(language, said):
    from ui.parts import progress_line

    words, job = Languages(LANGUAGES)[language], a_running_job()
    job.progress.phase, job.progress.done, job.progress.total = "Learning", 5, 100
    assert not progress_line(job, words).startswith(words("jobs.paused"))
    job.state = "paused"
    assert progress_line(job, words).startswith(said)


@pytest.mark.parametrize("language", ["en", "es", "ja", "de"])
def test_before_it_starts_the_tab_says_what_it_costs_and_what_helps_where_it_does_not_fit(language):
    words = Languages(LANGUAGES)[language]
    asked, fits = TrainRequest(), Tuition(300.0, 2.5, 8.0, 0.2, 50.0, False, True)
    button, lines = cost.lesson(fits, asked, words)
    assert button.startswith(words("training.go")) and "5" in button
    assert "2.5 GB" in lines and "0.2 GB" in lines and "advice" not in lines
    _, lines = cost.lesson(replace(fits, memory_gb=12.5, disk_gb=60.0, on_card=True), asked, words)
    assert lines.count("advice warn") == 2 and "12.5 GB" in lines and "8.0 GB" in lines and "50.0 GB" in lines
    assert words("training.spare_first") in lines
    _, spared = cost.lesson(replace(fits, memory_gb=12.5), replace(asked, spare_memory=True), words)
    assert words("training.smaller") in spared and words("training.spare_first") not in spared
    assert cost.lesson(None, asked, words) == (words("training.go"), "")
    assert "Mira" in cost.lesson(fits, TrainRequest(character="Mira"), words)[0]


def test_after_the_run_each_step_can_be_worn_but_the_one_that_is():
    told = {"scores": [{"step": 5, "likeness": 0.6, "file": "loras/a", "sha256": "f" * 64},
                       {"step": 9, "strength": 0.8, "likeness": 0.9, "adherence": 0.7, "adherence_base": 0.8,
                        "file": "loras/b"}, {"step": 9, "likeness": 0.9, "file": "loras/b"}], "best": 9,
            "strength": 0.8, "reason": "the likest; it copies a photo", "base": "starter", "losses": [0.4, 0.3, 0.2]}
    html = lessons.finished(Job("1", "train.starter", "", {}), {"id": "x", "training": told},
                            {"id": "m", "name": "Mira"}, ("loras/b", 0.8), WORDS)
    assert html.count('data-act="wear"') == 2 and 'data-file="loras/a"' in html
    assert "Best at step 9, strength 0.8:" in html and html.count("badge-word") == 1 and "Words followed 70" in html
    assert "(before: 80)" in html and 'data-act="use"' in html and "advice good" in html
    told["reason"] = best_of([{"likeness": 0.9, "bleed": 0.9}])[1]
    assert "advice warn" in lessons.finished(Job("1", "train.starter", "", {}), {"id": "x", "training": told}, None,
                                             ("", 0.0), WORDS), "something is wrong with it"
    told["reason"] = "the likest; it copies a photo"
    german = lessons.finished(Job("1", "train.starter", "", {}), {"id": "x", "training": told}, None, ("", 0.0),
                              Languages(LANGUAGES)["de"])
    assert "sie kopiert ein Foto" in german, "a reason of several phrases is said in the visitor's language"


def test_another_step_is_worn_at_the_strength_that_was_asked():
    from core.characters import TrainedLora, choose_lora, with_lora

    person = characters.new_character("Mira")
    for file in ("loras/a", "loras/b"):
        person = with_lora(person, TrainedLora("starter", "starter", file, ""))
    worn = choose_lora(person, "starter", "loras/a", "0.6").lora_for("starter")
    assert (worn.file, worn.strength) == ("loras/a", 0.6)
    assert choose_lora(person, "starter", "loras/a", "1e9").lora_for("starter").strength == 1.0
    with pytest.raises(Missing, match="not here any more"):
        choose_lora(person, "sdxl", "loras/a")


def test_one_wild_loss_does_not_flatten_the_curve():
    points = [(n, 0.1 + n / 1000) for n in range(200)] + [(200, 900.0)]
    heights = [float(pair.split(",")[1]) for pair in
               chart.curves([("raw", points)], "loss").split('points="')[1].split('"')[0].split()]
    assert max(heights) - min(heights) > 100 and heights[0] - heights[100] > 20


def test_a_long_curve_is_thinned_and_keeps_its_end():
    curve = [(n, 0.1, 0.1) for n in range(1, 1001)]
    assert len(thin(curve)) <= 240 and thin(curve)[-1] == curve[-1] and thin(curve[:3]) == curve[:3]


def test_training_nobody_or_nobody_with_photos_is_refused_in_words():
    with pytest.raises(Missing, match="Nobody is chosen"):
        datasets.check_teachable(None, None)
    person = characters.new_character("Mira")
    with pytest.raises(Missing, match="Mira has no photos"):
        datasets.check_teachable(person.row(), datasets.new_dataset(person.id).row())
