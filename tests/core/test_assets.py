"""Files with their stories: kept whole, never overwritten, let in only after a look, and back from the trash."""

import json
import os
import struct
import threading
import zlib
from pathlib import Path

import pytest
from PIL import Image

from core import sidecars
from core.assets import Assets
from core.errors import BadFile, Missing, StudioError, TooBig
from core.home import Home
from core.library import Library


@pytest.fixture
def house(tmp_path):
    home = Home(tmp_path / "home").make()
    library = Library(home.index)
    assets = Assets(home, library)
    yield assets
    assets.close()
    library.close()


def keep(house: Assets, colour: str = "red", **record) -> str:
    return house.save(Image.new("RGB", (30, 20), colour), folder="images", suffix=".png", record=record).id


def litter(house: Assets) -> list[Path]:
    """Files below outputs that are neither an asset, its sidecar, the index nor a thumbnail."""
    known = {house.library.path.name}
    return [path for path in house.outputs.rglob("*") if path.is_file() and path.name.split("-wal")[0].split("-shm")[0]
            not in known and ".thumbnails" not in path.parts and not path.name.endswith((".png", ".png.json"))]


def test_a_picture_lies_beside_its_story(house):
    asset = house.get(keep(house, seed=5, title="Mira"))
    record = json.loads(asset.sidecar.read_text(encoding="utf-8"))
    assert asset.sidecar.name == asset.path.name + ".json"
    assert record["seed"] == 5 and record["width"] == 30 and record["height"] == 20
    assert record["bytes"] == asset.path.stat().st_size and len(record["sha256"]) == 64
    assert litter(house) == []


def test_nothing_is_ever_overwritten(house):
    ids = {keep(house) for _ in range(20)}
    assert len({house.get(one).path for one in ids}) == 20


def test_a_finished_file_is_moved_and_bytes_are_written(house, tmp_path):
    finished = tmp_path / "clip.bin"
    finished.write_bytes(b"x" * 1000)
    moved = house.save(finished, folder="videos", suffix=".mp4", record={})
    written = house.save(b"hello", folder="exports", suffix=".txt", record={})
    assert not finished.exists() and moved.path.read_bytes() == b"x" * 1000 and moved.kind == "video"
    assert written.path.read_bytes() == b"hello"


def test_fields_of_a_newer_studio_stay_in_the_sidecar(house):
    asset = house.get(keep(house))
    record = json.loads(asset.sidecar.read_text(encoding="utf-8"))
    asset.sidecar.write_text(json.dumps({**record, "from_the_future": {"a": [1]}}), encoding="utf-8")
    house.edit(asset.id, {"starred": True, "boards": ["Beach"]})
    kept = house.record(asset.id)
    assert kept["from_the_future"] == {"a": [1]} and kept["starred"] is True


@pytest.mark.parametrize("changes", [{"sha256": "x"}, {"starred": "yes"}, {"nothing": 1}])
def test_what_made_a_picture_cannot_be_edited(house, changes):
    with pytest.raises(StudioError):
        house.edit(keep(house), changes)


@pytest.mark.parametrize("given", ["../../etc/passwd", "/etc/passwd", "", "x" * 500, "a\0b", "..", "0" * 13])
def test_an_id_that_is_none_finds_nothing(house, given):
    for look in (house.get, house.record, house.thumbnail):
        with pytest.raises(Missing):
            look(given)


def test_a_link_out_of_the_folder_is_not_followed(house, tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (4, 4)).save(secret)
    asset = house.get(keep(house))
    asset.path.unlink()
    asset.path.symlink_to(secret)
    with pytest.raises(StudioError):
        house.get(asset.id)


