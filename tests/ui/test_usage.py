"""What it costs, as Settings shows it and programs read it."""

import pytest

from core.cards import Card
from core.jobs import Job
from core.language import LANGUAGES, Languages
from ui import usage
from ui.page import Page


@pytest.fixture
def page(studio):
    return Page(studio, Languages(LANGUAGES))


def count(studio, **request):
    job = Job("a", "image.x", "", request=request, started=1000.0, ended=4600.0, device="cpu")
    studio.ledger.add(job, Card("x", "image", "", "MIT"))
    return job


def test_only_what_is_known_has_a_column(page):
    words = page.languages["en"]
    count(page.studio, character="<b>Mira</b>")
    drawn = usage.draw(page, words)
    assert ">Energy<" not in drawn and "60 min" in drawn
    assert "&lt;b&gt;Mira" in drawn and "<b>Mira" not in drawn
    page.studio.settings.set("usage.watts", 100.0)
    page.studio.settings.set("usage.kwh_price", 0.3)
    assert usage.cost(count(page.studio).measured, words) == ["100.0 Wh", "costs 0.03"]
    assert ">Energy<" in usage.draw(page, words) and "0.03" in usage.draw(page, words)


def test_guests_of_a_shared_studio_see_no_costs(page):
    count(page.studio, character="Mira")
    page.studio.settings.locked = True
    drawn = usage.draw(page, page.languages["en"])
    assert "Mira" not in drawn and "<input" not in drawn
