"""Stories in a home: made, changed in place, taken back."""

import errno
import pathlib

import pytest

from core.errors import Missing, TooBig
from core.story import answers, stories
from core.story.draft import Preview
from core.story.edits import Edit
from core.story.model import Story
from core.story.shape import read, write


def test_a_change_is_on_disk_and_can_be_taken_back(studio):
    story = stories.begin(studio, "Under the Lamp")
    changed, undo = stories.change(studio.assets, story, [Edit("set", ("title",), "Under the Moon")])
    assert stories.opened(studio.assets, story) == changed and changed.title == "Under the Moon"
    assert studio.assets.record(story)["title"] == "Under the Moon"
    assert stories.change(studio.assets, story, undo)[0].title == "Under the Lamp"


def test_two_stories_of_one_name_keep_their_saves_apart(studio):
    ids = {stories.opened(studio.assets, stories.begin(studio, title)).id for title in ("One", "One", "日本", "日本")}
    assert len(ids) == 4 and sum(one.startswith("one-") for one in ids) == 2


def test_a_story_that_comes_in_twice_keeps_its_saves_apart_and_one_that_comes_home_keeps_its_name(studio):
    chat = Preview(read(Story, {"id": "chat", "title": "Chat"}))
    bundle = Preview(read(Story, {"id": "chat", "title": "Chat"}), named=True)
    first, second, home, again = (stories.opened(studio.assets, stories.take_in(studio, one)).id
                                  for one in (chat, chat, bundle, bundle))
    assert home == "chat" and len({first, second, home, again}) == 4
    assert all(one.startswith("chat-") for one in (first, second, again))


def test_what_was_answered_says_in_words_that_the_disk_is_full(studio, monkeypatch):
    story, kept = stories.begin(studio, "One"), answers.Answers(studio.assets)
    kept.keep(story, "a", "before", [])

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "full")
    monkeypatch.setattr(pathlib.Path, "open", full)
    with pytest.raises(TooBig, match="disk is full"):
        kept.keep(story, "b", "before", [])


def test_an_earlier_version_comes_back_and_nothing_is_lost(studio):
    story = stories.begin(studio, "One")
    first = stories.opened(studio.assets, story)
    stories.change(studio.assets, story, [Edit("set", ("title",), "Two")])
    old = stories.versions(studio.assets, story)[-1]
    assert stories.restore(studio.assets, story, old.stem) == first
    titles = {stories.parse(path.read_bytes()).title for path in stories.versions(studio.assets, story)}
    assert titles == {"One", "Two"}
    with pytest.raises(Missing):
        stories.restore(studio.assets, story, "0")


def test_the_sidecar_names_the_bytes_that_are_there(studio):
    import hashlib

    story = stories.begin(studio, "One")
    stories.change(studio.assets, story, [Edit("set", ("summary",), "More")])
    content = studio.assets.get(story).path.read_bytes()
    assert studio.assets.record(story)["sha256"] == hashlib.sha256(content).hexdigest()
    assert write(stories.opened(studio.assets, story))["summary"] == "More"


def test_a_new_home_holds_the_finished_story_once_and_it_stays_away_when_deleted(studio):
    from core.story.check import check
    from core.story.findings import SEVERE

    listed = stories.listed(studio)
    assert [entry.title for entry in listed] == ["The Lantern and the Library"]
    story = stories.opened(studio.assets, listed[0].id)
    assert not [one for one in check(story, lambda one: studio.assets.get(one.file).path.is_file())
                if one.severity == SEVERE]
    assert len(story.assets) == 8 and all(one.file for one in story.assets)
    told = studio.assets.record(story.assets[0].file)
    assert told["pipeline"] == "image.avatar" and told["shipped"] is True and told["licence"] == "CC0-1.0"
    studio.assets.trash([listed[0].id])
    assert stories.listed(studio) == [] and stories.give_ready(studio) == ""


def test_the_finished_story_is_small(studio):
    size = sum(path.stat().st_size for path in stories.READY.rglob("*") if path.is_file())
    assert 100_000 < size < 2_000_000
