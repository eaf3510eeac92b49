"""The stories of a home: listed, made, opened, changed in place. A story is an asset; its earlier versions are kept.

The finished story that comes with the studio is laid into a new home the first time stories are listed, and only then.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.disk import write_whole
from core.errors import Missing
from core.home import PROGRAM
from core.language import FALLBACK, Words
from core.search import Entry, Query
from core.story.draft import Preview, fresh_id, keep
from core.story.edits import Edit, apply
from core.story.files import parse, to_bytes
from core.story.model import Story
from core.story.shape import read

FOLDER = "stories"
READY = PROGRAM / "configs" / "stories"
TOLD = ("pipeline", "pipeline_version", "request", "seed", "prompt", "weights", "likeness", "characters")
"""What a sidecar that comes along may say of how a file was made."""
VERSIONS_MOST = 200
VERSION_SECONDS = 20.0
"""Changes that follow one another more quickly than this become one earlier version."""


def listed(studio: Any, owner: str = "") -> list[Entry]:
    """All stories of a person, the newest first."""
    give_ready(studio)
    found = studio.library.search(Query(folder=FOLDER, owner=owner, limit=1000)).rows
    return [entry for entry in found if entry.path.endswith(".json")]


def begin(studio: Any, title: str, owner: str = "", story: Story | None = None, words: Words | None = None) -> str:
    """A new story with one empty scene in the language of `words`, or the given one; its asset id."""
    opening = {"id": "opening", "title": words.phrase("Opening") if words else "Opening", "next": "@end",
               "nodes": [{"id": "n1", "text": ""}]}
    first = {"id": fresh_id(title), "title": title.strip()[:300] or "Story",
             "language": words.code if words else FALLBACK, "scenes": [opening]}
    made = story or read(Story, first)
    record = {"title": made.title or made.id, "owner": owner, "story": made.id}
    return studio.assets.save(to_bytes(made), folder=FOLDER, suffix=".json", record=record).id


def opened(assets: Any, asset_id: str) -> Story:
    """The story as it is on disk now."""
    return parse(assets.get(asset_id).path.read_bytes())


def save(assets: Any, asset_id: str, story: Story, *, keep_old: bool = False) -> None:
    """Write the story; what was there before becomes an earlier version, always so with `keep_old`."""
    with assets.lock:
        path = assets.get(asset_id).path
        _remember(past(assets, asset_id), path.read_bytes(), keep_old)
        assets.rewrite(asset_id, to_bytes(story), {"title": story.title or story.id, "story": story.id})


def change(assets: Any, asset_id: str, edits: Iterable[Edit],
           first: Callable[[Sequence[Edit]], None] = lambda undo: None) -> tuple[Story, tuple[Edit, ...]]:
    """Apply edits to what is on disk now: the story and what changes it back. Others may have written meanwhile.
    `first` hears what will change it back before anything is written."""
    with assets.lock:
        story, undo = apply(opened(assets, asset_id), edits)
        first(undo)
        save(assets, asset_id, story)
        return story, undo


def versions(assets: Any, asset_id: str) -> list[Path]:
    """Earlier versions, the newest first; the name is the time in milliseconds since 1970."""
    return sorted(past(assets, asset_id).glob("*.json"), reverse=True)


def version(assets: Any, asset_id: str, when: str) -> Story:
    """An earlier version, to look at."""
    found = next((path for path in versions(assets, asset_id) if path.stem == when), None)
    if found is None:
        raise Missing("That version is not there any more.", "Choose another one.")
    return parse(found.read_bytes())


def restore(assets: Any, asset_id: str, when: str) -> Story:
    """Go back to an earlier version; what is there now becomes one itself."""
    story = version(assets, asset_id, when)
    save(assets, asset_id, story, keep_old=True)
    return story


def give_ready(studio: Any) -> str:
    """Lay the finished stories into this home, once: what a person throws away never comes back. The newest id."""
    given = ""
    with studio.assets.lock:
        for folder in sorted(READY.glob("*/story.json")):
            name = folder.parent.name
            if not any(row.get("id") == name for row in studio.store.rows("ready_stories")):
                given = _lay_in(studio.assets, folder.parent)
                studio.store.put("ready_stories", name, {"id": name, "given": time.time(), "asset": given})
                studio.store.flush()
    return given


def take_in(studio: Any, preview: Preview, owner: str = "", pipeline: str = "") -> str:
    """Keep what an import showed: its files, then the story; the story's asset id. One that is here already comes in
    as another, so that players do not mix up their saves."""
    here = preview.named and studio.library.search(Query(folder=FOLDER, story=preview.story.id, limit=1)).rows
    preview = replace(preview, named=False) if here else preview
    desk = _Desk(studio.assets, {"owner": owner, "pipeline": pipeline})
    keep(preview, desk)
    return desk.newest


def _lay_in(assets: Any, folder: Path) -> str:
    told = json.loads((folder / "provenance.json").read_text("utf-8"))["assets"]
    made = {row["asset"]: dict(row.get("made") or {}) for row in told}
    story = parse((folder / "story.json").read_bytes())
    files = {one.id: (folder / one.file).read_bytes() for one in story.assets if one.file}
    titles = {one.title or one.id: made.get(one.id, {}) for one in story.assets}
    desk = _Desk(assets, {"imported": False, "shipped": True}, titles)
    keep(Preview(story, files=files, named=True), desk)
    return desk.newest


class _Desk:
    """Saves what an import or the studio itself brings. `made` tells of files, by title, how they were made once."""

    def __init__(self, assets: Any, more: Mapping[str, Any], made: Mapping[str, Mapping[str, Any]] | None = None):
        self.assets, self.more, self.made, self.newest = assets, more, made or {}, ""

    def save(self, content: bytes, *, folder: str, suffix: str, title: str, **record: Any) -> Any:
        own = {key: value for key, value in self.made.get(title, {}).items() if key in TOLD}
        kept = self.assets.save(content, folder=folder, suffix=suffix, record={**own, **record, **self.more,
                                                                               "title": title})
        self.newest = kept.id
        return kept

    def note(self, sentence: str) -> None:
        """What could not be mapped was shown in the preview already."""


def past(assets: Any, asset_id: str) -> Path:
    """Where what a story was is kept."""
    return Path(assets.outputs) / ".history" / asset_id


def _remember(folder: Path, content: bytes, always: bool) -> None:
    """Keep a version unless one was kept just now; thin out when there are many."""
    folder.mkdir(parents=True, exist_ok=True)
    past = sorted(folder.glob("*.json"))
    now = int(time.time() * 1000)
    if past and not always and now - int(past[-1].stem) < VERSION_SECONDS * 1000:
        return
    write_whole(folder / f"{now:013d}.json", content)
    for old in past[: max(0, len(past) + 1 - VERSIONS_MOST)]:
        old.unlink(missing_ok=True)
