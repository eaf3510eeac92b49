"""What was answered to changes of a story: one whose answer was lost on its way is asked for again and not done twice.

Kept beside the story's earlier versions, so that a studio that is started anew still knows what it has done.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.disk import explained, write_whole
from core.story.edits import Edit
from core.story.stories import past

FILE = "answers.jsonl"
MOST = 32
"""Answers of one story that are kept at least; a page waits for each before it asks for the next."""


@dataclass(frozen=True)
class Answer:
    """`before` is what the story was when the change was begun: as long as it is still that, nothing was done."""

    before: str
    undo: tuple[Edit, ...]


class Answers:
    """Of all stories. To be asked and told under the lock of the assets."""

    def __init__(self, assets: Any):
        self._assets = assets
        self._known: dict[str, dict[str, Answer]] = {}

    def find(self, asset_id: str, once: str, now: str) -> Answer | None:
        """What was answered when this was asked before, if it was done."""
        found = self._of(asset_id).get(once) if once else None
        return found if found and found.before != now else None

    def keep(self, asset_id: str, once: str, before: str, undo: Sequence[Edit]) -> None:
        """Call before the story is written: of what was begun and not done, nothing has to be undone."""
        if not once:
            return
        known = self._of(asset_id)
        known[once] = Answer(before, tuple(undo))
        path = self._file(asset_id)
        with explained(path), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"once": once, **asdict(known[once])}) + "\n")
        if len(known) >= 2 * MOST:
            del self._known[asset_id]

    def _of(self, asset_id: str) -> dict[str, Answer]:
        if asset_id not in self._known:
            path = self._file(asset_id)
            lines = path.read_text("utf-8").splitlines()[-MOST:] if path.is_file() else []
            rows = [row for line in lines if (row := _read(line))]
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, "".join(json.dumps(row) + "\n" for row in rows).encode())
            self._known[asset_id] = {
                row["once"]: Answer(row["before"], tuple(Edit(one["op"], tuple(one["path"]), one["value"], one["at"])
                                                         for one in row["undo"])) for row in rows}
        return self._known[asset_id]

    def _file(self, asset_id: str) -> Path:
        return past(self._assets, asset_id) / FILE


def _read(line: str) -> dict[str, Any] | None:
    """A line, unless the computer stopped in the middle of it."""
    try:
        return json.loads(line)
    except ValueError:
        return None
