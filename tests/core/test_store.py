"""The store keeps what it acknowledged, says what it found, and lets nobody reach into its memory."""

import json
import os
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB

from core import archive, disk
from core.errors import StudioError, TooBig
from core.store import MIGRATIONS, Store

WORDS = st.text(max_size=12)
VALUES = st.recursive(st.none() | st.booleans() | st.integers(-2**53, 2**53) | st.floats(allow_nan=False,
                      allow_infinity=False) | WORDS, lambda inner: st.lists(inner, max_size=3)
                      | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outputs" / "studio.json"


def reopened(path, table="jobs"):
    with Store(path) as store:
        return store.rows(table)


def test_a_flushed_row_is_on_the_disk_as_readable_json(path):
    with Store(path) as store:
        store.put("jobs", "one", {"id": "one", "name": "Mira 猫"})
        store.flush()
        text = path.read_text("utf-8")
    assert json.loads(text)["jobs"] == {"one": {"id": "one", "name": "Mira 猫"}}
    assert "Mira 猫" in text


def test_the_file_is_one_that_plain_tinydb_reads(path):
    with Store(path) as store:
        store.put("characters", "mira", {"id": "mira", "age": 7})
    assert [dict(row) for row in TinyDB(path).table("characters", cache_size=0)._read_table().values()] == [
        {"id": "mira", "age": 7}]


@settings(max_examples=30)
@given(steps=st.lists(st.tuples(st.sampled_from("abc"), st.text(min_size=1, max_size=6),
                                st.none() | st.dictionaries(WORDS, VALUES, max_size=4)), max_size=25))
def test_any_sequence_of_changes_reads_back_the_same_after_a_restart(tmp_path_factory, steps):
    path, expected = tmp_path_factory.mktemp("store") / "studio.json", {"a": {}, "b": {}, "c": {}}
    with Store(path) as store:
        for number, (table, key, row) in enumerate(steps):
            if row is None:
                store.drop(table, key)
                expected[table].pop(key, None)
            else:
                store.put(table, key, row)
                expected[table][key] = row
            if number % 7 == 0:
                store.flush()
    with Store(path) as store:
        for table, rows in expected.items():
            assert store.rows(table) == list(rows.values())
            assert all(store.get(table, key) == row for key, row in rows.items())


def test_nobody_can_change_the_memory_copy_from_outside(path):
    row = {"id": "one", "list": [1]}
    with Store(path) as store:
        store.put("jobs", "one", row)
        row["list"].append(2)
        store.get("jobs", "one")["list"].append(3)
        store.rows("jobs")[0]["list"].append(4)
        assert store.get("jobs", "one") == {"id": "one", "list": [1]}


def test_a_row_that_is_not_there_is_none_and_can_be_dropped_all_the_same(path):
    with Store(path) as store:
        store.drop("jobs", "nobody")
        assert store.get("jobs", "nobody") is None
        assert store.rows("jobs") == []


def test_what_nobody_flushed_is_written_within_moments_by_itself(path, monkeypatch):
    monkeypatch.setattr("core.store.GATHER_SECONDS", 0.01)
    written = threading.Event()
    real = disk.write_whole
    monkeypatch.setattr("core.store.write_whole", lambda *a, **k: (real(*a, **k), written.set()))
    with Store(path) as store:
        written.clear()
        store.put("jobs", "one", {"id": "one"})
        assert written.wait(10)
        assert json.loads(path.read_bytes())["jobs"] == {"one": {"id": "one"}}


def test_sixteen_threads_lose_nothing(path):
    def work(number):
        for step in range(20):
            store.put("jobs", f"{number}-{step}", {"id": f"{number}-{step}"})
            store.flush()

    with Store(path) as store:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert len(reopened(path)) == 320


def test_flushes_that_wait_for_one_another_share_one_write(path, monkeypatch):
    with Store(path) as store:
        store.put("jobs", "one", {"id": "one"})
        store.flush()
        writes = []
        monkeypatch.setattr("core.store.write_whole", lambda *a, **k: writes.append(a))
        store.flush()
        assert writes == []


def test_a_damaged_file_is_kept_aside_and_the_generation_before_is_used(path):
    with Store(path) as store:
        store.put("jobs", "one", {"id": "one"})
        store.flush()
        store.put("jobs", "two", {"id": "two"})
        store.flush()
    path.write_bytes(path.read_bytes()[:40])
    with Store(path) as store:
        assert store.rows("jobs") == [{"id": "one"}]
        assert any("damaged" in notice for notice in store.notices)
        assert any("studio.json.bak" in notice for notice in store.notices)
    assert len(list(path.parent.glob("studio.json.damaged-*"))) == 1
    assert reopened(path) == [{"id": "one"}]


@pytest.mark.parametrize("rubbish", [b"", b"\0" * 512, b"[1, 2]", b'{"jobs": [1]}', b'{"jobs": {"a": 1}}', b"[" * 99999,
                                     b'\xff\xfe{}', b'{"studio": {"file": {"schema": "ten"}}}',
                                     b'{"studio": {"file": {"schema": -1}}}'])
def test_any_rubbish_in_both_generations_is_kept_and_the_studio_still_opens(path, rubbish):
    path.parent.mkdir()
    path.write_bytes(rubbish)
    path.with_name("studio.json.bak").write_bytes(rubbish)
    with Store(path) as store:
        assert store.rows("jobs") == []
        assert len(store.notices) == 3
    assert sorted(kept.read_bytes() for kept in path.parent.glob("*.damaged-*")) == [rubbish, rubbish]


def test_a_crash_between_the_two_renames_loses_nothing(path):
    with Store(path) as store:
        store.put("jobs", "one", {"id": "one"})
    os.rename(path, path.with_name("studio.json.bak"))
    assert reopened(path) == [{"id": "one"}]


def test_an_older_file_is_migrated_after_a_backup_of_it(path):
    path.parent.mkdir()
    with TinyDB(path) as old:
        old.table("jobs").insert_multiple([{"id": "a", "state": "done"}, {"id": "b", "state": "failed"}])
        old.table("scribbles").insert({"text": "no id"})
    before = json.loads(path.read_bytes())
    with Store(path) as store:
        assert store.get("jobs", "b") == {"id": "b", "state": "failed"}
        assert store.rows("scribbles") == [{"text": "no id"}]
        assert any("studio.json.schema-0" in notice for notice in store.notices)
    assert json.loads(path.with_name("studio.json.schema-0").read_bytes()) == before
    with Store(path) as store:
        assert store.notices == []


def test_each_migration_runs_once_and_in_order(path):
    with Store(path) as store:
        store.put("jobs", "a", {"id": "a"})

    def further(tables):
        return {**tables, "jobs": {key: {**row, "lane": "light"} for key, row in tables["jobs"].items()}}

    for _ in range(2):
        with Store(path, migrations=(*MIGRATIONS, further)) as store:
            assert store.rows("jobs") == [{"id": "a", "lane": "light"}]
    assert path.with_name("studio.json.schema-1").exists()


def test_a_migration_that_fails_leaves_the_file_as_it_was(path):
    with Store(path) as store:
        store.put("jobs", "a", {"id": "a"})
    before = path.read_bytes()
    with pytest.raises(StudioError, match="Nothing was changed"):
        Store(path, migrations=(*MIGRATIONS, lambda tables: tables["not there"]))
    assert path.read_bytes() == before
    assert reopened(path) == [{"id": "a"}]


def test_a_file_from_a_newer_studio_is_refused_and_not_touched(path):
    path.parent.mkdir()
    path.write_text('{"studio": {"file": {"schema": 99}}, "jobs": {}}')
    with pytest.raises(StudioError, match="newer StudioNova") as caught:
        Store(path)
    assert "Update" in caught.value.hint
    assert path.read_text() == '{"studio": {"file": {"schema": 99}}, "jobs": {}}'


def test_fields_and_tables_that_this_version_does_not_know_are_kept(path):
    with Store(path) as store:
        store.put("jobs", "a", {"id": "a"})
    content = json.loads(path.read_bytes())
    content["jobs"]["a"]["hologram"] = {"depth": 3}
    content["planets"] = {"x": {"moons": 2}}
    path.write_text(json.dumps(content))
    with Store(path) as store:
        store.put("jobs", "b", {"id": "b"})
    after = json.loads(path.read_bytes())
    assert after["jobs"]["a"] == {"id": "a", "hologram": {"depth": 3}}
    assert after["planets"] == {"x": {"moons": 2}}


def test_a_second_process_is_told_which_one_holds_the_folder(path):
    with Store(path):
        script = ("import sys; from pathlib import Path; from core.store import Store; "
                  "from core.errors import StudioError\n"
                  "try: Store(Path(sys.argv[1]))\nexcept StudioError as error: print(error)")
        answer = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=60)
    assert f"process {os.getpid()}" in answer.stdout, answer.stderr
    assert "--home" in answer.stdout
    assert reopened(path) == []


