"""Opens the window to the network: port, gate, our own routes (health, status, metrics, assets), Gradio's launch."""

import dataclasses
import hashlib
import logging
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from core.errors import StudioError
from core.language import shipped
from core.owners import hold_to
from core.queue import count_states
from core.studio import Studio
from core.version import VERSION
from ui import (
    assistants,
    endpoints,
    endpoints_library,
    endpoints_story,
    endpoints_tavern,
    examples,
    page_errors,
    story_routes,
)
from ui.calls import Calls
from ui.gate import LOCAL_HOSTS, Gate, Rules
from ui.page import owner_of
from ui.side_door import SideDoor
from ui.words import Translator

log = logging.getLogger(__name__)
PORTS_TRIED = 50
SHOWN_INLINE = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".webm", ".mp3", ".ogg", ".wav", ".flac"}

FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]')


@dataclasses.dataclass(frozen=True)
class Door:
    """Where and to whom the studio answers."""

    address: str = "127.0.0.1"
    port: int = 7860
    may_move_port: bool = True
    share: bool = False
    password_hash: str = ""
    shared: bool = False
    names: tuple[str, ...] = ()
    frames: str = ""
    browser: bool = True


@dataclasses.dataclass(frozen=True)
class Serving:
    """A window that answers. `close` ends it; the jobs live in the Studio."""

    app: FastAPI
    url: str
    blocks: gr.Blocks

    def close(self) -> None:
        self.blocks.close(verbose=False)


def serve(blocks: gr.Blocks, studio: Studio, door: Door, look: dict[str, Any], uploads: Path) -> Serving:
    """Launch without blocking. `look` holds theme, css, js and head; `uploads` is Gradio's own temp folder.

    `_frontend=False` only leaves out that Gradio fetches the whole page once and gives up when a busy computer takes
    longer than three seconds for it.
    """
    with blocks:
        calls = Calls(studio, uploads)
        calls.register(endpoints.Endpoints(calls), endpoints.NAMES)
        calls.register(endpoints_library.LibraryEndpoints(calls), endpoints_library.NAMES)
        calls.register(endpoints_story.StoryEndpoints(calls), endpoints_story.NAMES)
        calls.register(endpoints_tavern.TavernEndpoints(calls), endpoints_tavern.NAMES)
    studio.settings.locked = door.shared
    port = find_port(door.address, door.port, door.may_move_port)
    megabytes = int(studio.settings.get("sharing.max_upload_mb"))
    blocks.queue(default_concurrency_limit=8, max_size=512)
    app, local, public = blocks.launch(
        prevent_thread_lock=True, quiet=True, inbrowser=door.browser, share=door.share, server_name=door.address,
        server_port=port, max_file_size=f"{megabytes}mb", footer_links=[], run_history=False, ssr_mode=False,
        enable_monitoring=False, show_error=False, _frontend=False, mcp_server=bool(studio.settings.get("sharing.mcp")),
        app_kwargs={"routes": routes_of(studio), "docs_url": None, "redoc_url": None, "openapi_url": None,
                    "middleware": [Middleware(Gate, rules=rules_for(door, megabytes), settings=studio.settings,
                                              side=SideDoor(studio)),
                                   Middleware(GZipMiddleware),
                                   Middleware(Translator, languages=shipped(), settings=studio.settings)]},
        **look)
    if blocks.mcp_server_obj is not None:
        assistants.attend(blocks.mcp_server_obj)
    return Serving(app, public or local, blocks)


def rules_for(door: Door, megabytes: int) -> Rules:
    names = set(LOCAL_HOSTS) | {name.removeprefix("*") for name in door.names}
    if door.share:
        names.add(".gradio.live")
    if door.shared:
        names |= {socket.gethostname().lower(), f"{socket.gethostname().lower()}.local"}
    rules = Rules(password_hash=door.password_hash, shared=door.shared, hosts=frozenset(names), frames=door.frames,
                  upload_bytes=megabytes * 2**20)
    if door.password_hash:
        rules.secret = hashlib.sha256(b"owner" + door.password_hash.encode()).digest()
    return rules


def find_port(address: str, wanted: int, may_move: bool) -> int:
    """The wanted port, or the next free one."""
    for port in range(wanted, wanted + (PORTS_TRIED if may_move else 1)):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
            if port != wanted:
                log.warning("port %s is busy, using %s", wanted, port)
            return port
    raise StudioError(f"Port {wanted} is in use by another program.", "Close that program, or choose one with --port.")


def routes_of(studio: Studio) -> list[BaseRoute]:
    """Our own routes. All but /health stand behind the gate. The app begins with them, so they come before Gradio's
    catch-all and answer from the first moment on."""
    began, router = time.time(), APIRouter()

    def health() -> dict[str, Any]:
        return {"status": "ok", "version": VERSION, "seconds": round(time.time() - began, 1)}

    def status(request: Request) -> dict[str, Any]:
        return {"version": VERSION, "jobs": count_states(studio.jobs.all()), "assets": studio.library.count(),
                "mode": studio.mode, "devices": studio.where(), "capabilities": studio.capabilities(),
                "shelf": studio.shelf.standing(),
                "routes": sorted({getattr(route, "path", "") for route in request.app.routes} - {""})}

    def metrics() -> Any:
        return JSONResponse(studio.metrics())

    answers = {"/health": health, "/status": status, "/system/metrics": metrics,
               "/file/{asset_id}": asset_route(studio), "/thumb/{asset_id}": thumb_route(studio),
               "/sidecar/{asset_id}": sidecar_route(studio), "/example/{name}": examples.served}
    for path, answer in answers.items():
        router.add_api_route(path, answer, methods=["GET"], response_model=None)
    page_errors.add(router)
    return [*router.routes, *story_routes.routes_of(studio)]


def asset_route(studio: Studio) -> Callable[[str, Request], Response]:
    def asset(asset_id: str, request: Request) -> Response:
        """A file that the studio made, found by its id and never by a path."""
        try:
            hold_to(studio.assets, [asset_id], owner_of(request))
            path = studio.assets.get(asset_id).path
            title = str(studio.assets.record(asset_id).get("title") or "")
        except StudioError as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        inline = path.suffix.lower() in SHOWN_INLINE
        kind = None if inline else "application/octet-stream"
        return FileResponse(path, media_type=kind, filename=name_of(title, path),
                            headers={"X-Content-Type-Options": "nosniff"},
                            content_disposition_type="inline" if inline else "attachment")

    return asset


def name_of(title: str, path: Path) -> str:
    """What a download is called: as the thing is called here, without what some system forbids in a name."""
    plain = " ".join(FORBIDDEN.sub(" ", title).split())[:80].strip(". ")
    return f"{plain}{path.suffix}" if plain else path.name


def thumb_route(studio: Studio) -> Callable[[str, Request], Response]:
    def thumb(asset_id: str, request: Request) -> Response:
        try:
            hold_to(studio.assets, [asset_id], owner_of(request))
            path = studio.assets.thumbnail(asset_id)
        except StudioError as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        return FileResponse(path, headers={"Cache-Control": "private, max-age=86400"})

    return thumb


def sidecar_route(studio: Studio) -> Callable[[str, Request], Response]:
    def sidecar(asset_id: str, request: Request) -> Response:
        try:
            hold_to(studio.assets, [asset_id], owner_of(request))
            record = studio.assets.record(asset_id)
        except StudioError as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        return JSONResponse({key: value for key, value in record.items() if key != "owner"})

    return sidecar
