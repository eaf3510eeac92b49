"""The library finds what was made as a person types, and is never the only place where anything is kept."""

import sqlite3
import threading
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.assets import Assets
from core.errors import Missing
from core.library import Library
from core.search import Query
from core.sidecars import ID_LENGTH, first_number_at, id_of, number_of

FIELDS = ["request", "characters", "weights", "boards", "tags", "story", "seed", "likeness", "parents", "kind",
          "created", "bytes", "width", "title", "sha256", "starred", "pipeline"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from(["prompt", "name", "kind", "model", "loras"]) | st.text(max_size=4)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
                        max_leaves=6)


@pytest.fixture
def library(tmp_path):
    with_index = Library(tmp_path / "library.sqlite")
    yield with_index
    with_index.close()


def fill(library, *records, first=1):
    for place, record in enumerate(records, first):
        library.add(id_of(place << 21), {"kind": "image", **record}, f"images/2026-11-21/{id_of(place << 21)}.png")


def found(library, *args, **kwargs):
    query = Query(*args, **kwargs)
    return [number_of(entry.id) >> 21 for entry in library.search(query).rows]


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_ids_read_back_and_sort_like_their_numbers(one, other):
    assert number_of(id_of(one)) == one
    assert len(id_of(one)) == ID_LENGTH
    assert (id_of(one) < id_of(other)) == (one < other)


@given(st.text(max_size=16))
def test_what_is_no_id_has_no_number(text):
    number = number_of(text)
    assert number is None or id_of(number) == text


@pytest.mark.parametrize("typed, hit", [
    ("mir", True), ("Mira", True), ("MIRA cafe", True), ("café", True), ("caf", True), ("mira mira", True),
    ("猫", True), ("猫耳", True), ("耳猫", False), ("ねこ", True), ("こね", False), ("แม", True), ("42", True),
    ("caf mira", False), ("dog", False), ("tree-house", True), ("house tree", True), ("", True), ("  ", True),
    ('"', True), ("()", True), ("mira AND", False), ('mi"ra', False), ("mira*", True), ("text:mira", False),
])
def test_typing_finds_words_by_their_beginning_in_any_script(library, typed, hit):
    fill(library, {"request": {"prompt": "Mira at a Café, tree-house 猫耳 ねこ แมว"}, "seed": 42})
    assert (library.search(typed).total == 1) is hit


@pytest.fixture(scope="module")
def one_index(tmp_path_factory):
    index = Library(tmp_path_factory.mktemp("index") / "library.sqlite")
    yield index
    index.close()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_no_text_breaks_a_search_and_a_prompt_finds_itself(one_index, text):
    one_index.add(id_of(5), {"kind": "image", "request": {"prompt": text}}, "images/x.png")
    assert one_index.search(text).total == 1
    assert one_index.search(Query(text=text, kind="video")).total == 0


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=st.dictionaries(st.sampled_from(FIELDS), ANYTHING))
def test_no_sidecar_however_odd_breaks_the_index(one_index, record):
    one_index.add(id_of(7), record, "images/odd.png")
    assert one_index.entry(id_of(7)).path == "images/odd.png"
    one_index.remove(id_of(7))
    assert one_index.entry(id_of(7)) is None


def test_filters_go_together_with_words_and_with_each_other(library):
    fill(library,
         {"characters": ["mira"], "request": {"prompt": "red dress", "model": "starter"}, "starred": True,
          "likeness": 88},
         {"characters": [{"name": "mira"}, "tom"], "request": {"prompt": "red hat"}, "boards": ["cover"],
          "likeness": 61},
         {"kind": "video", "characters": ["tom"], "request": {"prompt": "red car"}, "story": "road", "tags": ["fast"]},
         {"weights": [{"name": "mira-lora", "kind": "lora", "sha256": "0"}, {"name": "sdxl", "kind": "model"}]})
    assert found(library, "red") == [3, 2, 1]
    assert found(library, "red", character="mira") == [2, 1]
    assert found(library, "red", character="Mira", starred=True) == [1]
    assert found(library, character="mira", board="cover") == [2]
    assert found(library, kind="video", story="road", tag="fast") == [3]
    assert found(library, lora="mira-lora") == [4]
    assert found(library, model="sdxl") == [4]
    assert found(library, model="starter") == [1]
    assert found(library, minimum_likeness=70) == [1]
    assert found(library, "red", minimum_likeness=60) == [2, 1]
    assert found(library, folder="images", sort="oldest") == [1, 2, 3, 4]
    assert found(library, sort="likeness") == [1, 2]
    assert found(library, "red", sort="likeness") == [1, 2]
    assert found(library, character="nobody") == []