def test_the_lock_goes_when_opening_fails(path):
    path.parent.mkdir()
    path.write_text('{"studio": {"file": {"schema": 99}}}')
    for _ in range(2):
        with pytest.raises(StudioError, match="newer StudioNova"):
            Store(path)


def test_a_disk_that_refuses_is_explained_and_the_next_flush_writes_it_all(path, monkeypatch):
    def no_room(file):
        raise OSError(28, "No space left on device")

    with Store(path) as store:
        store.put("jobs", "one", {"id": "one"})
        store.flush()
        with monkeypatch.context() as full:
            full.setattr("core.disk.settle", no_room)
            store.put("jobs", "two", {"id": "two"})
            with pytest.raises(TooBig, match="disk is full"):
                store.flush()
            assert json.loads(path.read_bytes())["jobs"] == {"one": {"id": "one"}}
            assert store.get("jobs", "two") == {"id": "two"}
        store.flush()
        assert set(json.loads(path.read_bytes())["jobs"]) == {"one", "two"}
    assert not list(path.parent.glob(".*.part"))


def test_archived_rows_leave_the_file_and_read_back_last_first(path):
    with Store(path) as store:
        for number in range(6):
            store.put("jobs", str(number), {"id": str(number)})
        store.archive("jobs", ["0", "1", "unknown"])
        store.archive("jobs", ["2"])
        assert [row["id"] for row in store.rows("jobs")] == ["3", "4", "5"]
        assert [row["id"] for row in store.archived("jobs")] == ["2", "1", "0"]
    with Store(path) as store:
        assert [row["id"] for row in store.rows("jobs")] == ["3", "4", "5"]
        assert [row["id"] for row in store.archived("jobs")] == ["2", "1", "0"]