def png_of(width: int, height: int) -> bytes:
    """A tiny PNG that claims to be huge."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(("name", "content", "error"), [
    ("bomb.png", png_of(60_000, 60_000), TooBig), ("cut.png", png_of(50, 50)[:60], BadFile),
    ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", BadFile),
    ("page.jpg", b"<!doctype html><script>alert(1)</script>", BadFile), ("empty.png", b"", BadFile),
    ("text.png", b"just words", BadFile), ("pickle.png", b"\x80\x04\x95", BadFile),
])
def test_what_is_no_picture_is_refused_and_leaves_nothing(house, tmp_path, name, content, error):
    given = tmp_path / name
    given.write_bytes(content)
    with pytest.raises(error) as told:
        house.adopt(given, folder="images")
    assert told.value.hint and str(tmp_path) not in str(told.value)
    assert house.library.count() == 0 and litter(house) == [] and given.exists()


def test_a_photo_is_brought_in_as_a_copy_with_its_real_ending(house, tmp_path):
    given = tmp_path / "photo.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20), "teal").save(given, "JPEG", exif=exif)
    asset = house.adopt(given, folder="images", record={"title": "me"})
    record = house.record(asset.id)
    assert given.exists() and asset.path.suffix == ".jpg" and asset.path.read_bytes() == given.read_bytes()
    assert (record["width"], record["height"]) == (20, 40) and record["original_name"] == "photo.png"


def test_a_picture_that_comes_twice_is_kept_once_for_each_person(house, tmp_path):
    given = tmp_path / "photo.png"
    Image.new("RGB", (6, 4), "teal").save(given)
    first = house.receive(given, "me", "mira")
    assert house.receive(given, "again", "mira").id == first.id and house.library.count() == 1
    assert house.receive(given, "mine", "tom").id != first.id
    house.trash([first.id], "mira")
    assert house.receive(given, "back", "mira").id != first.id


def test_a_thumbnail_is_small_and_made_once(house):
    big = house.save(Image.new("RGB", (2000, 1000)), folder="images", suffix=".png", record={}).id
    path = house.thumbnail(big)
    with Image.open(path) as small:
        assert max(small.size) <= 384 and small.format == "WEBP"
    first = path.stat().st_mtime_ns
    assert house.thumbnail(big) == path and path.stat().st_mtime_ns == first


def test_the_trash_gives_back_what_it_took(house):
    ids = [keep(house, title=f"n{number}") for number in range(3)]
    before = {one: house.record(one) for one in ids}
    token = house.trash(ids[:2])
    assert house.library.count() == 1 and len(house.trashed()) == 1
    with pytest.raises(Missing, match="trash"):
        house.get(ids[0])
    house.restore(token)
    assert {one: house.record(one) for one in ids} == before and house.trashed() == []


def test_an_undo_asks_whose_it_is(house):
    mine, theirs = keep(house), keep(house)
    token = house.trash([mine], "mira")
    house.trash([theirs], "tom")
    assert [bundle.token for bundle in house.trashed("mira")] == [token] and len(house.trashed()) == 2
    for stranger in ("tom", "nobody"):
        with pytest.raises(Missing, match="not in the trash"):
            house.restore(token, stranger)
    assert [asset.id for asset in house.restore(token, "mira")] == [mine]


def test_the_person_at_the_computer_can_undo_what_a_guest_deleted(house):
    picture = keep(house)
    assert [asset.id for asset in house.restore(house.trash([picture], "mira"))] == [picture]


def test_a_deletion_while_the_studio_sweeps_is_not_taken_for_one_that_a_crash_cut_short(house, monkeypatch):
    asset, take = keep(house), house._trash._take

    def slowly(file, bundle):
        sweeping = threading.Thread(target=house.sweep)
        sweeping.start()
        sweeping.join(0.2)
        take(file, bundle)

    with monkeypatch.context() as slow:
        slow.setattr(house._trash, "_take", slowly)
        token = house.trash([asset])
    assert [one.id for one in house.restore(token)] == [asset]


def test_an_emptied_trash_is_gone(house):
    house.trash([keep(house)])
    assert house.empty_trash() >= 1
    assert house.trashed() == [] and litter(house) == []


@pytest.mark.parametrize("token", ["../../x", "", "nothing", "/etc"])
def test_a_strange_trash_token_is_refused(house, token):
    with pytest.raises(StudioError):
        house.restore(token)


def test_a_clock_that_jumps_back_makes_no_id_twice(house, monkeypatch):
    first = keep(house)
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    monkeypatch.setattr("time.time_ns", lambda: 10**15)
    ids = [first, *(keep(house) for _ in range(5))]
    assert len(set(ids)) == 6 and ids == sorted(ids)


def test_the_sweep_clears_what_a_crash_left_and_finds_what_the_index_lost(house):
    asset = house.get(keep(house, title="kept"))
    folder = asset.path.parent
    (folder / f"{asset.path.name}.torn~123.part").write_bytes(b"half")
    lone = folder / "mine.png"
    Image.new("RGB", (4, 4)).save(lone)
    house.library.remove(asset.id)
    result = house.sweep()
    assert house.get(asset.id).path == asset.path and result.indexed == 1
    assert lone.exists()


def test_ids_say_when_they_were_made(house):
    numbers = [sidecars.number_of(keep(house)) for _ in range(3)]
    assert numbers == sorted(numbers) and all(number is not None for number in numbers)


def test_on_windows_a_file_that_a_scanner_holds_is_asked_for_again(tmp_path, monkeypatch):
    from core import disk

    part, path, tries = tmp_path / "part", tmp_path / "whole", []
    part.write_text("new")
    path.write_text("old")
    real = os.replace

    def held(*given):
        tries.append(given)
        if len(tries) < 3:
            raise PermissionError(13, "another process uses it")
        real(*given)

    with monkeypatch.context() as windows:
        windows.setattr(disk.os, "name", "nt")
        windows.setattr(disk.os, "replace", held)
        disk.replace(part, path)
    assert len(tries) == 3 and path.read_text() == "new"
