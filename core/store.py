"""Rows that must not be lost, in one JSON file that opens in a text editor: `studio.json`, kept with TinyDB.

The only file that knows TinyDB. What grows without end does not live here: finished jobs move to monthly archives,
assets to their sidecars.
"""

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from core import archive
from core.disk import explained, part_beside, plain, replace, to_json, write_whole
from core.errors import StudioError
from core.lock import Lock

log = logging.getLogger(__name__)

Row = dict[str, Any]
Tables = dict[str, dict[str, Row]]
Migration = Callable[[Tables], Tables]

GATHER_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
ABOUT, ABOUT_KEY = "studio", "file"  # the table and the row that say which schema the file has


def key_rows_by_name(tables: Tables) -> Tables:
    """Schema 0, a plain TinyDB file, numbers its rows; since schema 1 a row is kept under its own id."""
    return {table: {str(row.get("id") or row.get("key") or number): row for number, row in rows.items()}
            for table, rows in tables.items()}


MIGRATIONS: tuple[Migration, ...] = (key_rows_by_name,)  # the one at place n leads from schema n to n + 1


class KeyedTable(Table):
    """A TinyDB table whose ids are our own words, and whose cost of a change does not grow with its length."""

    document_id_class = str  # type: ignore[assignment]

    def _update_table(self, updater: Callable[[dict[Any, Any]], None]) -> None:
        tables = self._storage.read() or {}
        updater(tables.setdefault(self.name, {}))
        self.clear_cache()
        self._storage.write(tables)

    def place(self, key: str, row: Row) -> None:
        """Set the row under `key`, whether or not there was one."""
        self._update_table(lambda rows: rows.__setitem__(key, row))

    def take_out(self, keys: Iterable[str]) -> None:
        """Forget rows; those that are not there are no trouble."""
        def forget(rows: dict[str, Row]) -> None:
            for key in keys:
                rows.pop(key, None)

        self._update_table(forget)


class KeyedDB(TinyDB):
    """TinyDB with keyed tables."""

    table_class = KeyedTable


class SafeFile(Storage):
    """A TinyDB storage: tables in memory, and on disk a file that is replaced whole, with its previous generation."""

    def __init__(self, path: Path, tables: Tables) -> None:
        self.path = path
        self.memory = threading.RLock()
        self._tables = tables
        self._lines: dict[str, dict[str, bytes]] = {}
        self._pages: dict[str, bytes] = {}
        self._writing = threading.Lock()
        self._version = self._saved = 0

    def read(self) -> Tables:
        return self._tables

    def write(self, data: Tables) -> None:
        with self.memory:
            self._tables = data
            self._version += 1

    def changed(self, table: str, key: str, line: bytes | None) -> None:
        """Remember one row as it will stand in the file, so that a save does not encode all the others again."""
        with self.memory:
            self._pages.pop(table, None)
            lines = self.lines(table)
            lines.pop(key, None) if line is None else lines.__setitem__(key, line)

    def lines(self, table: str) -> dict[str, bytes]:
        """The rows of a table as they stand in the file."""
        if table not in self._lines:
            self._lines[table] = {key: as_line(key, row) for key, row in self._tables.get(table, {}).items()}
        return self._lines[table]

    def line(self, table: str, key: str) -> bytes | None:
        """One row as it stands in the file."""
        with self.memory:
            return self.lines(table).get(key)

    def save(self) -> None:
        """Write what changed. Whoever waits here while another writes finds the work done: one write serves many."""
        wanted = self._version
        with self._writing:
            if self._saved >= wanted:
                return
            with self.memory:
                version, document = self._version, self._document()
            self._keep_previous()
            write_whole(self.path, document)
            self._saved = version

    def _page(self, table: str) -> bytes:
        if table not in self._pages:
            rows = b",\n".join(self.lines(table).values())
            self._pages[table] = as_bytes(json.dumps(table)) + b": {\n" + rows + b"\n}"
        return self._pages[table]

    def _document(self) -> bytes:
        return b"{\n" + b",\n".join(self._page(table) for table in self._tables) + b"\n}\n"

    def _keep_previous(self) -> None:
        if not self.path.exists():
            return
        backup = previous(self.path)
        part = part_beside(backup)
        with explained(backup):
            try:
                os.link(self.path, part)
            except OSError:  # a file system without hard links: a copy does the same, a little slower
                shutil.copyfile(self.path, part)
            try:
                replace(part, backup)
            finally:
                part.unlink(missing_ok=True)


