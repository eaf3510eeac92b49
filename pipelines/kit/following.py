"""The other processes of one training: each learns along on its own device and writes nothing that stays.

Only the leader opens the home as a studio does; a follower reads a copy of its rows and index.
"""

import json
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from core.bench import Bench, Orders
from core.home import Home
from core.jobs import Job, new_id
from core.requests import read_for
from core.studio import Studio


@dataclass(frozen=True)
class Shadow(Home):
    """The leader's home, with rows, index and logs of its own."""

    own: Path

    @property
    def store(self) -> Path:
        return self.own / "studio.json"

    @property
    def index(self) -> Path:
        return self.own / "library.sqlite"

    @property
    def logs(self) -> Path:
        return self.own / "logs"


def follow(root: Path, package: ModuleType, key: str, request: Mapping[str, Any], place: tuple[str, str]) -> None:
    """Learn along with the leader until it is done. `place` is (the name of the shared work folder, the device)."""
    with tempfile.TemporaryDirectory(prefix="studionova-") as own:
        shadow = Shadow(root, Path(own))
        copy_rows(Home(root), shadow)
        studio = Studio(shadow, package)
        try:
            entry = studio.catalog[key]
            job = Job(new_id(), key, entry.card.name, dict(request), work=place[0], device=place[1])
            entry.run(read_for(entry.task, job.request), Bench(job, Orders(), studio.tools()))
        finally:
            studio.close()


def copy_rows(home: Home, shadow: Shadow) -> None:
    """Rows without the queue, so that nobody else's work is begun here; the index as one whole, however busy it is."""
    if home.store.is_file():
        tables = json.loads(home.store.read_text("utf-8"))
        tables.pop("jobs", None)
        shadow.store.write_text(json.dumps(tables), "utf-8")
    if home.index.is_file():
        with closing(sqlite3.connect(f"{home.index.resolve().as_uri()}?mode=ro", uri=True)) as there, \
                closing(sqlite3.connect(shadow.index)) as here:
            there.backup(here)