def test_a_row_is_never_in_both_places_after_a_crash_in_the_middle_of_archiving(path):
    with Store(path) as store:
        store.put("jobs", "a", {"id": "a"})
        store.flush()
        archive.add(path.parent / "jobs", {"a": {"id": "a"}})
    with Store(path) as store:
        assert list(store.archived("jobs")) == []
        assert store.rows("jobs") == [{"id": "a"}]


def test_a_line_that_a_crash_cut_off_is_cleared_away_by_the_next(path):
    folder = path.parent / "jobs"
    archive.add(folder, {"a": {"id": "a"}})
    (file,) = folder.iterdir()
    with file.open("ab") as handle:
        handle.write(b'{"key": "b", "row": {"id"' + b"x" * 70000)
    archive.add(folder, {"c": {"id": "c"}})
    assert [json.loads(line)["key"] for line in file.read_text().splitlines()] == ["a", "c"]


def test_an_archive_with_a_spoilt_line_still_gives_the_others(path):
    folder = path.parent / "jobs"
    folder.mkdir(parents=True)
    (folder / "2026-01.jsonl").write_text('{"key": "a", "row": {"id": "a"}}\n???\n{"key": "b"}\n')
    (folder / "2026-02.jsonl").write_text('{"key": "c", "row": {"id": "c"}}\n')
    with Store(path) as store:
        assert [row["id"] for row in store.archived("jobs")] == ["c", "a"]


def test_lone_surrogates_and_numbers_json_lacks_do_not_cost_the_row(path):
    with Store(path) as store:
        store.put("jobs", "a", {"name": "caf\udce9", "loss": float("nan"), "where": path})
    assert reopened(path) == [{"name": "caf\udce9", "loss": None, "where": str(path)}]


def test_a_store_that_is_closed_just_as_its_pause_ends_still_closes(path):
    store = Store(path)
    wait = store._closing.wait

    def late(pause):
        store._closing.wait = wait
        store._closing.set()  # as close() begins, after the pause has said that nobody closes
        store._changed.set()
        return False

    store._closing.wait = late
    store.put("jobs", "one", {"id": "one"})
    closer = threading.Thread(target=store.close, daemon=True)
    while store._closing.wait is late:
        store._changed.set()
        threading.Event().wait(0.01)
    closer.start()
    closer.join(20)
    stuck = closer.is_alive()
    store._changed.set()
    assert not stuck and reopened(path) == [{"id": "one"}]
