"""Making a character, and what comes of photos as people have them."""

import pytest
from PIL import Image, ImageDraw

from core import casting, characters, datasets
from core.errors import Refused, StudioError


def a_photo(studio, number=0, size=(700, 700)):
    picture = Image.new("RGB", size, ("navy", "olive", "maroon", "teal")[number % 4])
    pen = ImageDraw.Draw(picture)
    for step in range(0, size[0], 20 + 7 * number):
        pen.line((step, 0, size[0] - step, size[1]), "white", 3)
    return studio.assets.save(picture, folder="images", suffix=".png", record={"title": str(number)}).id


def test_a_name_alone_makes_a_character_and_the_missing_photos_are_said(studio):
    person, found = casting.create(studio, "Mira", [])
    assert person.trigger == "zwmira" and [one.kind for one in found] == ["count"] and found[0].blocks


def test_the_example_can_be_met_twice_and_is_ready_to_be_taught(studio):
    mira, again = casting.meet_example(studio), casting.meet_example(studio, "somebody")
    assert (mira.name, again.name) == ("Mira", "Mira 2") and len(mira.photos) == 12 and mira.descriptor
    casting.check_teachable(studio, mira.id)
    rows = [row for row in studio.store.rows(datasets.TABLE) if row["id"] == mira.dataset]
    assert all(photo.caption for photo in datasets.from_row(rows[0]).photos)
    assert again.more["owner"] == "somebody"
    assert studio.assets.record(again.photos[0])["owner"] == "somebody"


def test_one_photo_is_taken_and_its_limits_are_said(studio):
    person, found = casting.create(studio, "Mira", [a_photo(studio)])
    assert len(person.photos) == 1 and "can only teach one view" in found[0].sentence


def test_the_same_photo_twice_is_kept_once(studio):
    photo = a_photo(studio)
    person, found = casting.create(studio, "Mira", [photo, photo])
    assert person.photos == (photo,) and "not added twice" in found[-1].sentence


def test_a_photo_that_moves_says_that_only_its_first_frame_counts(studio, tmp_path):
    frames = [Image.new("RGB", (700, 700), colour) for colour in ("navy", "olive")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    moving = studio.assets.adopt(tmp_path / "a.gif", folder="images").id
    _, found = casting.create(studio, "Mira", [moving])
    assert [one.repair for one in found if "first frame" in one.sentence] == ["accept"]


def test_a_second_character_of_the_same_name_and_an_unknown_consent_are_refused(studio):
    casting.create(studio, "Mira", [])
    with pytest.raises(StudioError, match="already"):
        casting.create(studio, " mira ", [])
    with pytest.raises(Refused, match="whose likeness"):
        casting.create(studio, "Rex", [], whose="somebody")


def test_other_photos_mean_that_the_likeness_is_measured_anew(studio):
    from dataclasses import replace

    person, _ = casting.create(studio, "Mira", [a_photo(studio, 1)])
    person = replace(person, likeness={"eye": "drawn-1"})
    dataset = datasets.from_row(studio.store.get(datasets.TABLE, person.dataset))
    same, _ = casting.keep(studio, person, dataset)
    more, _ = casting.keep(studio, person, casting.with_photos(studio, dataset, [a_photo(studio, 2)])[0])
    assert same.likeness == {"eye": "drawn-1"} and more.likeness == {}


def test_a_draft_becomes_a_portrait_only_when_it_is_kept():
    person = characters.new_character("Mira", drafts={"sad/front": "b", "smiling/front": "c"},
                                      portraits={"sad/front": "a"})
    kept = characters.keep_portrait(person, "sad/front")
    assert kept.portraits == {"sad/front": "b"} and kept.drafts == {"smiling/front": "c"}
    assert characters.drop_draft(kept, "smiling/front").drafts == {}


def test_japanese_and_empty_captions_are_taught_with_the_trigger():
    assert datasets.teach_caption("公園で笑っている", "zwmira girl", "zwmira") == "zwmira girl, 公園で笑っている"
    assert datasets.teach_caption("", "zwmira girl", "zwmira") == "zwmira girl"


def test_a_caption_does_not_say_again_what_the_character_always_is():
    told = datasets.teach_caption("woman, wavy teal hair, brown skin, smiling, teal scarf, in a park",
                                  "zwx woman, wavy teal hair, brown skin, moon hairpin", "zwx")
    assert told == "zwx woman, wavy teal hair, brown skin, moon hairpin, smiling, teal scarf, in a park"


def test_a_photo_read_small_keeps_its_real_size_also_when_the_camera_lay_on_its_side(tmp_path):
    from core.photos import open_photo

    picture = Image.linear_gradient("L").resize((1600, 1200)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "a.jpg", exif=exif)
    whole, small = open_photo(tmp_path / "a.jpg"), open_photo(tmp_path / "a.jpg", least=512)
    assert whole.size == small.size == (1200, 1600) == whole.picture.size
    assert small.picture.size == (600, 800)
