"""Painted masks: what a browser sends is read with care."""

import base64
import io

import pytest
from PIL import Image, ImageDraw

from core.errors import BadFile, TooBig
from core.masks import START, keep_mask, read_mask


def sent(picture):
    out = io.BytesIO()
    picture.save(out, "PNG")
    return START + base64.b64encode(out.getvalue()).decode()


def painted(size=(20, 10)):
    picture = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(picture).rectangle((2, 2, 5, 5), fill="white")
    return picture


def test_what_was_painted_is_white_on_black():
    mask = read_mask(sent(painted()))
    assert mask.mode == "L" and mask.getpixel((3, 3)) == 255 and mask.getpixel((10, 5)) == 0


@pytest.mark.parametrize("text", ["", sent(Image.new("RGBA", (8, 8), (0, 0, 0, 0))), sent(Image.new("L", (8, 8)))])
def test_an_empty_mask_is_said_in_words(text):
    with pytest.raises(BadFile, match="Nothing is marked"):
        read_mask(text)


@pytest.mark.parametrize("text", ["data:image/png;base64,!!!", START + "AAAA", "<script>", "x" * 99])
def test_what_is_no_mask_is_said_in_words(text):
    with pytest.raises(BadFile, match="could not be read"):
        read_mask(text)


def test_a_mask_larger_than_any_screen_is_refused():
    with pytest.raises(TooBig):
        read_mask(sent(Image.new("1", (5000, 10), 1)))
    with pytest.raises(TooBig):
        read_mask("A" * (13 * 2**20))


def test_the_same_mask_twice_is_one_asset(studio):
    first, again = keep_mask(studio, sent(painted())), keep_mask(studio, sent(painted()))
    assert first == again and studio.library.count() == 1
    assert studio.assets.get(first).path.parent.parent.name == "masks"
