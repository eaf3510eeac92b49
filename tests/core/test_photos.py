"""Photos as people have them, and what the checks say of them."""

import io
import random

import pytest
from PIL import Image, ImageDraw, ImageFilter

from core.datasets import Photo, new_dataset
from core.errors import BadFile, Missing, TooBig
from core.photo_checks import check, measure, mend, mend_all, near_pairs, strangers
from core.photos import fit_photo, open_photo


def draw_photo(size=(320, 240), shift=0):
    picture = Image.new("RGB", size, (90, 140, 200))
    pen = ImageDraw.Draw(picture)
    dice = random.Random(shift)
    for n in range(40):
        x, y = dice.randrange(size[0]), dice.randrange(size[1])
        pen.rectangle((x, y, x + dice.randrange(60), y + dice.randrange(60)), fill=(n * 6, dice.randrange(256), 60))
    return picture


def save(picture, format="PNG", **how):
    out = io.BytesIO()
    picture.save(out, format, **how)
    return out.getvalue()


def test_a_turned_photo_is_put_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    path.write_bytes(save(draw_photo((320, 200)), "JPEG", exif=exif))
    before = path.read_bytes()
    assert open_photo(path).picture.size == (200, 320)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("make", "note"), [
    (lambda: save(draw_photo().convert("CMYK"), "JPEG"), "print"),
    (lambda: save(Image.new("I;16", (20, 20), 65535)), "16-bit"),
    (lambda: save(draw_photo(), "GIF", save_all=True, append_images=[draw_photo(shift=9)]), "first frame"),
    (lambda: save(draw_photo(), "WEBP", save_all=True, append_images=[draw_photo(shift=9)]), "first frame"),
])
def test_odd_photos_are_opened_and_it_is_said(make, note):
    opened = open_photo(make(), "photo")
    assert opened.picture.mode == "RGB" and any(note in each for each in opened.notes)


def test_sixteen_bit_greys_keep_their_light():
    assert open_photo(save(Image.new("I;16", (4, 4), 32896))).picture.getpixel((0, 0)) == (128, 128, 128)


def test_see_through_parts_become_paper_and_are_remembered():
    opened = open_photo(save(Image.new("RGBA", (8, 8), (255, 0, 0, 0))))
    assert opened.picture.getpixel((0, 0)) == (255, 255, 255) and opened.alpha.getpixel((0, 0)) == 0


@pytest.mark.parametrize(("content", "kind", "words"), [
    (save(draw_photo(), "JPEG")[:3000], BadFile, "damaged"),
    (save(draw_photo())[:-300], BadFile, "damaged"),
    (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64, Missing, "HEIC"),
    (b"", BadFile, "empty"),
    (b"#!/bin/sh\necho", BadFile, "not a picture"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", BadFile, "not a picture"),
])
def test_photos_that_cannot_be_opened_get_a_sentence(content, kind, words):
    with pytest.raises(kind, match=words):
        open_photo(content, "holiday.jpg")


def test_a_picture_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (30000, 30000)).save(path)
    with pytest.raises((TooBig, BadFile)):
        open_photo(path)


def test_a_crop_is_fitted_without_stretching():
    fitted = fit_photo(draw_photo((400, 200)), (0.5, 0.0, 1.0, 1.0), (64, 64))
    assert fitted.size == (64, 64)


def photo(asset, picture, **known):
    return Photo(asset, **{"caption": "a hat", "width": picture.width, "height": picture.height,
                           "facts": measure(picture), **known})


def kinds(dataset, resolution=128):
    return {(f.kind, f.asset) for f in check(dataset, resolution)}


