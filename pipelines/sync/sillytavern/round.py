"""One sync on its way: what it works on, what it remembers of the last one, and what it will have to say."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from core import characters
from core.bench import Bench
from core.characters import Character
from core.disk import printable
from core.errors import Cancelled, StudioError
from core.tavern import memory
from core.tavern.folder import Tavern
from core.tavern.memory import Seen

NAMED_MOST, BROKEN_MOST = 12, 20


@dataclass
class Round:
    """`look` writes nothing: neither here, nor there, nor in the memory."""

    bench: Bench
    tavern: Tavern
    look: bool = False
    again: bool = False
    only_comes: bool = False
    seen: dict[str, Seen] = field(default_factory=dict)
    known_now: set[str] = field(default_factory=set)
    """Who was met in this round; in a look nothing is remembered."""
    came: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    stayed: int = 0
    gone: int = 0
    broken: int = 0
    done: int = 0
    total: int = 0

    @cached_property
    def people(self) -> dict[str, Character]:
        """Who is in the studio, by id; read once, for a folder may hold thousands of cards."""
        rows = self.bench.rows(characters.TABLE)
        return {row["id"]: characters.from_row(row) for row in rows if "trigger" in row}

    def remember(self, key: str, seen: Seen) -> None:
        """At once, so that a crash brings nothing a second time."""
        if self.look or self.seen.get(key) == seen:
            return
        self.seen[key] = seen
        self._write(key, seen)

    def forget(self, key: str) -> None:
        """What goes by another name from now on; a look only acts as if."""
        if self.seen.pop(key, None) and not self.look:
            self._write(key, Seen())

    def _write(self, key: str, seen: Seen) -> None:
        row = memory.as_row(self.tavern.root, key, seen)
        self.bench.put(memory.TABLE, row["id"], row)

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """One thing of many: when it is broken it is named, and the others go on."""
        self.bench.step(self.done, self.total, "Looking through SillyTavern")
        self.done += 1
        try:
            yield
        except Cancelled:
            raise
        except StudioError as trouble:
            self.broken += 1
            if self.broken <= BROKEN_MOST:
                self.bench.note(f"{printable(name, 80)}: {trouble.message}")

    def tell(self) -> None:
        """What came of it, in a few lines."""
        counted = len(self.came), len(self.went), self.stayed
        if self.look:
            self.bench.note(f"{counted[0]} would come, {counted[1]} would go, {counted[2]} are the same on both sides.")
            self._list("Would come", self.came)
            self._list("Would go", self.went)
        else:
            self.bench.note(f"{counted[0]} came, {counted[1]} went, {counted[2]} are the same on both sides.")
            self._list("Came", self.came)
            self._list("Went", self.went)
        if self.gone:
            self.bench.note(f"{self.gone} were deleted on one side and were left on the other.")
        if self.broken:
            self.bench.note(f"{self.broken} could not be read or written; all others were.")
        self.bench.tell(came=counted[0], went=counted[1], stayed=counted[2], gone=self.gone, broken=self.broken)

    def _list(self, head: str, names: list[str]) -> None:
        more = f" … +{len(names) - NAMED_MOST}" if len(names) > NAMED_MOST else ""
        if names:
            self.bench.note(f"{head}: {', '.join(printable(name) for name in names[:NAMED_MOST])}{more}")
