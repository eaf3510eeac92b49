"""Pieces that cover a picture and become one again."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines.kit.refining import Quilt, cut_tiles, seam

SIDE = st.integers(16, 900)


@given(SIDE, SIDE, st.integers(16, 256))
def test_pieces_cover_everything_and_overlap(width, height, tile):
    boxes = cut_tiles((width, height), (tile, tile))
    covered = numpy.zeros((height, width), bool)
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        assert right - left == min(tile, width) and bottom - top == min(tile, height)
        covered[top:bottom, left:right] = True
    assert covered.all()
    lefts = sorted({box[0] for box in boxes})
    assert all(b - a <= round(min(tile, width) * 0.75) + 1 for a, b in zip(lefts, lefts[1:], strict=False))


def test_unchanged_pieces_give_the_picture_back():
    picture = Image.effect_noise((150, 90), 60).convert("RGB")
    quilt = Quilt(Image.new("RGB", picture.size))
    for box in cut_tiles(picture.size, (64, 64)):
        quilt.add(box, picture.crop(box))
    assert numpy.abs(numpy.asarray(quilt.picture()).astype(int) - numpy.asarray(picture)).max() <= 1


def test_pieces_of_different_brightness_meet_without_a_seam():
    boxes = cut_tiles((320, 64), (64, 64))
    quilt = Quilt(Image.new("RGB", (320, 64)))
    for number, box in enumerate(boxes):
        level = 100 + 12 * (number % 2)
        quilt.add(box, Image.effect_noise((64, 64), 12).point(lambda value, level=level: value - 128 + level)
                  .convert("RGB"))
    assert seam(quilt.picture(), boxes) == pytest.approx(1, abs=0.25)


def test_what_is_not_drawn_yet_shows_the_ground():
    quilt = Quilt(Image.new("RGB", (80, 40), "navy"))
    quilt.add((0, 0, 40, 40), Image.new("RGB", (40, 40), "white"))
    assert quilt.picture().getpixel((60, 20)) == (0, 0, 128)