def test_pages_follow_each_other_and_the_total_is_exact(library):
    fill(library, *({"request": {"prompt": "tree"}} for _ in range(25)))
    for text in ("tree", ""):
        pages = [library.search(Query(text=text, offset=offset, limit=10)) for offset in (0, 10, 20, 30)]
        assert [len(page.rows) for page in pages] == [10, 10, 5, 0]
        assert {page.total for page in pages} == {25}
        assert [number_of(e.id) >> 21 for page in pages for e in page.rows] == list(range(25, 0, -1))


def test_since_and_until_cut_out_a_stretch_of_time(library):
    for hour in range(4):
        number = first_number_at(1_800_000_000 + 3600 * hour)
        library.add(id_of(number), {"kind": "image", "request": {"prompt": "tree"}}, f"images/{hour}.png")
    for text in ("", "tree"):
        page = library.search(Query(text=text, since=1_800_003_600, until=1_800_010_800))
        assert [entry.path for entry in page.rows] == ["images/2.png", "images/1.png"]
        assert page.total == 2


def test_an_edited_asset_is_found_by_its_new_words_only(library):
    fill(library, {"title": "old name", "tags": ["a"]})
    fill(library, {"title": "new name", "tags": ["b"]})
    assert library.search("old").total == 0
    assert library.search("new").total == 1
    assert library.facets()["tag"] == [("b", 1)]
    assert library.count() == 1


def test_facets_count_what_is_there_most_frequent_first(library):
    fill(library, {"characters": ["mira"]}, {"characters": ["mira", "tom"]}, {"characters": ["ada"], "owner": "token"})
    assert library.facets()["character"] == [("mira", 2), ("ada", 1), ("tom", 1)]
    assert "owner" not in library.facets()
    library.remove([id_of(2 << 21), id_of(99)])
    assert library.facets()["character"] == [("ada", 1), ("mira", 1)]


def test_another_owners_assets_stay_out_of_a_search_that_names_an_owner(library):
    fill(library, {"owner": "one"}, {"owner": "two"}, {})
    assert found(library, owner="one") == [1]


def test_lineage_reaches_all_ancestors_and_descendants_but_not_cousins(library):
    ids = [id_of(place << 21) for place in range(7)]
    fill(library, {}, {"parents": [ids[1]]}, {"parents": [ids[2], id_of(77)]}, {"parents": [ids[3]]},
         {"parents": [ids[1]]})
    lineage = library.lineage(ids[3])
    assert set(lineage.links) == {(ids[1], ids[2]), (ids[2], ids[3]), (ids[3], ids[4]), (id_of(77), ids[3])}
    assert set(lineage.parents) == {ids[2], id_of(77)}
    assert lineage.children == (ids[4],)
    assert id_of(77) not in lineage.entries
    assert ids[5] not in lineage.entries


def test_lineage_ends_even_when_two_assets_claim_to_be_each_others_parent(library):
    one, two = id_of(1 << 21), id_of(2 << 21)
    fill(library, {"parents": [two]}, {"parents": [one]})
    assert set(library.lineage(one).links) == {(one, two), (two, one)}


def test_a_long_family_is_cut_at_a_few_hundred(library):
    root = id_of(1 << 21)
    fill(library, {}, *({"parents": [root]} for _ in range(600)))
    assert 100 <= len(library.lineage(root).links) <= 800