class Store:
    """The rows of one home folder, held by one process. Rows are copied in and out; `flush` makes them durable."""

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self.path = path
        self.notices: list[str] = []
        self._changed, self._closing = threading.Event(), threading.Event()
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(path.with_name(path.name + ".lock"))
        self.notices += self._lock.notices
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            tables, stale = self._load(migrations)
            self._file = SafeFile(path, tables)
            self._db = KeyedDB(storage=lambda: self._file)
            if stale:
                self.put(ABOUT, ABOUT_KEY, {"schema": len(migrations)})
                self._file.save()
            undo.pop_all()
        self._gatherer = threading.Thread(target=self._gather, name="store", daemon=True)
        self._gatherer.start()

    def put(self, table: str, key: str, row: Row) -> None:
        """Set one row. It is on disk within about a second, or as soon as `flush` returns."""
        line = as_line(key, row)
        with self._file.memory:
            self._file.changed(table, key, line)
            self._table(table).place(key, from_line(line))
        self._changed.set()

    def get(self, table: str, key: str) -> Row | None:
        """A copy of one row."""
        line = self._file.line(table, key)
        return None if line is None else from_line(line)

    def rows(self, table: str) -> list[Row]:
        """Copies of all rows of a table, in the order in which they first came."""
        with self._file.memory:
            lines = list(self._file.lines(table).values())
        return [from_line(line) for line in lines]

    def drop(self, table: str, key: str) -> None:
        """Forget one row; one that is not there is no trouble."""
        with self._file.memory:
            self._file.changed(table, key, None)
            self._table(table).take_out([key])
        self._changed.set()

    def flush(self) -> None:
        """Return when everything put so far would survive a power cut; StudioError when the disk does not take it."""
        self._file.save()

    def archive(self, table: str, keys: Iterable[str]) -> None:
        """Move rows that will not change any more into this month's archive, where they cost nothing."""
        with self._file.memory:
            rows = {key: row for key in keys if (row := self.get(table, key)) is not None}
            if not rows:
                return
            archive.add(self._archive_folder(table), rows)
            for key in rows:
                self._file.changed(table, key, None)
            self._table(table).take_out(rows)
        self._changed.set()

    def archived(self, table: str) -> Iterator[Row]:
        """The rows in the archives, those archived last first; one at a time, because there may be many."""
        for key, row in archive.newest_first(self._archive_folder(table)):
            if self._file.line(table, key) is None:
                yield row

    def close(self) -> None:
        """Write what is left and let go of the folder, even when the disk does not take it (which is then said)."""
        self._closing.set()
        self._changed.set()
        if self._gatherer is not threading.current_thread():
            self._gatherer.join()
        try:
            self._file.save()
        finally:
            self._lock.release()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _table(self, name: str) -> KeyedTable:
        table = self._db.table(name)
        assert isinstance(table, KeyedTable)
        return table

    def _archive_folder(self, table: str) -> Path:
        return self.path.parent / table

    def _gather(self) -> None:
        pause = GATHER_SECONDS
        while self._changed.wait() and not self._closing.wait(pause):
            self._changed.clear()
            if self._closing.is_set():  # it was closed between the pause and here, and its call was just cleared away
                return
            try:
                self._file.save()
                pause = GATHER_SECONDS
            except StudioError as trouble:
                log.warning("the store could not be written", extra={"context": {"reason": str(trouble)}})
                pause = min(pause * 2, LONGEST_WAIT_SECONDS)
                self._changed.set()

    def _load(self, migrations: Sequence[Migration]) -> tuple[Tables, bool]:
        """The tables at today's schema, and whether the file on disk is not yet what these tables say."""
        tables, recovered = self._read_newest()
        schema = int(tables.get(ABOUT, {}).get(ABOUT_KEY, {}).get("schema", 0)) if tables else len(migrations)
        if schema > len(migrations):
            raise StudioError(f"{self.path.name} was written by a newer StudioNova (schema {schema}; "
                              f"this one knows {len(migrations)}). Nothing was changed.",
                              "Update StudioNova, or start this one with --home and another folder.")
        if schema == len(migrations):
            return tables, recovered or not tables
        backup = self.path.with_name(f"{self.path.name}.schema-{schema}")
        write_whole(backup, to_json(tables, indent=1))
        try:
            for migration in migrations[schema:]:
                tables = migration(tables)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise StudioError(f"{self.path.name} could not be brought from schema {schema} to {len(migrations)}. "
                              "Nothing was changed.", "Please report this with the file's first lines.") from error
        self.notices.append(f"{self.path.name} was brought up to date; the older one is kept as {backup.name}.")
        return tables, True

    def _read_newest(self) -> tuple[Tables, bool]:
        older, harmed = previous(self.path), False
        for path in (self.path, older):
            if not path.exists():
                continue
            with explained(path):
                content = path.read_bytes()
            try:
                tables = as_tables(json.loads(content))
            except (ValueError, RecursionError):
                harmed = True
                self.notices.append(f"{path.name} was damaged; it is kept as {self._set_aside(path).name}.")
                continue
            if path == older:
                self.notices.append(f"The generation before it ({older.name}) is used: "
                                    "the last changes before the damage may be missing.")
            return tables, path == older
        if harmed:
            self.notices.append("No readable generation was left, so the studio starts with an empty list of jobs and "
                                "settings. Pictures and everything else in outputs are still there.")
        return {}, harmed

    def _set_aside(self, path: Path) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        aside = path.with_name(f"{path.name}.damaged-{stamp}")
        with explained(path):
            os.rename(path, aside)
        return aside


def previous(path: Path) -> Path:
    """Where the generation before the last write is kept."""
    return path.with_name(path.name + ".bak")


def as_line(key: str, row: Row) -> bytes:
    """A row under its key, as it stands in the file."""
    return as_bytes(f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(plain(row), ensure_ascii=False)}")


def as_bytes(text: str) -> bytes:
    """UTF-8, with characters that it cannot hold left as JSON escapes."""
    return text.encode("utf-8", "backslashreplace")


def from_line(line: bytes) -> Row:
    """A fresh copy of the row in a line of the file."""
    ((_, row),) = json.loads(b"{" + line + b"}").items()
    return row


def as_tables(value: Any) -> Tables:
    """The value if it has the shape of tables of rows, else ValueError."""
    if not isinstance(value, dict) or not all(isinstance(rows, dict) for rows in value.values()):
        raise ValueError("not a set of tables")
    if not all(isinstance(row, dict) for rows in value.values() for row in rows.values()):
        raise ValueError("not tables of rows")
    schema = value.get(ABOUT, {}).get(ABOUT_KEY, {}).get("schema", 0)
    if not isinstance(schema, int) or schema < 0:
        raise ValueError("no readable schema number")
    return value
