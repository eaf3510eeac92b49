"""After a job every picture made with a character has its likeness, or a sentence why not."""

import types

import pytest
from PIL import Image

from core.cards import Card
from core.catalog import Entry
from core.errors import Refused
from core.requests import ImageRequest


@pytest.fixture
def draws(studio, monkeypatch):
    """A studio with one picture pipeline, one eye, and Mira, who has a photo."""
    def paint(request, bench):
        bench.save(Image.new("RGB", (8, 8)), folder="images", suffix=".png", characters=["Mira"])

    def look(request, bench):
        if studio.store.get("characters", "mira").get("kind") == "person":
            raise Refused("Mira is not a drawn character.", "Another eye is needed.")
        for asset in request.pictures:
            bench.rate(asset, request.character, 87)

    for task, run in (("image", paint), ("likeness", look)):
        module = types.ModuleType(f"{task}_test")
        module.CARD, module.run = Card("Test", task, "For a test.", "MIT"), run
        keep = {key: entry for key, entry in studio.catalog.entries.items() if entry.task != task}
        studio.catalog.entries = {**keep, f"{task}.test": Entry(f"{task}.test", module.CARD, module)}
    studio.store.put("characters", "mira", {"id": "mira", "name": "Mira", "photos": ["0abc"], "kind": "drawn"})
    return studio


def done(studio, until):
    job = studio.submit("image.test", ImageRequest(prompt="@Mira"))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    return job


def test_the_likeness_is_in_the_sidecar_and_the_library(draws, until):
    job = done(draws, until)
    assert draws.assets.record(job.assets[0])["likeness"] == {"Mira": 87}
    assert draws.library.entry(job.assets[0]).likeness == 87 and job.notices == []


def test_what_nobody_can_judge_is_said_and_the_picture_is_kept(draws, until):
    draws.store.put("characters", "mira", {"id": "mira", "name": "Mira", "photos": ["0abc"], "kind": "person"})
    job = done(draws, until)
    assert "could not be judged: Mira is not a drawn character." in job.notices[0]
    assert "likeness" not in draws.assets.record(job.assets[0])


def test_a_character_without_photos_and_a_name_nobody_has_are_passed_by(draws, until):
    draws.store.put("characters", "mira", {"id": "mira", "name": "Mira", "photos": []})
    assert done(draws, until).notices == []
    draws.store.drop("characters", "mira")
    assert done(draws, until).notices == []


def test_what_cost_likeness_to_enlarge_is_told(draws, until, monkeypatch):
    """The picture is judged again as it was before, when nobody had judged it yet."""
    before = draws.assets.save(Image.new("RGB", (8, 8), "teal"), folder="images", suffix=".png",
                               record={"pipeline": "image.test", "characters": ["Mira"]}).id
    points = {"before": 90, "after": 60}

    def enlarge(request, bench):
        bench.save(Image.new("RGB", (16, 16)), folder="images", suffix=".png", parents=[before])

    def look(request, bench):
        for asset in request.pictures:
            bench.rate(asset, request.character, points["before" if asset == before else "after"])

    module = types.ModuleType("upscale_test")
    module.CARD, module.run = Card("Test", "upscale", "For a test.", "MIT"), enlarge
    draws.catalog.entries = {**draws.catalog.entries, "upscale.test": Entry("upscale.test", module.CARD, module)}
    monkeypatch.setattr(draws.catalog["likeness.test"].module, "run", look)
    for after, told in ((60, ["It looks less like Mira than before: likeness 60, it was 90."]), (85, [])):
        points["after"] = after
        job = draws.submit("upscale.test", {"pictures": [before]})
        assert until(draws, job.id, "done", "failed") == "done", job.error
        assert job.notices == told
        assert draws.assets.record(before)["likeness"] == {"Mira": 90}
