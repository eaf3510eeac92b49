"""Trainings without the window: the job file is checked before anything starts, and errors are sentences."""

import hashlib
import importlib
import json
import re
import signal
import subprocess
import sys

import pytest
import yaml

import pipelines
from core import characters, datasets
from core.errors import BadFile, Refused
from core.home import Home
from core.studio import Studio
from pipelines.kit import checkpoints
from tests.conftest import MACHINE
from tests.pipelines.train.test_starter_training import bring_mira

headless = importlib.import_module("pipelines.train.__main__")


@pytest.mark.parametrize(("content", "kind", "words"), [
    ("not json", BadFile, "not a job file"),
    ("[1]", BadFile, "not a job file"),
    ('{"pipeline": "train.starter"}', BadFile, "does not say request"),
    ('{"pipeline": "upscale.lanczos", "request": {}}', Refused, "not a training"),
])
def test_a_wrong_job_file_is_explained(tmp_path, content, kind, words):
    path = tmp_path / "job.json"
    path.write_text(content)
    with pytest.raises(kind, match=words):
        headless.read_job(path)


def test_a_character_who_is_not_there_ends_with_a_sentence_and_a_status(tmp_path, capsys):
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"pipeline": "train.starter", "request": {"character": "Nobody"}}))
    assert headless.main([str(path)]) == 1
    assert "no character called 'Nobody'" in capsys.readouterr().err
    assert headless.main([]) == 2


def test_a_packed_job_holds_its_character_its_photos_and_how_to_rent_a_machine(studio, tmp_path, capsys):
    person = bring_mira(studio, photos=2)
    model = studio.home.models / "checkpoints" / "mine"
    model.mkdir(parents=True)
    told = {"pipeline": "train.sdxl", "request": {"character": "Mira", "model": "checkpoints/mine"},
            "home": str(studio.home.root)}
    (tmp_path / "job.json").write_text(json.dumps(told))
    studio.store.flush()
    folder = tmp_path / "bundle"
    assert headless.main(["--pack", str(tmp_path / "job.json"), str(folder)]) == 0
    sky = yaml.safe_load((folder / "train.sky.yaml").read_text())
    assert sky["file_mounts"]["~/studio"] == {"name": sky["name"], "source": str(folder), "mode": "MOUNT"}
    assert sky["file_mounts"]["~/base/checkpoints/mine"] == str(model)
    assert "accelerate launch" in sky["run"] and "-m pipelines.train ~/studio/job.json" in sky["run"]
    assert headless.read_job(folder / "job.json")["home"] == str(folder)
    other = Studio(Home(folder), pipelines, {}, MACHINE)
    try:
        assert characters.find(other.store.rows("characters"), "Mira") == person
        (row,) = other.store.rows("datasets")
        for photo in datasets.from_row(row).photos:
            assert hashlib.sha256(other.assets.get(photo.asset).path.read_bytes()).hexdigest() == photo.sha256
        assert other.assets.get(photo.asset).path.is_relative_to(folder)
    finally:
        other.close()


def test_a_folder_that_holds_something_is_not_packed_into(studio, tmp_path, capsys):
    told = {"pipeline": "train.sdxl", "request": {"character": "Mira"}, "home": str(studio.home.root)}
    (tmp_path / "job.json").write_text(json.dumps(told))
    before = sorted(studio.home.root.rglob("*"))
    assert headless.main(["--pack", str(tmp_path / "job.json"), str(studio.home.root)]) == 1
    assert "is not empty" in capsys.readouterr().err and sorted(studio.home.root.rglob("*")) == before


def test_a_machine_that_is_taken_away_keeps_the_step_at_which_it_stood(studio, tmp_path):
    bring_mira(studio, photos=2)
    studio.store.flush()
    told = {"pipeline": "train.starter", "home": str(studio.home.root),
            "request": {"character": "Mira", "steps": 5000, "batch": 1, "rank": 2}}
    (tmp_path / "job.json").write_text(json.dumps(told))
    studio.close()
    child = subprocess.Popen([sys.executable, "-m", "pipelines.train", str(tmp_path / "job.json")],
                             stdout=subprocess.PIPE, text=True)
    with child:
        line = next(line for line in child.stdout if re.fullmatch(r"Learning [1-9]\d*/5000\n", line))
        child.send_signal(signal.SIGTERM)
        said = child.stdout.read()
    step = int(line.split()[1].partition("/")[0])
    assert child.returncode == 128 + signal.SIGTERM and "goes on from here" in said
    (saved,) = studio.home.root.rglob("saves")
    assert step <= checkpoints.newest(saved).step < 500, "no other save was due yet"
