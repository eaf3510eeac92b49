"""The studio and a SillyTavern folder are brought together: nothing of anybody is lost, and what is broken is named."""

import io
import json
import os
from dataclasses import replace

import pytest
from PIL import Image

from core import character_cards as cards
from core import characters
from core.story import stories
from core.story.edits import Edit
from core.tavern import folder, memory
from pipelines.sync.sillytavern import people


def picture(colour="teal"):
    out = io.BytesIO()
    Image.new("RGB", (8, 12), colour).save(out, "PNG")
    return out.getvalue()


def card(name, description="", **more):
    return cards.read_card(json.dumps({"name": name, "description": description, **more}).encode())


class Neighbour:
    """A SillyTavern of the test's own."""

    def __init__(self, root):
        self.root = root
        for name in ("characters", "chats", "worlds", "User Avatars"):
            (root / name).mkdir(parents=True)

    def write(self, name, told, **top):
        path = self.root / "characters" / f"{name}.png"
        known = path.read_bytes() if path.exists() else picture()
        return self.touch(path, cards.write_png(known, {**told, **top}))

    def read(self, name):
        return cards.read_card((self.root / "characters" / f"{name}.png").read_bytes())

    def names(self):
        return sorted(path.name for path in (self.root / "characters").iterdir())

    def chat(self, name, lines, came_from="", whose="Mira"):
        head = {"user_name": "You", "character_name": whose, "chat_metadata": {"main_chat": came_from}}
        rows = [head, *({"name": "You" if n % 2 else whose, "mes": one} for n, one in enumerate(lines))]
        path = self.root / "chats" / whose / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        return self.touch(path, "\n".join(json.dumps(row) for row in rows).encode())

    def world(self, name, **facts):
        entries = {str(n): {"uid": n, "key": [key], "content": text} for n, (key, text) in enumerate(facts.items())}
        return self.touch(self.root / "worlds" / f"{name}.json", json.dumps({"entries": entries}).encode())

    def touch(self, path, content):
        path.write_bytes(content)
        self.clock = getattr(self, "clock", 10**18) + 10**9  # two writes within one tick of the disk's clock differ too
        os.utime(path, ns=(self.clock, self.clock))
        return path

    def everything(self):
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in self.root.rglob("*")
                if path.is_file()}


@pytest.fixture
def tavern(tmp_path):
    return Neighbour(tmp_path / "SillyTavern" / "data" / "default-user")


@pytest.fixture
def sync(studio, tavern, until):
    studio.store.put("ready_stories", "lantern", {"id": "lantern"})  # the finished story of a first visit is not needed

    def run(**more):
        job = studio.submit("sync.sillytavern", {"folder": str(tavern.root), **more})
        assert until(studio, job.id, "done", "failed") == "done", studio.jobs.get(job.id).error
        return studio.jobs.get(job.id).notices

    return run


@pytest.fixture
def cast(studio):
    return lambda: {row["name"]: characters.from_row(row) for row in studio.store.rows(characters.TABLE)}


@pytest.fixture
def tom(studio, tmp_path):
    """Somebody who was made here, with a portrait and a photo."""
    (tmp_path / "tom.png").write_bytes(picture("red"))
    face = studio.assets.adopt(tmp_path / "tom.png", folder="characters").id
    person = characters.new_character("Tom", subject="man", descriptor="red beard", portraits={"neutral/front": face})
    studio.store.put(characters.TABLE, person.id, person.row())
    return person


def shelf(studio):
    return {entry.title: stories.opened(studio.assets, entry.id) for entry in stories.listed(studio)}


def test_a_look_tells_what_would_be_and_writes_nothing(studio, tavern, sync, cast, tom):
    tavern.write("Mira", card("Mira", "A singer."))
    tavern.chat("one", ["Hello"])
    before = tavern.everything()
    told = sync(look=True)
    assert "2 would come, 1 would go, 0 are the same on both sides." in told
    assert "Would come: Mira, Mira · one" in told and "Would go: Tom" in told
    assert set(cast()) == {"Tom"} and tavern.everything() == before and not shelf(studio)
    assert not studio.store.rows(memory.TABLE)


