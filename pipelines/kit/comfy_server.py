"""A ComfyUI server from outside: asked over HTTP, heard over its websocket. Which graphs it runs is said elsewhere.

Old servers know /queue and /history, newer ones /api/jobs; both are spoken. No Origin is sent: a server on this
computer refuses one that is not its own.
"""

import io
import json
import logging
import struct
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, build_opener

from core.errors import BadFile, Missing, StudioError

log = logging.getLogger(__name__)
ANSWER_MOST = 200_000_000
PATIENCE = 0.5
"""Seconds between two questions while a server is silent."""
PREVIEW, PREVIEW_WITH_NOTES = 1, 4
ENDED = frozenset({"completed", "failed", "cancelled", "success", "error"})


@dataclass
class Server:
    """Where it is, and under which name it knows us."""

    url: str
    client: str = field(default_factory=lambda: str(uuid.uuid4()))
    has_jobs: bool | None = None
    """Whether it knows /api/jobs; None until it was asked."""


def open_server(address: str) -> Server:
    """A server that answers, or a sentence."""
    url = address.strip().rstrip("/")
    url = url if "://" in url else f"http://{url}"
    if not address.strip():
        raise Missing("No ComfyUI server is named.", "Write its address in Settings, e.g. http://127.0.0.1:8188")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise BadFile(f"{address[:100]} is no address of a server.", "It looks like http://127.0.0.1:8188")
    server = Server(url)
    stats = ask(server, "/system_stats")
    if not isinstance(stats, dict) or "system" not in stats:
        raise BadFile(f"What answers at {url} is not ComfyUI.", "Look at the address in Settings.")
    return server


