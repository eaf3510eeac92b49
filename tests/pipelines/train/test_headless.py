"""Trainings without the window: the job file is checked before anything starts, and errors are sentences."""

import importlib
import json

import pytest

from core.errors import BadFile, Refused

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
