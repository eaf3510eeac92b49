"""Character cards as they are found in the world, and as SillyTavern reads them back."""

import base64
import io
import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.character_cards import PNG, from_character, read_card, restore, to_character, write_json, write_png
from core.characters import amend, from_row, new_character
from core.errors import BadFile, StudioError, TooBig

V2 = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {
    "name": "Mira", "description": "星を見る女の子", "first_mes": "Hi!", "alternate_greetings": ["Hello"],
    "x_own": {"a": 1},
    "character_book": {"name": "lore", "entries": [{"keys": ["star"], "content": "bright", "x": 2}]}}}


def portrait():
    out = io.BytesIO()
    Image.new("RGB", (9, 9), "teal").save(out, "PNG")
    return out.getvalue()


def with_chunk(kind, body, after=False):
    """A PNG with one more chunk, before or after its pixels."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    picture = portrait()
    place = picture.index(b"IEND") - 4 if after else picture.index(b"IDAT") - 4
    return picture[:place] + chunk + picture[place:]


def packed(card):
    return base64.b64encode(json.dumps(card).encode())


@pytest.mark.parametrize("content", [
    with_chunk(b"tEXt", b"chara\0" + packed(V2)),
    with_chunk(b"tEXt", b"Chara\0" + packed(V2), after=True),
    with_chunk(b"zTXt", b"chara\0\0" + zlib.compress(packed(V2))),
    with_chunk(b"iTXt", b"ccv3\0\0\0\0\0" + packed(V2)),
    with_chunk(b"iTXt", b"ccv3\0\1\0en\0\0" + zlib.compress(packed(V2)), after=True),
    json.dumps(V2).encode(),
    b"\xef\xbb\xbf" + json.dumps(V2).encode(),
])
def test_cards_are_found_wherever_programs_put_them(content):
    data = read_card(content)["data"]
    assert data["name"] == "Mira" and data["description"] == "星を見る女の子" and data["x_own"] == {"a": 1}
    assert data["character_book"]["entries"][0]["x"] == 2


def test_the_newer_card_in_a_picture_counts():
    newer = {**V2, "data": {**V2["data"], "name": "Mira the Third"}}
    both = with_chunk(b"tEXt", b"chara\0" + packed(V2))
    place = both.index(b"IEND") - 4
    chunk = b"ccv3\0" + packed(newer)
    both = both[:place] + struct.pack(">I", len(chunk)) + b"tEXt" + chunk + struct.pack(
        ">I", zlib.crc32(b"tEXt" + chunk)) + both[place:]
    assert read_card(both)["data"]["name"] == "Mira the Third"


def test_old_and_slovenly_cards_are_brought_into_shape():
    flat = read_card(json.dumps({"name": "Old", "description": None, "first_mes": "hey"}).encode())
    assert flat["data"]["description"] == "" and flat["spec"] == "chara_card_v3"
    odd = read_card(json.dumps({"spec": "chara_card_v2", "character_book": {"entries": []}, "data": {
        "name": "", "alternate_greetings": "one", "tags": None, "character_book": None}}).encode())
    assert odd["data"]["alternate_greetings"] == ["one"] and odd["data"]["tags"] == []
    assert odd["data"]["character_book"] == {"entries": []}
    assert to_character(odd, "file name").name == "file name"


def test_a_card_goes_out_and_comes_back_with_everything():
    person = restore(to_character(read_card(json.dumps(V2).encode())), read_card(json.dumps(V2).encode()))
    card = from_character(person)
    picture = write_png(with_chunk(b"tEXt", b"chara\0" + packed({"name": "stale"})), card)
    assert Image.open(io.BytesIO(picture)).size == (9, 9)
    assert picture.count(b"chara\0") == 1 and picture.count(b"ccv3\0") == 1
    for back in (read_card(picture), read_card(write_json(card))):
        assert back["data"]["character_book"] == V2["data"]["character_book"] and back["data"]["x_own"] == {"a": 1}
    odd = {**card, "data": {**card["data"], "extensions": {"studionova": []}}}
    assert restore(to_character(odd), odd).name == "Mira"
    own = new_character("Bo", subject="dog", descriptor="brown fur")
    again = read_card(write_json(from_character(own)))
    assert restore(to_character(again), again).words == own.words


def test_traits_are_the_cards_and_what_else_it_says_stays():
    mira = to_character(read_card(json.dumps({**V2, "data": {**V2["data"], "personality": "shy"}}).encode()))
    assert mira.traits == "shy"
    bold = amend(mira, "traits", "bold")
    assert from_character(bold)["data"] | {"modification_date": 0, "extensions": 0} == from_character(mira)["data"] | {
        "personality": "bold", "modification_date": 0, "extensions": 0}
    assert amend(amend(new_character("Bo"), "traits", "shy"), "traits", "").card == {}
    before = {**new_character("Bo").row(), "traits": {"mood": "calm"}}
    assert from_row(before).traits == "" and from_row(before).row()["traits"] == {"mood": "calm"}


@pytest.mark.parametrize(("content", "kind", "words"), [
    (portrait(), BadFile, "without a character"),
    (with_chunk(b"tEXt", b"chara\0" + packed(V2))[:80], BadFile, "cut short"),
    (with_chunk(b"zTXt", b"chara\0\0nonsense"), BadFile, "damaged"),
    (b"{}", BadFile, "holds no character"),
    (b"[" * 90000, BadFile, "no character"),
    (with_chunk(b"zTXt", b"chara\0\0" + zlib.compress(b" " * (80 * 2**20))), TooBig, "unpack"),
])
def test_broken_and_hostile_cards_get_a_sentence(content, kind, words):
    with pytest.raises(kind, match=words):
        read_card(content)


def test_a_lorebook_of_a_hundred_megabytes_gets_a_sentence():
    with pytest.raises(TooBig, match="lorebook"):
        read_card(b'{"data": "' + b"x" * (100 * 2**20) + b'"}')


@given(st.binary(max_size=300))
def test_no_bytes_whatever_break_the_reader(content):
    for given_bytes in (content, PNG + content):
        try:
            read_card(given_bytes)
        except StudioError:
            continue
