"""SillyTavern for programs: how it is, and a sync."""

import asyncio
from dataclasses import asdict
from pathlib import Path

import gradio as gr

from core.errors import Refused
from core.tavern import health
from ui.calls import Calls
from ui.tavern import SYNC, connect

NAMES = ("sillytavern", "sync_sillytavern", "connect_sillytavern")


class TavernEndpoints:
    """For the person at the computer only: all of this is about their folders."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._studio = calls, calls.studio

    async def sillytavern(self, request: gr.Request) -> dict:
        """Whether SillyTavern's folder is there and whether its server answers, and in which version."""
        self._may()
        asked = (self._studio.settings.get("tavern.folder"), self._studio.settings.get("tavern.server"), Path.home())
        found = await asyncio.to_thread(health.look, *asked)
        return asdict(found) | {"root": str(found.root or ""), "trouble": str(found.trouble or "")}

    async def sync_sillytavern(self, request: gr.Request, folder: str = "", look: bool = False, again: bool = False,
                               wait: bool = True) -> dict:
        """Bring the studio and SillyTavern's data folder together, both ways; `notices` tell what came and went.

        `folder` is kept for the next time. look=True only tells what would happen; again=True also brings what was
        deleted on one side."""
        self._may()
        if folder:
            await asyncio.to_thread(self._studio.settings.set, "tavern.folder", folder)
        asked = {"folder": self._studio.settings.get("tavern.folder"), "look": look is True, "again": again is True}
        return await self._calls.run(SYNC, asked, wait, request)

    async def connect_sillytavern(self, request: gr.Request, on: bool = True) -> dict:
        """Lay the extension into SillyTavern, which then sends cards and chats here; on=False lets nothing in again."""
        self._may()
        if not on:
            await asyncio.to_thread(self._studio.settings.set, "tavern.key", "")
            return {"folder": ""}
        return {"folder": str(await asyncio.to_thread(connect, self._studio, request))}

    def _may(self) -> None:
        if self._studio.settings.locked:
            raise Refused("Only the person at the computer can sync.", "Ask them; sharing is on.")
