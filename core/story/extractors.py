"""Programs of a person's own that take games apart: configs/extractors.toml in their home says which, by ending.

They run as the person's own, without a shell, in a folder that is thrown away, and never while the studio is shared."""

import os
import signal
import subprocess
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadFile, Cancelled, Refused, StudioError, TooBig

LOOK_SECONDS = 0.1
SECONDS, MEGABYTES, FILES_MOST = 120, 2048, 20_000
MARKS = ("{file}", "{folder}")
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE", "WINEPREFIX")


def never() -> bool:
    """Nobody stops it."""
    return False


@dataclass(frozen=True)
class Extractor:
    """One program: what it is called with, and how long and how much it may work."""

    name: str
    command: tuple[str, ...]
    seconds: float = SECONDS
    megabytes: float = MEGABYTES


@dataclass(frozen=True)
class Extractors:
    """The registered programs by ending. `locked` while the studio is shared."""

    known: Mapping[str, Extractor]
    locked: bool = False
    stopped: Callable[[], bool] = never
    """Asked again and again while a program runs."""

    def find(self, name: str) -> Extractor | None:
        return self.known.get(Path(name.lower()).suffix)

    def take_out(self, file: Path, folder: Path) -> str:
        """Let the program for this file put into the folder what it finds; gives the program's name."""
        one = self.find(file.name)
        assert one is not None
        if self.locked:
            raise Refused("Programs of one's own do not run while the studio is shared.",
                          "Bring this game in when the studio is yours alone.")
        _run(one, file, folder, self.stopped)
        if not any(folder.iterdir()):
            raise BadFile(f"{one.name} took nothing out of “{file.name}”.", "Try it in a terminal.")
        return one.name


NONE = Extractors({})


def registered(home: Any, locked: bool = False, stopped: Callable[[], bool] = never) -> Extractors:
    """What stands in the person's configs/extractors.toml; a file that is wrong is named, not passed over."""
    path = home.root / "configs" / "extractors.toml"
    if not path.is_file():
        return NONE
    try:
        told = tomllib.loads(path.read_text("utf-8"))
        return Extractors({ending.lower(): _read(ending, one) for ending, one in told.items()}, locked, stopped)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, ValueError, TypeError, AttributeError) as wrong:
        raise BadFile(f"configs/extractors.toml cannot be read: {wrong}",
                      "The README shows how it is written.") from wrong


def _read(ending: str, one: Mapping[str, Any]) -> Extractor:
    command = one.get("command")
    if not ending.startswith(".") or not isinstance(command, list) or not all(isinstance(w, str) for w in command):
        raise ValueError(f"[\"{ending}\"] command = [\"program\", \"{{file}}\", \"{{folder}}\"]")
    if not all(any(mark in word for word in command[1:]) for mark in MARKS):
        raise ValueError(" ".join(MARKS))
    name = str(one.get("name") or Path(command[0]).name)
    return Extractor(name[:80], tuple(command), float(one.get("seconds", SECONDS)),
                     float(one.get("megabytes", MEGABYTES)))


def _run(one: Extractor, file: Path, folder: Path, stopped: Callable[[], bool]) -> None:
    """The program, held to its time and its room; taken down with all that it started when it keeps to neither."""
    words = [word.replace("{file}", str(file.resolve())).replace("{folder}", str(folder.resolve()))
             for word in one.command]
    environ = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with tempfile.TemporaryFile() as said:
        try:
            child = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environ,
                                     start_new_session=True)
        except OSError as wrong:
            raise StudioError(f"{one.name} could not be started: {wrong.strerror}.",
                              "Look at its command in configs/extractors.toml.") from wrong
        ends, pause = time.monotonic() + one.seconds, threading.Event()
        try:
            while child.poll() is None:
                if stopped():
                    raise Cancelled()
                if time.monotonic() > ends:
                    raise TooBig(f"{one.name} was still at it after {one.seconds:.0f} seconds and was stopped.",
                                 "Give it more seconds in configs/extractors.toml.")
                _weigh(one, folder, os.fstat(said.fileno()).st_size)
                pause.wait(LOOK_SECONDS)
        finally:
            _end(child)
        _weigh(one, folder, 0)
        if child.returncode:
            said.seek(max(0, said.tell() - 400))
            last = said.read().decode("utf-8", "replace").strip().split("\n")[-1]
            raise BadFile(f"{one.name} could not take “{file.name}” apart: {last[:200] or child.returncode}",
                          "Try it in a terminal.")


def _weigh(one: Extractor, folder: Path, more: int) -> None:
    """Stops at what is more than it may leave."""
    total, count = more, 0
    for top, _, names in os.walk(folder):
        count += len(names)
        with suppress(OSError):  # a file may be gone again by now
            total += sum(os.lstat(os.path.join(top, name)).st_size for name in names)
    if total > one.megabytes * 2**20 or count > FILES_MOST:
        raise TooBig(f"{one.name} took out more than {one.megabytes:.0f} MB or {FILES_MOST:,} files and was stopped.",
                     "Give it more megabytes in configs/extractors.toml.")


def _end(child: subprocess.Popen) -> None:
    """Take the program down, and what it started itself, also when it ended before."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(child.pid)], capture_output=True, check=False)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
