"""Guessing the language of a story from elsewhere: right where words tell it, silent where they do not."""

import pytest

from core.story.draft import Draft, told_in
from core.story.tongue import guess


@pytest.mark.parametrize(("text", "code"), [
    ("“I have been here before,” she said, and it was not a lie. You know that.", "en"),
    ("Ich weiß nicht, was das ist. Es war dunkel, und wir sind mit dem Boot gekommen.", "de"),
    ("No sé qué es esto. Es muy tarde y la puerta está cerrada, pero me gusta.", "es"),
    ("Je ne sais pas ce que tu veux. Elle est dans la maison avec nous.", "fr"),
    ("Non so che cosa vuoi. La porta è chiusa, ma ti aspetto come sempre.", "it"),
    ("Eu não sei o que você quer. Ela está em casa, mas isso é muito bom.", "pt"),
    ("Ik weet het niet. Het is niet van mij, maar je mag het hebben.", "nl"),
    ("Nie wiem, co to jest. Ja się boję, ale on już jest przy drzwiach.", "pl"),
    ("ここで待っていて。すぐ戻るから。", "ja"), ("はい", "ja"), ("我不知道这是什么。门关上了，我们走吧。", "zh"),
    ("여기서 기다려. 금방 올게.", "ko"), ("Я не знаю, что это такое.", "ru"),
    ("Я не знаю, що це таке і де її шукати.", "uk"),
    ("أنا لا أعرف ما هذا", "ar"), ("मुझे नहीं पता यह क्या है", "hi"), ("Δεν ξέρω τι είναι αυτό", "el"),
    ("Ada: こんにちは、元気ですか。 Ben: OK!", "ja"),
    ("", ""), ("…", ""), ("Hm. Ada! Ben?", ""), ("1234 5678 90", ""), ("Lorem ipsum dolor sit amet consectetur.", "")])
def test_the_language_is_told_by_letters_and_small_words_or_left_open(text, code):
    assert guess([text]) == code


def test_only_a_beginning_is_read_of_a_long_story():
    def lines():
        yield from ["Ich weiß nicht, was das ist, und es ist dunkel."] * 1000
        raise AssertionError("all of it was read")
    assert guess(lines()) == "de"


def test_a_story_that_comes_in_is_in_its_language_unless_somebody_says_otherwise():
    draft = Draft("Log")
    draft.add(draft.scene("One"), text="Das ist nicht mein Haus, und ich bin nicht dein Freund.")
    seen = draft.preview()
    assert seen.story.language == "de" and told_in(seen, "de-AT").story.language == "de-AT"
    silent = Draft("Log")
    silent.add(silent.scene("One"), text="Hm.")
    assert silent.preview().story.language == "en"
