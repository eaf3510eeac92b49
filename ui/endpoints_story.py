"""Stories for programs: list, bring in, check, play, illustrate, swap pictures, export. One argument is enough."""

import asyncio
from collections.abc import Mapping
from typing import Any

import gradio as gr

from core.errors import Missing, StudioError
from core.language import FALLBACK, shipped
from core.story import concerns, rights, stories, wishes
from core.story.arrivals import recognise_together
from core.story.check import check
from core.story.draft import Preview, told_in
from core.story.extractors import registered
from core.story.findings import SEVERE, Finding
from core.story.model import Asset, Story
from core.story.runner import Beat, Program, Runner
from core.story.shape import write
from ui.calls import Calls
from ui.page import owner_of

NAMES = ("stories", "import_story", "check_story", "play", "illustrate_story", "swap_picture", "export_story")
BEATS_MOST = 500


class StoryEndpoints:
    """The endpoints of stories. A story is named by its id in the Library, or by its title."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self._studio = calls, calls.studio

    def stories(self, request: gr.Request) -> list:
        """All stories, the newest first."""
        found = stories.listed(self._studio, owner_of(request))
        return [{"id": entry.id, "title": entry.title, "created": entry.created} for entry in found]

    async def import_story(self, file: Any, request: gr.Request, title: str = "", preview: bool = False,
                           language: str = "", promise: bool = False) -> dict:
        """Bring in a story that was written elsewhere; several files are read together: a chat and its branches.

        With preview=True nothing is kept: it tells what would come. Its language is guessed unless you say it.
        The first pack with pictures or sounds waits for a yes to what the refusal says: promise=True."""
        paths = [self._calls.uploaded(one) for one in (file if isinstance(file, list) else [file])]
        key, found = await asyncio.to_thread(
            recognise_together, self._studio.catalog, paths, title,
            registered(self._studio.home, self._studio.settings.locked))
        seen = told_in(found, language)
        noticed = concerns.scan(seen.story, {one: {} for one in seen.files}, {})
        if preview:
            return {"importer": key, **_summary(seen), "concerns": [one.words for one in noticed]}
        owner = owner_of(request)
        rights.check_pack(self._studio.store, owner, seen.files, promise is True)
        asset = await asyncio.to_thread(stories.take_in, self._studio, seen, owner, key)
        return {"story": asset, "importer": key, "state": "done",
                "notices": [*seen.unmapped, *(one.words for one in noticed)],
                "assets": [{"id": asset, "file": f"/file/{asset}", "sidecar": f"/sidecar/{asset}"}], "error": None}

    def check_story(self, story: str, request: gr.Request, fix: list = []) -> dict:  # noqa: B006
        """What would spoil a story, worst first. `fix` takes the numbers of findings whose first fix is to be done."""
        asset = self._find(story, request)
        found = self._look(stories.opened(self._studio.assets, asset))
        chosen = [found[number] for number in fix if isinstance(number, int) and 0 <= number < len(found)]
        for finding in chosen:
            if finding.fixes:
                stories.change(self._studio.assets, asset, finding.fixes[0].edits)
        found = self._look(stories.opened(self._studio.assets, asset)) if chosen else found
        return {"errors": sum(one.severity == SEVERE for one in found), "findings": [_told(one) for one in found]}

    def play(self, story: str, request: gr.Request, answers: list = [], seed: int = -1, at: str = "",  # noqa: B006
             variables: dict = {}) -> dict:  # noqa: B006
        """Play from the beginning or from `at`, giving `answers` (ids or numbers) in order, up to the next question."""
        program = Program(stories.opened(self._studio.assets, self._find(story, request)))
        runner, given, beats = Runner(program, seed if seed >= 0 else None, variables, at), list(answers), []
        while (beat := runner.beat) is not None and len(beats) < BEATS_MOST:
            beats.append(_shown(beat))
            if not beat.answers:
                runner.go_on()
            elif given:
                answer = given.pop(0)
                runner.answer(int(answer) if isinstance(answer, float) else answer)
            else:
                break
        return {"beats": beats, "ended": runner.beat is None, "variables": runner.state.variables, **runner.trace()}

    async def illustrate_story(self, story: str, request: gr.Request, values: dict = {},  # noqa: B006
                               wait: bool = True) -> dict:
        """Give a story its pictures. `values` are further fields of the request, e.g. {"candidates": 2}."""
        asset = await asyncio.to_thread(self._find, story, request)
        answer = await self._calls.run("illustrate.pictures", {**values, "story": asset}, wait, request)
        return answer | {"story": asset}

    def swap_picture(self, story: str, request: gr.Request, picture: str = "", candidate: str = "") -> dict:
        """What pictures a story has and what else was drawn for each; with `picture`, take the next or a named one."""
        asset = self._find(story, request)
        told = stories.opened(self._studio.assets, asset)
        if picture:
            told, _ = stories.change(self._studio.assets, asset, wishes.swap(told, picture, candidate))
        return {one.id: {"file": one.file, "candidates": one.meta.get("candidates", []),
                         "likeness": one.meta.get("scores", [])} for one in told.assets if one.kind == "picture"}

    async def export_story(self, story: str, request: gr.Request, kind: str = "html", values: dict = {},  # noqa: B006
                           wait: bool = True, promise: bool = False) -> dict:
        """Write a story for others: "html", "renpy", "bundle" and more; see /capabilities, exporters.

        The first export waits for a yes to what the refusal says: read it, and call again with promise=True."""
        if promise is True:
            await asyncio.to_thread(rights.promise, self._studio.store, owner_of(request))
        asset = await asyncio.to_thread(self._find, story, request)
        return await self._calls.run(f"exporters.{kind}", {**values, "story": asset}, wait, request)

    def _find(self, story: str, request: gr.Request) -> str:
        """The asset id of a story given by id or by title."""
        found = stories.listed(self._studio, owner_of(request))
        for entry in found:
            if story in (entry.id, entry.title):
                return entry.id
        raise Missing(f"There is no story called {story!r}.",
                      f"There is: {', '.join(entry.title for entry in found[:10]) or 'none yet'}.")

    def _look(self, story: Story) -> list[Finding]:
        words = shipped().written_in(story.language, shipped()[FALLBACK])
        return check(story, self._there, words.phrase)

    def _there(self, asset: Asset) -> bool:
        try:
            return self._studio.assets.get(asset.file).path.is_file()
        except StudioError:
            return False


def _summary(seen: Preview) -> dict[str, Any]:
    story = seen.story
    beats = sum(len(scene.nodes) for scene in story.scenes)
    first = [node.text for scene in story.scenes[:1] for node in scene.nodes[:10] if node.text]
    return {"title": story.title, "language": story.language, "scenes": len(story.scenes), "beats": beats,
            "files": len(seen.files), "cast": [one.name for one in story.cast], "first_lines": first,
            "unmapped": list(seen.unmapped)}


def _told(one: Finding) -> dict[str, Any]:
    return {"kind": one.kind, "severity": one.severity, "message": one.message, "scene": one.scene, "node": one.node,
            "fixes": [fix.label for fix in one.fixes]}


def _shown(beat: Beat) -> Mapping[str, Any]:
    return {"at": beat.address, "who": beat.who, "text": beat.text, "stage": [write(one) for one in beat.directives],
            "answers": [{"id": one.id, "text": one.text} for one in beat.answers]}
