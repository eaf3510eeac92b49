"""What programs can call: every button's work as a named endpoint for `gradio_client`, curl and MCP.

Each is usable with its first argument alone. What makes something waits and returns
`{job, state, assets, notices, error}`; with wait=False it returns at once with the job's id.
"""

import asyncio
import json
from dataclasses import asdict
from typing import Any

import gradio as gr

from core import casting, character_files, enlarging, forecast, remix, tuition
from core.errors import BadFile, Refused
from core.knobs import with_options
from core.owners import hold_to
from core.recipes.picture import read_recipe
from core.requests import TrainRequest, UpscaleRequest, read_for
from ui import captions, models, usage
from ui.calls import Calls
from ui.page import owner_of, sender_of

NAMES = ("submit", "job", "jobs", "cancel", "cancel_pending", "skip", "pause", "resume", "move", "prioritize",
         "retry", "result", "search", "capabilities", "generate_image", "upscale", "reproduce", "read_metadata",
         "make_sheet", "train_lora", "score_likeness", "models", "usage", "create_character", "export_character",
         "import_character")
LIST_MAX = 200


class Endpoints:
    """The endpoints of pictures, characters, models and jobs."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._studio = calls, calls.studio

    async def submit(self, pipeline: str, request: gr.Request, values: dict = {}, wait: bool = True,  # noqa: B006
                     device: str = "", priority: int = 0) -> dict:
        """Run any pipeline by its key, e.g. "sheet.contact". `values` are the fields of its request; `device` is where
        this one job has to run, by a name that /status gives; `priority` goes from -9 to 9, and higher ones of yours
        run first."""
        return await self._calls.run(pipeline, values, wait, request, device, priority)

    async def generate_image(self, prompt: str, request: gr.Request, values: dict = {},  # noqa: B006
                             pipeline: str = "image.starter", wait: bool = True, device: str = "") -> dict:
        """Make pictures from words. `values` are further fields of the request, e.g. {"seed": 7, "count": 4}. The
        answer's `forecast` says what was to be expected: seconds, memory, whether it fits; null where nothing can be
        foretold."""
        asked = {**values, "prompt": prompt}
        told = await asyncio.to_thread(self._foretell, pipeline, asked)
        return await self._calls.run(pipeline, asked, wait, request, device) | {"forecast": told}

    async def upscale(self, picture: Any, request: gr.Request, scale: float = 2.0, pipeline: str = "upscale.lanczos",
                      wait: bool = True) -> dict:
        """Make a picture larger. `picture` is an uploaded file or the id of one in the Library. The answer's `forecast`
        says how many seconds were to be expected; null before one of about that size."""
        given = await asyncio.to_thread(self._calls.take_in, picture, owner_of(request))
        asked = {"pictures": [given], "scale": scale}
        told = await asyncio.to_thread(self._foretell, pipeline, asked)
        return await self._calls.run(pipeline, asked, wait, request) | {"forecast": told}

    async def reproduce(self, picture: Any, request: gr.Request, wait: bool = True) -> dict:
        """The same picture again, from an id of the Library or an uploaded picture of this studio. `equal` says whether
        it is the same to the bit; `notices` say what differs where it is not."""
        given = await asyncio.to_thread(self._calls.take_in, picture, owner_of(request))
        wish = await asyncio.to_thread(self._repeat, given)
        answer = await self._calls.run(wish.pipeline, dict(wish.values), wait, request)
        made = [self._studio.assets.record(asset["id"]) for asset in answer["assets"]]
        return answer | {"equal": bool(made) and all(record.get("repeated") is True for record in made)}

    async def read_metadata(self, picture: Any, request: gr.Request) -> dict:
        """How a picture was made, by A1111, Forge, ComfyUI, InvokeAI, Fooocus, SwarmUI, NovelAI or this studio: `tool`,
        `recipe` as it says itself, and `values` for /generate_image. Nothing of an upload is kept."""
        return await asyncio.to_thread(self._read_metadata, picture, owner_of(request))

    async def make_sheet(self, pictures: list, request: gr.Request, title: str = "", wait: bool = True) -> dict:
        """Lay several pictures out on one sheet."""
        given = [await asyncio.to_thread(self._calls.take_in, picture, owner_of(request)) for picture in pictures]
        return await self._calls.run("sheet.contact", {"pictures": given, "title": title}, wait, request)

    async def train_lora(self, character: str, request: gr.Request, values: dict = {},  # noqa: B006
                         pipeline: str = "train.starter", wait: bool = False, device: str = "") -> dict:
        """Teach a model a character. `values` are further fields of the request, e.g. {"effort": "quick"}. The answer's
        `forecast` says what is to be expected: seconds, memory, disk, whether it fits."""
        await asyncio.to_thread(casting.check_teachable, self._studio, character, owner_of(request))
        asked = {**values, "character": character}
        told = await asyncio.to_thread(self._foretell, pipeline, asked, device)
        return await self._calls.run(pipeline, asked, wait, request, device) | {"forecast": told}

    async def create_character(self, name: str, request: gr.Request, photos: list = [],  # noqa: B006
                               descriptor: str = "", whose: str = "drawn") -> dict:
        """A new character. `photos` are uploads or ids of the Library; `whose` is "drawn", "own" or "given" (their
        yes). Answers with the id, the trigger word, what the checks found about the photos, and for a drawn one the
        `job` that puts the photos into words."""
        owner = owner_of(request)
        given = [await asyncio.to_thread(self._calls.take_in, photo, owner) for photo in photos]
        person, found = await asyncio.to_thread(casting.create, self._studio, name, given, whose=whose, owner=owner,
                                                descriptor=descriptor)
        job = await asyncio.to_thread(captions.begin_at_once, self._studio, person, sender_of(request))
        return {"id": person.id, "name": person.name, "trigger": person.trigger, "photos": len(person.photos),
                "findings": [asdict(one) for one in found], "job": job.id if job else ""}

    async def score_likeness(self, pictures: list, request: gr.Request, character: str = "") -> dict:
        """How alike pictures are to a character, or to whom they were made with; the answers stand in `notices`."""
        given = [await asyncio.to_thread(self._calls.take_in, picture, owner_of(request)) for picture in pictures]
        who = character or await asyncio.to_thread(casting.who_is_in, self._studio, given)
        eye = casting.eye_for(self._studio, who)
        return await self._calls.run(eye, {"pictures": given, "character": who}, True, request)

    def models(self, kind: str = "") -> dict:
        """Models: `known` ones with size, memory, licence and source, and those that are `here`. To get one:
        /submit with "download.weights" and {"what": key}."""
        found = models.table(self._studio)
        return {part: [row for row in rows if kind in ("", row["kind"])] for part, rows in found.items()}

    def usage(self) -> dict:
        """What the work has cost: jobs, seconds, seconds on a card, watt-hours, and the money for energy and rented
        hours, as sums of each month, character and story. Estimates; not told while the studio is shared."""
        if self._studio.settings.locked:
            raise Refused("What it costs is only shown while the studio is not shared.",
                          "The person at the computer can see it.")
        return usage.table(self._studio)

    async def export_character(self, character: str, request: gr.Request, kind: str = "zip") -> dict:
        """A character as a file: "zip" with photos and LoRAs, or "card" for SillyTavern. An asset of the Library."""
        return self._calls.asset(await asyncio.to_thread(character_files.export_as_asset, self._studio, character, kind,
                                                         owner_of(request)))

    async def import_character(self, file: Any, request: gr.Request) -> dict:
        """A character from an uploaded .char.zip, or a character card as PNG or JSON."""
        path = self._calls.uploaded(file)
        person = await asyncio.to_thread(character_files.import_character, self._studio, path, owner_of(request))
        return {"id": person.id, "name": person.name, "photos": len(person.photos)}

    def job(self, job_id: str, request: gr.Request) -> dict:
        """How far a job is."""
        return self._studio.jobs.get(job_id, owner_of(request)).view()

    def jobs(self, request: gr.Request, state: str = "", count: int = 50) -> list:
        """The newest jobs, all or those in one state."""
        found = self._studio.jobs.all(owner_of(request))
        return [job.view() for job in found if state in ("", job.state)][:min(count, LIST_MAX)]

    def cancel(self, job_id: str, request: gr.Request) -> dict:
        """Stop a job."""
        return self._studio.jobs.cancel(job_id, owner_of(request)).view()

    def cancel_pending(self, request: gr.Request) -> dict:
        """Stop everything that waits; what runs goes on."""
        return {"stopped": self._studio.jobs.cancel_pending(owner_of(request))}

    def skip(self, job_id: str, request: gr.Request) -> dict:
        """Leave the part that a job is at, where `part` says that it has several; it goes on with the next one."""
        return self._studio.jobs.skip(job_id, owner_of(request)).view()

    def pause(self, job_id: str, request: gr.Request, lend: bool = False) -> dict:
        """Pause a job that can; with lend=True others may use its device meanwhile."""
        return self._studio.jobs.pause(job_id, owner_of(request), lend).view()

    def resume(self, job_id: str, request: gr.Request) -> dict:
        """Let a paused job go on."""
        return self._studio.jobs.resume(job_id, owner_of(request)).view()

    def move(self, job_id: str, request: gr.Request, before: str = "") -> dict:
        """Put a waiting job before another one; without another, at the end."""
        return self._studio.jobs.move(job_id, before, owner_of(request)).view()

    def prioritize(self, job_id: str, request: gr.Request, priority: int = 1) -> dict:
        """Let a waiting job run before those of yours with a lower priority, from -9 to 9; 0 is usual."""
        return self._studio.jobs.prioritize(job_id, int(priority), owner_of(request)).view()

    def retry(self, job_id: str, request: gr.Request) -> dict:
        """Run an ended job again, as a new job."""
        return self._studio.retry(job_id, sender_of(request)).view()

    def result(self, job_id: str, request: gr.Request) -> dict:
        """What a job made."""
        return self._calls.answer(self._studio.jobs.get(job_id, owner_of(request)), request)

    def search(self, request: gr.Request, words: str = "", count: int = 50, offset: int = 0) -> dict:
        """Find things in the Library by words."""
        from core.search import Query

        page = self._studio.library.search(Query(text=words, owner=owner_of(request), limit=min(count, LIST_MAX),
                                                 offset=offset))
        return {"total": page.total, "assets": [self._calls.asset(entry.id) for entry in page.rows]}

    def capabilities(self) -> list:
        """What the studio can do on this computer, and why not where it cannot: `state` is works, waits (for a model or
        a server that you bring) or lacks, and `why` says it in a sentence."""
        return self._studio.capabilities()

    def _foretell(self, pipeline: str, values: dict, device: str = "") -> dict | None:
        """What the request will cost, before it waits in the queue."""
        entry = self._studio.catalog[pipeline]
        if entry.task not in ("image", "upscale", "train"):
            return None
        asked = with_options(read_for(entry.task, values), entry.options)
        if isinstance(asked, TrainRequest):
            course = tuition.foretell(self._studio, pipeline, asked, device if device in self._studio.devices else "")
            return course and {"seconds": round(course.seconds, 1), "measured": course.measured,
                               "fits": course.fits_memory and course.fits_disk,
                               "memory_gb": round(course.memory_gb, 2), "disk_gb": round(course.disk_gb, 2)}
        if isinstance(asked, UpscaleRequest):
            seconds = enlarging.foretell(self._studio, pipeline, asked)
            return None if seconds is None else {"seconds": round(seconds, 2), "measured": True}
        told = forecast.forecast(self._studio, pipeline, asked)
        if told is None:
            return None
        plan = told.plan
        return {"seconds": round(told.seconds, 1), "measured": told.measured, "fits": plan.fits, "kept": plan.way,
                "device_gb": plan.device_gb, "ram_gb": plan.ram_gb}

    def _repeat(self, asset_id: str) -> remix.Wish:
        record = remix.drawn(self._studio.assets, asset_id)
        if record is not None:
            return remix.repeat(record)
        wish = remix.wish_of(self._studio.assets, asset_id)
        if not wish.values:
            raise BadFile("This picture does not say how it was made.", "Only one with its recipe can be repeated.")
        first = next(entry.key for entry in self._studio.catalog.find("image"))
        return remix.Wish(first, {**wish.values, "repeats": asset_id, "count": 1}, wish.tool)

    def _read_metadata(self, picture: Any, owner: str) -> dict:
        if isinstance(picture, str):
            hold_to(self._studio.assets, [picture], owner)
            wish, path = remix.wish_of(self._studio.assets, picture), self._studio.assets.get(picture).path
            recipe = read_recipe(path)
        else:
            recipe = read_recipe(self._calls.uploaded(picture))
            wish = remix.Wish() if recipe is None else remix.from_recipe(recipe)
        return {"tool": wish.tool, "pipeline": wish.pipeline, "values": plain_values(wish.values),
                "recipe": None if recipe is None else plain_values(asdict(recipe))}


def plain_values(values: Any) -> dict:
    """As JSON wants them; seeds stay whole numbers."""
    return json.loads(json.dumps(dict(values), default=str))
