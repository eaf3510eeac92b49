"""Words: fallback word by word, choice of language, marks filled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadFile
from core.language import LANGUAGES, Languages, fill, mark, phrase_mark
from ui.words import in_page


@pytest.fixture
def languages(tmp_path):
    (tmp_path / "en.toml").write_text('[a]\nx = "one"\ny = "two {n}"\n', encoding="utf-8")
    (tmp_path / "de.toml").write_text('[a]\nx = "eins"\n[phrases]\n"Enlarging" = "Wird größer"\n', encoding="utf-8")
    return Languages(tmp_path)


def test_what_a_language_lacks_stays_english(languages):
    assert languages["de"]("a.x") == "eins" and languages["de"]("a.y", n=3) == "two 3"
    assert languages["de"]("a.unknown") == "a.unknown"
    assert languages["de"].phrase("Enlarging") == "Wird größer" and languages["de"].phrase("Other") == "Other"


def test_a_sentence_made_from_names_and_numbers_is_known_by_its_shape(tmp_path):
    (tmp_path / "en.toml").write_text('[a]\nx = "one"\n', encoding="utf-8")
    (tmp_path / "de.toml").write_text('[phrases]\n"{} is gone." = "{} ist weg."\n"{} of {}" = "von {2} sind es {1}"\n'
                                      '"{} is gone. Really." = "Echt weg: {}"\n"Real faces" = "Echte Gesichter"\n',
                                      encoding="utf-8")
    german = Languages(tmp_path)["de"]
    assert german.phrase("photo.png is gone.") == "photo.png ist weg."
    assert german.phrase("Real faces is gone. Really.") == "Echt weg: Echte Gesichter"
    assert german.phrase("3 of 5") == "von 5 sind es 3"
    assert german.phrase("a {x} (.*) is gone.") == "a {x} (.*) ist weg."
    assert german.phrase("nothing like that") == "nothing like that"


def test_own_choice_beats_setting_beats_browser_beats_english(languages):
    assert languages.choose("de", "en", "en").code == "de"
    assert languages.choose("", "de", "en").code == "de"
    assert languages.choose("xx", "", "fr, en;q=0.5, de-AT;q=0.9").code == "de"
    assert languages.choose("", "", "fr").code == "en"


def test_a_folder_without_english_is_refused(tmp_path):
    with pytest.raises(BadFile, match=r"en\.toml"):
        Languages(tmp_path)


def test_a_torn_file_says_which_line(tmp_path):
    (tmp_path / "en.toml").write_text("[a]\nx = oops\n", encoding="utf-8")
    with pytest.raises(BadFile, match=r"en\.toml.*line 2"):
        Languages(tmp_path)


def test_marks_become_words_and_phrases(languages):
    page = f"<b>{mark('a.x')}</b> {phrase_mark('Enlarging')} {phrase_mark('')}"
    assert fill(page, languages["de"]) == "<b>eins</b> Wird größer "


@given(st.text())
def test_a_word_in_the_page_cannot_leave_its_string(word):
    import json

    inside = in_page(word)
    assert json.loads(f'"{inside}"') == word
    assert not set("<>&'") & set(inside)


SHIPPED = Languages(LANGUAGES)


@given(st.text(max_size=60))
def test_no_header_breaks_the_choice(accepted):
    assert SHIPPED.choose("", "", accepted).code in SHIPPED.names


def test_what_stands_in_a_sentence_is_said_in_the_same_language_and_so_is_each_line():
    german = Languages(LANGUAGES)["de"]
    told = german.phrase("The story has 2 errors. The first: “luck” is not a variable of this story.")
    assert told == f"Die Geschichte hat 2 Fehler. Der erste: {german.phrase('“luck” is not a variable of this story.')}"
    assert "is not" not in told
    assert german.phrase("It is very dark.\nNever heard of.") == "Es ist sehr dunkel.\nNever heard of."