def test_each_trouble_is_found_with_its_reason_and_mended_with_one_click():
    sharp = draw_photo()
    others = [draw_photo((320, 240 + 13 * n), shift=31 * n) for n in range(1, 9)]
    photos = [photo(f"ok{n}", p) for n, p in enumerate(others)] + [
        photo("sharp", sharp),
        photo("twin", sharp.filter(ImageFilter.GaussianBlur(1))),
        photo("blurred", draw_photo(shift=100).filter(ImageFilter.GaussianBlur(14))),
        photo("dark", Image.eval(draw_photo(shift=50), lambda v: v // 16)),
        photo("small", draw_photo((60, 60), shift=5)),
        photo("mute", draw_photo(shift=150), caption=" "),
    ]
    dataset = new_dataset("m", photos)
    found = kinds(dataset)
    assert {("twin", "twin"), ("blurred", "blurred"), ("dark", "dark"), ("small", "small"),
            ("caption", "mute")} <= found
    assert not any(asset.startswith("ok") or asset == "sharp" for _, asset in found)
    mended = mend_all(dataset, check(dataset, 128))
    assert {kind for kind, _ in kinds(mended)} == {"caption"}
    assert len(mended.photos) == len(dataset.photos)


def test_what_most_photos_have_is_no_reason_to_leave_them_out():
    small = [photo(f"s{n}", draw_photo((60, 60), shift=31 * n)) for n in range(5)]
    dataset = new_dataset("m", [*small, photo("sharp", draw_photo())])
    found = [one for one in check(dataset, 128) if one.kind == "small"]
    assert len(found) == 5 and {one.repair for one in found} == {"accept"}
    assert len(mend_all(dataset, check(dataset, 128)).used) == 6


def test_the_number_of_photos_warns_and_only_none_blocks():
    one = photo("a", draw_photo())
    assert check(new_dataset("m"), 128)[0].blocks
    assert "one view" in check(new_dataset("m", [one]), 128)[0].sentence
    many = new_dataset("m", [Photo(str(n), "x") for n in range(5000)])
    assert any("more than a character needs" in f.sentence for f in check(many, 128))


def test_two_people_are_cropped_and_a_missing_face_may_be_accepted():
    both = photo("both", draw_photo(), facts={"faces": [[10, 10, 40, 40], [200, 50, 290, 140]]})
    none = photo("none", draw_photo(), facts={"faces": []})
    one = photo("one", draw_photo(), facts={"faces": [[10, 10, 60, 60]]})
    dataset = new_dataset("m", [both, none, one])
    by_kind = {f.kind: f for f in check(dataset, 128)}
    cropped = mend(dataset, by_kind["two people"])
    assert cropped.photos[0].crop[0] * 320 > 40
    assert "two people" not in {f.kind for f in check(cropped, 128)}, "only one of them is learned now"
    accepted = mend(dataset, by_kind["no face"])
    assert "no face" not in {f.kind for f in check(accepted, 128)}


def test_photos_of_things_without_faces_are_not_nagged():
    dataset = new_dataset("m", [photo(str(n), draw_photo(), facts={"faces": []}) for n in range(9)])
    assert "no face" not in {f.kind for f in check(dataset, 128)}


def test_all_close_ups_are_noticed():
    close = [photo(str(n), draw_photo(), facts={"faces": [[50, 20, 200, 200]]}) for n in range(7)]
    assert any(f.kind == "framing" and "close-ups" in f.sentence for f in check(new_dataset("m", close), 128))


def test_a_stranger_stands_out_and_a_varied_person_does_not():
    usual = {str(n): 0.6 + 0.02 * (n % 4) for n in range(9)}
    assert strangers({**usual, "bob": 0.2}) == {"bob"}
    assert strangers(usual) == set() and strangers({"a": 0.9, "b": 0.1}) == set()


def test_near_pairs_agree_with_comparing_everyone():
    dice = random.Random(4)
    numbers = [dice.getrandbits(64) for _ in range(60)]
    numbers += [n ^ sum(1 << dice.randrange(64) for _ in range(3)) for n in numbers[:20]]
    expected = {(a, b) for a in range(80) for b in range(a + 1, 80) if (numbers[a] ^ numbers[b]).bit_count() <= 5}
    assert set(near_pairs([(str(i), f"{n:016x}") for i, n in enumerate(numbers)])) == expected
