"""What has been made, found again as fast as a person types: an index over the sidecars.

A cache in SQLite: whoever deletes it loses nothing, it is rebuilt from the sidecars. Nothing is kept only here.
"""

import json
import logging
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from core import sidecars
from core.disk import explained, read_json, to_json
from core.errors import BadFile, Missing, StudioError, TooBig
from core.search import ORDERS, Entry, Lineage, Page, Query, clean, conditions, mark, spaced
from core.sidecars import id_of, number_of

log = logging.getLogger(__name__)

VERSION = 1  # another number in the file means: rebuild
BATCH = 1000
FAMILY_LIMIT = 400
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
DAMAGED_TOO = {sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_READONLY_DBMOVED}
TABLES = """
CREATE TABLE assets(number INTEGER PRIMARY KEY, path TEXT NOT NULL, kind TEXT NOT NULL, created TEXT NOT NULL,
                    bytes INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, title TEXT NOT NULL,
                    likeness REAL, digest INTEGER, labels TEXT NOT NULL);
CREATE INDEX by_likeness ON assets(likeness, number) WHERE likeness IS NOT NULL;
CREATE INDEX by_size ON assets(bytes, number);
CREATE INDEX by_digest ON assets(digest);
CREATE TABLE facets(name TEXT, value TEXT, count INTEGER NOT NULL, PRIMARY KEY(name, value)) WITHOUT ROWID;
CREATE TABLE family(parent INTEGER, child INTEGER, PRIMARY KEY(parent, child)) WITHOUT ROWID;
CREATE INDEX by_child ON family(child, parent);
CREATE VIRTUAL TABLE words USING fts5(text, marks, tokenize='unicode61 remove_diacritics 2', prefix='1 2 3',
                                      columnsize=0);
"""
NAMES = {"assets", "facets", "family", "words"}
COLUMNS = "number, path, kind, created, bytes, width, height, title, likeness, labels"
T = TypeVar("T")


@dataclass
class CatchUp:
    """What catching up with the disk brought: how many were read and dropped, and which sidecars were no use."""

    read: int = 0
    dropped: int = 0
    unreadable: list[str] = field(default_factory=list)


