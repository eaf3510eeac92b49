"""The way through a studio: import saves a story, and each exporter writes it from there."""

from types import SimpleNamespace

import pytest

from core.errors import Missing, Refused
from core.requests import ExportRequest, ImportRequest
from pipelines.exporters import bundle, html, renpy
from pipelines.importers import transcript


class Shelf:
    """A bench that keeps files in a folder."""

    def __init__(self, folder):
        self.folder, self.saved, self.notes, self.owner = folder, [], [], ""

    def step(self, done, total, phase=""):
        return frozenset()

    def save(self, content, *, folder, suffix, **record):
        path = self.folder / f"{len(self.saved)}{suffix}"
        path.write_bytes(content)
        self.saved.append(path)
        return SimpleNamespace(id=path.name)

    def open(self, asset_id):
        if not (self.folder / asset_id).is_file():
            raise Missing("It is not there.")
        return self.folder / asset_id

    def record(self, asset_id):
        return {"id": asset_id}

    def rows(self, table):
        return []

    def note(self, sentence):
        self.notes.append(sentence)


@pytest.mark.parametrize(("module", "begins"), [(html, b"<!doctype html>"), (renpy, b"PK"), (bundle, b"PK")])
def test_an_imported_log_is_exported(tmp_path, module, begins):
    bench = Shelf(tmp_path)
    transcript.run(ImportRequest(file="tests/samples/log.txt"), bench)
    module.run(ExportRequest(story=bench.saved[-1].name), bench)
    assert bench.saved[-1].read_bytes().startswith(begins)


def test_a_story_with_errors_is_refused_and_the_first_is_named(tmp_path):
    (tmp_path / "s.json").write_text('{"id": "s", "scenes": [{"id": "a", "next": "gone"}]}')
    with pytest.raises(Refused, match="gone"):
        html.run(ExportRequest(story="s.json"), Shelf(tmp_path))
