"""Rows that do not change any more: one line of JSON each, in one file a month, only ever added to."""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.disk import explained, settle, sync_folder, to_json

log = logging.getLogger(__name__)


def add(folder: Path, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Append rows (by key) to this month's file; they are on the disk when this returns."""
    path = folder / f"{datetime.now(UTC):%Y-%m}.jsonl"
    lines = b"".join(to_json({"key": key, "row": row}) + b"\n" for key, row in rows.items())
    with explained(path):
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("x+b" if is_new else "r+b") as file:
            end = whole_length(file)  # a line that a crash cut off was never acknowledged, and goes
            try:
                file.truncate(end)
                file.seek(end)
                file.write(lines)
                settle(file)
            except OSError:
                with suppress(OSError):
                    file.truncate(end)
                raise
        if is_new:
            sync_folder(folder)


def newest_first(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each key once, with its row; those added last come first."""
    seen: set[str] = set()
    for path in sorted(folder.glob("*.jsonl"), reverse=True):
        for line in reversed(path.read_bytes().splitlines()):
            try:
                entry = json.loads(line)
                key, row = entry["key"], entry["row"]
            except (ValueError, KeyError, TypeError):
                log.warning("an archive holds a damaged line", extra={"context": {"file": path.name}})
                continue
            if key not in seen:
                seen.add(key)
                yield key, row


def whole_length(file: Any) -> int:
    """How many bytes of an open file belong to finished lines."""
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - 65536)
        file.seek(start)
        cut = file.read(end - start).rfind(b"\n")
        if cut >= 0:
            return start + cut + 1
        end = start
    return 0