@pytest.mark.parametrize("hostile", ["", "../../etc/passwd", "x" * 13, "0" * 14, "0OIL000000000", "é" * 13])
def test_a_name_that_is_no_id_is_missing_and_nothing_worse(library, hostile):
    assert library.entry(hostile) is None
    with pytest.raises(Missing):
        library.lineage(hostile)


@pytest.fixture
def outputs(tmp_path):
    home = SimpleNamespace(outputs=tmp_path / "outputs")
    home.outputs.mkdir()
    library = Library(home.outputs / "library.sqlite")
    assets = Assets(home, library)
    for number in range(5):
        assets.save(Image.new("RGB", (8, 8), (number, 0, 0)), folder="images", suffix=".png",
                    record={"request": {"prompt": f"tree {number}"}, "characters": ["mira"]})
    assets.close()
    library.close()
    return home.outputs


@pytest.mark.parametrize("harm", ["deleted", "rubbish", "empty", "half", "older", "no tables", "holes"])
def test_an_index_that_is_gone_or_spoilt_is_made_anew_from_the_sidecars(outputs, harm):
    path = outputs / "library.sqlite"
    content = path.read_bytes()
    if harm == "deleted":
        path.unlink()
    elif harm == "older":
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 0")
    elif harm == "no tables":
        with sqlite3.connect(path) as db:
            db.execute("DROP TABLE facets")
    else:
        path.write_bytes({"rubbish": b"not a database at all" * 400, "empty": b"", "half": content[:len(content) // 2],
                          "holes": content[:4096] + b"\xff" * (len(content) - 4096)}[harm])
    library = Library(path)
    assets = Assets(SimpleNamespace(outputs=outputs), library)
    assets.sweep()
    if library._healing is not None:
        library._healing.join()
    assert library.count() == 5
    assert library.search("tree").total == 5
    assert library.facets()["character"] == [("mira", 5)]
    library.close()


def test_a_rebuild_finds_what_was_copied_in_and_forgets_what_is_gone(outputs):
    library = Library(outputs / "library.sqlite")
    first = library.search(Query(sort="oldest")).rows[0]
    (outputs / first.path).unlink()
    library.close()
    library = Library(outputs / "library.sqlite")
    result = library.rebuild(outputs)
    assert (result.read, result.dropped, library.count()) == (4, 1, 4)
    library.close()


def test_an_asset_that_a_person_moved_to_another_folder_is_found_there(outputs):
    library = Library(outputs / "library.sqlite")
    entry = library.search("tree").rows[0]
    (outputs / "keepers").mkdir()
    for ending in ("", ".json"):
        (outputs / (entry.path + ending)).rename(outputs / "keepers" / (entry.path.rpartition("/")[2] + ending))
    library.catch_up(outputs)
    assert library.entry(entry.id).path.startswith("keepers/")
    assert library.count() == 5
    library.close()


def test_damaged_and_foreign_sidecars_are_named_and_passed_by(outputs):
    entry_path = next(outputs.rglob("*.png"))
    entry_path.with_name(entry_path.name + ".json").write_text("{ torn")
    (outputs / "images" / "holiday.png").write_bytes(b"x")
    (outputs / "images" / "holiday.png.json").write_text('{"by": "another program"}')
    (outputs / "library.sqlite").unlink()
    library = Library(outputs / "library.sqlite")
    result = library.rebuild(outputs)
    assert library.count() == 4
    assert result.unreadable == [entry_path.relative_to(outputs).as_posix()]
    library.close()


def test_searches_go_on_while_others_add_and_rebuild(outputs):
    library = Library(outputs / "library.sqlite")
    troubles = []

    def look():
        for _ in range(60):
            page = library.search("tree")
            if not 5 <= page.total <= 45:
                troubles.append(page.total)

    def add(first):
        fill(library, *({"request": {"prompt": "tree"}} for _ in range(20)), first=first)

    threads = [threading.Thread(target=look) for _ in range(3)]
    threads += [threading.Thread(target=add, args=(first,)) for first in (1000, 2000)]
    [thread.start() for thread in threads]
    library.rebuild(outputs)
    [thread.join() for thread in threads]
    assert troubles == []
    library.close()
