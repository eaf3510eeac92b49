"""The capability matrix: what works, what waits for something, what lacks something, each with its reason."""

import pytest

import pipelines
from core.catalog import Catalog
from core.language import LANGUAGES, Languages
from core.readiness import LACKS, WAITS, WORKS, outside_the_box, own_family, table


def by_key(studio):
    return {row["key"]: row for row in studio.capabilities()}


def test_what_waits_for_a_model_is_not_said_to_work(studio):
    rows = by_key(studio)
    assert {rows[key]["state"] for key in ("image.sdxl", "train.sdxl", "caption.blip")} == {WAITS}
    assert {rows[key]["state"] for key in ("image.avatar", "upscale.lanczos", "exporters.html")} == {WORKS}
    assert "SDXL" in rows["image.sdxl"]["why"] and "captioners/blip" in rows["caption.blip"]["why"]
    (studio.home.models / "captioners" / "blip").mkdir(parents=True)
    assert by_key(studio)["caption.blip"]["state"] == WORKS


def test_a_server_is_waited_for_until_its_address_is_set(studio):
    assert by_key(studio)["image.comfyui"]["state"] == WAITS
    studio.settings.set("servers.comfyui", "http://127.0.0.1:8188")
    assert by_key(studio)["image.comfyui"]["state"] == WORKS


def test_whatever_does_not_work_says_why_and_in_every_language(studio):
    rows = by_key(studio).values()
    assert all(bool(row["why"]) == (row["state"] != WORKS) for row in rows)
    languages = Languages(LANGUAGES)
    for code in ("de", "es", "ja"):
        silent = [row["why"] for row in rows if row["why"] and languages[code].phrase(row["why"]) == row["why"]]
        assert silent == []


def test_fast_test_keeps_what_is_in_the_box_and_says_so_of_the_rest():
    catalog = Catalog(pipelines, refuses=outside_the_box)
    closed = [catalog[key] for key in ("image.sdxl", "train.flux1", "download.weights", "image.comfyui",
                                       "caption.blip", "likeness.faces")]
    assert all("fast-test" in entry.unavailable or "pip install" in entry.unavailable for entry in closed)
    assert not any("fast-test" in catalog[key].unavailable for key in ("image.starter", "train.starter", "image.avatar",
                                                                       "upscale.studio", "likeness.drawn"))


@pytest.mark.parametrize("key", ["image.sdxl", "train.sdxl"])
def test_a_family_is_only_asked_of_those_who_draw_with_it_or_teach_it(key):
    assert own_family(key) == "sdxl"
    assert own_family("image.starter") == own_family("caption.blip") == own_family("image.comfyui") == ""


def test_the_table_has_a_row_for_each_pipeline_and_knows_no_computer():
    catalog = Catalog(pipelines)
    lines = table(catalog).splitlines()
    assert len(lines) == len(catalog.entries) + 2
    assert all(line.count(" | ") == 5 for line in lines[2:])
    assert LACKS not in {word for line in lines for word in line.split()}
