"""A ComfyUI server that speaks the documented protocol and draws a plain colour. `jobs`: as newer servers do."""

import io
import json
import re
import socket
import socketserver
import struct
import threading
import uuid
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from PIL import Image

NODES = {"CheckpointLoaderSimple": {"ckpt_name": [["sub/painter.safetensors", "other.safetensors"]]},
         "LoraLoader": {"lora_name": ["COMBO", {"options": ["hats\\red_hat.safetensors"]}]},
         "KSampler": {"sampler_name": [["euler", "dpmpp_2m"]], "scheduler": [["normal", "karras"]]}}


def jpeg(side=16, kind="JPEG"):
    out = io.BytesIO()
    Image.new("RGB", (side, side), (200, 80, 40)).save(out, kind)
    return out.getvalue()


class Door(socketserver.ThreadingTCPServer):
    """One port for both: ComfyUI answers HTTP and its websocket on the same."""

    daemon_threads = True

    def __init__(self, http: int, talk: int) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                start = self.request.recv(7, socket.MSG_PEEK)
                with socket.create_connection(("127.0.0.1", talk if start.startswith(b"GET /ws") else http)) as other:
                    threading.Thread(target=pump, args=(self.request, other), daemon=True).start()
                    pump(other, self.request)

        super().__init__(("127.0.0.1", 0), Handler)


def pump(source, target):
    with suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)


class FakeComfy:
    """`graphs` are those that were queued; `hold` keeps a job running until it is cancelled; `fails` makes it fail."""

    def __init__(self, jobs: bool = True, talks: bool = True) -> None:
        from websockets.sync.server import serve

        self.jobs, self.talks, self.hold, self.fails = jobs, talks, False, ""
        self.graphs, self.uploads, self.done, self.cancelled = [], [], {}, []
        self.listeners, self.running = {}, {}
        self.lies = {}
        """Beginnings of paths, and what is answered there instead."""
        self.gone, self.came = threading.Event(), threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                outer._get(self)

            def do_POST(self) -> None:  # noqa: N802
                outer._post(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.talk = serve(self._listen, "127.0.0.1", 0)
        self.door = Door(self.http.server_port, self.talk.socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.door.server_address[1]}"

    def __enter__(self):
        for server in (self.http.serve_forever, self.talk.serve_forever, self.door.serve_forever):
            threading.Thread(target=server, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.gone.set()
        self.door.shutdown()
        self.door.server_close()
        self.http.shutdown()
        self.http.server_close()
        self.talk.shutdown()

    def _listen(self, ear):
        client = parse_qs(urlsplit(ear.request.path).query)["clientId"][0]
        assert "Origin" not in ear.request.headers
        self.listeners[client] = ear
        self.came.set()
        ear.send(json.dumps({"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}}}))
        self.gone.wait()

    def _get(self, handler):
        path, query = urlsplit(handler.path).path, parse_qs(urlsplit(handler.path).query)
        if self._lies(handler, path):
            return
        if path == "/system_stats":
            self._json(handler, {"system": {"comfyui_version": "0.33.1"}, "devices": []})
        elif path.startswith("/object_info/"):
            name = path.rpartition("/")[2]
            self._json(handler, {name: {"input": {"required": NODES[name]}}} if name in NODES else {})
        elif path.startswith("/api/jobs/") and self.jobs and (job := self._job(path)):
            self._json(handler, job)
        elif path.startswith("/history/"):
            self._json(handler, self._history(path.rpartition("/")[2]))
        elif path == "/queue":
            self._json(handler, {"queue_running": [[0, job, {}] for job in self.running], "queue_pending": []})
        elif path == "/view" and query["filename"] == ["made.png"] and query["type"] == ["output"]:
            self._send(handler, jpeg(64, "PNG"))
        else:
            handler.send_error(404)

    def _lies(self, handler, path):
        body = next((body for start, body in self.lies.items() if path.startswith(start)), None)
        if body is not None:
            self._send(handler, body)
        return body is not None

    def _job(self, path):
        job = path.rpartition("/")[2]
        if job in self.cancelled:
            return {"id": job, "status": "cancelled"}
        if job in self.running:
            return {"id": job, "status": "in_progress"}
        if job in self.done and self.fails:
            return {"id": job, "status": "failed", "execution_error": {"exception_message": self.fails}}
        return {"id": job, "status": "completed", "outputs": self.done[job]} if job in self.done else None

    def _history(self, job):
        if job not in self.done:
            return {}
        said = [["execution_error", {"exception_message": self.fails}]] if self.fails else []
        return {job: {"outputs": self.done[job], "status": {"status_str": "error" if self.fails else "success",
                                                            "completed": not self.fails, "messages": said}}}

    def _post(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        path = urlsplit(handler.path).path
        assert "Origin" not in handler.headers
        if self._lies(handler, path):
            return
        if path == "/prompt":
            self._queue(handler, json.loads(body))
        elif path == "/upload/image":
            name = re.search(rb'filename="([^"]+)"', body)[1].decode()
            self.uploads.append(body)
            self._json(handler, {"name": f"(1) {name}", "subfolder": "", "type": "input"})
        elif path.endswith("/cancel") and self.jobs:
            self._stop(path.split("/")[-2])
            self._json(handler, {})
        elif path == "/interrupt" and not self.jobs:
            self._stop(json.loads(body)["prompt_id"])
            self._json(handler, {})
        elif path == "/queue":
            self._json(handler, {})
        else:
            handler.send_error(404)

    def _stop(self, job):
        self.cancelled.append(job)
        self.running.pop(job, None)

    def _queue(self, handler, asked):
        job = asked["prompt_id"]
        if str(uuid.UUID(job)) != job:
            self._json(handler, {"error": {"type": "invalid_prompt_id", "message": "bad id"}, "node_errors": {}}, 400)
            return
        if asked["prompt"]["6"]["inputs"]["steps"] > 100:
            wrong = {"6": {"class_type": "KSampler", "errors": [{"message": "Value too big", "details": "steps"}]}}
            error = {"type": "prompt_outputs_failed_validation", "message": "no"}
            self._json(handler, {"error": error, "node_errors": wrong}, 400)
            return
        assert asked["extra_data"]["preview_method"] == "auto" and asked["client_id"]
        self.graphs.append(asked["prompt"])
        self.running[job] = True
        self._json(handler, {"prompt_id": job, "number": 1, "node_errors": {}})
        threading.Thread(target=self._work, args=(job, asked["client_id"]), daemon=True).start()

    def _work(self, job, client):
        ear = self.listeners.get(client) if self.talks and self.came.wait(10) else None
        tell = (lambda kind, **data: ear.send(json.dumps({"type": kind, "data": {**data, "prompt_id": job}}))) \
            if ear else lambda kind, **data: None
        tell("execution_start")
        tell("progress", value=1, max=2, node="6")
        if ear:
            ear.send(struct.pack(">II", 1, 1) + jpeg())
        if self.hold:
            return
        tell("progress", value=2, max=2, node="6")
        del self.running[job]
        self.done[job] = {} if self.fails else {"8": {"images": [
            {"filename": "made.png", "subfolder": "", "type": "output"},
            {"filename": "seen.png", "subfolder": "", "type": "temp"}]}}
        tell("executing", node=None)

    def _json(self, handler, content, status=200):
        self._send(handler, json.dumps(content).encode(), status)

    def _send(self, handler, body, status=200):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
