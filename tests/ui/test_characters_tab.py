"""The Characters tab without a browser: papers, what travels, and who comes in through the drop zone."""

import io
import json
import types
import zipfile

import pytest
from PIL import Image

from core import casting, character_cards, character_files, characters
from core.errors import StudioError
from core.grids import plan, read_axis
from core.language import LANGUAGES, Languages
from core.weights.known import read_known
from ui import papers
from ui.characters import answer, obey, opened, welcome
from ui.page import Page

VISITOR = types.SimpleNamespace(headers={})


@pytest.fixture
def page(studio):
    return Page(studio, Languages(LANGUAGES))


@pytest.fixture
def ada(studio):
    photo = studio.assets.save(Image.linear_gradient("L").resize((600, 640)), folder="images", suffix=".png", record={})
    return casting.create(studio, "Ada", [photo.id], whose="own")[0]


def person(studio):
    return characters.from_row(studio.store.rows(characters.TABLE)[0])


def test_consent_and_licence_are_changed_in_the_window(page, studio, ada):
    for what, text in (("consent", "given"), ("consent-by", "Ada, by letter"), ("licence", "CC-BY-4.0"),
                       ("subject", "woman")):
        obey(page, person(studio), {"act": "amend", "what": what, "text": text}, [], VISITOR)
    now = person(studio)
    assert (now.consent.state, now.consent.by, now.licence, now.subject) == ("given", "Ada, by letter", "CC-BY-4.0",
                                                                             "woman")
    assert now.words == "zwada woman"
    with pytest.raises(StudioError, match="cannot be said"):
        obey(page, now, {"act": "amend", "what": "consent", "text": "surely"}, [], VISITOR)


def test_how_they_are_sound_and_how_old_they_are_is_said_in_the_window_and_travels(page, studio, ada):
    told = {"age": "24", "voice": "low and calm", "traits": "Gentle.\n\nFond of the sea.\n"}
    for what, text in told.items():
        obey(page, person(studio), {"act": "amend", "what": what, "text": text}, [], VISITOR)
    now, html = person(studio), opened(page, person(studio), VISITOR)
    assert (now.age, now.voice, now.traits) == ("24", "low and calm", "Gentle.\n\nFond of the sea.")
    assert all(text.strip() in html for text in told.values())
    card = character_cards.read_card(character_files.export_card(studio, "Ada"))
    assert card["data"]["personality"] == now.traits
    again = character_cards.restore(character_cards.to_character(card), card)
    assert (again.age, again.voice, again.traits) == (now.age, now.voice, now.traits)
    with pytest.raises(StudioError, match="very long"):
        characters.amend(now, "traits", "x" * 20_001)


@pytest.mark.parametrize(("chosen", "emptied"), [("Ada", True), ("Mira", False)])
def test_the_chip_forgets_who_was_removed_and_nobody_else(page, ada, chosen, emptied):
    chip = answer(page, {"act": "remove", "person": ada.id}, [], VISITOR, chosen)[3]
    assert ("value" in chip.constructor_args) == emptied and "Ada" not in dict(chip.choices)


def test_a_drawn_one_who_turns_out_to_be_real_needs_a_yes():
    mira = characters.new_character("Mira", likeness={"eye": "drawn-1"})
    real = characters.amend(mira, "kind", "person")
    assert real.consent.state == "unknown" and real.likeness == {}


def test_what_was_packed_stands_in_the_page_with_its_way_out(page, studio, ada):
    for act in ("export-zip", "export-card"):
        obey(page, ada, {"act": act}, [], VISITOR)
    html = opened(page, person(studio), VISITOR)
    assert html.count("?download=1") == 2 and "Ada.char" in html and "Ada (card)" in html
    files = character_files.exports_of(studio, "Ada")
    assert {studio.assets.get(one.id).path.suffix for one in files} == {".zip", ".png"}
    assert "Appears in 0" not in html, "her card is no picture that she appears in"


