"""Hostile packs: each trap gives a clear sentence, and nothing is written anywhere."""

import io
import stat
import zipfile

import pytest

from core import archives
from core.archives import Pack, decoded, safe_name
from core.errors import BadFile, StudioError, TooBig


def packed(*members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as pack:
        for name, data in members:
            pack.writestr(name, data)
    return out.getvalue()


def test_a_good_pack_is_read():
    pack = Pack(packed(("a/b.txt", b"hello"), ("c.txt", b"")))
    assert pack.names == ("a/b.txt", "c.txt") and pack.read("a/b.txt") == b"hello"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/passwd", "C:/evil", "a\\..\\evil", "..", "\\evil"])
def test_names_that_lead_outside_are_refused(name):
    with pytest.raises(BadFile, match="outside"):
        safe_name(name)
    with pytest.raises(BadFile, match="outside"):
        Pack(packed((name, b"x")))


def test_a_bomb_is_refused_before_it_is_opened():
    with pytest.raises(TooBig, match="trap"):
        Pack(packed(("zeros", bytes(8_000_000))))


def test_a_member_that_says_it_is_a_gigabyte_is_refused_unopened():
    large = bytearray(packed(("a", b"x" * 5000)))
    at = large.index(b"PK\x01\x02") + 24
    large[at:at + 4] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(TooBig, match="1,074 MB"):
        Pack(bytes(large))


def test_links_passwords_and_doubles_are_refused():
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(BadFile, match="link"):
        Pack(packed((link, b"/etc/passwd")))
    locked = bytearray(packed(("a", b"x")))
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    with pytest.raises(BadFile, match="password"):
        Pack(bytes(locked))
    with pytest.warns(UserWarning), pytest.raises(BadFile, match="two files"):
        Pack(packed(("a", b"1"), ("a", b"2")))


def test_too_many_members_are_refused(monkeypatch):
    monkeypatch.setattr(archives, "MEMBERS_MOST", 3)
    with pytest.raises(TooBig, match="files"):
        Pack(packed(*((str(n), b"") for n in range(4))))


def test_a_member_that_lies_about_its_size_or_is_torn_is_refused():
    torn = bytearray(packed(("a", b"hello world" * 30), compression=zipfile.ZIP_STORED))
    torn[60] ^= 0xFF
    with pytest.raises(StudioError):
        Pack(bytes(torn)).read("a")
    with pytest.raises(BadFile):
        Pack(b"PK nothing")


@pytest.mark.parametrize(("data", "text"), [("é".encode(), "é"), (b"\xef\xbb\xbfa", "a"), ("né".encode("cp1252"), "né"),
                                            ("日本".encode("utf-16"), "日本"), (b"\x81\xff\xfe", "�ÿþ")])
def test_text_in_the_usual_encodings_is_read(data, text):
    assert decoded(data) == text
