"""A ComfyUI server from outside: asked over HTTP, heard over its websocket. Which graphs it runs is said elsewhere.

Old servers know /queue and /history, newer ones /api/jobs; both are spoken. No Origin is sent: a server on this
computer refuses one that is not its own. What it answers is a stranger's word: of bounded size, and looked at before it
is used.
"""

import io
import json
import logging
import re
import struct
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from core.errors import BadFile, Missing, StudioError, TooBig

log = logging.getLogger(__name__)
ANSWER_MOST, PICTURE_MOST, PREVIEW_MOST = 16_000_000, 200_000_000, 16_000_000
"""Bytes of an answer in words, of a finished picture, and of one message while it works."""
PIXELS_MOST, PREVIEW_PIXELS_MOST = 100_000_000, 20_000_000
NAME_MOST, NAMES_MOST, PICTURES_MOST = 500, 20_000, 64
SAFE = ("PNG", "JPEG", "WEBP")
PATIENCE = 0.5
"""Seconds between two questions while a server is silent."""
PREVIEW, PREVIEW_WITH_NOTES = 1, 4
JOB = re.compile(r"[0-9A-Za-z_-]{1,100}")
LOST = "lost"
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
    return _json(server, _send(server, Request(server.url + path, data=data, headers=headers)))


def choices(server: Server, node: str, field_name: str) -> list[str]:
    """What a field of a node can be on this server, e.g. the names of its checkpoints."""
    found = ask(server, f"/object_info/{quote(node)}")
    try:
        inputs = found[node]["input"]
        spec = {**inputs.get("optional", {}), **inputs.get("required", {})}[field_name]
        listed = spec[0] if isinstance(spec[0], list) else (spec[1] if len(spec) > 1 else {}).get("options", [])
    except (LookupError, TypeError, AttributeError) as error:
        raise Missing(f"This ComfyUI has no {node}.", "Update ComfyUI, or install what brings that node.") from error
    return [one for one in listed[:NAMES_MOST] if _is_name(one)] if isinstance(listed, list) else []


def upload(server: Server, picture: Any, name: str) -> str:
    """Put a picture onto the server; gives the name that it has there."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    edge = uuid.uuid4().hex
    parts = [(f'Content-Disposition: form-data; name="image"; filename="{name}"\r\nContent-Type: image/png',
              out.getvalue()), ('Content-Disposition: form-data; name="overwrite"', b"false")]
    body = b"".join(f"--{edge}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts)
    body += f"--{edge}--\r\n".encode()
    found = _json(server, _send(server, Request(
        f"{server.url}/upload/image", data=body, headers={"Content-Type": f"multipart/form-data; boundary={edge}"})))
    parts = [found.get("subfolder") or "", found.get("name")] if isinstance(found, dict) else [None]
    if not all(isinstance(one, str) for one in parts) or not _is_name(there := "/".join(filter(None, parts))):
        raise BadFile("ComfyUI did not say where it put the picture.", "Update it, or look at the address in Settings.")
    return there


def submit(server: Server, graph: Mapping[str, Any]) -> str:
    """Queue a graph; gives the id of the job. Previews have to be asked for each time."""
    job = str(uuid.uuid4())
    answer = ask(server, "/prompt", {"prompt": graph, "client_id": server.client, "prompt_id": job,
                                     "extra_data": {"preview_method": "auto"}})
    given = answer.get("prompt_id") if isinstance(answer, dict) else None
    return given if isinstance(given, str) and JOB.fullmatch(given) else job


def look(server: Server, job: str) -> tuple[str, list[dict[str, Any]], str]:
    """(state, pictures, what went wrong). The state is "" while it waits or runs, and LOST where the server knows
    nothing of it, which may also be the moment between its queue and its memory."""
    if server.has_jobs is not False:
        try:
            found = _record(ask(server, f"/api/jobs/{job}"))
            server.has_jobs = True
            state = str(found.get("status", ""))
            wrong = _record(found.get("execution_error")).get("exception_message", "")
            return (state if state in ENDED else ""), _pictures(found.get("outputs")), str(wrong)
        except Missing:
            if server.has_jobs:
                return LOST, [], ""
            server.has_jobs = False
    entry = _record(_record(ask(server, f"/history/{job}")).get(job))
    if not entry:
        queue = _record(ask(server, "/queue"))
        waits = [one for name in ("queue_running", "queue_pending") for one in queue.get(name) or ()]
        return "" if any(isinstance(one, list) and job in one[:3] for one in waits) else LOST, [], ""
    status = _record(entry.get("status"))
    said = status.get("messages")
    told = {str(one[0]): _record(one[1]) for one in said if isinstance(one, list) and len(one) == 2} \
        if isinstance(said, list) else {}
    wrong = str(told.get("execution_error", {}).get("exception_message", ""))
    state = "cancelled" if "execution_interrupted" in told else \
        "failed" if status.get("status_str") == "error" else "completed"
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
    return _send(server, Request(f"{server.url}/view?{urlencode(which)}"), PICTURE_MOST)


def open_finished(content: bytes) -> Any:
    """A finished picture as it can be kept, or a sentence."""
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(content), formats=SAFE)
        if picture.width * picture.height > PIXELS_MOST:
            raise TooBig(f"ComfyUI gave a picture of {picture.width} × {picture.height} pixels.",
                         f"{PIXELS_MOST // 1_000_000} megapixels is the most.")
        return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadFile("What ComfyUI gave is no picture.", "Its own window may say why.") from error


@contextmanager
def listening(server: Server) -> Iterator[Any]:
    """The websocket on which the server tells how far it is; None where it cannot be reached, which is no loss."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    address = f"ws{server.url.removeprefix('http')}/ws?clientId={server.client}"
    try:
        socket = connect(address, max_size=PREVIEW_MOST, open_timeout=10, close_timeout=1, proxy=None)
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
        picture = Image.open(io.BytesIO(message[start:]), formats=SAFE)
        if picture.width * picture.height > PREVIEW_PIXELS_MOST:
            return None
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return picture


