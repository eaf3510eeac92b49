"""A file server that can be told to misbehave: cut off, lie about ranges, send other bytes, ask for terms."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Unruly:
    """Serves `content` at any path. `cuts`: how many answers stop half way; `ranges`: "ok", "ignored" or "lying"."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.cuts, self.ranges, self.status, self.etag = 0, "ok", 200, '"one"'
        self.gate: threading.Event | None = None
        """Answers stop half way until it is set, and go on."""
        self.halfway = threading.Event()
        self.elsewhere = ""
        self.trees: dict[str, list] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, str]] = []
        """(path, Range, Authorization) of each question."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                outer._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> "Unruly":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range", "")
        self.asked.append((handler.path, asked, handler.headers.get("Authorization", "")))
        if self.elsewhere:
            handler.send_response(302)
            handler.send_header("Location", self.elsewhere)
            handler.end_headers()
            return
        if self.status != 200:
            handler.send_error(self.status)
            return
        if handler.path.partition("?")[0] in self.trees:
            self._send(handler, json.dumps(self.trees[handler.path.partition("?")[0]]).encode(), 200, {})
            return
        content = self.files.get(handler.path, self.content)
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked and self.ranges != "ignored" else 0
        if handler.headers.get("If-Range", self.etag) != self.etag:
            start, asked = 0, ""
        if asked and start >= len(content):
            handler.send_error(416)
        elif asked and self.ranges != "ignored":
            said = 0 if self.ranges == "lying" else start
            span = f"bytes {said}-{len(content) - 1}/{len(content)}"
            self._send(handler, content[said:], 206, {"Content-Range": span})
        else:
            self._send(handler, content, 200, {})

    def _send(self, handler: BaseHTTPRequestHandler, body: bytes, status: int, headers: dict[str, str]) -> None:
        handler.send_response(status)
        for key, value in {"Content-Length": str(len(body)), "ETag": self.etag, **headers}.items():
            handler.send_header(key, value)
        handler.end_headers()
        if self.cuts > 0:
            self.cuts -= 1
            body = body[:max(1, len(body) // 2)]
        if self.gate is not None:
            handler.wfile.write(body[:len(body) // 2])
            handler.wfile.flush()
            self.halfway.set()
            self.gate.wait(20)
            body = body[len(body) // 2:]
        handler.wfile.write(body)
        handler.close_connection = True