def ask(server: Server, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """JSON from the server; `body` makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data is not None else {}
    raw = _send(server, Request(server.url + path, data=data, headers=headers))
    try:
        return json.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise BadFile(f"What answers at {server.url} is not ComfyUI.", "Look at the address in Settings.") from error


def choices(server: Server, node: str, field_name: str) -> list[str]:
    """What a field of a node can be on this server, e.g. the names of its checkpoints."""
    found = ask(server, f"/object_info/{quote(node)}")
    try:
        inputs = found[node]["input"]
        spec = {**inputs.get("optional", {}), **inputs.get("required", {})}[field_name]
    except (KeyError, TypeError) as error:
        raise Missing(f"This ComfyUI has no {node}.", "Update ComfyUI, or install what brings that node.") from error
    listed = spec[0] if isinstance(spec[0], list) else (spec[1] if len(spec) > 1 else {}).get("options", [])
    return [str(one) for one in listed]


def upload(server: Server, picture: Any, name: str) -> str:
    """Put a picture onto the server; gives the name that it has there."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    edge = uuid.uuid4().hex
    parts = [(f'Content-Disposition: form-data; name="image"; filename="{name}"\r\nContent-Type: image/png',
              out.getvalue()), ('Content-Disposition: form-data; name="overwrite"', b"false")]
    body = b"".join(f"--{edge}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    body += f"--{edge}--\r\n".encode()
    raw = _send(server, Request(f"{server.url}/upload/image", data=body,
                                headers={"Content-Type": f"multipart/form-data; boundary={edge}"}))
    found = json.loads(raw)
    return "/".join(filter(None, (found.get("subfolder"), found["name"])))


def submit(server: Server, graph: Mapping[str, Any]) -> str:
    """Queue a graph; gives the id of the job. Previews have to be asked for each time."""
    job = str(uuid.uuid4())
    answer = ask(server, "/prompt", {"prompt": graph, "client_id": server.client, "prompt_id": job,
                                     "extra_data": {"preview_method": "auto"}})
    return str(answer.get("prompt_id") or job)


def look(server: Server, job: str) -> tuple[str, list[dict[str, Any]], str]:
    """(state, pictures, what went wrong): "" as state while it runs."""
    if server.has_jobs is not False:
        try:
            found = ask(server, f"/api/jobs/{job}")
            server.has_jobs = True
            state = str(found.get("status", ""))
            wrong = (found.get("execution_error") or {}).get("exception_message", "")
            return (state if state in ENDED else ""), _pictures(found.get("outputs")), str(wrong)
        except Missing:
            if server.has_jobs:
                return "", [], ""
            server.has_jobs = False
    entry = ask(server, f"/history/{job}").get(job)
    if not entry:
        return "", [], ""
    status = entry.get("status") or {}
    wrong = next((str(data.get("exception_message", "")) for event, data in status.get("messages") or ()
                  if event == "execution_error"), "")
    stopped = any(event == "execution_interrupted" for event, _ in status.get("messages") or ())
    state = "cancelled" if stopped else "failed" if status.get("status_str") == "error" else "completed"
    return state, _pictures(entry.get("outputs")), wrong


def cancel(server: Server, job: str) -> None:
    """Stop this job and no other, whether it waits or runs."""
    with suppress(StudioError):
        if server.has_jobs is not False:
            ask(server, f"/api/jobs/{job}/cancel", {})
            return
    with suppress(StudioError):
        ask(server, "/queue", {"delete": [job]})
        ask(server, "/interrupt", {"prompt_id": job})


def view(server: Server, picture: Mapping[str, Any]) -> bytes:
    """A finished picture."""
    which = {key: str(picture.get(key, "")) for key in ("filename", "subfolder", "type")}
    return _send(server, Request(f"{server.url}/view?{urlencode(which)}"))


@contextmanager
def listening(server: Server) -> Iterator[Any]:
    """The websocket on which the server tells how far it is; None where it cannot be reached, which is no loss."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    address = f"ws{server.url.removeprefix('http')}/ws?clientId={server.client}"
    try:
        socket = connect(address, max_size=64 * 2**20, open_timeout=10, close_timeout=1, proxy=None)
    except (OSError, WebSocketException):
        log.info("the server does not tell how far it is; it is asked instead")
        yield None
        return
    with socket:
        yield socket


def hear(socket: Any) -> str | bytes:
    """The next message, or "" when there was none for half a second."""
    from websockets.exceptions import ConnectionClosed

    try:
        return socket.recv(timeout=PATIENCE) if socket is not None else _pause()
    except TimeoutError:
        return ""
    except ConnectionClosed:
        return _pause()


def _pause() -> str:
    time.sleep(PATIENCE)
    return ""


def read_preview(message: bytes) -> Any | None:
    """The picture in a binary message; None for other messages."""
    from PIL import Image, UnidentifiedImageError

    if len(message) < 8:
        return None
    kind, second = struct.unpack(">II", message[:8])
    start = 8 if kind == PREVIEW else 8 + second if kind == PREVIEW_WITH_NOTES else 0
    if not start:
        return None
    try:
        picture = Image.open(io.BytesIO(message[start:]))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    return picture


def _pictures(outputs: Any) -> list[dict[str, Any]]:
    nodes = outputs.values() if isinstance(outputs, dict) else ()
    found = [one for node in nodes if isinstance(node, dict) for one in node.get("images") or ()]
    return [one for one in found if isinstance(one, dict) and one.get("type") == "output"]


def _send(server: Server, request: Request) -> bytes:
    try:
        with build_opener().open(request, timeout=60) as response:
            return response.read(ANSWER_MOST)
    except HTTPError as error:
        raise _refused(server, error) from error
    except (URLError, OSError) as error:
        raise StudioError(f"The ComfyUI server at {server.url} does not answer.",
                          "Start it, or change its address in Settings.") from error


def _refused(server: Server, error: HTTPError) -> StudioError:
    """What the server itself says is wrong, in its own words where it has some."""
    if error.code == 404:
        return Missing(f"This ComfyUI does not know {urlsplit(error.url or '').path}.", "Update ComfyUI.")
    try:
        said = json.loads(error.read(1_000_000))
        nodes = [f"{node.get('class_type')}: {one.get('message')} {one.get('details', '')}".strip()
                 for node in (said.get("node_errors") or {}).values() for one in node.get("errors") or ()]
        reason = "; ".join(nodes) or str((said.get("error") or {}).get("message", ""))
    except (ValueError, AttributeError, OSError):
        reason = ""
    return StudioError(f"ComfyUI refused the job: {reason[:300] or f'error {error.code}'}.",
                       "Check the model and the settings; its own window may say more.")