def test_who_is_new_goes_both_ways_and_a_second_time_nothing_moves(studio, tavern, sync, cast, tom):
    tavern.write("Mira", card("Mira", "A singer."), chat="Mira - today", fav=True)
    sync()
    assert cast()["Mira"].card["data"]["description"] == "A singer."
    face = studio.assets.get(cast()["Mira"].portraits["neutral/front"])
    assert cards.holds_card(face.path.read_bytes())
    assert tavern.names() == ["Mira.png", "Tom.png"]
    assert tavern.read("Tom")["data"]["description"] == "Tom: man, red beard."
    with Image.open(tavern.root / "characters" / "Tom.png") as seen:
        assert seen.getpixel((0, 0)) == (255, 0, 0)
    before = tavern.everything(), studio.store.rows(memory.TABLE)
    assert sync()[0] == "0 came, 0 went, 2 are the same on both sides."
    assert (tavern.everything(), studio.store.rows(memory.TABLE)) == before


def test_a_card_changed_there_renews_its_words_here_and_nothing_else(studio, tavern, sync, cast):
    tavern.write("Mira", card("Mira", "A singer."))
    sync()
    mira = replace(cast()["Mira"], photos=("photo",), loras=(characters.TrainedLora("starter", "starter", "f", "x"),))
    studio.store.put(characters.TABLE, mira.id, mira.row())
    tavern.write("Mira", card("Mira", "A pilot."))
    before = tavern.everything()
    assert "1 came, 0 went, 0 are the same on both sides." in sync()
    after = cast()["Mira"]
    assert after.card["data"]["description"] == "A pilot."
    assert replace(after, card=mira.card, changed=mira.changed) == mira
    assert tavern.everything() == before


def test_a_character_changed_here_is_written_there_beside_what_sillytavern_keeps_in_the_card(
        studio, tavern, sync, cast):
    path = tavern.write("Mira", card("Mira", "A singer."), chat="Mira - today", description="Old.")
    sync()
    tavern.write("Mira", card("Mira", "A singer.", extensions={"fav": True}), chat="Mira - tomorrow",
                 description="A singer.")
    old = path.read_bytes()
    mira = characters.amend(cast()["Mira"], "descriptor", "teal hair")
    studio.store.put(characters.TABLE, mira.id, mira.row())
    assert "0 came, 1 went, 0 are the same on both sides." in sync()
    there = tavern.read("Mira")
    assert there["chat"] == "Mira - tomorrow" and there["data"]["extensions"]["fav"] is True
    assert there["data"]["description"] == there["description"] == "A singer."
    assert there["data"]["extensions"]["studionova"]["descriptor"] == "teal hair"
    kept = list((tavern.root / folder.BACKUPS / "characters").iterdir())
    assert [one.read_bytes() for one in kept] == [old]
    assert "0 came, 0 went, 1 are the same on both sides." in sync()


def test_what_changed_on_both_sides_is_joined_when_it_is_not_the_same_thing(studio, tavern, sync, cast):
    tavern.write("Mira", card("Mira", "A singer."))
    sync()
    mira = characters.amend(cast()["Mira"], "descriptor", "teal hair")
    studio.store.put(characters.TABLE, mira.id, mira.row())
    tavern.write("Mira", card("Mira", "A pilot."))
    sync()
    assert cast()["Mira"].card["data"]["description"] == tavern.read("Mira")["data"]["description"] == "A pilot."
    assert cast()["Mira"].descriptor == "teal hair"
    assert tavern.read("Mira")["data"]["extensions"]["studionova"]["descriptor"] == "teal hair"


def test_the_same_words_changed_on_both_sides_are_kept_twice_on_both_sides(studio, tavern, sync, cast):
    tavern.write("Mira", card("Mira", "A singer."))
    sync()
    mira = replace(cast()["Mira"], card=card("Mira", "A smith."))
    studio.store.put(characters.TABLE, mira.id, mira.row())
    tavern.write("Mira", card("Mira", "A pilot."))
    assert any("changed here and there" in sentence for sentence in sync())
    assert {name: one.card["data"]["description"] for name, one in cast().items()} == {
        "Mira": "A smith.", "Mira 2": "A pilot."}
    assert {tavern.read(name)["data"]["description"] for name in ("Mira", "Mira1")} == {"A smith.", "A pilot."}
    assert "0 came, 0 went, 2 are the same on both sides." in sync()


