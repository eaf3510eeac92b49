"""The side door takes a card or a chat from who has the key, and nothing else from anybody."""

import asyncio
import io
import json
import types

import pytest
from PIL import Image
from starlette.testclient import TestClient

from core import character_cards as cards
from core import characters
from core.errors import Refused
from core.story import stories
from core.tavern import extension
from core.tavern.folder import BACKUPS, Tavern
from ui import side_door, tavern
from ui.gate import Gate, Rules
from ui.side_door import SideDoor

FOREIGN = {"origin": "http://127.0.0.1:8000"}
HERE = types.SimpleNamespace(headers={"host": "127.0.0.1:7860"})


async def nothing(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def picture_with(told):
    out = io.BytesIO()
    Image.new("RGB", (8, 12), "teal").save(out, "PNG")
    return cards.write_png(out.getvalue(), cards.read_card(json.dumps(told).encode()))


@pytest.fixture
def inn(studio, tmp_path):
    """A SillyTavern that the studio knows."""
    root = tmp_path / "inn"
    for name in ("characters", "chats", "worlds", "extensions"):
        (root / name).mkdir(parents=True)
    studio.settings.set("tavern.folder", str(root))
    studio.store.put("ready_stories", "lantern", {"id": "lantern"})
    return Tavern(root.resolve())


@pytest.fixture
def door(studio, inn):
    return TestClient(Gate(nothing, Rules(), settings=studio.settings, side=SideDoor(studio)))


@pytest.fixture
def key(studio, inn):
    """The extension is installed; what it knows."""
    folder = tavern.connect(studio, HERE)
    return {"authorization": f"Bearer {json.loads((folder / extension.NOTE).read_text())['key']}"} | FOREIGN


def people(studio):
    return {row["name"]: characters.from_row(row) for row in studio.store.rows(characters.TABLE)}


def test_a_card_comes_in_and_renews_the_character_the_next_time(studio, door, key):
    told = {"name": "Mira", "description": "A singer."}
    answer = door.post("/tavern/card?name=Mira.png", content=picture_with(told), headers=key)
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["notices"][0] == "1 came, 0 went, 0 are the same on both sides."
    mira = characters.amend(people(studio)["Mira"], "descriptor", "teal hair")
    studio.store.put(characters.TABLE, mira.id, mira.row())
    told["description"] = "A pilot."
    assert door.post("/tavern/card?name=Mira.png", content=picture_with(told), headers=key).status_code == 200
    assert set(people(studio)) == {"Mira"} and people(studio)["Mira"].descriptor == "teal hair"
    assert people(studio)["Mira"].card["data"]["description"] == "A pilot."
    assert list((studio.home.work / "sent").iterdir()) == []


def test_what_was_changed_here_still_goes_after_a_card_was_sent(studio, door, key, inn, until):
    told = {"name": "Mira", "description": "A singer."}
    inn.add(inn.root / "characters" / "Mira.png", picture_with(told))
    door.post("/tavern/card?name=Mira.png", content=picture_with(told), headers=key)
    mira = characters.amend(people(studio)["Mira"], "descriptor", "teal hair")
    studio.store.put(characters.TABLE, mira.id, mira.row())
    door.post("/tavern/card?name=Mira.png", content=picture_with(told), headers=key)
    job = studio.submit("sync.sillytavern", {"folder": str(inn.root)})
    until(studio, job.id, "done")
    card = cards.read_card((inn.root / "characters" / "Mira.png").read_bytes())
    assert card["data"]["extensions"]["studionova"]["descriptor"] == "teal hair"


def test_a_chat_comes_in_with_the_branches_that_lie_there(studio, door, key, inn):
    def lines(*said, came_from=""):
        head = {"chat_metadata": {"main_chat": came_from}}
        return "\n".join(json.dumps(one) for one in (head, *({"name": "Mira", "mes": words} for words in said)))

    place = inn.root / "chats" / "Mira"
    place.mkdir()
    (place / "one.jsonl").write_text(lines("Hello.", "Stay?"))
    (place / "branch.jsonl").write_text(lines("Hello.", "Go!", came_from="one"))
    sent = lines("Hello.", "Stay?", "Yes.")
    answer = door.post("/tavern/chat?name=one.jsonl&whose=Mira", content=sent.encode(), headers=key)
    assert answer.status_code == 200
    stories_here = stories.listed(studio)
    assert [one.title for one in stories_here] == ["Mira · one"]
    told = [node.text for scene in stories.opened(studio.assets, stories_here[0].id).scenes for node in scene.nodes]
    assert {"Hello.", "Stay?", "Yes.", "Go!"} <= set(told)


@pytest.mark.parametrize(("path", "content", "status"), [
    ("/tavern/card?name=Mira.png", b"no picture", 422), ("/tavern/chat?name=a.jsonl", b"", 422),
    ("/tavern/card?name=..%2F..%2Fx.png", b"no picture", 422), ("/tavern/card", b"no picture", 422),
    ("/tavern/other", b"", 403), ("/file/1", b"", 403)])
def test_what_is_no_card_and_no_chat_is_refused_in_a_sentence(studio, door, key, path, content, status):
    answer = door.post(path, content=content, headers=key | {"accept-language": "de"})
    assert answer.status_code == status and len(answer.json()["error"]) > 20
    assert people(studio) == {} and stories.listed(studio) == []


def test_a_wrong_key_and_another_way_of_asking_are_refused(studio, door, key):
    for wrong in ({}, {"authorization": "Bearer x"}, {"authorization": key["authorization"].replace("Bearer", "Basic")},
                  {"authorization": "Bearer "}, {"authorization": f"Bearer {studio.settings.get('tavern.key')}"}):
        answer = door.post("/tavern/card?name=a.png", content=picture_with({"name": "A"}), headers=FOREIGN | wrong)
        assert answer.status_code == 401
    assert door.get("/tavern/card", headers=key).status_code == 405
    assert door.options("/tavern/card", headers=FOREIGN).headers["access-control-allow-headers"].startswith("auth")
    assert door.post("/tavern/card", headers=key | {"host": "evil.example"}).status_code == 400
    assert people(studio) == {}


def test_other_routes_answer_no_foreign_page(door, key):
    assert door.post("/anything", headers=key).status_code == 403
    assert "access-control-allow-origin" not in door.get("/anything", headers=key).headers
    assert "access-control-allow-origin" not in door.options("/anything", headers=key).headers


def test_too_much_is_refused_whether_it_says_so_or_not(studio, door, key, monkeypatch):
    monkeypatch.setattr(side_door, "PATHS", {"/tavern/card": (".png", 1000)})

    def slowly():
        for _ in range(3):
            yield b"x" * 500

    assert door.post("/tavern/card?name=a.png", content=b"x" * 1001, headers=key).status_code == 413
    assert door.post("/tavern/card?name=a.png", content=slowly(), headers=key).status_code == 413
    odd = key | {"content-length": "-1"}
    assert door.post("/tavern/card?name=a.png", content=b"x", headers=odd).status_code == 413
    assert not (studio.home.work / "sent").exists()


def test_half_a_chat_is_none(studio, key, inn):
    story = [{"chat_metadata": {}}, {"name": "Mira", "is_user": False, "mes": "Good evening."}]
    half = {"type": "http.request", "body": "\n".join(map(json.dumps, story)).encode(), "more_body": True}
    coming, told = iter([half, {"type": "http.disconnect"}]), []

    async def receive():
        return next(coming)

    async def send(message):
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": "/tavern/chat", "query_string": b"name=a.jsonl&whose=Mira",
             "headers": [(name.encode(), value.encode()) for name, value in key.items()]}
    asyncio.run(SideDoor(studio)(scope, receive, send, str))
    assert told[0]["status"] == 422 and b"cut off" in told[1]["body"]
    assert not stories.listed(studio, "") and not studio.jobs.all()


