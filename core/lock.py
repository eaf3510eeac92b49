"""One process per home folder: a lock that the operating system takes back by itself when its holder dies."""

import errno
import os
from pathlib import Path
from typing import IO

from core.disk import explained
from core.errors import StudioError

HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK}
FAR = 1 << 20  # Windows locks bytes for readers too; this one lies beyond the holder's number, which stays readable


class Lock:
    """Held from birth until `release`, or until the process ends in whatever way."""

    def __init__(self, path: Path) -> None:
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
            self._file.close()
            raise StudioError(f"Another StudioNova ({holder}) is already using {path.parent}.",
                              "Use the window that is open, or close that one first, "
                              "or start this one with --home and another folder.") from error
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


def _take(file: IO[str]) -> None:
    if os.name == "nt":
        import msvcrt

        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
