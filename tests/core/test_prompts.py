"""The prompt language: what each sign does, and that hostile text costs neither time nor a traceback."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emphasis import Phase, Piece, phases, plain_words, weigh
from core.errors import TooBig
from core.prompts import (
    MAX_CHARACTERS,
    LoraCall,
    Style,
    apply_styles,
    choose,
    lora_tag,
    read_prompt,
    take_loras,
)

SIGNS = st.text(alphabet="ab ,:|1.2()[]{}<>\\@_$BREAK", max_size=80)


def pieces(text):
    return [(piece.text, piece.weight) for piece in weigh(text)[0]]


def test_plain_words_stay_one_piece_of_weight_one():
    assert weigh("a cat, on a mat") == ((Piece("a cat, on a mat", 1.0),),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(cat)", [("cat", 1.1)]),
        ("((cat))", [("cat", 1.21)]),
        ("[cat]", [("cat", 0.909091)]),
        ("a (cat:1.3) sat", [("a ", 1.0), ("cat", 1.3), (" sat", 1.0)]),
        ("(a (b:2) c:0.5)", [("a ", 0.5), ("b", 1.0), (" c", 0.5)]),
        (r"\(cat\)", [("(cat)", 1.0)]),
        ("(time 12:30)", [("time 12", 30.0)]),
        ("(cat:-0.5)", [("cat", -0.5)]),
        ("(cat:.8)", [("cat", 0.8)]),
        ("a ) b", [("a ) b", 1.0)]),
        ("a (b", [("a ", 1.0), ("b", 1.1)]),
    ],
)
def test_weights_follow_the_signs(text, expected):
    assert pieces(text) == [(words, min(10.0, weight)) for words, weight in expected]


def test_break_starts_a_new_group_and_keeps_its_weight():
    assert weigh("a cat BREAK (a dog BREAK a bird:1.2)") == (
        (Piece("a cat"),),
        (Piece("a dog", 1.2),),
        (Piece("a bird", 1.2),),
    )


def test_words_change_at_the_step_they_name():
    assert phases("a [cat:dog:0.5] here", 10) == (Phase(5, "a cat here"), Phase(10, "a dog here"))
    assert phases("a [cat:3]", 10) == (Phase(3, "a "), Phase(10, "a cat"))
    assert phases("a [cat::3]", 10) == (Phase(3, "a cat"), Phase(10, "a "))
    assert phases("[[a:b:0.25]:c:0.5]", 8) == (Phase(2, "a"), Phase(4, "b"), Phase(8, "c"))
    assert [phase.text for phase in phases("[cat|dog]", 4)] == ["cat", "dog", "cat", "dog"]


def test_square_brackets_without_a_moment_only_weaken():
    assert phases("[cat], [a:b], (x:1.2)", 9) == (Phase(9, "[cat], [a:b], (x:1.2)"),)
    assert phases("[a:b|c:d]", 4) == (Phase(4, "[a:b|c:d]"),)
    assert phases("[(cat:1.2):(dog:1.3):0.5]", 2) == (Phase(1, "(cat:1.2)"), Phase(2, "(dog:1.3)"))


def test_choices_depend_on_their_own_seed_only():
    text = "{red|green|blue} {1|2|3|4|5|6|7|8}"
    assert choose(text, 7) == choose(text, 7)
    assert len({choose(text, seed) for seed in range(60)}) > 10


def test_choices_know_shares_counts_and_joiners():
    assert choose("{0::never|always}") == "always"
    assert sorted(choose("{2$$ and $$a|b}").split(" and ")) == ["a", "b"]
    assert choose("{9$$a|b}", 1) in ("a, b", "b, a")
    assert choose(r"\{a|b\}") == "{a|b}"
    assert choose("{(a|b:1.2)}") == "(a|b:1.2)"
    assert choose("{") == "{"


def test_wildcards_come_from_lists_and_may_nest():
    lists = {"hair": ["{short|long} hair"], "face/mood": ["glad"]}
    assert choose("__hair__", 0, lists) in ("short hair", "long hair")
    assert choose("__face/mood__, __nobody__", 0, lists) == "glad, __nobody__"


def test_a_wildcard_that_names_itself_is_refused_in_words():
    with pytest.raises(TooBig, match="without end"):
        choose("__a__", 0, {"a": ["__a__ __a__"]})


def test_lora_tags_leave_the_words_and_are_remembered():
    taken = take_loras("a cat, <lora:My Style:0.8>, sitting")
    assert taken == ("a cat, sitting", (LoraCall("My Style", 0.8),))
    assert take_loras("<lora:x>")[1] == (LoraCall("x", 1.0),)
    assert take_loras("<lora:x:0.5:0.9>")[1] == (LoraCall("x", 0.9, 0.5),)
    assert take_loras("<lora:x:high>")[1] == (LoraCall("x", 1.0),)
    assert take_loras("1 < 2, a  b") == ("1 < 2, a  b", ())


def test_a_lora_tag_is_written_so_that_every_reader_understands_it():
    assert lora_tag(LoraCall("Mira (v2) café", 0.8)) == "<lora:Mira_v2_caf:0.8>"


def test_people_stand_in_the_prompt_by_name():
    people = {"Mira": "zwx, green hair <lora:mira:0.7>", "Mira Stone": "the other"}
    read = read_prompt("@mira and @Mira Stone, mail me@home.org, @Bob", people=people)
    assert read.text == "zwx, green hair and the other, mail me@home.org, @Bob"
    assert read.loras == (LoraCall("mira", 0.7),)
    assert read.people == ("Mira", "Mira Stone")
    assert read.notices == ("Nobody here is called @Bob; the word was left as it is.",)


def test_styles_wrap_or_follow_the_words():
    styles = [Style("ink", "ink drawing of {prompt}", "photo"), Style("soft", "soft light")]
    assert apply_styles("a cat,", "blur", styles) == ("ink drawing of a cat, soft light", "blur, photo")


def test_families_without_weights_get_the_words_alone():
    assert plain_words(r"(a cat:1.3), [dim], [dawn:dusk:0.5] BREAK \(x\)") == "a cat, dim, dusk (x)"


def test_slips_are_said_before_the_picture():
    assert any("never closed" in notice for notice in read_prompt("a (cat").notices)
    assert any("closes nothing" in notice for notice in read_prompt("a cat]").notices)
    assert read_prompt(r"a \(cat").notices == ()


def test_a_prompt_of_a_hundred_thousand_characters_is_refused_in_words():
    with pytest.raises(TooBig, match="100,000 characters"):
        read_prompt("a" * 100_000)


BOMBS = ["(", ")", "[", "]", "[a:", "{", "{a|", "<lora:", "@", "\\", "__a", "((a:1.1)", "[a|b]"]


@pytest.mark.parametrize("bomb", BOMBS)
def test_repeated_signs_stay_cheap(bomb):
    text = bomb * (MAX_CHARACTERS // len(bomb))
    words = read_prompt(text).text
    phases(words, 4)
    assert weigh(words)


@given(SIGNS)
@settings(max_examples=300)
def test_any_text_is_read_without_a_fault(text):
    try:
        read = read_prompt(text, seed=3)
    except TooBig:
        return
    for phase in phases(read.text, 6):
        assert all(-10 <= piece.weight <= 10 for group in weigh(phase.text) for piece in group)
    assert phases(read.text, 6)[-1].until == 6


@given(st.text(alphabet=st.characters(blacklist_characters="()[]{}<>\\@_:|"), max_size=60))
@settings(max_examples=100)
def test_text_without_signs_comes_through_unchanged(text):
    if "BREAK" not in text:
        read = read_prompt(text)
        assert "".join(piece.text for piece in weigh(phases(read.text, 5)[0].text)[0]) == text