def read_count(value: Any) -> int:
    """How far it is, or how far there is to go, from a message; 0 for what is no number of steps."""
    return value if isinstance(value, int) and 0 <= value <= 1_000_000 else 0


def _pictures(outputs: Any) -> list[dict[str, Any]]:
    nodes = (node.get("images") for node in _record(outputs).values() if isinstance(node, dict))
    found = [one for listed in nodes if isinstance(listed, list) for one in listed]
    return [one for one in found if isinstance(one, dict) and one.get("type") == "output"
            and _is_name(one.get("filename"))][:PICTURES_MOST]


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= NAME_MOST and value.isprintable()


def _json(server: Server, raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        raise BadFile(f"What answers at {server.url} is not ComfyUI.", "Look at the address in Settings.") from error


def _send(server: Server, request: Request, most: int = ANSWER_MOST) -> bytes:
    try:
        with build_opener(_StayHere).open(request, timeout=60) as response:
            content = response.read(most + 1)
    except HTTPError as error:
        raise _refused(server, error) from error
    except (URLError, OSError) as error:
        raise StudioError(f"The ComfyUI server at {server.url} does not answer.",
                          "Start it, or change its address in Settings.") from error
    if len(content) > most:
        raise TooBig(f"The ComfyUI server at {server.url} answers with more than {most // 1_000_000} MB.",
                     "Look at the address in Settings.")
    return content


class _StayHere(HTTPRedirectHandler):
    """A server may not send us on to another one, e.g. into the network that we stand in."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Request | None:
        same = urlsplit(newurl).hostname == urlsplit(req.full_url).hostname
        return super().redirect_request(req, fp, code, msg, headers, newurl) if same else None


def _refused(server: Server, error: HTTPError) -> StudioError:
    """What the server itself says is wrong, in its own words where it has some."""
    if error.code == 404:
        return Missing(f"This ComfyUI does not know {urlsplit(error.url or '').path}.", "Update ComfyUI.")
    try:
        said = json.loads(error.read(1_000_000))
        nodes = [f"{node.get('class_type')}: {one.get('message')} {one.get('details', '')}".strip()
                 for node in (said.get("node_errors") or {}).values() for one in node.get("errors") or ()]
        reason = "; ".join(nodes) or str((said.get("error") or {}).get("message", ""))
    except (ValueError, AttributeError, TypeError, OSError, RecursionError):
        reason = ""
    return StudioError(f"ComfyUI refused the job: {reason[:300] or f'error {error.code}'}.",
                       "Check the model and the settings; its own window may say more.")
