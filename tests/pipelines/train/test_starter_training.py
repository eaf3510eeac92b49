"""The whole way on the starter: photos, two steps of learning, a LoRA that Image Gen wears, and a resumed run."""

import hashlib
import json
from dataclasses import replace

import pytest
import torch

import pipelines
from core import characters, datasets, tuition
from core.errors import TooBig
from core.home import PROGRAM
from core.jobs import ENDED
from core.photos import open_photo
from core.requests import TrainRequest
from core.studio import Studio
from pipelines.kit import exams, listening, lora_files, schooling, strengths, training
from pipelines.kit.cache import Cache
from pipelines.kit.lora_keys import Pair
from tests.conftest import MACHINE

DEMO = PROGRAM / "models" / "starter" / "demo"


def bring_mira(studio, photos=3):
    told = json.loads((DEMO / "mira.json").read_text())
    kept = []
    for each in told["photos"][:photos]:
        asset = studio.assets.adopt(DEMO / each["file"], folder="datasets")
        picture = open_photo(asset.path).picture
        kept.append(datasets.Photo(asset.id, each["caption"], width=picture.width, height=picture.height,
                                   sha256=hashlib.sha256(asset.path.read_bytes()).hexdigest()))
    person = characters.new_character("Mira", subject="woman", descriptor="wavy teal hair, moon hairpin")
    dataset = datasets.new_dataset(person.id, kept)
    person = replace(person, dataset=dataset.id)
    studio.store.put("characters", person.id, person.row())
    studio.store.put("datasets", dataset.id, dataset.row())
    return person


def finish(studio, job, seconds=300):
    revision = 0
    for _ in range(seconds * 4):
        if job.state in ENDED:
            return job
        revision = studio.jobs.wait(revision, 0.25)
    pytest.fail(f"still {job.state} at {job.phase}")


@pytest.mark.slow
def test_photos_become_a_lora_that_the_next_picture_wears(studio, until, monkeypatch):
    monkeypatch.setattr(listening, "QUESTIONS", listening.QUESTIONS[:1])
    monkeypatch.setattr(exams, "SEEDS", exams.SEEDS[:1])
    monkeypatch.setattr(strengths, "STRENGTHS", (0.6, 1.0))
    monkeypatch.setattr(schooling, "LOOKS", 1)
    bring_mira(studio)
    row = studio.store.rows("datasets")[0]
    odd = dict(zip((photo["asset"] for photo in row["photos"]), ("公園で笑っている", ""), strict=False))
    studio.store.put("datasets", row["id"], datasets.set_captions(datasets.from_row(row), odd).row())
    studio.settings.set("library.cache_gb", 0.0)
    kept = studio.home.outputs / ".cache" / "training"
    Cache(kept).put("of another training", {"x": torch.zeros(4)})
    job = studio.submit("train.starter", {"character": "Mira", "effort": "quick", "steps": 2, "batch": 2,
                                          "learning_rate": 5e-3, "reach": "words"})
    until(studio, job.id, "running")
    studio.jobs.wish(job.id, "sample")
    assert finish(studio, job).state == "done", job.error
    assert len(list(kept.glob("*/*"))) == job.measured["cache_misses"], "its own stay while it needs them"
    assert [words for words, _ in job.progress.film] == ["1", "2"], "at once because it was asked, and at the end"
    person = characters.find(studio.store.rows("characters"), "Mira")
    worn = person.lora_for("starter")
    path = studio.home.models / worn.file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == worn.sha256
    file = lora_files.read(path)
    assert set(file.embeddings) == {"zwmira"} and file.metadata["modelspec.trigger_phrase"] == "zwmira"
    assert file.metadata["sshs_model_hash"].startswith(lora_files.hashes(path)["autov3"].lower())
    plain = studio.home.root / "plain.safetensors"
    lora_files.write_without_word(plain, file)
    files = [plain, *(studio.home.models / "loras").iterdir()]
    assert {lora_files.read(one).metadata["ss_training_comment"] for one in files} == {
        f"StudioNova recipe {training.RECIPE}"} and len(files) > 2
    record = studio.assets.record(job.assets[-1])
    assert record["recipe_version"] == training.RECIPE
    assert record["training"]["best"] == worn.step and len(record["training"]["losses"]) == 2
    assert {(row["step"], row["strength"]) for row in record["training"]["scores"]} >= {(worn.step, 0.6), (1, 1.0),
                                                                                        (2, 1.0)}
    assert worn.strength == record["training"]["strength"]
    same = tuition.foretell(studio, "train.starter", TrainRequest("Mira", effort="quick", steps=2, batch=2))
    assert same.measured and 0 < same.seconds < job.seconds * 1.1 and same.memory_gb > 0.1
    assert all({"adherence", "diversity", "bleed", "memorised", "likeness"} <= set(row)
               for row in record["training"]["scores"])
    drawn = finish(studio, studio.submit("image.starter", {"prompt": "@Mira on the beach", "seed": 1, "steps": 2}))
    assert drawn.state == "done", drawn.error
    weights = studio.assets.record(drawn.assets[-1])["weights"]
    assert [one["sha256"] for one in weights if one.get("kind") == "lora"] == [worn.sha256], "exactly that file"


def test_nobody_and_nothing_to_learn_from_are_said(studio):
    job = finish(studio, studio.submit("train.starter", {"character": "Nobody"}))
    assert job.state == "failed" and "no character called" in job.error["message"]
    person = characters.new_character("Empty")
    studio.store.put("characters", person.id, person.row())
    job = finish(studio, studio.submit("train.starter", {"character": "Empty"}))
    assert "no photos to learn from" in job.error["message"]


def test_a_base_model_that_was_deleted_while_it_waited_is_said_and_costs_nothing(home):
    studio = Studio(home, pipelines, {}, MACHINE)
    try:
        model = home.models / "checkpoints" / "mine"
        model.mkdir(parents=True)
        person = bring_mira(studio, photos=1)
        job = studio.submit("train.sd15", {"character": "Mira", "model": "checkpoints/mine"})
        model.rmdir()
        finish(studio.start(), job)
        assert job.state == "failed" and "checkpoints/mine" in job.error["message"] and job.error["hint"]
        assert characters.from_row(studio.store.get("characters", person.id)) == person
    finally:
        studio.close()


def test_a_full_disk_is_named_when_a_lora_is_written(tmp_path):
    import resource

    pairs = {"unet.conv_in": Pair(torch.ones(2, 400), torch.ones(400, 2), 2.0)}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with pytest.raises(TooBig, match="disk is full"):
            lora_files.write(tmp_path / "mira.safetensors", pairs, "sd15", {})
        with pytest.raises(TooBig, match="disk is full"):
            Cache(tmp_path / "cache").put("ab", {"latents": torch.zeros(4000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
