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
