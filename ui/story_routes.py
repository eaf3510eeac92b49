"""What the story desk in the page asks of the studio: plain JSON under `stories/`, behind the gate like all else.

Not Gradio events: a line that is typed has to be on disk before the next one, in order, and come back by itself.
"""

import asyncio
import hashlib
import tempfile
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from core.characters import TABLE, from_row
from core.errors import Missing, Refused, StudioError
from core.jobs import ENDED
from core.language import Words, shipped
from core.story import concerns, props, rewordings, rights, stories, wishes
from core.story.answers import Answers
from core.story.arrivals import recognise_together
from core.story.check import check
from core.story.concerns import Concern
from core.story.draft import told_in as told_in_language
from core.story.edits import Edit
from core.story.extractors import registered
from core.story.files import parse
from core.story.model import Asset
from core.story.shape import write
from core.studio import Studio
from ui.page import owner_of, sender_of, told_in
from ui.story_wire import edit_from, listed_in, told_arrival, told_concern, told_edit, told_finding
from ui.words import words_of

STATIC = Path(__file__).parent / "static" / "story"
KINDS = {".js": "text/javascript", ".css": "text/css"}
EDITS_MOST = 5000
ONCE_LONGEST = 64
LOOK_SECONDS = 0.3
FILES_MOST = 200
PLAYER = "exporters.html"
"""The exporter whose page the desk plays: what is seen here is what a friend will see."""
PLAYED = (PLAYER, "exporters.renpy")
ILLUSTRATOR = "illustrate.pictures"
TASKS = ("exporters", "illustrate")
Given = Annotated[dict[str, Any], Body()]


def kind_route(words: Callable[[Request], Words]) -> type[APIRoute]:
    """Routes whose refusals are answered in the visitor's words."""
    class KindRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def kindly(request: Request) -> Response:
                try:
                    return await answer(request)
                except StudioError as error:
                    told = told_in(error, words(request))
                    return JSONResponse({"error": told}, 404 if isinstance(error, Missing) else 400)

            return kindly

    return KindRoute


def routes_of(studio: Studio) -> list[BaseRoute]:
    """The desk's own routes."""
    desk = StoryRoutes(studio)
    router = APIRouter(prefix="/stories", route_class=kind_route(desk.words))
    for method, path, answer in (
        ("GET", "/page/{name}", page_part), ("GET", "/list", desk.listed), ("GET", "/exporters", desk.exporters),
        ("GET", "/jobs/{job_id}", desk.job), ("POST", "/jobs/{job_id}/stop", desk.stop),
        ("POST", "/new", desk.begin), ("POST", "/arrivals", desk.arrive),
        ("POST", "/back", desk.bring_back), ("GET", "/people", desk.people), ("GET", "/promise", desk.promised),
        ("POST", "/promise", desk.promise), ("GET", "/{asset_id}", desk.opened),
        ("GET", "/{asset_id}/revision", desk.revision), ("POST", "/{asset_id}/edits", desk.change),
        ("POST", "/{asset_id}/rename", desk.rename), ("POST", "/{asset_id}/move", desk.move),
        ("GET", "/{asset_id}/check", desk.check), ("GET", "/{asset_id}/concerns", desk.concerns),
        ("POST", "/{asset_id}/waive", desk.waive),
        ("GET", "/{asset_id}/versions", desk.versions), ("GET", "/{asset_id}/versions/{version}", desk.version),
        ("GET", "/{asset_id}/files", desk.files), ("POST", "/{asset_id}/files", desk.bring_file),
        ("POST", "/{asset_id}/restore", desk.restore),
        ("POST", "/{asset_id}/copy", desk.copy), ("POST", "/{asset_id}/trash", desk.trash),
        ("POST", "/{asset_id}/jobs", desk.start),
        ("GET", "/{asset_id}/jobs", desk.under_way), ("GET", "/{asset_id}/cuts", desk.older_cuts),
        ("GET", "/{asset_id}/player", desk.player),
    ):
        router.add_api_route(path, answer, methods=[method], response_model=None)
    return router.routes


