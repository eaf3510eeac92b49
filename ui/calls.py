"""What all calls of programs have in common: an upload is looked at, a job is run and answered, an error told in words.

What can be called stands in `ui/endpoints.py` and `ui/endpoints_story.py`.
"""

import asyncio
import functools
import inspect
import logging
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import BadFile, StudioError
from core.jobs import ENDED, Job
from core.language import shipped
from core.owners import hold_to
from core.story import rights
from core.studio import Studio
from ui.page import owner_of, sender_of, told_in
from ui.words import words_of

log = logging.getLogger(__name__)
POLL_SECONDS = 0.05
KINDS = {str: str, list: list, dict: dict, int: (int, float), float: (int, float)}
"""What counts as what; JSON knows numbers only."""


class Calls:
    """How the calls of one studio are served. `uploads` is the only folder from which files are taken in."""

    def __init__(self, studio: Studio, uploads: Path) -> None:
        self.studio, self._uploads = studio, uploads.resolve()

    def register(self, endpoints: Any, names: tuple[str, ...]) -> None:
        """Name these endpoints in the Blocks that is being built."""
        for name in names:
            gr.api(_spoken(getattr(endpoints, name)), api_name=name, concurrency_limit=None)

    async def run(self, key: str, values: dict, wait: bool, request: gr.Request, device: str = "",
                  priority: int = 0) -> dict:
        """A job, waited for unless told otherwise."""
        values = self._with_uploads(key, values)
        if key.startswith("exporters.") and values.get("dry_run") is not True:
            rights.check_promise(self.studio.store, owner_of(request))
        job = await asyncio.to_thread(self.studio.submit, key, values, sender_of(request), device=device,
                                      priority=int(priority))
        while wait and job.state not in ENDED:
            await asyncio.sleep(POLL_SECONDS)
        return self.answer(job, request)

    def take_in(self, given: Any, owner: str) -> str:
        """The asset id of a picture that was given as an id or as an upload."""
        if isinstance(given, str):
            hold_to(self.studio.assets, [given], owner)
            return self.studio.assets.get(given).id
        path = self.uploaded(given)
        return self.studio.assets.receive(path, Path(str(given.get("orig_name") or path.name)).stem, owner).id

    def _with_uploads(self, key: str, values: Any) -> dict:
        """The values; a file that is to be read has to be one that was uploaded."""
        if not isinstance(values, dict):
            raise BadFile("The values of a request are a table of names and values.", 'For example {"scale": 2.0}.')
        files = [f.name for f in fields(self.studio.catalog[key].request) if f.metadata.get("kind") == "file"]
        return values | {name: str(self.uploaded(values[name])) for name in files if values.get(name)}

    def uploaded(self, given: Any) -> Path:
        """The path of a file that was uploaded to this studio, and of no other."""
        path = Path(str(given.get("path", ""))).resolve() if isinstance(given, dict) else Path()
        if not path.is_relative_to(self._uploads) or not path.is_file():
            raise BadFile("That is not a file that was uploaded.", "Send it with gradio_client's handle_file.")
        return path

    def answer(self, job: Job, request: gr.Request) -> dict:
        """As every endpoint that makes something answers; in the language that the call names, else in English."""
        say = words_of(shipped(), request).phrase
        return {"job": job.id, "state": job.state, "assets": [self.asset(asset_id) for asset_id in job.assets],
                "notices": [say(one) for one in job.notices],
                "error": job.error and {name: say(part) for name, part in job.error.items()}}

    def asset(self, asset_id: str) -> dict:
        """Where an asset and its papers can be fetched."""
        return {"id": asset_id, "file": f"/file/{asset_id}", "sidecar": f"/sidecar/{asset_id}"}


def _spoken(endpoint: Any) -> Any:
    """The endpoint with the studio's errors told in words instead of a traceback."""
    def fail(error: StudioError, given: Iterable[Any]) -> None:
        log.info("a call was refused: %s", error)
        request = next((one for one in given if isinstance(one, gr.Request)), None)
        raise gr.Error(told_in(error, words_of(shipped(), request)), print_exception=False) from error

    wanted = tuple(inspect.signature(endpoint).parameters.values())
    if inspect.iscoroutinefunction(endpoint):
        @functools.wraps(endpoint)
        async def said(*args: Any, **kwargs: Any) -> Any:
            try:
                _check_kinds(wanted, args)
                return await endpoint(*args, **kwargs)
            except StudioError as error:
                fail(error, (*args, *kwargs.values()))
    else:
        @functools.wraps(endpoint)
        def said(*args: Any, **kwargs: Any) -> Any:
            try:
                _check_kinds(wanted, args)
                return endpoint(*args, **kwargs)
            except StudioError as error:
                fail(error, (*args, *kwargs.values()))
    return said


def _check_kinds(wanted: Iterable[inspect.Parameter], given: Iterable[Any]) -> None:
    """Refuse text where a list belongs and the like: Gradio hands on whatever a program sends."""
    for one, value in zip(wanted, given, strict=False):
        if KINDS.get(one.annotation) and not isinstance(value, KINDS[one.annotation]):
            raise BadFile(f"The value of {one.name} is of the wrong kind.",
                          "/gradio_api/info says what each should be.")
