"""A job carries the hashes of its model and its LoRAs from the click on, and says when they are the same no more."""

from dataclasses import replace

import pytest

import pipelines
from core import characters
from core.errors import Cancelled
from core.studio import Studio
from core.weights.hashes import hash_file
from tests.conftest import MACHINE


@pytest.fixture
def gathering(home):
    """A studio that takes jobs but does not work yet."""
    opened = Studio(home, pipelines, {}, MACHINE)
    yield opened
    opened.close()


def put(studio, name: str, content: bytes):
    path = studio.home.models / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def wants(studio, key: str, *weights: str):
    entry = studio.catalog[key]
    changed = replace(entry, card=replace(entry.card, weights=weights))
    studio.catalog.entries = {**studio.catalog.entries, key: changed}


def test_the_click_reads_no_large_file_and_takes_the_hash_that_is_known(gathering):
    model = put(gathering, "checkpoints/painter.safetensors", b"m")
    asked = {"prompt": "a cat <lora:Ink:0.8>", "model": "checkpoints/painter.safetensors"}
    put(gathering, "loras/sub/ink.safetensors", b"l")
    rows = gathering.submit("image.sd15", asked).weights
    said = [(row["kind"], row["name"], row["sha256"]) for row in rows]
    assert said == [("model", "painter", ""), ("lora", "ink", "")]
    assert all(row["mark"] for row in rows) and gathering.store.rows("hashes") == []
    known = hash_file(model, gathering.store).sha256
    assert gathering.submit("image.sd15", asked).weights[0]["sha256"] == known


def test_a_grid_carries_what_its_pictures_are_drawn_with_and_a_person_their_lora(gathering):
    put(gathering, "loras/mira-1.safetensors", b"l")
    lora = characters.TrainedLora("starter", "starter", "loras/mira-1.safetensors", "")
    person = characters.with_lora(characters.new_character("Mira"), lora)
    gathering.store.put(characters.TABLE, person.id, person.row())
    rows = gathering.submit("grid.table", {"x": "Seed", "x_values": "1,2", "pipeline": "image.starter",
                                           "request": {"prompt": "@mira smiles"}}).weights
    assert {row["name"] for row in rows} >= {"starter", "mira-1"}
    assert "mira-1" not in {row["name"] for row in gathering.submit("image.starter", {"prompt": "a hill"}).weights}


def test_before_the_work_begins_the_missing_hashes_are_filled_in_and_stand_in_the_sidecar(open_with, sheet, until):
    studio = open_with(works=lambda request, bench: bench.save(b"x", folder="images", suffix=".txt"))
    model = put(studio, "checkpoints/painter.safetensors", b"m")
    wants(studio, "sheet.works", "checkpoints/painter.safetensors")
    job = studio.submit("sheet.works", sheet)
    assert until(studio, job.id, "done", "failed") == "done", job.error
    sha256 = hash_file(model).sha256
    assert studio.jobs.get(job.id).view()["weights"][0]["sha256"] == sha256 and not job.notices
    assert studio.assets.record(job.assets[0])["weights"] == [{"name": "painter", "kind": "model", "sha256": sha256}]


def test_a_model_that_was_changed_or_deleted_since_the_click_is_said(open_with, sheet, until):
    studio = open_with(works=lambda request, bench: None)
    model = put(studio, "checkpoints/painter.safetensors", b"m")
    wants(studio, "sheet.works", "checkpoints/painter.safetensors")
    first = studio.submit("sheet.works", sheet)
    until(studio, first.id, "done")
    model.write_bytes(b"another")
    again = studio.retry(first.id)
    until(studio, again.id, "done")
    assert again.notices == ["painter is another file now than when this was asked for."]
    model.unlink()
    gone = studio.retry(first.id)
    assert until(studio, gone.id, "done", "failed") == "failed"
    assert gone.error["message"].startswith("checkpoints/painter.safetensors was there when this was asked for")


def test_hashing_a_large_file_can_be_stopped(tmp_path):
    file, heard = tmp_path / "large.safetensors", []
    file.write_bytes(bytes(3 << 20))

    def stop():
        heard.append(1)
        raise Cancelled()

    with pytest.raises(Cancelled):
        hash_file(file, heard=stop)
    assert heard == [1]


def test_what_only_the_run_finds_is_carried_too(open_with, sheet, until):
    def run(request, bench):
        bench.uses(bench.weights("loras/found.safetensors"), "lora")
        bench.uses(bench.weights("loras/found.safetensors"), "lora")

    studio = open_with(inner=run, outer=lambda request, bench: bench.run("sheet.inner", request))
    path = put(studio, "loras/found.safetensors", b"l")
    job = studio.submit("sheet.outer", sheet)
    assert until(studio, job.id, "done", "failed") == "done", job.error
    assert [(row["file"], row["sha256"]) for row in job.weights] == [
        ("loras/found.safetensors", hash_file(path).sha256)]


def test_a_picture_is_repeated_with_its_model_under_whatever_name_that_has_now(gathering):
    model = put(gathering, "checkpoints/painter.safetensors", b"m")
    weights = [{"name": "painter", "sha256": hash_file(model, gathering.store).sha256}]
    drawn = gathering.assets.save(b"x", folder="images", suffix=".png", record={"weights": weights})
    asked = {"prompt": "a cat", "model": "checkpoints/painter.safetensors", "repeats": drawn.id}
    assert gathering.submit("image.sd15", asked).request["model"] == "checkpoints/painter.safetensors"
    (model.parent / "old").mkdir()
    model.rename(model.parent / "old" / "brush.safetensors")
    assert gathering.submit("image.sd15", asked).request["model"] == "checkpoints/old/brush.safetensors"
