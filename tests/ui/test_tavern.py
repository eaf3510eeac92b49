"""SillyTavern in Settings and over the API: how it is, a look, a sync; nothing of it for guests."""

import asyncio
import types

import pytest

from core import character_cards as cards
from core.errors import Refused
from core.jobs import Job
from core.language import shipped
from ui import tavern
from ui.calls import Calls
from ui.endpoints_tavern import TavernEndpoints
from ui.page import Page

VISITOR = types.SimpleNamespace(headers={})


@pytest.fixture
def page(studio, tmp_path):
    for name in ("characters", "chats", "worlds"):
        (tmp_path / "<b>" / name).mkdir(parents=True)
    told = cards.read_card(b'{"name": "Mira", "description": "A singer."}')
    (tmp_path / "<b>" / "characters" / "Mira.png").write_bytes(b"")
    (tmp_path / "<b>" / "worlds" / "x.json").write_bytes(cards.write_json(told))
    studio.settings.set("tavern.folder", str(tmp_path / "<b>"))
    studio.settings.set("tavern.server", "http://127.0.0.1:1")
    return Page(studio, shipped())


def test_the_section_tells_how_it_is_and_offers_a_look_and_a_sync(page):
    drawn = tavern.draw(page, page.languages["en"])
    assert "1 cards, 0 chats, 1 worlds" in drawn and "Nothing answers at http://127.0.0.1:1" in drawn
    assert 'data-act="look"' in drawn and 'data-act="sync"' in drawn and "&lt;b&gt;" in drawn and "<b>:" not in drawn
    page.studio.settings.set("tavern.folder", "/nowhere at all")
    drawn = tavern.draw(page, page.languages["de"])
    assert "Es gibt keinen Ordner /nowhere at all." in drawn and 'data-act="sync"' not in drawn


def test_what_came_of_it_is_told_in_the_visitors_language(page, studio, until):
    job = tavern.begin(studio, {"look": True}, VISITOR)
    until(studio, job.id, "done")
    drawn = tavern.draw_job(page, studio.jobs.get(job.id), page.languages["de"])
    assert "Was ein Abgleich täte" in drawn and "1 kämen, 0 gingen" in drawn and "Mira.png" in drawn


def test_the_buttons_begin_a_look_lay_the_extension_in_and_shut_the_door_again(page, studio, tmp_path):
    (tmp_path / "<b>" / "extensions").mkdir()
    here = types.SimpleNamespace(headers={"host": "127.0.0.1:7860", "accept-language": "en"})
    assert "Install the extension" in tavern.draw(page, page.languages["en"], here)
    assert "It is installed;" in tavern.obey(page, {"act": "install"}, here)[0]
    elsewhere = types.SimpleNamespace(headers={"host": "127.0.0.1:7861"})
    assert "sends to http://127.0.0.1:7860" in tavern.draw(page, page.languages["en"], elsewhere)
    assert "Install the extension" in tavern.obey(page, {"act": "shut"}, here)[0]
    held = Job("a", tavern.SYNC, "SillyTavern", {}, lane="light", created=9e9)
    for state in ("queued", "running"):
        held.state = state
        assert 'role="progressbar"' in tavern.draw_job(page, held, page.languages["en"])
    assert tavern.obey(page, {"act": "look"}, here)[1]
    tavern.obey(page, {"act": "keep", "name": "server", "text": " http://127.0.0.1:2 "}, here)
    tavern.obey(page, {"act": "keep", "name": "key", "text": "x"}, here)
    assert studio.settings.get("tavern.server") == "http://127.0.0.1:2" and not studio.settings.get("tavern.key")


def test_guests_see_nothing_of_it_and_change_nothing(page, studio):
    studio.settings.locked = True
    drawn = tavern.draw(page, page.languages["en"])
    assert "&lt;b&gt;" not in drawn and "data-act" not in drawn
    assert tavern.draw_job(page, object(), page.languages["en"]) == ""
    with pytest.raises(Refused):
        tavern.obey(page, {"act": "install"}, VISITOR)
    with pytest.raises(Refused, match="shared"):
        studio.settings.set("tavern.folder", "/elsewhere")


def test_programs_look_and_sync_and_the_folder_is_kept(page, studio, tmp_path):
    (tmp_path / "<b>").rename(tmp_path / "inn")
    endpoints = TavernEndpoints(Calls(studio, tmp_path / "uploads"))
    assert "There is no folder" in asyncio.run(endpoints.sillytavern(VISITOR))["trouble"]
    told = asyncio.run(endpoints.sync_sillytavern(VISITOR, str(tmp_path / "inn"), True))
    assert told["state"] == "done" and told["notices"][-1].startswith("1 could not be read")
    assert studio.settings.get("tavern.folder") == str(tmp_path / "inn")
    assert asyncio.run(endpoints.sillytavern(VISITOR))["cards"] == 1
    studio.settings.locked = True
    for call in (endpoints.sillytavern, endpoints.sync_sillytavern):
        with pytest.raises(Refused):
            asyncio.run(call(VISITOR))
