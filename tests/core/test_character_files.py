"""A character goes out in one file and comes back whole; a changed or hostile file leaves nothing behind."""

import errno
import json
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from core import character_cards, character_files, characters, datasets
from core.character_files import MANIFEST, export_card, export_character, import_character
from core.errors import BadFile, StudioError, TooBig


@pytest.fixture
def mira(studio, tmp_path):
    ids = []
    for n in range(3):
        Image.new("RGB", (40 + n, 40), (n * 80, 90, 120)).save(tmp_path / f"{n}.png")
        ids.append(studio.assets.adopt(tmp_path / f"{n}.png", folder="datasets").id)
    person = characters.new_character("Mira", subject="woman", descriptor="teal hair")
    dataset = datasets.new_dataset(person.id, [datasets.Photo(i, f"caption {i}") for i in ids])
    lora = studio.home.models / "loras" / "mira.safetensors"
    lora.parent.mkdir(parents=True, exist_ok=True)
    lora.write_bytes(b"weights")
    worn = characters.TrainedLora("starter", "starter", "loras/mira.safetensors", "x")
    person = replace(characters.with_lora(person, worn), dataset=dataset.id, portraits={"smiling/front": ids[0]},
                     likeness={"eye": "of another studio"})
    studio.store.put("characters", person.id, person.row())
    studio.store.put("datasets", dataset.id, dataset.row())
    return person


def test_a_character_comes_back_with_photos_captions_and_loras(studio, mira, tmp_path):
    path = export_character(studio, "Mira", tmp_path / "mira.char.zip")
    lora = studio.home.models / "loras" / "mira.safetensors"
    lora.write_bytes(b"something else by now")
    again = import_character(studio, path)
    assert again.name == "Mira 2" and again.id != mira.id and again.words == mira.words
    assert again.likeness == {}, "it is measured anew, by the eyes that are here"
    back = datasets.from_row(studio.store.get("datasets", again.dataset))
    assert [p.caption.split()[0] for p in back.photos] == ["caption"] * 3
    assert all(studio.assets.get(p.asset).path.is_file() for p in back.photos)
    assert (studio.home.models / again.loras[0].file).read_bytes() == b"weights"
    assert lora.read_bytes() == b"something else by now"


def spoil(path, out, change):
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return out


def swap(held):
    held[next(n for n in held if n.startswith("pictures"))] = b"other"


def escape(held):
    told = json.loads(held["manifest.json"])
    name = next(iter(told["files"]))
    told["files"]["../../evil.png"] = told["files"].pop(name)
    held["../../evil.png"] = held.pop(name)
    held["manifest.json"] = json.dumps(told).encode()


@pytest.mark.parametrize("change", [swap, lambda held: held.pop("manifest.json"),
                                    lambda held: held.update({"extra.py": b"x"}),
                                    lambda held: held.update({"manifest.json": b"{"})])
def test_a_changed_file_is_refused_and_nothing_stays(studio, mira, tmp_path, change):
    path = spoil(export_character(studio, "Mira", tmp_path / "m.char.zip"), tmp_path / "bad.char.zip", change)
    before = len(studio.store.rows("characters"))
    with pytest.raises(BadFile):
        import_character(studio, path)
    assert len(studio.store.rows("characters")) == before


def test_a_path_that_climbs_out_lands_nowhere_outside(studio, mira, tmp_path):
    path = spoil(export_character(studio, "Mira", tmp_path / "m.char.zip"), tmp_path / "bad.char.zip", escape)
    import_character(studio, path)
    assert not list(tmp_path.rglob("evil.png")) and not (tmp_path.parent / "evil.png").exists()


def test_cards_go_out_with_the_first_portrait_and_come_in_with_it(studio, mira, tmp_path):
    path = tmp_path / "mira.png"
    path.write_bytes(export_card(studio, "Mira"))
    assert character_cards.read_card(path.read_bytes())["data"]["name"] == "Mira"
    again = import_character(studio, path)
    assert again.name == "Mira 2" and again.words == mira.words and list(again.portraits) == ["neutral/front"]


