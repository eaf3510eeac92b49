"""Which words a visitor reads: the page leaves with their language filled in, and handlers speak it too.

The page is built once, with marks (core.language.mark) in labels, choices and texts; `Translator` fills them while the
page is sent. So every visitor has an own language at no cost per click, and switching needs a reload, not a restart.
"""

import json
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.language import Languages, Words, fill

COOKIE = "studionova_language"
_PAGES = frozenset({"/", "/config", "/config/"})


def words_of(languages: Languages, request: Any, setting: str = "") -> Words:
    """The language of whoever sent this request; English for calls from programs that name none."""
    headers = getattr(request, "headers", None) or {}
    return choose(languages, headers.get("cookie", ""), headers.get("accept-language", ""), setting)


def choose(languages: Languages, cookies: str, accepted: str, setting: str = "") -> Words:
    """Cookie, then the studio's setting, then what the browser asks for."""
    return languages.choose(crumb(cookies, COOKIE), setting, accepted)


def crumb(cookies: str, name: str) -> str:
    """One of our own cookies, whatever other programs on the same computer have put around it."""
    pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
    return next((value.strip('"') for given, _, value in pairs if given == name), "")


def in_page(word: str) -> str:
    """A word as it may stand inside the page's JSON, which itself stands in a script."""
    inner = json.dumps(word, ensure_ascii=False)[1:-1]
    for sign in "<>&'":
        inner = inner.replace(sign, f"\\u{ord(sign):04x}")
    return inner


class Translator:
    """ASGI middleware: fills the marks of the page and its config; everything else passes untouched."""

    def __init__(self, app: ASGIApp, languages: Languages, settings: Any = None) -> None:
        self.app, self.languages, self.settings = app, languages, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope.get("path", "") not in _PAGES or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        setting = self.settings.get("general.language") if self.settings is not None else ""
        words = choose(self.languages, headers.get("cookie", ""), headers.get("accept-language", ""), setting)
        await self.app(scope, receive, _Filled(send, words))


class _Filled:
    """Holds the answer back until it is whole, then sends it with words in place of marks."""

    def __init__(self, send: Send, words: Words) -> None:
        self.send, self.words = send, words
        self.start: Message = {}
        self.parts: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        if message["type"] != "http.response.body":
            return await self.send(message)
        self.parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        headers = MutableHeaders(raw=self.start["headers"])
        body = b"".join(self.parts)
        if "content-encoding" not in headers:
            body = fill(body.decode("utf-8", "replace"), self.words, in_page).encode()
            headers["content-length"] = str(len(body))
            headers["vary"] = "Cookie, Accept-Language"
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})
