"""What must survive: kill -9 at any moment, a full disk, a home that cannot be written, a second process."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import pipelines
from core.errors import StudioError
from core.home import Home
from core.jobs import ACTIVE, STATES
from core.studio import Studio
from tests.conftest import MACHINE

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = int(os.environ.get("STUDIONOVA_KILL_ROUNDS", "12"))


def live_and_die(home: Path, lines: int) -> dict[str, set[str]]:
    """Let the child work until it has promised so many things, kill it at once, and give what it promised."""
    promised: dict[str, set[str]] = {"asset": set(), "job": set(), "row": set()}
    child = subprocess.Popen([sys.executable, "-m", "tests.core.diligent", str(home)], cwd=ROOT, stdout=subprocess.PIPE,
                             text=True)
    for number, line in enumerate(child.stdout):
        kind, name = line.split()
        promised[kind].add(name)
        if number >= lines:
            child.kill()
    child.wait()
    return promised


def look_over(home: Home, promised: dict[str, set[str]]) -> None:
    json.loads(home.store.read_text(encoding="utf-8"))
    studio = Studio(home, pipelines, {}, MACHINE)
    try:
        studio.assets.sweep()
        jobs = {job.id: job.state for job in studio.jobs.all()}
        assert promised["job"] <= set(jobs), "a promised job is gone"
        assert not set(jobs.values()) & ACTIVE and set(jobs.values()) <= STATES
        assert {name for name in promised["row"] if studio.store.get("characters", name) is None} == set()
        for asset_id in promised["asset"]:
            with Image.open(studio.assets.get(asset_id).path) as picture:
                picture.load()
            assert studio.assets.record(asset_id)["title"].startswith("n")
    finally:
        studio.close()
    pictures = {path for path in (home.outputs / "images").rglob("*") if path.is_file()}
    files = {path for path in pictures if path.suffix == ".png"}
    assert pictures == files | {path.with_name(path.name + ".json") for path in files}, "litter or a file without story"


@pytest.mark.slow
def test_everything_promised_is_there_after_kill_9(tmp_path):
    chance = random.Random(20_261_121)
    everything: dict[str, set[str]] = {"asset": set(), "job": set(), "row": set()}
    for _ in range(ROUNDS):
        promised = live_and_die(tmp_path, chance.randrange(60))
        everything["row"] = promised["row"] | everything["row"]
        for kind in ("asset", "job"):
            everything[kind] |= promised[kind]
        everything["job"] = set(list(everything["job"])[-150:])
        look_over(Home(tmp_path), {**everything, "job": promised["job"]})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_said_and_loses_nothing(tmp_path):
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this system does not let tests mount a small disk")
    try:
        studio = Studio(Home(disk), pipelines, {}, MACHINE)
        noise = Image.frombytes("RGB", (400, 400), random.Random(1).randbytes(480_000))
        kept = []
        studio.assets.trash([studio.assets.save(noise, folder="images", suffix=".png", record={}).id])
        with pytest.raises(StudioError) as told:
            for _ in range(50):
                kept.append(studio.assets.save(noise, folder="images", suffix=".png", record={}).id)
        assert "full" in str(told.value).lower() or "space" in str(told.value).lower()
        assert kept and all(studio.assets.get(one).path.is_file() for one in kept)
        files = [path for path in (disk / "outputs" / "images").rglob("*") if path.is_file()]
        assert len(files) == 2 * len(kept), "the one that did not fit left something behind"
        studio.assets.empty_trash()
        assert studio.assets.save(Image.new("RGB", (4, 4)), folder="images", suffix=".png", record={})
        studio.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting read-only needs root")
def test_a_home_that_cannot_be_written_is_said(tmp_path):
    disk = tmp_path / "frozen"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this system does not let tests mount a read-only disk")
    try:
        with pytest.raises(StudioError) as told:
            Studio(Home(disk / "home"), pipelines, {}, MACHINE)
        assert told.value.hint
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_home_below_a_file_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StudioError, match="cannot be written"):
        Studio(Home(tmp_path / "file"), pipelines, {}, MACHINE)


def test_a_second_studio_on_the_same_home_is_told_who_holds_it(studio):
    with pytest.raises(StudioError, match=str(os.getpid())):
        Studio(studio.home, pipelines, {}, MACHINE)


def test_a_damaged_store_is_replaced_by_the_one_before_and_said(home):
    first = Studio(home, pipelines, {}, MACHINE)
    first.settings.set("general.language", "de")
    first.settings.set("models.folders", ["/somewhere"])
    first.close()
    home.store.write_bytes(home.store.read_bytes()[:40])
    again = Studio(home, pipelines, {}, MACHINE)
    assert again.settings.get("general.language") == "de" and again.store.notices
    again.close()


def test_a_deleted_index_is_rebuilt_from_the_sidecars(home):
    first = Studio(home, pipelines, {}, MACHINE)
    ids = {first.assets.save(Image.new("RGB", (4, 4)), folder="images", suffix=".png", record={}).id for _ in range(9)}
    first.close()
    for path in home.outputs.glob("library.sqlite*"):
        path.unlink()
    again = Studio(home, pipelines, {}, MACHINE)
    again.assets.sweep()
    assert {entry.id for entry in again.library.search().rows} == ids
    again.close()


STRANGER = """
import os, sys
from pathlib import Path
import pipelines
from core.errors import StudioError
from core.home import Home
from core.studio import Studio
from tests.conftest import MACHINE
Studio(Home(Path(sys.argv[1])), pipelines, {}, MACHINE).close()  # everything is imported while it may still be read
os.setgid(65534), os.setuid(65534)
for name in sys.argv[2:]:
    try:
        Studio(Home(Path(name)), pipelines, {}, MACHINE).close()
        sys.stdout.write("opened\\n")
    except StudioError as error:
        sys.stdout.write(f"{error.message} -> {error.hint}\\n")
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="becoming somebody else needs root")
def test_folders_and_files_of_somebody_else_are_said(tmp_path):
    homes = [Home(tmp_path / name) for name in ("root", "outputs", "store", "mine")]
    for home in homes:
        Studio(home, pipelines, {}, MACHINE).close()
        for path in (home.root, *home.root.rglob("*")):
            os.chown(path, 65534, 65534)
    for closed in (homes[0].root, homes[1].outputs, homes[2].store):
        os.chown(closed, 0, 0)
        closed.chmod(0o700 if closed.is_dir() else 0o600)
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)
    words = [sys.executable, "-c", STRANGER, str(tmp_path / "first"), *(str(home.root) for home in homes)]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    lines = told.stdout.splitlines()
    assert len(lines) == 4, told.stderr
    assert lines[3] == "opened" and all(line.split(" -> ")[1] for line in lines[:3])


