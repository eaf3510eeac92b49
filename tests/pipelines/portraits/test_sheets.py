"""Portrait sheets: a set is drawn with one seed, cut out, and waits for a yes."""

import types

import pytest
from PIL import Image, ImageDraw

from core import casting, characters
from core.cards import Card
from core.catalog import Entry
from core.requests import PortraitsRequest
from pipelines.portraits.sheets import poses


@pytest.fixture
def painter(studio):
    """A picture pipeline that paints a figure before a plain wall and remembers what it was asked."""
    asked = []

    def run(request, bench) -> None:
        asked.append(request)
        picture = Image.new("RGB", (128, 160), (90, 160, 90))
        pen = ImageDraw.Draw(picture)
        pen.ellipse((40, 20, 88, 76), "peachpuff")
        pen.rectangle((34, 76, 94, 160), "maroon")
        bench.save(picture, folder="images", suffix=".png", title=request.prompt, characters=[request.character])

    module = types.ModuleType("painted")
    module.CARD, module.run = Card("Painted", "image", "for a test", "MIT"), run
    studio.catalog.entries = {**studio.catalog.entries, "image.painted": Entry("image.painted", module.CARD, module)}
    return asked


def test_a_set_is_drawn_with_one_seed_cut_out_and_kept_as_drafts(studio, painter, until):
    person, _ = casting.create(studio, "Mira", [])
    job = studio.submit("portraits.sheets", PortraitsRequest(character="Mira", what="turnaround",
                                                             pipeline="image.painted"))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    fresh = characters.find(studio.store.rows(characters.TABLE), "Mira")
    assert list(fresh.drafts) == ["neutral/front", "neutral/three-quarter", "neutral/side", "neutral/back"]
    assert fresh.portraits == {} and len({one.seed for one in painter}) == 1
    with Image.open(studio.assets.get(fresh.drafts["neutral/side"]).path) as cut:
        assert cut.mode == "RGBA" and cut.getpixel((2, 2))[3] == 0
    assert "seen from behind" in painter[3].prompt and all(one.prompt.startswith("person, ") for one in painter)


def test_a_portrait_that_is_drawn_again_gets_another_seed_and_leaves_the_others(studio, painter, until):
    casting.create(studio, "Mira", [])
    for _ in range(2):
        job = studio.submit("portraits.sheets", PortraitsRequest(character="Mira", only=("sad/front",),
                                                                 pipeline="image.painted"))
        assert until(studio, job.id, "done", "failed") == "done", job.error
    assert painter[0].seed != painter[1].seed and "sad" in painter[1].prompt
    assert list(characters.find(studio.store.rows(characters.TABLE), "Mira").drafts) == ["sad/front"]


def test_the_starter_is_not_asked_for_views_that_it_has_never_seen():
    assert len(poses(PortraitsRequest(what="turnaround"), "image.starter")) == 2
    assert len(poses(PortraitsRequest(what="turnaround"), "image.sdxl")) == 4
    assert list(poses(PortraitsRequest(what="outfits", outfits=("apron",)))) == ["neutral/apron"]
