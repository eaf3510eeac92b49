"""Characters and their datasets: names, triggers, captions, buckets, and rows that forget nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.characters import (
    TrainedLora,
    find,
    from_row,
    make_trigger,
    new_character,
    with_lora,
)
from core.datasets import (
    Photo,
    add_photos,
    bucket_for,
    buckets,
    crop_around,
    new_dataset,
    plain_caption,
    replace_words,
    set_captions,
    teach_caption,
    undo,
)
from core.datasets import from_row as dataset_from_row
from core.errors import Missing, StudioError


def captions(dataset):
    return [p.caption for p in dataset.photos]


def test_a_character_comes_back_from_its_row_with_what_a_newer_studio_added():
    person = with_lora(new_character("Mira", descriptor="green twintails", card={"name": "Mira"}),
                       TrainedLora("starter", "sd15", "loras/mira.safetensors", "ab"))
    row = json.loads(json.dumps({**person.row(), "shoe_size": 38}))
    again = from_row(row)
    assert again.loras == person.loras and again.more == {"shoe_size": 38}
    assert json.loads(json.dumps(again.row())) == row


def test_at_name_means_trigger_and_description():
    person = new_character("Mira Vale", subject="girl", descriptor="green twintails")
    assert person.words == "zwmiravale girl, green twintails"
    assert find([person.row()], "@mira vale").id == person.id
    with pytest.raises(Missing, match="Mira Vale"):
        find([person.row()], "Bob")


@pytest.mark.parametrize(("name", "trigger"), [("Mira", "zwmira"), ("Zoë Ängström", "zwzoeangstrom")])
def test_triggers_are_plain_letters(name, trigger):
    assert make_trigger(name) == trigger


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.strip()))
def test_every_name_in_every_script_gets_a_trigger_that_is_one_word(name):
    trigger = make_trigger(name)
    assert trigger.isascii() and trigger.isalnum() and len(trigger) > 2


def test_a_name_is_needed():
    with pytest.raises(StudioError, match="no name"):
        new_character("  \u202e\x00 ")


def test_the_newest_lora_is_worn_unless_the_person_chose_another():
    first = TrainedLora("starter", "sd15", "loras/a.safetensors", "a")
    second = TrainedLora("starter", "sd15", "loras/b.safetensors", "b")
    person = with_lora(with_lora(new_character("Mira"), first), second)
    assert person.lora_for("starter").file == "loras/b.safetensors"
    assert from_row({**person.row(), "wears": {"starter": first.file}}).lora_for("starter") == first
    assert person.lora_for("sdxl") is None


def test_captions_change_together_and_come_back():
    dataset = new_dataset("m", [Photo("1", "a red hat, smiling"), Photo("2", "Red Hatter"), Photo("3", "")])
    changed, count = replace_words(dataset, "red hat", "blue cap")
    assert captions(changed) == ["a blue cap, smiling", "Red Hatter", ""] and count == 1
    added = set_captions(changed, {"3": "outside"})
    assert captions(added) == ["a blue cap, smiling", "Red Hatter", "outside"]
    assert captions(undo(undo(added))) == captions(dataset)
    assert undo(dataset) is dataset
    assert captions(dataset_from_row(json.loads(json.dumps(undo(added).row())))) == captions(changed)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_words_may_be_looked_for(find, put):
    dataset = new_dataset("m", [Photo("1", "a (b) [c] \\ d, 日本の女の子")])
    if find:
        replace_words(dataset, find, put, whole_words=False)


def test_the_trigger_is_baked_in_exactly_once():
    assert teach_caption("smiling, beach", "zwmira girl", "zwmira") == "zwmira girl, smiling, beach"
    assert teach_caption("ZWMIRA waves", "zwmira girl", "zwmira") == "ZWMIRA waves"
    assert teach_caption("", "zwmira girl", "zwmira") == "zwmira girl"


def test_what_must_not_change_is_the_scene_with_anybody_of_their_kind_in_it():
    her = "zwmira girl, teal hair, moon hairpin"
    taught = teach_caption("teal hair, smiling, on the beach", her, "zwmira")
    assert plain_caption(taught, her, "zwmira", "girl") == "girl, smiling, on the beach"
    assert plain_caption("zwmira waves from a boat", her, "zwmira", "girl") == "girl, waves from a boat"
    assert plain_caption(her, her, "zwmira", "girl") == "girl"


def test_the_same_photo_is_not_added_twice():
    dataset, notes = add_photos(new_dataset("m", [Photo("1", sha256="x")]), [Photo("2", sha256="x"), Photo("3")])
    assert [p.asset for p in dataset.photos] == ["1", "3"] and len(notes) == 1


@given(st.floats(0.05, 20), st.sampled_from([128, 512, 768, 1024]), st.sampled_from([32, 64]))
def test_buckets_keep_the_area_and_the_step(aspect, resolution, step):
    width, height = bucket_for(aspect, resolution, step)
    assert width % step == 0 and height % step == 0
    assert 0.5 * resolution**2 <= width * height <= 1.03 * resolution**2


def test_square_photos_get_square_buckets():
    photos = [Photo("1", width=900, height=900), Photo("2", width=1600, height=900)]
    sizes = list(buckets(photos, 512))
    assert (512, 512) in sizes and any(w > h for w, h in sizes)


@given(st.integers(40, 4000), st.integers(40, 4000), st.floats(0, 1), st.floats(0, 1), st.floats(0.02, 0.9))
def test_a_crop_around_a_face_stays_inside_and_is_square(width, height, x, y, share):
    side = share * min(width, height)
    left, top = x * (width - side), y * (height - side)
    crop = crop_around((left, top, left + side, top + side), width, height)
    assert all(-1e-9 <= edge <= 1 + 1e-9 for edge in crop)
    assert (crop[2] - crop[0]) * width == pytest.approx((crop[3] - crop[1]) * height)
