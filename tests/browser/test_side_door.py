"""A page of another program, in a real browser: with the key a card comes in; without it, or elsewhere, nothing."""

import json
import socket
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvicorn

from core import character_cards as cards
from core import characters
from core.tavern import extension
from core.tavern.folder import Tavern
from tests.ui.test_side_door import nothing, picture_with
from ui.gate import Gate, Rules
from ui.side_door import SideDoor

pytestmark = pytest.mark.browser
STAND_IN = """<!doctype html><div id="extensionsMenu"></div><script>
  const told = [];
  globalThis.toastr = { success: (text) => told.push(["success", text]), error: (text) => told.push(["error", text]) };
  globalThis.SillyTavern = { getContext: () => ({
    characters: [{ avatar: "Mira.png" }], characterId: 0, getRequestHeaders: () => ({}), name1: "You", name2: "Mira",
    getCurrentChatId: () => "one", chat: [{ name: "Mira", is_user: false, mes: "Hello." }], chatMetadata: {} }) };
</script><script type="module" src="/extensions/StudioNova/index.js"></script>"""


class Quiet(SimpleHTTPRequestHandler):
    """Hands out the folder; answers the one question that the extension asks of SillyTavern."""

    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(picture_with({"name": "Mira", "description": "A singer."}))

    def log_message(self, *words):
        pass


@pytest.fixture
def inn(studio, tmp_path):
    """A stand-in for SillyTavern's page, on a port of its own, with our extension in it."""
    for name in ("characters", "chats", "worlds"):
        (tmp_path / "inn" / name).mkdir(parents=True)
    (tmp_path / "inn" / "index.html").write_text(STAND_IN)
    studio.settings.set("tavern.folder", str(tmp_path / "inn"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "inn")))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", Tavern((tmp_path / "inn").resolve())
    server.shutdown()
    server.server_close()


@pytest.fixture
def door(studio):
    """The studio's gate over nothing else."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    gate = Gate(nothing, Rules(), settings=studio.settings, side=SideDoor(studio))
    server = uvicorn.Server(uvicorn.Config(gate, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{held.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_the_extension_sends_a_card_and_a_chat_from_another_port_and_a_wrong_key_sends_nothing(
        studio, inn, door, chromium):
    address, tavern = inn
    folder = extension.install(tavern, studio.settings, door)
    page = chromium.new_page()
    page.goto(address)
    for number, name in enumerate(("card", "chat"), 1):
        page.locator(f"#studionova-{name}").click()
        page.wait_for_function(f"told.length === {number}")
    assert [kind for kind, _ in page.evaluate("told")] == ["success", "success"], page.evaluate("told")
    mira = characters.find(studio.store.rows(characters.TABLE), "Mira")
    assert mira.card["data"]["description"] == "A singer."
    assert cards.holds_card(studio.assets.get(mira.portraits["neutral/front"]).path.read_bytes())
    assert studio.library.count() == 2
    reach = "(path) => fetch(path, {method: 'POST', body: 'x'}).then(() => 'answered', () => 'refused')"
    assert page.evaluate(reach, f"{door}/gradio_api/call/sync_sillytavern") == "refused"
    (folder / extension.NOTE).write_text(json.dumps({"address": door, "key": "another"}))
    page.locator("#studionova-card").click()
    page.wait_for_function("told.length === 3")
    assert page.evaluate("told[2][0]") == "error" and "key" in page.evaluate("told[2][1]")
    assert len(studio.store.rows(characters.TABLE)) == 1
    page.close()