def test_whoever_is_dropped_comes_in_and_a_photo_stays_a_photo(page, studio, ada, tmp_path, monkeypatch):
    monkeypatch.setattr("gradio.Info", lambda *said: None)
    packed = character_files.export_character(studio, "Ada", tmp_path / "ada.char.zip")
    card = tmp_path / "card.png"
    card.write_bytes(character_files.export_card(studio, "Ada"))
    sheet = tmp_path / "card.json"
    sheet.write_bytes(character_cards.write_json({"name": "Rex", "description": "a dog"}))
    photo, photos = tmp_path / "photo.png", tmp_path / "photos.zip"
    Image.new("RGB", (8, 8)).save(photo)
    with zipfile.ZipFile(photos, "w") as archive:
        archive.write(photo, "photo.png")
        archive.writestr("manifest.json", json.dumps({"format": "somebody else's"}))
    assert [character_files.is_character(path) for path in (packed, card, sheet, photo, photos)] == [
        True, True, True, False, False]
    assert [welcome(page, str(path), VISITOR).name for path in (packed, card, sheet)] == ["Ada 2", "Ada 3", "Rex"]


def test_the_papers_escape_what_a_stranger_wrote():
    words = Languages(LANGUAGES)["en"]
    bad = characters.new_character("X", kind="person", subject='"><script>', licence="<img src=x>",
                                   card={"data": {"personality": "</textarea><script>"}},
                                   consent=characters.Consent("given", by='" onfocus="x'))
    html = papers.papers(bad, words)
    assert "<script>" not in html and "<img" not in html and 'onfocus="x' not in html


def test_masks_travel_with_the_photos(page, studio, ada, tmp_path):
    from core import datasets

    out = io.BytesIO()
    Image.new("L", (600, 640), 255).save(out, "PNG")
    mask = studio.assets.save(out.getvalue(), folder="masks", suffix=".png", record={}).id
    dataset = datasets.from_row(studio.store.get(datasets.TABLE, ada.dataset))
    dataset = datasets.change(dataset, dataset.photos[0].asset, mask=mask)
    studio.store.put(datasets.TABLE, dataset.id, dataset.row())
    again = character_files.import_character(studio, character_files.export_character(studio, "Ada",
                                                                                      tmp_path / "a.char.zip"))
    kept = datasets.from_row(studio.store.get(datasets.TABLE, again.dataset)).photos[0]
    assert kept.mask and studio.assets.get(kept.mask).path.is_file()


def test_somebody_learned_is_compared_with_and_without_it_by_a_click(page, studio, ada):
    assert "compare-lora" not in opened(page, ada, VISITOR)
    with pytest.raises(StudioError, match="not been learned"):
        casting.with_and_without(ada)
    learned = characters.with_lora(ada, characters.TrainedLora("starter", "starter", "loras/ada.safetensors", "f" * 64))
    assert "compare-lora" in opened(page, learned, VISITOR)
    asked = casting.with_and_without(learned)
    assert len(plan(asked.request, read_axis(asked.x, asked.x_values), read_axis(asked.y, asked.y_values), None)) == 6
    obey(page, learned, {"act": "compare-lora"}, [], VISITOR)
    assert studio.jobs.all()[-1].key == "grid.table"


def test_real_people_are_not_called_good_before_somebody_looked_at_their_faces(page, studio, ada):
    html = opened(page, ada, VISITOR)
    assert "Whose face is in these photos was not looked at" in html and 'data-tab="settings"' in html
    for known in read_known().values():
        if known.kind == "faces":
            path = studio.home.models / known.place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    assert "was not looked at" not in opened(page, ada, VISITOR)


def test_pictures_of_somebody_lead_to_the_library(page, studio, ada):
    made = studio.assets.save(Image.new("RGB", (8, 8)), folder="images", suffix=".png", record={"characters": ["Ada"]})
    assert f'data-act="how" data-asset="{made.id}"' in opened(page, ada, VISITOR)
