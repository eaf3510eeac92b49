"""SillyTavern's folder is found and told from others; who changed is known; nothing there is lost."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import character_cards as cards
from core.errors import BadFile, Missing, Refused
from core.tavern import folder, memory
from core.tavern.memory import BOTH, COME, GO, SAME, Seen, facts_of, verdict


@pytest.fixture
def tavern(tmp_path):
    root = tmp_path / "SillyTavern" / "data" / "default-user"
    for name in ("characters", "chats", "worlds"):
        (root / name).mkdir(parents=True)
    return folder.Tavern(root.resolve())


def chat(path, words, came_from=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {"user_name": "You", "character_name": "Mira", "chat_metadata": {"main_chat": came_from}}
    lines = [head, *({"name": "Mira", "is_user": False, "mes": one} for one in words)]
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    return path


def test_its_own_folder_that_of_a_user_and_the_usual_places_are_found(tavern, tmp_path):
    for said in (tavern.root, tavern.root.parent, tavern.root.parent.parent):
        assert folder.find(str(said)).root == tavern.root
    assert folder.find("", [tmp_path / "nowhere", tmp_path / "SillyTavern"]).root == tavern.root
    with pytest.raises(Missing):
        folder.find("", [tmp_path / "nowhere"])


def test_another_folder_is_told_apart_and_several_users_are_asked_for(tavern, tmp_path):
    with pytest.raises(Missing, match="not SillyTavern's"):
        folder.find(str(tmp_path / "SillyTavern" / "data" / "default-user" / "chats"))
    with pytest.raises(Missing, match="no folder"):
        folder.find(str(tmp_path / "elsewhere"))
    tavern.root.rename(tavern.root.parent / "ana")
    for name in ("characters", "chats", "worlds"):
        (tavern.root.parent / "ben" / name).mkdir(parents=True)
    with pytest.raises(Refused, match="ana, ben"):
        folder.find(str(tavern.root.parent.parent))


def test_a_chat_and_its_branches_are_one_family_and_rings_end(tavern):
    place = tavern.root / "chats" / "Mira"
    chat(place / "one.jsonl", "ab")
    chat(place / "one - Branch #1.jsonl", "ac", "one")
    chat(place / "deep.jsonl", "ad", "one - Branch #1")
    chat(place / "other.jsonl", "x", "gone")
    chat(place / "ring a.jsonl", "x", "ring b")
    chat(place / "ring b.jsonl", "x", "ring a")
    (place / "broken.jsonl").write_bytes(b"\xff{")
    families = {one.key: [file.name for file in one.files] for one in tavern.chats()}
    assert families["chats/Mira/one.jsonl"] == ["one.jsonl", "deep.jsonl", "one - Branch #1.jsonl"]
    assert len(families["chats/Mira/ring a.jsonl"]) == 2 and len(families) == 4


def test_chats_of_groups_bear_the_groups_name(tavern):
    (tavern.root / "groups").mkdir()
    (tavern.root / "groups" / "1.json").write_text(json.dumps({"name": "The inn", "chats": ["evening"]}))
    chat(tavern.root / "group chats" / "evening.jsonl", "a")
    assert [one.title for one in tavern.chats()] == ["The inn · evening"]


def test_links_are_left_alone(tavern, tmp_path):
    (tmp_path / "secret.png").write_bytes(b"x")
    (tavern.root / "characters" / "a.png").symlink_to(tmp_path / "secret.png")
    assert tavern.cards() == []


def test_a_file_there_is_replaced_only_while_it_is_what_was_read_and_the_old_one_is_kept(tavern):
    path = tavern.root / "characters" / "Mira.png"
    path.write_bytes(b"old")
    tavern.replace(path, b"new", b"old")
    kept = list((tavern.root / folder.BACKUPS / "characters").iterdir())
    assert path.read_bytes() == b"new" and [one.read_bytes() for one in kept] == [b"old"]
    with pytest.raises(Refused, match="right now"):
        tavern.replace(path, b"newer", b"old")
    with pytest.raises(Refused):
        tavern.add(path, b"other")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(("name", "file"), [("Mira", "Mira1.png"), ("a/b: <c>", "ab c.png"), ("..", "character.png"),
                                            ("con", "character con.png"), ("ミラ", "ミラ.png"),
                                            ("x" * 300, "x" * 60 + ".png")])
def test_a_new_card_gets_a_name_that_every_system_takes_and_nobody_has(tavern, name, file):
    (tavern.root / "characters" / "mira.png").touch()
    assert tavern.free_card(name).name == file


def test_personas_are_read_whatever_stands_around_them(tavern):
    told = {"power_user": {"personas": {"me.png": "Ana", "../x.png": "Ben", "n.png": None, "e.png": " "},
                           "persona_descriptions": {"me.png": {"description": "Quiet."}, "../x.png": "odd"}}}
    (tavern.root / "settings.json").write_text(json.dumps(told))
    assert [(one.key, one.name, one.description) for one in tavern.personas()] == [
        ("User Avatars/x.png", "Ben", ""), ("User Avatars/me.png", "Ana", "Quiet.")]
    (tavern.root / "settings.json").write_text("[1")
    with pytest.raises(BadFile):
        tavern.personas()


@given(some.booleans(), some.booleans())
def test_the_side_that_changed_counts(there, here):
    before = Seen("id", there="t", facts="h")
    expected = {(False, False): SAME, (True, False): COME, (False, True): GO, (True, True): BOTH}
    assert verdict(before, "T" if there else "t", "H" if here else "h") == expected[there, here]
    assert verdict(None, "t", "h") == COME


def test_a_card_says_the_same_after_what_programs_change_by_themselves():
    card = cards.read_card(json.dumps({"name": "Mira", "description": "a\nb"}).encode())
    other = cards.read_card(json.dumps({"spec": "chara_card_v2", "chat": "x", "fav": True, "data": {
        "name": "Mirabelle", "description": "a\r\nb\n", "modification_date": 5, "extensions": {
            "fav": True, "studionova": {"trigger": "zwmira"}}}}).encode())
    assert facts_of(card) == facts_of(other)
    other["data"]["description"] = "c"
    assert facts_of(card) != facts_of(other)


def test_what_is_remembered_is_read_back_and_damage_is_passed_by(tmp_path):
    seen = {"characters/a.png": Seen("1", "s", "t", "f", "o", "A", "B"), "worlds/b.json": Seen("2")}
    rows = [memory.as_row(tmp_path, key, one) for key, one in seen.items()]
    damaged = [{}, {"id": "x"}, {**rows[0], "here": ""}, {**rows[0], "folder": "elsewhere"}]
    assert memory.load([*rows, *damaged], tmp_path) == seen
    assert memory.load([], tmp_path) == {}
    assert memory.load([{**rows[1], "newer": 1}], tmp_path) == {"worlds/b.json": Seen("2")}
