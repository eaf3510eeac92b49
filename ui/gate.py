"""The door: who may come in, under which host name, and what a request may carry. Plain ASGI, before Gradio.

Gradio's own login is not used: it leaves several routes open, has no throttle and no owner. This gate answers
`/login` the way `gradio_client` expects, so `Client(url, auth=("mira", "the password"))` works.
"""

import hashlib
import hmac
import html
import ipaddress
import json
import logging
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core.language import Words, shipped
from core.log import clean_correlation, within
from core.passwords import Throttle, fits
from ui.words import choose, crumb

log = logging.getLogger(__name__)
OPEN_PATHS = frozenset({"/health", "/login", "/login/", "/favicon.ico", "/gradio_api/startup-events"})
"""Startup-events is Gradio's own call to itself while it launches; it answers nothing but true."""
COOKIE, OWNER_HEADER, CORRELATION_HEADER = "studionova", b"x-studionova-owner", b"x-correlation-id"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})
CONTENT_RULES = "; ".join((
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:", "object-src 'none'", "base-uri 'self'",
    "frame-ancestors 'self' {frames}"))


@dataclass
class Rules:
    """How open the door stands."""

    password_hash: str = ""
    """Empty: no password, for loopback and for hosts that do the login themselves."""
    shared: bool = False
    """Strangers may come: every visitor has an owner token of their own."""
    hosts: frozenset[str] = LOCAL_HOSTS
    """Host names that are answered; a leading dot admits all names below it. Bare addresses when shared."""
    frames: str = ""
    """Sites that may show the studio in a frame, e.g. https://huggingface.co."""
    upload_bytes: int = 64 * 1024 * 1024
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))