def test_it_is_shut_before_the_extension_while_shared_and_when_it_was_shut(studio, door, inn):
    assert door.post("/tavern/card", headers=FOREIGN).status_code == 404
    assert "access-control-allow-origin" not in door.options("/tavern/card", headers=FOREIGN).headers
    folder = tavern.connect(studio, HERE)
    held = {"authorization": f"Bearer {json.loads((folder / extension.NOTE).read_text())['key']}"}
    assert door.post("/tavern/chat?name=a.jsonl", headers=held).status_code == 422
    studio.settings.locked = True
    assert door.post("/tavern/chat?name=a.jsonl", headers=held).status_code == 404
    studio.settings.locked = False
    studio.settings.set("tavern.key", "")
    assert door.post("/tavern/chat?name=a.jsonl", headers=held).status_code == 404


def test_the_extension_is_installed_again_with_another_key_and_keeps_what_somebody_changed_in_it(studio, inn, key):
    folder = inn.extensions / extension.NAME
    (folder / "index.js").write_text("// mine")
    tavern.connect(studio, HERE)
    now = json.loads((folder / extension.NOTE).read_text())
    assert f"Bearer {now['key']}" != key["authorization"] and now["address"] == "http://127.0.0.1:7860"
    assert not extension.fits(studio.settings, key["authorization"].removeprefix("Bearer "))
    assert (folder / "index.js").read_bytes() == (extension.FILES / "index.js").read_bytes()
    kept = list((inn.root / BACKUPS / "extensions" / extension.NAME).iterdir())
    assert [one.read_text() for one in kept] == ["// mine"]
    assert now["key"] not in json.dumps(studio.settings.all())


@pytest.mark.parametrize("manifest", ['{"author": "Somebody"}', "[", None])
def test_a_foreign_extension_of_that_name_is_left_alone(studio, inn, manifest):
    folder = inn.extensions / extension.NAME
    folder.mkdir()
    if manifest is not None:
        (folder / "manifest.json").write_text(manifest)
    with pytest.raises(Refused, match="not ours"):
        tavern.connect(studio, HERE)
    assert len(list(folder.iterdir())) == (manifest is not None) and not studio.settings.get("tavern.key")


def test_an_older_sillytavern_has_its_extensions_below_the_program(inn):
    (inn.root / "scripts" / "extensions").mkdir(parents=True)
    assert inn.extensions == inn.root / "scripts" / "extensions" / "third-party"
