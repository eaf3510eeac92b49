"""Pipelines are found by their files; a broken one is listed with its reason."""

import sys
import types

import pytest

from core.catalog import Catalog, find_extensions
from core.errors import Missing

GOOD = '''
from core.cards import Card
CARD = Card("Good", "sheet", "A good one.", "MIT", needs={needs})
def run(request, bench):
    pass
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    room = tmp_path / "found" / "sheet"
    room.mkdir(parents=True)
    for folder in (room, room.parent):
        (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == "found"]:
        monkeypatch.delitem(sys.modules, name)
    package = types.ModuleType("found")
    package.__path__ = [str(room.parent)]
    monkeypatch.setitem(sys.modules, "found", package)
    return package, room


def test_a_new_file_is_all_it_takes(package):
    found, room = package
    (room / "good.py").write_text(GOOD.format(needs="()"))
    (room / "_hidden.py").write_text("raise SystemError")
    (room / "plain.py").write_text("a = 1")
    catalog = Catalog(found)
    assert list(catalog.entries) == ["sheet.good"]
    assert catalog["sheet.good"].unavailable == ""


def test_a_broken_file_is_listed_with_its_reason(package):
    found, room = package
    (room / "torn.py").write_text("def (:")
    (room / "lies.py").write_text(GOOD.format(needs="()").replace('"sheet"', '"image"'))
    (room / "good.py").write_text(GOOD.format(needs="()"))
    catalog = Catalog(found)
    assert "SyntaxError" in catalog["sheet.torn"].unavailable
    assert "does not fit" in catalog["sheet.lies"].unavailable
    assert catalog["sheet.good"].unavailable == ""
    with pytest.raises(Missing, match="cannot run here"):
        catalog["sheet.torn"].run(None, None)


def test_a_missing_package_is_named_without_importing_anything(package):
    found, room = package
    (room / "good.py").write_text(GOOD.format(needs='("json", "no_such_package")'))
    assert "pip install no_such_package" in Catalog(found)["sheet.good"].unavailable


def test_extensions_are_read_only_when_ticked(package, tmp_path):
    found, _ = package
    (tmp_path / "mine.py").write_text(GOOD.format(needs="()"))
    extensions = find_extensions(tmp_path, tmp_path / "none")
    assert list(extensions) == ["mine"]
    assert Catalog(found, extensions).entries == {}
    assert Catalog(found, extensions, ("mine",))["sheet.mine"].card.name == "Good"
    assert "not there" in Catalog(found, extensions, ("gone",))["extensions.gone"].unavailable


def test_what_works_at_once_stands_first(package):
    found, room = package
    (room / "a_hungry.py").write_text(GOOD.format(needs="()").replace('"MIT"', '"MIT", rank=7'))
    (room / "b_broken.py").write_text(GOOD.format(needs='("no_such_package",)'))
    (room / "c_ready.py").write_text(GOOD.format(needs="()"))
    assert [e.key for e in Catalog(found).find("sheet")] == ["sheet.c_ready", "sheet.a_hungry", "sheet.b_broken"]


def test_the_first_picture_needs_no_download():
    import pipelines

    assert Catalog(pipelines).find("image")[0].key == "image.starter"


def test_an_unknown_pipeline_names_its_neighbours(package):
    found, room = package
    (room / "good.py").write_text(GOOD.format(needs="()"))
    with pytest.raises(Missing, match="There is: sheet.good"):
        Catalog(found)["sheet.bad"]
