"""A character goes out in one file and comes back whole; a changed or hostile file leaves nothing behind."""

import json
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from core import character_cards, characters, datasets
from core.character_files import export_card, export_character, import_character
from core.errors import BadFile, StudioError


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
    person = replace(characters.with_lora(person, worn), dataset=dataset.id, portraits={"smiling/front": ids[0]})
    studio.store.put("characters", person.id, person.row())
    studio.store.put("datasets", dataset.id, dataset.row())
    return person


def test_a_character_comes_back_with_photos_captions_and_loras(studio, mira, tmp_path):
    path = export_character(studio, "Mira", tmp_path / "mira.char.zip")
    lora = studio.home.models / "loras" / "mira.safetensors"
    lora.write_bytes(b"something else by now")
    again = import_character(studio, path)
    assert again.name == "Mira 2" and again.id != mira.id and again.words == mira.words
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
