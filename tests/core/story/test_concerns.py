"""What is to be known of a story before it leaves or when it comes in, what mends it, and what a person passes by."""

from dataclasses import replace

import pytest

from core.characters import Consent, new_character
from core.errors import Missing, Refused
from core.story import rights
from core.story.concerns import licence_of, owned_names, refuse_young_picture, scan
from core.story.edits import apply
from core.story.model import Asset, Story
from core.story.shape import read
from tests.stories import cave

TWO = [{"id": "n1", "text": "She stood there naked."}, {"id": "n2", "who": "ada", "text": "A hentai? And nude."}]


def found(story, kind, records=None, people=None, sold=False):
    return [one for one in scan(story, records or {}, people or {}, sold) if one.kind == kind]


def with_files(**licences) -> Story:
    directive = {"kind": "picture", "asset": "a"}
    return read(Story, {
        "id": "s", "assets": [{"id": name, "licence": said} for name, said in licences.items()],
        "cast": [{"id": "ada", "looks": {"neutral": "a"}}], "places": [{"id": "sea", "asset": "b"}],
        "scenes": [{"id": "x", "nodes": [{"id": "n", "text": "Hm.", "directives": [directive, {"kind": "wait"}]}]}]})


def test_files_whose_licence_nobody_knows_are_taken_out_everywhere_by_one_button():
    story = with_files(a="", b="unknown", c="CC0-1.0")
    (a, b) = found(story, "licence", {"a": {}, "b": {}, "c": {}})
    assert (a.assets, b.assets) == (("a",), ("b",)) and a.asks
    mended, undo = apply(story, [*a.fixes[0].edits, *b.fixes[0].edits])
    assert [one.id for one in mended.assets] == ["c"] and mended.cast[0].looks == {} and not mended.places[0].asset
    assert [one.kind for one in mended.scenes[0].nodes[0].directives] == ["wait"]
    assert apply(mended, undo)[0] == story and not found(mended, "licence", {"c": {}})


def test_the_licence_of_the_models_counts_where_nothing_else_is_said():
    record = {"weights": [{"licence": "CC-BY-NC-4.0"}, {"licence": "MIT"}, {"name": "x"}]}
    assert licence_of(Asset("a"), record) == "CC-BY-NC-4.0 AND MIT"
    sold, free = (found(with_files(a=""), "non-commercial", {"a": record}, sold=sold)[0] for sold in (True, False))
    assert sold.asks and not free.asks


def test_words_for_adults_are_noticed_unless_the_story_says_so():
    story = replace(cave(), scenes=(*cave().scenes, read(Story, {"id": "s", "scenes": [
        {"id": "bed", "title": "Later", "nodes": TWO}]}).scenes[0]))
    (one,) = found(story, "rating")
    assert one.asks and "Later" in one.words
    for fix in one.fixes:
        assert not found(apply(story, fix.edits)[0], "rating")
    assert not found(cave(), "rating") and not found(replace(story, rating="suggestive"), "rating")


@pytest.mark.parametrize(("notes", "age", "prompt", "refused"), [
    ("a schoolgirl", "", "", True), ("", "15", "", True), ("", "30", "nude schoolgirl, 15 years old", True),
    ("", "30", "", False), ("a baker", "", "a child with a kite", False)])
def test_nothing_sexual_with_a_minor_whatever_the_rating_says(notes, age, prompt, refused):
    story = read(Story, {"id": "s", "cast": [{"id": "ada", "name": "Ada", "notes": notes}],
                         "assets": [{"id": "p", "meta": {"prompt": prompt}}],
                         "scenes": [{"id": "bed", "nodes": TWO}]})
    people = {"ada": new_character("Ada", age=age)} if age else {}
    if refused:
        with pytest.raises(Refused, match="minor"):
            scan(story, {}, people)
    else:
        scan(story, {}, people)


def test_a_name_that_belongs_to_somebody_is_told_and_asked_about_only_when_the_story_is_sold():
    story = replace(cave(), cast=(replace(cave().cast[0], name="Harry Potter"),))
    (free,), (sold,) = (found(story, "name", sold=sold) for sold in (False, True))
    assert "Warner" in free.words and not free.asks and sold.asks
    assert not found(replace(cave(), title="The Batmanager"), "name") and len(owned_names()) > 80


def test_a_finding_is_passed_by_with_a_reason_that_is_kept_and_can_be_asked_again(studio):
    person = new_character("Ada", kind="person", consent=Consent("unknown"))
    story = replace(with_files(a="CC0-1.0"), id="s")
    look = {"people": {"ada": person}}
    (one,) = found(story, "consent", **look)
    with pytest.raises(Refused, match="why"):
        rights.waive(studio.store, "", "s", one, "  ")
    rights.waive(studio.store, "", "s", one, "I asked,  she said yes.")
    (passed,) = rights.with_waivers([one], studio.store, "", "s")
    assert passed.waived == "I asked, she said yes." and not passed.asks
    assert rights.with_waivers([one], studio.store, "", "another")[0].asks, "a word holds for one story"
    row = next(row for row in studio.store.rows(rights.TABLE) if row["what"] == "waiver")
    assert row["words"] == [one.words] and row["version"] and row["when"]
    rights.unwaive(studio.store, "", "s", one)
    assert rights.with_waivers([one], studio.store, "", "s")[0].asks
    with pytest.raises(Missing):
        rights.named([one], "gone")
    mended, _ = apply(story, one.fixes[0].edits)
    assert not found(mended, "consent", **look)


def test_a_pack_with_pictures_waits_for_a_yes_once(studio):
    rights.check_pack(studio.store, "", {}, False)
    with pytest.raises(Refused, match="somebody else"):
        rights.check_pack(studio.store, "", {"a"}, False)
    rights.check_pack(studio.store, "", {"a"}, True)
    rights.check_pack(studio.store, "", {"a"}, False)
    assert not rights.asks_pack(studio.store, "", {"a"}) and rights.asks_pack(studio.store, "ben", {"a"})


@pytest.mark.parametrize(("words", "age", "traits", "refused"), [
    ("zwada, nude", "17", "", True), ("zwada, nude", "", "a shy schoolgirl", True), ("a nude teenager", "", "", True),
    ("zwada, nude", "24", "shy", False), ("zwada in a park", "17", "", False)])
def test_no_picture_with_sexual_words_is_drawn_of_a_minor(words, age, traits, refused):
    ada = new_character("Ada", age=age, card={"data": {"personality": traits}})
    if refused:
        with pytest.raises(Refused, match="described as a minor"):
            refuse_young_picture(words, [ada])
    else:
        refuse_young_picture(words, [ada])