class Library:
    """One index file, one connection, one lock; a search holds it for milliseconds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._healing: threading.Thread | None = None
        self._closed = False
        self._open()

    def add(self, asset_id: str, record: Mapping[str, Any], path: str) -> None:
        """Index one asset, or index it anew. `path` is relative to outputs/."""
        self._put_batch([(_number(asset_id), record, path)])

    def remove(self, asset_ids: str | Iterable[str]) -> None:
        """Forget assets; those that are not there are no trouble."""
        numbers = [_number(one) for one in ([asset_ids] if isinstance(asset_ids, str) else asset_ids)]
        self._change(lambda db: self._forget(db, numbers))

    def entry(self, asset_id: str) -> Entry | None:
        """One asset as a gallery shows it."""
        number = number_of(asset_id)
        rows = self._ask(f"SELECT {COLUMNS} FROM assets WHERE number = ?", number) if number is not None else []
        return _entry(rows[0]) if rows else None

    def search(self, query: Query | str = "") -> Page:
        """Look for assets. The last word may be unfinished."""
        query = Query(text=query) if isinstance(query, str) else query
        source, where, values = conditions(query)
        order = ORDERS.get(query.sort, ORDERS["newest"])
        if source != "assets" and query.sort in ("newest", "oldest"):
            order = order.replace("number", "words.rowid")
        limits = max(1, min(query.limit, 1000)), max(0, query.offset)
        rows = self._ask(f"SELECT {COLUMNS} FROM {source} {where} ORDER BY {order} LIMIT ? OFFSET ?", *values, *limits)
        if len(rows) < limits[0] and (rows or not limits[1]):
            return Page(tuple(map(_entry, rows)), limits[1] + len(rows))
        if source != "assets" and "likeness" not in where:
            source = "words"
        ((total,),) = self._ask(f"SELECT count(*) FROM {source} {where}", *values)
        return Page(tuple(map(_entry, rows)), total)

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """What can be filtered by, and how many there are of each, the most frequent first."""
        found: dict[str, list[tuple[str, int]]] = {}
        for name, value, count in self._ask("SELECT name, value, count FROM facets WHERE count > 0 AND name <> 'owner' "
                                            "ORDER BY name, count DESC, value"):
            found.setdefault(name, []).append((value, count))
        return found

    def lineage(self, asset_id: str) -> Lineage:
        """The family of an asset: all its ancestors and all its descendants, up to a few hundred."""
        start = _number(asset_id)
        links = self._ask(f"""
            WITH RECURSIVE up(parent, child) AS (
                SELECT parent, child FROM family WHERE child = ?1
                UNION SELECT f.parent, f.child FROM family f JOIN up ON f.child = up.parent LIMIT {FAMILY_LIMIT}),
            down(parent, child) AS (
                SELECT parent, child FROM family WHERE parent = ?1
                UNION SELECT f.parent, f.child FROM family f JOIN down ON f.parent = down.child LIMIT {FAMILY_LIMIT})
            SELECT parent, child FROM up UNION SELECT parent, child FROM down""", start)
        numbers = sorted({start, *(number for link in links for number in link)})
        places = ",".join("?" * len(numbers))
        rows = self._ask(f"SELECT {COLUMNS} FROM assets WHERE number IN ({places})", *numbers)
        entries = {entry.id: entry for entry in map(_entry, rows)}
        return Lineage(asset_id, entries, tuple((id_of(parent), id_of(child)) for parent, child in links))

    def same_as(self, sha256: str) -> str:
        """The id of the oldest asset with this content, or an empty string."""
        rows = self._ask("SELECT number FROM assets WHERE digest = ? ORDER BY number LIMIT 1", _digest(sha256))
        return id_of(rows[0][0]) if rows else ""

    def newest_number(self) -> int:
        """The number of the newest asset."""
        return self._ask("SELECT coalesce(max(number), 0) FROM assets")[0][0]

    def count(self) -> int:
        """How many assets are indexed."""
        return self._ask("SELECT count(*) FROM assets")[0][0]

    def catch_up(self, outputs: Path, found: sidecars.Found | None = None, *, whole: bool = False) -> CatchUp:
        """Index what is on disk and not here (`whole`: read every sidecar again), and drop what is here only."""
        here = {path: number for number, path in self._ask("SELECT number, path FROM assets")}
        there = (found or sidecars.look_through(outputs)).assets
        new = sorted((path for path in there if whole or path not in here), key=lambda path: path.rpartition("/")[2])
        result, kept = CatchUp(), set(there)
        for start in range(0, len(new), BATCH):
            if self._closed:
                return result
            result.read += self._put_batch(list(_read(outputs, new[start:start + BATCH], result)))
        moved = {number for path, number in here.items() if path not in kept}
        gone = [number for number in moved if not (outputs / self._path(number)).is_file()]
        if gone:
            self._change(lambda db: self._forget(db, gone))
        result.dropped = len(gone)
        return result

    def rebuild(self, outputs: Path) -> CatchUp:
        """Read every sidecar again. Searches go on meanwhile."""
        return self.catch_up(outputs, whole=True)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
        if self._healing is not None:
            self._healing.join()
        with self._lock:
            self._db.close()

    def _open(self) -> None:
        db = None
        try:
            with explained(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
            db = self._connect()
            names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            if db.execute("PRAGMA user_version").fetchone()[0] == VERSION and names >= NAMES:
                self._db = db
                return
            reason = "is of another version" if names else "is not there yet"
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise _explain(error, self.path) from error
            reason = "was damaged"
        log.info("the library's index %s and is made anew", reason)
        self._make_anew(db)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5)
        try:
            for setting in ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -32000"):
                db.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _make_anew(self, old: sqlite3.Connection | None) -> None:
        if old is not None:
            old.close()
        for ending in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)
        self._db = self._connect()
        self._db.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;")

    def _ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._with(lambda db: db.execute(sql, values).fetchall())

    def _change(self, work: Callable[[sqlite3.Connection], None]) -> None:
        def whole(db: sqlite3.Connection) -> None:
            with db:  # commits, or takes all of it back
                db.execute("BEGIN IMMEDIATE")
                work(db)

        self._with(whole)

    def _with(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do one thing with the index. If it is found to be damaged, make it anew and fill it in the background."""
        with self._lock:
            try:
                return work(self._db)
            except sqlite3.DatabaseError as error:
                if self._closed or not _is_damage(error):
                    raise _explain(error, self.path) from error
                log.warning("the library's index was damaged and is made anew")
                self._make_anew(self._db)
                self._heal()
                return work(self._db)

    def _heal(self) -> None:
        if self._healing is None or not self._healing.is_alive():
            self._healing = threading.Thread(target=self.rebuild, args=(self.path.parent,), name="library", daemon=True)
            self._healing.start()

    def _path(self, number: int) -> str:
        rows = self._ask("SELECT path FROM assets WHERE number = ?", number)
        return rows[0][0] if rows else "."

    def _put_batch(self, batch: list[tuple[int, Mapping[str, Any], str]]) -> int:
        def work(db: sqlite3.Connection) -> None:
            facets: Counter[tuple[str, str]] = Counter()
            for number, record, path in batch:
                self._take_out(db, number, facets)
                self._put_in(db, number, record, path, facets)
            _count(db, facets)

        self._change(work)
        return len(batch)

    def _forget(self, db: sqlite3.Connection, numbers: Iterable[int]) -> None:
        facets: Counter[tuple[str, str]] = Counter()
        for number in numbers:
            self._take_out(db, number, facets)
        _count(db, facets)

    def _take_out(self, db: sqlite3.Connection, number: int, facets: Counter[tuple[str, str]]) -> None:
        row = db.execute("SELECT labels FROM assets WHERE number = ?", (number,)).fetchone()
        if row is not None:
            facets.subtract((name, value) for name, values in json.loads(row[0]).items() for value in values)
            db.execute("DELETE FROM words WHERE rowid = ?", (number,))
            db.execute("DELETE FROM family WHERE child = ?", (number,))
            db.execute("DELETE FROM assets WHERE number = ?", (number,))

    def _put_in(self, db: sqlite3.Connection, number: int, record: Mapping[str, Any], path: str,
                facets: Counter[tuple[str, str]]) -> None:
        labels = sidecars.labels(record, path)
        labels = {clean(name): [clean(value) for value in values] for name, values in labels.items()}
        facets.update((name, value) for name, values in labels.items() for value in values)
        kind = str(record.get("kind") or sidecars.kind_of(Path(path).suffix))
        db.execute("INSERT INTO assets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   (number, clean(path), clean(kind), clean(str(record.get("created") or "")),
                    _whole(record.get("bytes")), _whole(record.get("width")), _whole(record.get("height")),
                    clean(sidecars.title(record)), sidecars.likeness(record), _digest(record.get("sha256")),
                    to_json(labels).decode()))
        db.execute("INSERT INTO words(rowid, text, marks) VALUES (?, ?, ?)",
                   (number, spaced(clean(sidecars.words(record, labels))),
                    " ".join(mark(name, value) for name, values in labels.items() for value in values)))
        for parent in sidecars.parents(record):
            db.execute("INSERT OR IGNORE INTO family VALUES (?, ?)", (parent, number))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**62 else 0


