"""One visit to a training under way, and one from a finished training to Image Gen and through the papers of a
character, which pass axe."""

import itertools
import time
import types
from dataclasses import replace

import pytest
from PIL import Image

from core import casting, characters
from core.catalog import Entry
from core.forecast import Took
from core.requests import TrainRequest
from tests.browser.test_access import serious
from tests.core.test_tuition import taught

pytestmark = pytest.mark.browser


def teach(request, bench):
    """A training that knows already how it ends."""
    person = characters.find(bench.rows(characters.TABLE), request.character)
    rows = [{"step": step, "strength": strength, "file": f"loras/{step}", "sha256": "f" * 64, "likeness": 0.8,
             "looks": 0.9, "adherence": 0.7, "adherence_base": 0.8, "bleed": 0.0, "diversity": 0.5, "memorised": 0.4}
            for step, strength in ((5, 1.0), (9, 0.8), (9, 1.0))]
    for row in rows:
        person = characters.with_lora(person, characters.TrainedLora("starter", "starter", row["file"], "f" * 64,
                                                                     strength=0.8))
    bench.put(characters.TABLE, person.id, person.row())
    bench.film("5", Image.new("RGB", (64, 64), "teal"))
    bench.save(Image.new("RGB", (400, 300), "white"), folder="training", suffix=".png", characters=[person.name],
               training={"scores": rows, "best": 9, "strength": 0.8, "base": "starter", "character": person.id,
                         "reason": "the likest that still follows the words and leaks nothing",
                         "losses": [0.4, 0.3, 0.2, 0.25]})


def learn(request, bench):
    """A training that goes on until somebody says that it may stop, and shows what it drew when asked."""
    for step in itertools.count(1):
        orders = bench.step(min(step, 99), 100, "Learning")
        if "sample" in orders:
            bench.film(str(step), Image.new("RGB", (64, 64), "teal"))
        if "stop" in orders:
            return
        time.sleep(0.02)  # the length of a step


def put_in_place(studio, run):
    card = studio.catalog["train.starter"].card
    module = types.ModuleType("quick")
    module.CARD, module.run = replace(card, lane="light"), run
    studio.catalog.entries = {**studio.catalog.entries, "train.starter": Entry("train.starter", module.CARD, module)}


def test_a_training_is_sampled_lent_taken_up_and_ended_with_clicks(visit, picture, studio, until):
    put_in_place(studio, learn)
    page = visit("image")
    casting.create(studio, "Mira", [picture("her")], whose="own")
    taught(studio, TrainRequest(), Took(unit=0.0, rest=7 * 3600.0, peak_gb=1.25))
    page.click("#tab-training-button")
    page.wait_for_function("document.querySelector('#training-go').textContent.includes('about 7 h')")
    assert "1.2 GB of memory" in page.locator("#tab-training").inner_text(), "what was learned since the page came"
    job = studio.submit("train.starter", {"character": "Mira"})
    page.click(".lesson [data-act=wish][data-word=sample]")
    page.wait_for_selector(".lesson .film img")
    page.click(".lesson [data-act=lend]")
    assert until(studio, job.id, "paused") == "paused"
    other = studio.submit("sheet.contact", {"pictures": [picture("beside it")]})
    assert until(studio, other.id, "done", "failed") == "done", "its lane is free for others"
    page.click(".lesson [data-act=resume]")
    assert until(studio, job.id, "running") == "running" and len(job.progress.film) == 1
    page.click(".lesson [data-act=wish][data-word=stop]")
    assert until(studio, job.id, "done", "failed") == "done"


def test_from_a_finished_training_to_pictures_and_through_the_papers(visit, picture, studio, until):
    put_in_place(studio, teach)
    person = casting.create(studio, "Mira", [picture("her")], whose="own")[0]
    job = studio.submit("train.starter", {"character": "Mira"})
    assert until(studio, job.id, "done", "failed") == "done", job.error
    page = visit("training", width=390)
    page.wait_for_selector(".lesson.done")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), "nothing hangs over on a phone"
    assert serious(page, "training") == []
    page.locator(".lesson [data-act=wear][data-strength='1']").last.click()
    page.wait_for_function("document.querySelectorAll('.lesson .state.done').length === 1"
                           " && document.querySelector('.lesson li:last-child .state.done')")
    assert characters.from_row(studio.store.get("characters", person.id)).lora_for("starter").strength == 1.0
    page.click(".lesson [data-act=use]")
    page.wait_for_selector("#tab-image >> visible=true")
    page.wait_for_function("document.querySelector('#who input')?.value === 'Mira'")
    page.click("#tab-characters-button")
    page.click("#characters-wall .face")
    page.click("#characters-side .papers summary")
    page.select_option("#characters-side [data-what=consent]", "given")
    page.wait_for_function("document.querySelector('#characters-side [data-what=consent] option')"
                           ".textContent === 'given'")
    page.click("#characters-side [data-act=export-card]")
    page.wait_for_selector("#characters-side a[href*='download']")
    assert characters.from_row(studio.store.get("characters", person.id)).consent.state == "given"
    assert serious(page, "characters") == []