def page_part(name: str) -> Response:
    """The desk's own scripts and style; they come when its tab is opened, not with the page."""
    path = STATIC / name
    if path.suffix not in KINDS or path.name != name or not path.is_file():
        raise Missing(f"There is no part of the page called {name[:40]!r}.")
    return FileResponse(path, media_type=KINDS[path.suffix], headers={"Cache-Control": "no-cache"})


class StoryRoutes:
    """The answers. A visitor of a shared studio sees and changes stories of their own only.

    A whole story is answered as JSON at once: FastAPI would look through each of its values first.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._answers = Answers(studio.assets)

    # --- the shelf of stories

    def listed(self, request: Request) -> list[dict[str, Any]]:
        """All stories, the newest change first, with what their cards show."""
        words = self.words(request)
        shown = [self._card(entry.id, entry.title, words) for entry in stories.listed(self._studio, owner_of(request))]
        return sorted(filter(None, shown), key=lambda card: -card["changed"])

    def begin(self, given: Given, request: Request) -> dict[str, Any]:
        title, words = str(given.get("title") or "")[:300], self.words(request)
        return {"id": stories.begin(self._studio, title or words("desk.new_story"), owner_of(request), words=words)}

    def copy(self, asset_id: str, request: Request) -> dict[str, Any]:
        path = self._mine(asset_id, request)
        title = f"{str(self._studio.assets.record(asset_id).get('title') or '')[:280]} 2"
        kept = self._studio.assets.save(path.read_bytes(), folder=stories.FOLDER, suffix=".json",
                                        record={"title": title, "owner": owner_of(request), "parents": [asset_id]})
        own = [Edit("set", ("title",), title), Edit("set", ("id",), stories.fresh_id(title))]
        stories.change(self._studio.assets, kept.id, own)
        return {"id": kept.id}

    def trash(self, asset_id: str, request: Request) -> dict[str, Any]:
        self._mine(asset_id, request)
        return {"token": self._studio.assets.trash([asset_id], owner_of(request))}

    def bring_back(self, given: Given, request: Request) -> dict[str, Any]:
        """Undo a deletion of one's own."""
        back = self._studio.assets.restore(str(given.get("token") or ""), owner_of(request))
        return {"id": back[0].id if back else ""}

    async def arrive(self, request: Request, name: str = "", keep: bool = False, title: str = "",
                     language: str = "", yes: bool = False) -> dict[str, Any]:
        """A file from elsewhere, or several that belong together: what they would become, or with `keep` the story
        that they became. Nothing in them runs. `yes` is to what is asked before pictures and sounds of others come."""
        given, owner = await _files(request, name), owner_of(request)

        def take(gone: Callable[[], bool]) -> dict[str, Any]:
            outside = registered(self._studio.home, self._studio.settings.locked, gone)
            with tempfile.TemporaryDirectory() as folder:
                paths = [Path(folder) / f"{number}" / _plain(called) for number, (called, _) in enumerate(given)]
                for path, (_, content) in zip(paths, given, strict=True):
                    path.parent.mkdir()
                    path.write_bytes(content)
                key, found = recognise_together(self._studio.catalog, paths, title[:300], outside)
                preview = told_in_language(found, language)
                seen = concerns.scan(preview.story, {one: {} for one in preview.files}, {})
                if keep:
                    rights.check_pack(self._studio.store, owner, preview.files, yes)
                kept = stories.take_in(self._studio, preview, owner, key) if keep else ""
            say, asks = self.words(request).phrase, rights.asks_pack(self._studio.store, owner, preview.files)
            return {"importer": say(self._studio.catalog[key].card.name), "id": kept, **told_arrival(preview, say),
                    "asks": asks, "concerns": [told_concern(one, say) for one in seen]}

        return await _while_there(request, take)

    # --- one story

    def opened(self, asset_id: str, request: Request) -> Response:
        content = self._mine(asset_id, request).read_bytes()
        return JSONResponse({"id": asset_id, "revision": _revision(content), "story": write(parse(content))})

    def revision(self, asset_id: str, request: Request) -> dict[str, Any]:
        return {"revision": _revision(self._mine(asset_id, request).read_bytes())}

    def change(self, asset_id: str, given: Given, request: Request) -> Response:
        """Apply edits to what is on disk. When another page wrote meanwhile, the whole story comes back with it."""
        edits = [edit_from(one) for one in listed_in(given.get("edits"), EDITS_MOST)]
        once, assets = str(given.get("once") or "")[:ONCE_LONGEST], self._studio.assets
        with assets.lock:
            before = _revision(self._mine(asset_id, request).read_bytes())
            if done := self._answers.find(asset_id, once, before):
                story, undo, alike = stories.opened(assets, asset_id), done.undo, False
            else:
                story, undo = stories.change(assets, asset_id, edits,
                                             lambda back: self._answers.keep(asset_id, once, before, back))
                alike = before == given.get("base")
            said = {"revision": _revision(self._mine(asset_id, request).read_bytes()),
                    "undo": [told_edit(one) for one in undo]}
        return JSONResponse(said if alike else {**said, "story": write(story)})

    def rename(self, asset_id: str, given: Given, request: Request) -> list[dict[str, Any]]:
        """The edits that give a variable another name wherever it is named; nothing is changed yet."""
        self._mine(asset_id, request)
        story = stories.opened(self._studio.assets, asset_id)
        made = rewordings.rename_variable(story, str(given.get("variable") or ""), str(given.get("name") or ""))
        return [told_edit(one) for one in made]

    def move(self, asset_id: str, given: Given, request: Request) -> list[dict[str, Any]]:
        """The edits that take a beat into another scene with all that leads to it; nothing is changed yet."""
        self._mine(asset_id, request)
        story = stories.opened(self._studio.assets, asset_id)
        made = rewordings.move_beat(story, *(str(given.get(name) or "") for name in ("scene", "node", "to")))
        return [told_edit(one) for one in made]

    def check(self, asset_id: str, request: Request) -> list[dict[str, Any]]:
        self._mine(asset_id, request)
        words, story = self.words(request), stories.opened(self._studio.assets, asset_id)
        written = shipped().written_in(story.language, words).phrase
        return [told_finding(one, words) for one in check(story, self._is_there, written)]

    def concerns(self, asset_id: str, request: Request, sold: bool = False) -> list[dict[str, Any]]:
        """Licences, consents and words to look at before the story leaves, with what mends each."""
        say = self.words(request).phrase
        return [told_concern(one, say) for one in self._concerns(asset_id, request, sold)]

    def waive(self, asset_id: str, given: Given, request: Request) -> dict[str, str]:
        """Pass one finding by with a reason, which is kept; without one it is asked about again."""
        one = rights.named(self._concerns(asset_id, request, bool(given.get("sold"))), str(given.get("id") or ""))
        who = (self._studio.store, owner_of(request), asset_id, one)
        if given.get("again"):
            rights.unwaive(*who)
        else:
            rights.waive(*who, str(given.get("why") or ""))
        return {"id": one.id}

    def _concerns(self, asset_id: str, request: Request, sold: bool) -> list[Concern]:
        self._mine(asset_id, request)
        story = stories.opened(self._studio.assets, asset_id)
        records = {one.id: self._studio.assets.record(one.file) for one in story.assets if self._is_there(one)}
        rows = {row["id"]: from_row(row) for row in self._studio.store.rows(TABLE) if "subject" in row}
        people = {one.id: rows[one.character] for one in story.cast if one.character in rows}
        found = concerns.scan(story, records, people, sold)
        return rights.with_waivers(found, self._studio.store, owner_of(request), asset_id)

    def versions(self, asset_id: str, request: Request) -> list[int]:
        """The times of earlier versions, in milliseconds, the newest first."""
        self._mine(asset_id, request)
        return [int(path.stem) for path in stories.versions(self._studio.assets, asset_id)]

    def version(self, asset_id: str, version: str, request: Request) -> Response:
        """What an earlier version said."""
        self._mine(asset_id, request)
        return JSONResponse({"story": write(stories.version(self._studio.assets, asset_id, version))})

    def restore(self, asset_id: str, given: Given, request: Request) -> Response:
        self._mine(asset_id, request)
        stories.restore(self._studio.assets, asset_id, f"{given.get('version')}")
        return self.opened(asset_id, request)

    # --- what a story can use

    def people(self, request: Request) -> list[dict[str, str]]:
        """The studio's characters, for whoever of the cast is one of them; their voice goes along."""
        rows = [row for row in self._studio.store.rows(TABLE) if row.get("name")]
        owner = owner_of(request)
        return [{"id": row["id"], "name": row["name"], "voice": row.get("voice") or ""} for row in rows
                if not owner or row.get("owner") == owner]

    def files(self, asset_id: str, request: Request, kind: str = "picture", find: str = "") -> list[dict[str, str]]:
        """Pictures or sounds of the Library, the newest first."""
        self._mine(asset_id, request)
        return [{"id": one.id, "title": one.title or one.id}
                for one in props.found(self._studio.library, kind, find[:200], owner_of(request))]

    async def bring_file(self, asset_id: str, request: Request, kind: str = "picture",
                         name: str = "") -> dict[str, str]:
        """A picture or a sound from the person's computer becomes a file of the studio."""
        self._mine(asset_id, request)
        content, owner = await request.body(), owner_of(request)
        kept = await run_in_threadpool(props.bring, self._studio.assets, content, name, kind, owner)
        return {"id": kept.id, "title": props.title(name)}

    # --- jobs about a story, and playing it

    def promised(self, request: Request) -> dict[str, float]:
        """When the person at the desk said yes to what holds for every export; 0 for not yet."""
        return {"when": rights.promised(self._studio.store, owner_of(request))}

    def promise(self, request: Request) -> dict[str, float]:
        return {"when": rights.promise(self._studio.store, owner_of(request))}

    def exporters(self, request: Request) -> list[dict[str, Any]]:
        """The ways of giving a story away, those that a friend can play first."""
        say = self.words(request).phrase
        found = [entry for entry in self._studio.catalog.find("exporters") if entry.request.__name__ == "ExportRequest"]
        return [{"key": entry.key, "name": say(entry.card.name), "about": say(entry.card.about),
                 "writes": entry.card.writes, "unavailable": say(entry.unavailable)}
                for entry in sorted(found, key=lambda entry: entry.key not in PLAYED)]

    def start(self, asset_id: str, given: Given, request: Request) -> dict[str, Any]:
        """Queue an export or the illustrating of a story."""
        self._mine(asset_id, request)
        key, values = str(given.get("key") or ""), given.get("values")
        if key.partition(".")[0] not in TASKS:
            raise Refused("That is no job for a story.", f"It can be one of: {', '.join(TASKS)}.")
        if key.startswith("exporters.") and not (isinstance(values, dict) and values.get("dry_run") is True):
            rights.check_promise(self._studio.store, owner_of(request))
        asked = {**(values if isinstance(values, dict) else {}), "story": asset_id}
        return {"job": self._studio.submit(key, asked, sender_of(request)).id}

    def job(self, job_id: str, request: Request) -> dict[str, Any]:
        """How far a job is, in the visitor's words."""
        seen, say = self._studio.jobs.get(job_id, owner_of(request)).view(), self.words(request).phrase
        error = seen["error"] and {name: say(part) for name, part in seen["error"].items()}
        return {name: seen[name] for name in ("id", "state", "progress", "eta_seconds", "assets")} | {
            "phase": say(seen["phase"]), "notices": [say(one) for one in seen["notices"]], "error": error}

    def under_way(self, asset_id: str, request: Request) -> list[dict[str, str]]:
        """The jobs about a story that have not ended: a page that is loaded anew goes on following them."""
        self._mine(asset_id, request)
        return [{"id": job.id, "key": job.key} for job in self._studio.jobs.all(owner_of(request))
                if job.state not in ENDED and job.key.partition(".")[0] in TASKS
                and job.request.get("story") == asset_id]

    def older_cuts(self, asset_id: str, request: Request) -> dict[str, int]:
        """How many figures an older cutter has taken out of their drawings."""
        self._mine(asset_id, request)
        story = stories.opened(self._studio.assets, asset_id)
        return {"older": len(wishes.cut_before(story, self._studio.catalog[ILLUSTRATOR].module.CUTTER))}

    def stop(self, job_id: str, request: Request) -> dict[str, Any]:
        """A job of one's own ends; what it has made stays."""
        self._studio.jobs.cancel(job_id, owner_of(request))
        return self.job(job_id, request)

    def player(self, asset_id: str, request: Request) -> Response:
        """The page that an export makes of the story as it is now."""
        self._mine(asset_id, request)
        story = stories.opened(self._studio.assets, asset_id)
        files = {one.id: self._studio.assets.get(one.file).path for one in story.assets if self._is_there(one)}
        page = self._studio.catalog[PLAYER].module.build(story, files)
        return Response(page, media_type="text/html", headers={"Cache-Control": "no-store"})

    # --- what all of them need

    def _mine(self, asset_id: str, request: Request) -> Path:
        """The story's file, for the visitor whose it is."""
        owner, path = owner_of(request), self._studio.assets.get(asset_id).path
        outside = not path.is_relative_to(self._studio.assets.outputs / stories.FOLDER) or path.suffix != ".json"
        if outside or owner and self._studio.assets.record(asset_id).get("owner") != owner:
            raise Missing("There is no such story.", "It may be in the trash.")
        return path

    def _card(self, asset_id: str, title: str, words: Words) -> dict[str, Any] | None:
        """None for a story that cannot be read or has just gone: it must not hide the others."""
        try:
            story, path = stories.opened(self._studio.assets, asset_id), self._studio.assets.get(asset_id).path
        except StudioError as error:
            return {"id": asset_id, "title": title, "scenes": 0, "cover": "", "changed": 0.0,
                    "trouble": told_in(error, words)}
        known = {one.id: one.file for one in story.assets if one.kind == "picture"}
        covers = [known.get(place.asset, "") for place in story.places]
        return {"id": asset_id, "title": story.title or story.id, "scenes": len(story.scenes),
                "cover": next(filter(None, covers), ""), "changed": path.stat().st_mtime, "trouble": ""}

    def words(self, request: Request) -> Words:
        return words_of(shipped(), request, self._studio.settings.get("general.language"))

    def _is_there(self, asset: Asset) -> bool:
        try:
            return self._studio.assets.get(asset.file).path.is_file()
        except StudioError:
            return False


async def _files(request: Request, name: str) -> list[tuple[str, bytes]]:
    """The file that is sent as it is, or those of a form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return [(name, await request.body())]
    async with request.form(max_files=FILES_MOST) as form:
        sent = [one for one in form.getlist("file") if not isinstance(one, str)]
        if not sent:
            raise Refused("There is no file here.", "Choose one, or several that belong together.")
        return [(one.filename or "", await one.read()) for one in sent]


async def _while_there(request: Request, work: Callable[[Callable[[], bool]], Any]) -> Any:
    """The work on a thread of its own; it is given what tells whether the page that asked has gone."""
    gone = threading.Event()

    async def look() -> None:
        while not gone.is_set():
            if await request.is_disconnected():
                gone.set()
            await asyncio.sleep(LOOK_SECONDS)

    looking = asyncio.create_task(look())
    try:
        return await run_in_threadpool(work, gone.is_set)
    finally:
        looking.cancel()


def _plain(name: str) -> str:
    return Path(name.replace("\\", "/")).name[-80:].lstrip(".") or "story.json"


def _revision(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
