"""Chats and world info: they come as stories, and renew these as long as nobody here wrote in them."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import characters
from core.errors import Missing
from core.story import stories
from core.story.edits import Edit
from core.story.files import parse, to_bytes
from core.story.model import Story
from core.story.shape import write
from core.tavern.folder import Chat, digest, stamp
from core.tavern.memory import BOTH, COME, Seen, mark, verdict
from pipelines.sync.sillytavern.round import Round

NOTES_MOST = 5


def bring_chat(now: Round, chat: Chat) -> None:
    _bring(now, chat.key, chat.title, chat.files, ("scenes",))


def bring_world(now: Round, file: Path) -> None:
    _bring(now, now.tavern.key(file), file.stem, (file,), ("world", "lore"))


def _bring(now: Round, key: str, title: str, files: Sequence[Path], part: tuple[str, ...]) -> None:
    """What stands in the files as the `part` of a story."""
    before, seen_at = now.seen.get(key), stamp(files)
    if before is not None and now.again and not _is_here(now, before):
        before = None
    if before is not None and before.stamp == seen_at:
        now.stayed += 1
        return
    there = digest(files)
    if before is not None and before.there == there:
        now.stayed += 1
        now.remember(key, replace(before, stamp=seen_at))
        return
    if before is not None and not _is_here(now, before):
        now.gone += 1
        return
    story = _opened(now, before)
    what = verdict(before, there, _mark(story, part) if story else "")
    if what == BOTH:
        now.bench.note(f"“{title}” was changed here and there; both are kept, each as a story of its own.")
    now.came.append(title)
    if now.look:
        return
    fresh = _read(now, files, title, part)
    if what == COME and before is not None and story is not None:
        asset, story = before.here, now.bench.change_story(before.here, _edits(story, fresh, part))
    else:
        story = replace(fresh, id=stories.fresh_id(title))
        asset = now.bench.save(to_bytes(story), folder=stories.FOLDER, suffix=".json", title=story.title,
                               imported=True).id
    now.remember(key, Seen(asset, seen_at, there, _mark(story, part), name=title))


def _read(now: Round, files: Sequence[Path], title: str, part: tuple[str, ...]) -> Story:
    """Through the importers, with everybody who is a character here shown as one."""
    if part == ("scenes",):
        preview = now.bench.read_story(files, title)
    else:
        with tempfile.TemporaryDirectory() as folder:  # its name says what it is; other JSON ends alike
            file = Path(folder) / "world.lore.json"
            shutil.copyfile(files[0], file)
            preview = now.bench.read_story([file], title)
    for sentence in preview.unmapped[:NOTES_MOST]:
        now.bench.note(sentence)
    known = {str(row.get("name", "")).casefold(): str(row["id"]) for row in now.bench.rows(characters.TABLE)}
    cast = tuple(replace(one, character=known.get(one.name.casefold(), "")) for one in preview.story.cast)
    return replace(preview.story, cast=cast)


def _edits(old: Story, fresh: Story, part: tuple[str, ...]) -> list[Edit]:
    """The new chat in place of the old one; what people were given here (looks, voices, colours) stays."""
    if part != ("scenes",):
        return [Edit("set", part, _value(fresh, part))]
    dressed = {one.id: one for one in old.cast}
    cast = [dressed.get(one.id, one) for one in fresh.cast]
    cast += [one for one in old.cast if one.id not in {each.id for each in fresh.cast}]
    return [Edit("set", ("cast",), [write(one) for one in cast]), Edit("set", part, _value(fresh, part))]


def _value(story: Story, part: tuple[str, ...]) -> list[Mapping[str, Any]]:
    rows: Any = story
    for name in part:
        rows = getattr(rows, name)
    return [write(row) for row in rows]


def _mark(story: Story, part: tuple[str, ...]) -> str:
    return mark(_value(story, part))


def _is_here(now: Round, before: Seen) -> bool:
    try:
        return now.bench.open(before.here).is_file()
    except Missing:
        return False


def _opened(now: Round, before: Seen | None) -> Story | None:
    return parse(now.bench.open(before.here).read_bytes()) if before is not None else None
