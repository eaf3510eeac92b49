"""One process per home folder: a lock that the operating system takes back by itself when its holder dies."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from core.disk import explained
from core.errors import StudioError

HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}
FAR = 1 << 20  # Windows locks bytes for readers too; this one lies beyond the holder's number, which stays readable


class Lock:
    """Held from birth until `release`, or until the process ends in whatever way. With `before_waiting` a second
    comer calls that with the holder's name and waits, instead of being turned away."""

    def __init__(self, path: Path, before_waiting: Callable[[str], object] | None = None) -> None:
        self.path = path
        self.notices: list[str] = []
        with explained(path):
            self._file: IO[str] = path.open("a+", encoding="ascii", errors="replace")
        try:
            _take(self._file)
        except OSError as error:
            if error.errno not in HELD:  # some network disks cannot lock at all; they are still worth working on
                self.notices.append(f"The disk that holds {path.parent} cannot lock files: "
                                    "take care that only one StudioNova uses it at a time.")
                return
            holder = self._read_holder()
            if before_waiting:
                before_waiting(holder)
                _take(self._file, wait=True)
                self._sign()
                return
            self._file.close()
            raise StudioError(f"Another StudioNova ({holder}) is already using {path.parent}.",
                              "Use the window that is open, or close that one first, "
                              "or start this one with --home and another folder.") from error
        self._sign()

    def _sign(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Let the next one in. The file stays: deleting it could pull it from under a newcomer."""
        if not self._file.closed:
            self._file.close()

    def _read_holder(self) -> str:
        self._file.seek(0)
        number = self._file.read(20).strip()
        return f"process {number}" if number.isdigit() else "a process that did not say its number"


def _take(file: IO[str], wait: bool = False) -> None:
    if os.name == "nt":
        _take_on_windows(file, wait)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _take_on_windows(file: IO[str], wait: bool) -> None:
    import msvcrt

    while True:
        file.seek(FAR)
        try:
            # The patient kind gives up after ten tries, a second apart.
            kind = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined]
            msvcrt.locking(file.fileno(), kind, 1)  # type: ignore[attr-defined]
            return
        except OSError as error:
            if not wait or error.errno not in HELD:
                raise
