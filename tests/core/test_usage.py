"""What work has cost: sums by month, character and story, and the limit of rented hours."""

import dataclasses
import io
import threading

import pytest
from PIL import Image

from core.cards import Card
from core.errors import Refused
from core.jobs import Job
from core.usage import Ledger, read_price

HERE = Card("x", "image", "", "MIT")
AWAY = Card("x", "image", "", "MIT", server="servers.comfyui")


class Meter:
    """A card that drew 100 Wh for each job."""

    def take(self, job_id):
        return 100.0


@pytest.fixture
def ledger(studio):
    return Ledger(studio.store, studio.settings, studio.library, Meter())


def picture(studio, *names):
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (len(names) * 60, 9, 9)).save(out, "PNG")
    return studio.assets.save(out.getvalue(), folder="images", suffix=".png", record={"characters": list(names)}).id


def hour(**more):
    return Job("a", "image.x", "", **{"request": {}, "started": 1000.0, "ended": 4600.0, "device": "cuda:0", **more})


def test_jobs_that_end_in_one_moment_are_all_counted(ledger):
    def end_some():
        for _ in range(25):
            ledger.add(hour(), HERE)

    threads = [threading.Thread(target=end_some) for _ in range(4)]
    [one.start() for one in threads], [one.join() for one in threads]
    ((_, month),) = ledger.months().items()
    assert month["all"]["jobs"] == 100


def test_an_hour_costs_its_energy_and_its_rent(studio, ledger):
    for name, value in (("watts", 60.0), ("kwh_price", 0.5), ("hour_price", 2.0)):
        studio.settings.set(f"usage.{name}", value)
    job = hour()
    ledger.add(job, HERE)
    assert job.measured == {"wh": 160.0, "cost": pytest.approx(2.08)}
    (month,) = ledger.months().values()
    assert month["all"] == {"jobs": 1, "seconds": 3600, "card_seconds": 3600, "wh": 160, "energy": 0.08, "rent": 2}


def test_a_pause_costs_nothing(ledger):
    job = hour(rested=1800.0)
    ledger.add(job, HERE)
    assert next(iter(ledger.months().values()))["all"]["seconds"] == 1800


def test_work_on_a_server_costs_its_hours_and_none_of_our_energy(studio, ledger):
    studio.settings.set("usage.watts", 60.0)
    studio.settings.set("usage.server_price", 3.0)
    job = hour()
    ledger.add(job, AWAY)
    assert job.measured == {"wh": 0.0, "cost": 3.0}


def test_pictures_share_their_job_among_those_who_are_in_them(studio, ledger):
    made = [picture(studio, "Mira", "Tom"), picture(studio, "Mira"), picture(studio)]
    ledger.add(hour(assets=made, request={"story": "a-story"}), HERE)
    seconds = {name: round(sums["seconds"]) for name, sums in ledger.totals("characters").items()}
    assert seconds == {"Mira": 1800, "Tom": 600}  # the third one shows nobody
    assert ledger.totals("stories")["a-story"]["seconds"] == 3600


def test_a_training_is_its_character_s(ledger):
    ledger.add(hour(request={"character": "Mira"}), HERE)
    ledger.add(hour(request={"character": "Mira"}), HERE)
    assert {name: sums["jobs"] for name, sums in ledger.totals("characters").items()} == {"Mira": 2}


def test_no_work_begins_on_what_is_rented_once_the_month_has_cost_its_limit(studio, ledger):
    studio.settings.set("usage.server_price", 2.0)
    studio.settings.set("usage.budget", 3.0)
    ledger.add(hour(), AWAY)
    ledger.check(AWAY)
    ledger.add(hour(), AWAY)
    with pytest.raises(Refused, match="used up"):
        ledger.check(AWAY)
    ledger.check(HERE)  # what is not rented goes on


def test_a_job_that_waited_while_the_limit_was_reached_does_not_begin(open_with, sheet, until):
    ran = []
    studio = open_with(works=lambda request, bench: ran.append(1))
    studio.submit("sheet.works", sheet)
    studio.settings.set("usage.hour_price", 2.0)
    studio.settings.set("usage.budget", 1.0)
    job = studio.submit("sheet.works", sheet)
    until(studio, job.id, "done")
    entry = studio.catalog["sheet.works"]
    studio.ledger.add(dataclasses.replace(hour(), device="cpu"), entry.card)
    with pytest.raises(Refused, match="used up"):
        studio.submit("sheet.works", sheet)
    assert len(ran) == 2
    again = studio.retry(job.id)
    assert until(studio, again.id, "failed", "done") == "failed"
    assert "used up" in studio.jobs.get(again.id).error["message"] and len(ran) == 2


@pytest.mark.parametrize(("text", "value"), [("0,32", 0.32), (" 12 ", 12.0), ("", 0.0)])
def test_a_price_is_read_as_people_write_it(text, value):
    assert read_price(text) == value


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "1e99", "<b>"])
def test_what_is_no_price_is_refused(text):
    with pytest.raises(Refused, match="no price"):
        read_price(text)
