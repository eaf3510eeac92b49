"""The way through a studio: import saves a story, and each exporter writes it from there."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

import pipelines
from core.catalog import Catalog
from core.errors import Missing, Refused
from core.requests import ExportRequest, ImportRequest
from core.story.files import to_bytes
from pipelines.exporters import bundle, html, renpy
from pipelines.importers import transcript
from tests.stories import cave


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


@pytest.mark.parametrize("key", sorted(entry.key for entry in Catalog(pipelines).find("exporters")
                                       if entry.request is ExportRequest))
def test_a_try_says_what_would_be_written_and_writes_nothing(tmp_path, key):
    bench, module = Shelf(tmp_path), Catalog(pipelines)[key].module
    (tmp_path / "s.json").write_bytes(to_bytes(replace(cave(), languages={"de": {"title": "Die Höhle"}})))
    module.run(ExportRequest(story="s.json", dry_run=True), bench)
    assert bench.saved == [] and "Nothing stands in the way." in bench.notes
    assert any("de: 1 of" in note for note in bench.notes) and "Nothing was written." in bench.notes[-1]


def test_a_try_tells_all_that_would_stop_it(tmp_path):
    scenes = '[{"id": "a", "next": "gone"}, {"id": "b", "next": "lost"}]'
    (tmp_path / "s.json").write_text(f'{{"id": "s", "scenes": {scenes}}}')
    bench = Shelf(tmp_path)
    html.run(ExportRequest(story="s.json", dry_run=True), bench)
    assert sum("would be stopped" in note for note in bench.notes) == 2 and bench.saved == []