def test_half_a_zip_gets_a_sentence(studio, mira, tmp_path):
    whole = export_character(studio, "Mira", tmp_path / "m.char.zip").read_bytes()
    (tmp_path / "half.char.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StudioError, match="damaged"):
        import_character(studio, tmp_path / "half.char.zip")


def retell(change):
    def spoil_manifest(held):
        told = json.loads(held["manifest.json"])
        change(told)
        held["manifest.json"] = json.dumps(told).encode()

    return spoil_manifest


@pytest.mark.parametrize("change", [
    lambda told: told["character"].update(portraits=["no", "table"]),
    lambda told: told["character"].update(photos=[{}]), lambda told: told["character"].update(loras=[{"base": 3}]),
    lambda told: told["character"].update(kind=["drawn"]),
    lambda told: told["character"].update(descriptor={"a": 1}), lambda told: told.pop("dataset"),
    lambda told: told["dataset"].update(photos=[{"asset": "x", "crop": [3, 0, 1, 1]}]),
    lambda told: told["dataset"]["photos"][0].update(facts={"faces": 3}),
    lambda told: told["dataset"]["photos"][0].update(facts={"faces": [[0, 0, "a", 1]]}),
    lambda told: told["dataset"]["photos"][0].update(facts={"hash": "soft"}),
    lambda told: told["character"]["loras"][0].update(strength="very"),
    lambda told: told["character"].update(name="x" * 200)])
def test_a_manifest_of_another_shape_is_refused_and_nothing_stays(studio, mira, tmp_path, change):
    path = export_character(studio, "Mira", tmp_path / "mira.char.zip")
    before = studio.library.count(), sorted((studio.home.models / "loras").iterdir())
    with pytest.raises(StudioError):
        import_character(studio, spoil(path, tmp_path / "other.char.zip", retell(change)))
    assert (studio.library.count(), sorted((studio.home.models / "loras").iterdir())) == before
    assert [row["name"] for row in studio.store.rows("characters")] == ["Mira"]


def test_what_was_kept_goes_again_when_the_last_file_is_refused(studio, mira, tmp_path, monkeypatch):
    path = export_character(studio, "Mira", tmp_path / "mira.char.zip")
    (studio.home.models / "loras" / "mira.safetensors").unlink()
    monkeypatch.setattr("core.character_files._keep", lambda *given: (_ for _ in ()).throw(StudioError("Full.")))
    before = studio.library.count()
    with pytest.raises(StudioError, match="Full"):
        import_character(studio, path)
    assert studio.library.count() == before and not list((studio.home.models / "loras").iterdir())


def test_a_disk_that_is_full_is_no_damage_of_the_file(studio, mira, tmp_path, monkeypatch):
    path = export_character(studio, "Mira", tmp_path / "mira.char.zip")

    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("shutil.copyfileobj", full)
        with pytest.raises(TooBig, match="disk is full"):
            import_character(studio, path)
    with monkeypatch.context() as disk:
        disk.setattr("zipfile.ZipFile.write", full)
        with pytest.raises(TooBig, match="disk is full"):
            export_character(studio, "Mira", tmp_path / "again.char.zip")
    assert [file.name for file in tmp_path.iterdir() if "zip" in file.name] == ["mira.char.zip"]


def test_a_trigger_that_is_no_word_becomes_one(studio, mira, tmp_path):
    climbing = retell(lambda told: told["character"].update(trigger="../../../climbs/out"))
    path = export_character(studio, "Mira", tmp_path / "mira.char.zip")
    assert import_character(studio, spoil(path, tmp_path / "other.char.zip", climbing)).trigger == "zwmira"
    card = character_cards.from_character(replace(mira, trigger="/etc/x y"))
    assert character_cards.restore(character_cards.to_character(card), card).trigger == "zwmira"


def test_a_zip_with_a_bit_turned_over_gets_a_sentence(studio, mira, tmp_path):
    path, other = export_character(studio, "Mira", tmp_path / "mira.char.zip"), tmp_path / "other.char.zip"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in archive.namelist():
            packed.writestr(name, archive.read(name))
    content = bytearray(other.read_bytes())
    content[60:70] = b"\xff" * 10
    other.write_bytes(content)
    with pytest.raises(BadFile):
        import_character(studio, other)


def test_a_file_that_unpacks_to_much_more_than_it_is_is_refused_whatever_it_says(studio, tmp_path, monkeypatch):
    monkeypatch.setattr(character_files, "BYTES_MAX", 10_000)
    bomb = tmp_path / "mira.char.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, "{}")
        archive.writestr("photos/1.png", bytes(1_000_000))
        archive.filelist[-1].compress_size = 1_000_000  # a lie: it is a thousandth of that
    with pytest.raises(TooBig, match="unpacks to more"):
        import_character(studio, bomb)
