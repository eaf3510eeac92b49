"""Whether SillyTavern answers is asked of a real server, and whatever else answers there is not taken for it."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from core.tavern import health


@pytest.fixture
def answering():
    """A server on a port of its own: answering(status, body) gives its address."""
    made = []

    def open_server(status, body):
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status if self.path == "/version" else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        made.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield open_server
    for server in made:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("status", "body", "told"), [
    (200, b'{"agent": "SillyTavern:1.12.6:x", "pkgVersion": "1.12.6"}', (health.ANSWERS, "1.12.6")),
    (403, b"", (health.CLOSED, "")), (500, b"", (health.STRANGE, "")), (200, b"<html>", (health.STRANGE, "")),
    (200, b"[]", (health.STRANGE, "")), (200, b'{"agent": "Other"}', (health.STRANGE, "")),
    (200, b"[" * 70_000, (health.STRANGE, ""))])
def test_only_sillytavern_is_taken_for_sillytavern(answering, status, body, told):
    assert health.ask(answering(status, body)) == told


@pytest.mark.parametrize(("address", "told"), [("http://127.0.0.1:1", health.SILENT), ("file:///etc", health.STRANGE),
                                               ("http://", health.SILENT), ("http://[", health.STRANGE)])
def test_nobody_there_and_no_address_are_told_apart(address, told):
    assert health.ask(address)[0] == told


def test_folder_and_server_are_looked_at_together(tmp_path):
    found = health.look("", "http://127.0.0.1:1/", tmp_path)
    assert found.root is None and found.trouble is not None and found.server == health.SILENT
    for name in ("characters", "chats/Mira", "worlds"):
        (tmp_path / "SillyTavern" / "data" / "default-user" / name).mkdir(parents=True)
    (tmp_path / "SillyTavern" / "data" / "default-user" / "chats" / "Mira" / "a.jsonl").touch()
    found = health.look("", "http://127.0.0.1:1", tmp_path)
    assert found.root is not None and (found.cards, found.chats, found.worlds) == (0, 1, 0)
