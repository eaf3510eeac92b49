"""Wildcards and styles: kept as a person's own files, over those of the studio."""

import pytest

from core.errors import BadFile, Refused
from core.prompts import Style
from core.wordlists import read_styles, read_wildcard, save_style, save_wildcard, styles, wildcards


def test_the_studio_brings_some_and_each_style_wraps_or_follows():
    assert {"mood", "place", "hair"} <= set(wildcards_of_studio())


def wildcards_of_studio():
    from core.home import PROGRAM

    return wildcards(PROGRAM / "nowhere")


def test_a_persons_own_list_wins_and_its_end_brings_the_studios_back(tmp_path):
    studios = read_wildcard(tmp_path, "mood")
    assert save_wildcard(tmp_path, "mood", "glad\n# a note\nwistful\n") == 2
    assert read_wildcard(tmp_path, "mood").splitlines() == ["glad", "# a note", "wistful"]
    assert save_wildcard(tmp_path, "mood", "\n  \n") == 0
    assert read_wildcard(tmp_path, "mood") == studios


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 99, "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(Refused):
        save_wildcard(tmp_path, name, "a")
    with pytest.raises(Refused):
        save_style(tmp_path, Style(name, "a"))
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_a_style_with_commas_and_quotes_comes_back_and_goes_away(tmp_path):
    style = Style("Mine", 'a "quoted", {prompt}, ümlaut', "x, y")
    save_style(tmp_path, style)
    save_style(tmp_path, Style("Other", "b"))
    assert styles(tmp_path)["Mine"] == style and "Portrait" in styles(tmp_path)
    save_style(tmp_path, Style("Mine"))
    assert "Mine" not in styles(tmp_path) and "Other" in styles(tmp_path)


def test_a_styles_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(BadFile, match="could not be read"):
        read_styles(path)
