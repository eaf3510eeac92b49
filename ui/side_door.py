"""The side door: what SillyTavern's extension sends, and nothing else. Plain ASGI, called by the gate.

It is shut until the extension was installed and while the studio is shared. Any page may knock, as SillyTavern's own
page is another site to the browser; only who has the key comes in, with one card or one chat of bounded size.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from core.disk import write_whole
from core.errors import StudioError
from core.jobs import ENDED, Job, Sender, new_id
from core.studio import Studio
from core.tavern import extension
from ui.tavern import SYNC

PATHS: Mapping[str, tuple[str, int]] = MappingProxyType({
    "/tavern/card": (".png", 32 * 2**20), "/tavern/chat": (".jsonl", 64 * 2**20)})
"""What may be sent, and the most of it."""
WAIT_SECONDS, POLL_SECONDS, NAME_MOST = 60.0, 0.05, 200
OPEN_TO_PAGES = ((b"access-control-allow-origin", b"*"), (b"access-control-allow-methods", b"POST"),
                 (b"access-control-allow-headers", b"authorization, content-type"),
                 (b"access-control-max-age", b"600"))
Say = Callable[[str], str]


class SideDoor:
    """`takes` says what is its business; a call answers it, in the words of `say`."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def takes(self, path: str) -> bool:
        return path in PATHS

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any, say: Say) -> None:
        if not extension.is_open(self._studio.settings):
            await _answer(send, 404, {"error": say("Nothing can be sent here now.")}, pages=False)
        elif scope["method"] == "OPTIONS":
            await _answer(send, 204, None)
        elif scope["method"] != "POST":
            await _answer(send, 405, {"error": say("Nothing can be sent here now.")})
        else:
            status, told = await self._take(scope, receive, say)
            await _answer(send, status, told)

    async def _take(self, scope: Mapping[str, Any], receive: Any, say: Say) -> tuple[int, dict[str, Any]]:
        headers = {key.lower(): value.decode("latin-1") for key, value in scope["headers"]}
        kind, _, key = headers.get(b"authorization", "").partition(" ")
        if kind != "Bearer" or not extension.fits(self._studio.settings, key):
            return 401, {"error": say("That key is not the studio's. Install the extension again in Settings.")}
        suffix, most = PATHS[scope["path"]]
        try:
            content = await _body(receive, most, headers.get(b"content-length", "0"))
            if content is None:
                return 413, {"error": say(f"That is too large. The most is {most // 2**20} MB.")}
            return await self._keep(scope, suffix, content, say)
        except StudioError as refusal:
            return 422, {"error": f"{say(refusal.message)} {say(refusal.hint)}".strip()}

    async def _keep(self, scope: Mapping[str, Any], suffix: str, content: bytes,
                    say: Say) -> tuple[int, dict[str, Any]]:
        """The same job as a sync, for this one thing."""
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"), encoding="utf-8", errors="replace")
        name, whose = (Path(asked.get(word, [""])[0][:NAME_MOST].replace("\\", "/")).name for word in ("name", "whose"))
        file = self._studio.home.work / "sent" / f"{new_id()}{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(write_whole, file, content)
        request = {"folder": self._studio.settings.get("tavern.folder"),
                   "options": {"sent": str(file), "name": name, "whose": whose}}
        try:
            job = await asyncio.to_thread(self._studio.submit, SYNC, request, Sender(), title=Path(name).stem)
            await _end_of(job)
        finally:
            file.unlink(missing_ok=True)
        if job.error:
            return 422, {"error": f"{say(job.error['message'])} {say(job.error['hint'])}".strip()}
        return 200, {"job": job.id, "notices": [say(one) for one in job.notices]}


async def _end_of(job: Job) -> None:
    for _ in range(round(WAIT_SECONDS / POLL_SECONDS)):
        if job.state in ENDED:
            return
        await asyncio.sleep(POLL_SECONDS)
    raise StudioError("The studio is busy; what was sent could not be taken in.", "Send it again in a while.")


async def _body(receive: Any, most: int, said: str) -> bytes | None:
    """All of it, or None when it is, or says it is, more than may be. Half a chat is none."""
    if not said.isdecimal() or int(said) > most:
        return None
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise StudioError("It was cut off on its way.", "Send it again in a while.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Any, status: int, told: dict[str, Any] | None, pages: bool = True) -> None:
    headers = [(b"content-type", b"application/json"), (b"x-content-type-options", b"nosniff"),
               *(OPEN_TO_PAGES if pages else ())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if told is None else json.dumps(told).encode()})