def test_somebody_of_the_same_name_is_met_and_not_doubled(studio, tavern, sync, cast, tom):
    tavern.write("Tom", card("Tom", "A smith."))
    sync()
    assert cast()["Tom"].card["data"]["description"] == "A smith." and cast()["Tom"].descriptor == "red beard"
    assert set(cast()) == {"Tom"} and tavern.names() == ["Tom.png"]
    assert sync()[0] == "0 came, 0 went, 1 are the same on both sides."


def test_a_card_that_was_sent_here_by_hand_before_is_known_again_and_another_of_its_name_is_not(
        studio, tavern, sync, cast):
    for name, words in (("Mira", "A singer."), ("Ana", "A pilot.")):
        person = cards.to_character(card(name, words))
        studio.store.put(characters.TABLE, person.id, person.row())
    tavern.write("Mira", card("Mira", "A singer.\r\n"))
    tavern.write("Ana", card("Ana", "A thief."))
    sync()
    assert set(cast()) == {"Mira", "Ana", "Ana 2"}


def test_a_deletion_is_carried_to_neither_side_and_can_be_taken_back(studio, tavern, sync, cast, tom):
    tavern.write("Mira", card("Mira", "A singer."))
    sync()
    (tavern.root / "characters" / "Tom.png").unlink()
    studio.store.drop(characters.TABLE, cast()["Mira"].id)
    assert "2 were deleted on one side and were left on the other." in sync()
    assert set(cast()) == {"Tom"} and tavern.names() == ["Mira.png"]
    sync(again=True)
    assert set(cast()) == {"Tom", "Mira"} and tavern.names() == ["Mira.png", "Tom.png"]
    assert sync()[0] == "0 came, 0 went, 2 are the same on both sides."


def test_a_card_that_sillytavern_renamed_is_the_same_character(tavern, sync, cast):
    tavern.write("Mira", card("Mira", "A singer."))
    sync()
    (tavern.root / "characters" / "Mira.png").unlink()
    tavern.write("Mirabelle", card("Mirabelle", "A singer."))
    assert "“Mira” is called “Mirabelle” in SillyTavern now; here the name stays." in sync()
    assert set(cast()) == {"Mira"} and tavern.names() == ["Mirabelle.png"]
    mira = characters.amend(cast()["Mira"], "descriptor", "teal hair")
    assert mira.name == "Mira"


def test_a_broken_card_is_named_and_the_others_come(tavern, sync, cast):
    (tavern.root / "characters" / "Broken.png").write_bytes(picture()[:30])
    (tavern.root / "characters" / "Plain.png").write_bytes(picture())
    tavern.write("Mira", card("Mira", "A singer."))
    (tavern.root / "settings.json").write_text("{")
    tavern.chat("empty", [])
    told = sync()
    assert set(cast()) == {"Mira"}
    assert "4 could not be read or written; all others were." in told
    assert any(sentence.startswith("Broken.png: ") for sentence in told)


def test_a_card_that_changes_while_it_is_written_is_left_alone(studio, tavern, sync, cast, monkeypatch):
    path = tavern.write("Mira", card("Mira", "A singer."))
    sync()
    mira = characters.amend(cast()["Mira"], "descriptor", "teal hair")
    studio.store.put(characters.TABLE, mira.id, mira.row())
    tavern.write("Mira", card("Mira", "A pilot."))
    newest = cards.write_png(picture(), card("Mira", "A queen."))
    write = people._renew

    def slowly(*given):
        path.write_bytes(newest)
        return write(*given)

    monkeypatch.setattr(people, "_renew", slowly)
    assert any("being changed in SillyTavern right now" in sentence for sentence in sync())
    assert path.read_bytes() == newest