def _digest(sha256: Any) -> int | None:
    text = str(sha256 or "")[:15]
    return int(text, 16) if re.fullmatch("[0-9a-f]{15}", text) else None


def _number(asset_id: str) -> int:
    number = number_of(asset_id)
    if number is None:
        raise Missing("That is not the name of anything in the library.", "Pick it in the Library again.")
    return number


def _entry(row: tuple[Any, ...]) -> Entry:
    number, *facts, labels = row
    return Entry(id_of(number), *facts, json.loads(labels))  # type: ignore[call-arg]


def _count(db: sqlite3.Connection, facets: Counter[tuple[str, str]]) -> None:
    changed = [(name, value, change) for (name, value), change in facets.items() if change]
    db.executemany("INSERT INTO facets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                   changed)
    if any(change < 0 for _, _, change in changed):
        db.execute("DELETE FROM facets WHERE count <= 0")


def _read(outputs: Path, paths: Iterable[str], result: CatchUp) -> Iterator[tuple[int, Mapping[str, Any], str]]:
    for path in paths:
        try:
            record = read_json(sidecars.sidecar_of(outputs / path))
        except BadFile:
            result.unreadable.append(path)
            continue
        except StudioError:  # deleted since its name was read
            continue
        number = number_of(str(record.get("id")))
        if number is not None:
            yield number, record, path
        elif number_of(Path(path).stem) is not None:
            result.unreadable.append(path)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in DAMAGED or code in DAMAGED_TOO or str(error).startswith("no such table")


def _explain(error: sqlite3.DatabaseError, path: Path) -> StudioError:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return TooBig("The disk is full: the library's index could not be written.",
                      f"Make room on the disk that holds {path.parent}, for example by emptying the trash.")
    return StudioError("The library's index cannot be used just now.",
                       f"Check that {path.parent} can be read and written; deleting {path.name} costs nothing.")