class Gate:
    """ASGI middleware. What passes carries the visitor's owner token in a header that no visitor can set."""

    def __init__(self, app: Any, rules: Rules, settings: Any = None, side: Any = None) -> None:
        """`side` answers a few paths by itself, also to other web pages; this gate only looks at the host's name."""
        self._app, self._rules, self._settings, self._side = app, rules, settings, side
        self._throttle = Throttle()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send) if scope["type"] == "lifespan" else await _refuse_socket(send)
            return
        headers = {key.lower(): value.decode("latin-1") for key, value in scope["headers"]}
        correlation = clean_correlation(headers.get(CORRELATION_HEADER, ""))
        with within("app", correlation):
            aside = self._side is not None and self._side.takes(scope["path"])
            reason = self._strange(headers) if aside else self._objection(scope, headers)
            if reason is not None:
                log.warning("a request was refused", extra={"context": {"path": scope["path"], "why": reason[1]}})
                await _answer(send, reason[0], {"error": self._words(headers).phrase(reason[1])})
            elif aside:
                await self._side(scope, receive, send, self._words(headers).phrase)
            elif scope["path"].rstrip("/") == "/login":
                await self._log_in(scope, receive, send, headers)
            else:
                await self._let_through(scope, receive, send, headers, correlation)

    def _objection(self, scope: dict[str, Any], headers: dict[bytes, str]) -> tuple[int, str] | None:
        if strange := self._strange(headers):
            return strange
        origin = headers.get(b"origin", "")
        foreign = origin and origin.partition("://")[2] != headers.get(b"host", "")
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and foreign:
            return 403, "Another web page tried to use the studio."
        size = headers.get(b"content-length", "0")
        if not size.isdecimal() or int(size) > self._rules.upload_bytes:
            return 413, f"That is too large. The most is {self._rules.upload_bytes // 2**20} MB."
        return None

    def _strange(self, headers: dict[bytes, str]) -> tuple[int, str] | None:
        """A page that leads its own name here is refused before anything else."""
        known = self._knows(_host_name(headers.get(b"host", "")))
        return None if known else (400, "This studio does not answer under that name.")

    def _knows(self, host: str) -> bool:
        if host in self._rules.hosts or any(n.startswith(".") and host.endswith(n) for n in self._rules.hosts):
            return True
        if not self._rules.shared:
            return False
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return False
        return True

    async def _let_through(self, scope: Any, receive: Any, send: Any, headers: Any, correlation: str) -> None:
        owner = self._owner(headers)
        if owner is None and scope["path"] not in OPEN_PATHS:
            if "text/html" in headers.get(b"accept", "") and scope["method"] == "GET":
                await _redirect(send, scope.get("root_path", "") + "/login")
            else:
                await _answer(send, 401, {"error": self._words(headers).phrase("Log in first.")})
            return
        kept = [(k, v) for k, v in scope["headers"] if k.lower() not in (OWNER_HEADER, CORRELATION_HEADER)]
        kept += [(OWNER_HEADER, (owner or "").encode()), (CORRELATION_HEADER, correlation.encode())]
        limited = _limited(receive, self._rules.upload_bytes)
        await self._app({**scope, "headers": kept}, limited, self._guarded(send, headers))

    def _owner(self, headers: dict[bytes, str]) -> str | None:
        """"" when nobody needs a token, the token of a visitor who is in, None for one who is not."""
        if not self._rules.shared:
            return ""
        owner, _, seal = crumb(headers.get(b"cookie", ""), COOKIE).partition(".")
        if owner and hmac.compare_digest(seal, self._seal(owner)):
            return owner
        return None if self._rules.password_hash else "guest"

    def _seal(self, owner: str) -> str:
        return hmac.new(self._rules.secret, owner.encode(), hashlib.sha256).hexdigest()

    def _words(self, headers: dict[bytes, str]) -> Words:
        setting = self._settings.get("general.language") if self._settings is not None else ""
        return choose(shipped(), headers.get(b"cookie", ""), headers.get(b"accept-language", ""), setting)

    async def _log_in(self, scope: Any, receive: Any, send: Any, headers: dict[bytes, str]) -> None:
        words = self._words(headers)
        if scope["method"] != "POST":
            await _page(send, 200, login_page(words))
            return
        body = parse_qs((await _read(receive, 16384)).decode("utf-8", "replace"))
        name = body.get("username", [""])[0].strip()[:80] or "friend"
        if not self._throttle.is_open():
            await _page(send, 429, login_page(words, "login.throttled"))
        elif self._rules.password_hash and not fits(body.get("password", [""])[0], self._rules.password_hash):
            self._throttle.note_wrong()
            await _page(send, 401, login_page(words, "login.wrong"))
        else:
            owner = hmac.new(self._rules.secret, name.casefold().encode(), hashlib.sha256).hexdigest()[:24]
            framed = "SameSite=None; Secure; Partitioned" if self._rules.frames else "SameSite=Lax"
            cookie = f"{COOKIE}={owner}.{self._seal(owner)}; Path=/; HttpOnly; Max-Age=2592000; {framed}"
            place = scope.get("root_path", "") + "/"
            if "text/html" in headers.get(b"accept", ""):
                await _redirect(send, place, cookie)
            else:
                await _answer(send, 200, {"success": True}, cookie)

    def _guarded(self, send: Any, headers: dict[bytes, str]) -> Any:
        extra = [(b"content-security-policy", CONTENT_RULES.format(frames=self._rules.frames).strip().encode()),
                 (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin")]

        async def guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                there = {key.lower() for key, _ in message["headers"]}
                added = [pair for pair in extra if pair[0] not in there]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        return guarded


def login_page(words: Words, notice: str = "") -> str:
    """A small page of its own: no script, no outside request. `notice` is the key of a sentence."""
    note = f'<p role="alert">{html.escape(words(notice))}</p>' if notice else ""
    name, password, go = (html.escape(words(f"login.{key}")) for key in ("name", "password", "go"))
    return f"""<!doctype html><html lang="{words.code}"><meta charset="utf-8"><title>StudioNova</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>
:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;
min-height:100vh;margin:0;background:light-dark(#faf7f2,#1a1714);color:light-dark(#26221e,#f2ede6)}}
form{{width:min(22rem,90vw);display:grid;gap:.75rem}}h1{{font-size:24px;margin:0}}label{{font-size:14px}}
input,button{{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;border-radius:6px;border:1px solid #8a8077;
background:transparent;color:inherit}}button{{background:#f2a32c;color:#26221e;border:0;font-weight:700;cursor:pointer}}
p{{margin:0;color:light-dark(#9c2b16,#ffb4a3)}}</style>
<form method="post"><h1>StudioNova</h1>{note}
<label>{name}<input name="username" autocomplete="username" maxlength="80" required></label>
<label>{password}<input name="password" type="password" autocomplete="current-password" required></label>
<button>{go}</button></form></html>"""


def _host_name(host: str) -> str:
    """"" for what is no name at all, such as a bracket alone."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


async def _read(receive: Any, limit: int) -> bytes:
    body = b""
    while len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:limit]


def _limited(receive: Any, limit: int) -> Any:
    """Counts what arrives, for senders that do not say how much it will be."""
    seen = 0

    async def limited() -> dict[str, Any]:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            log.warning("an upload was cut off", extra={"context": {"bytes": seen}})
            return {"type": "http.disconnect"}
        return message

    return limited


async def _answer(send: Any, status: int, content: dict[str, Any], cookie: str = "") -> None:
    await _send(send, status, "application/json", json.dumps(content), cookie)


async def _page(send: Any, status: int, page: str) -> None:
    await _send(send, status, "text/html; charset=utf-8", page)


async def _redirect(send: Any, place: str, cookie: str = "") -> None:
    headers = [(b"location", place.encode())] + ([(b"set-cookie", cookie.encode())] if cookie else [])
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _send(send: Any, status: int, kind: str, text: str, cookie: str = "") -> None:
    headers = [(b"content-type", kind.encode()), (b"x-content-type-options", b"nosniff"),
               (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")]
    if cookie:
        headers.append((b"set-cookie", cookie.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


async def _refuse_socket(send: Any) -> None:
    await send({"type": "websocket.close", "code": 1008})