def test_a_character_without_a_picture_stays_and_that_is_said(studio, tavern, sync):
    person = characters.new_character("Nobody")
    studio.store.put(characters.TABLE, person.id, person.row())
    assert "“Nobody” has no picture yet and stays here: a card needs one." in sync()
    assert tavern.names() == []


def test_personas_come_with_their_pictures_and_are_never_written_back(studio, tavern, sync, cast):
    def write(words):
        told = {"personas": {"me.png": "Ana", "bare.png": "Ben"},
                "persona_descriptions": {"me.png": {"description": words}}}
        (tavern.root / "settings.json").write_text(json.dumps({"power_user": told}))

    write("Quiet.")
    (tavern.root / "User Avatars" / "me.png").write_bytes(picture("blue"))
    sync()
    ana = cast()["Ana"]
    assert ana.card["data"]["description"] == "Quiet." and ana.card["data"]["tags"] == ["persona"]
    assert ana.portraits and not cast()["Ben"].portraits and tavern.names() == []
    write("Loud.")
    before = tavern.everything()
    assert "1 came, 0 went, 1 are the same on both sides." in sync()
    assert cast()["Ana"].card["data"]["description"] == "Loud." and cast()["Ana"].portraits == ana.portraits
    assert tavern.everything() == before


def test_a_chat_and_its_branches_become_one_story_and_renew_it(studio, tavern, sync, cast):
    tavern.write("Mira", card("Mira", "A singer."))
    tavern.chat("Mira - one", ["Hello.", "Hi.", "Stay?"])
    sync()
    story = shelf(studio)["Mira - one"]
    assert [len(scene.nodes) for scene in story.scenes] == [3]
    assert {one.name: one.character for one in story.cast} == {"Mira": cast()["Mira"].id, "You": ""}
    tavern.chat("Mira - one", ["Hello.", "Hi.", "Stay?", "Yes."])
    tavern.chat("Mira - one - Branch", ["Hello.", "Hi.", "Stay?", "No."], "Mira - one")
    sync()
    again = shelf(studio)
    assert list(again) == ["Mira - one"] and again["Mira - one"].id == story.id
    assert any(node.type == "choice" for scene in again["Mira - one"].scenes for node in scene.nodes)
    assert sync()[0] == "0 came, 0 went, 2 are the same on both sides."


def test_a_story_that_somebody_wrote_in_is_kept_beside_the_chat_that_went_on(studio, tavern, sync):
    tavern.chat("Mira - one", ["Hello."])
    sync()
    entry = next(one for one in stories.listed(studio) if one.title == "Mira - one")
    scene = stories.opened(studio.assets, entry.id).scenes[0]
    stories.change(studio.assets, entry.id, [Edit("set", ("scenes", scene.id, "nodes", "n1", "text"), "Mine.")])
    tavern.chat("Mira - one", ["Hello.", "Hi."])
    assert any("each as a story of its own" in sentence for sentence in sync())
    told = [stories.opened(studio.assets, one.id).scenes[0].nodes for one in stories.listed(studio)
            if one.title == "Mira - one"]
    assert sorted(node[0].text for node in told) == ["Hello.", "Mine."]


def test_world_info_becomes_facts_and_renews_them_in_a_story_that_was_written_since(studio, tavern, sync):
    tavern.world("Eldoria", inn="Warm.")
    sync()
    entry = next(one for one in stories.listed(studio) if one.title == "Eldoria")
    scene = stories.opened(studio.assets, entry.id).scenes[0]
    stories.change(studio.assets, entry.id, [Edit("set", ("scenes", scene.id, "nodes", "n1", "text"), "Mine.")])
    tavern.world("Eldoria", inn="Cold.", tower="High.")
    sync()
    story = shelf(studio)["Eldoria"]
    assert [one.text for one in story.world.lore] == ["Cold.", "High."] and story.scenes[0].nodes[0].text == "Mine."


def test_guests_of_a_shared_studio_cannot_sync(studio, tavern, until):
    from core.jobs import Sender

    job = studio.submit("sync.sillytavern", {"folder": str(tavern.root)}, Sender("guest"))
    assert until(studio, job.id, "done", "failed") == "failed"
    assert studio.jobs.get(job.id).error["message"] == "Only the person at the computer can sync."