def test_a_sidecar_of_a_newer_studio_keeps_its_fields_through_edits_and_a_rebuild(home):
    first = Studio(home, pipelines, {}, MACHINE)
    kept = first.assets.save(Image.new("RGB", (4, 4)), folder="images", suffix=".png", record={})
    record = json.loads(kept.sidecar.read_text(encoding="utf-8")) | {"schema": 99, "mood": {"of": "tomorrow"}}
    kept.sidecar.write_text(json.dumps(record), encoding="utf-8")
    first.close()
    home.index.unlink()
    again = Studio(home, pipelines, {}, MACHINE)
    again.assets.sweep()
    again.assets.edit(kept.id, {"starred": True})
    told = again.assets.record(kept.id)
    assert told["mood"] == {"of": "tomorrow"} and told["schema"] == 99 and told["starred"] is True
    again.close()


def test_an_older_store_opens_in_a_studio_after_a_backup_of_it(home):
    home.make()
    home.store.write_text(json.dumps({"settings": {"1": {"id": "general.language", "value": "de"}}}), encoding="utf-8")
    studio = Studio(home, pipelines, {}, MACHINE)
    assert (home.store.with_name("studio.json.schema-0")).is_file() and studio.store.notices
    assert studio.store.get("settings", "general.language")["value"] == "de"
    studio.close()


def test_a_clock_that_jumps_back_loses_and_reorders_nothing(studio, until, monkeypatch):
    import time

    now = time.time()
    picture = studio.assets.save(Image.new("RGB", (4, 4)), folder="images", suffix=".png", record={}).id
    before = studio.submit("upscale.lanczos", {"pictures": [picture]})
    assert until(studio, before.id, "done") == "done"
    monkeypatch.setattr("time.time", lambda: now - 86_400 * 400)
    after = studio.submit("upscale.lanczos", {"pictures": [picture]})
    assert until(studio, after.id, "done") == "done" and after.id != before.id
    ids = [entry.id for entry in studio.library.search().rows]
    assert ids == [after.assets[0], before.assets[0], picture] and after.seconds >= 0
    assert {job.id for job in studio.jobs.all()} == {before.id, after.id}
