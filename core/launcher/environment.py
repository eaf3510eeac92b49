"""The `.venv` folder: where things are in it, whether it is whole, and the lock that lets one start at a time change
it. A stamp is written last, so an environment without one is half-finished."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from core.disk import write_json
from core.launcher.requirements import Requirements, fingerprint, read_requirements
from core.lock import Lock

LOCK_NAME = "launcher.lock"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Stamp:
    """What was installed. `anchors` is one file per package: where one is gone, the package is damaged."""

    python: str
    studio: str
    tests: str
    source: str
    why: str
    works_on: str
    anchors: tuple[str, ...]
    packages: dict[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """The environment of one clone of the repository."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site_packages(self) -> Path:
        if os.name == "nt":
            return self.folder / "Lib/site-packages"
        found = sorted(self.folder.glob("lib/python*/site-packages"))
        return found[-1] if found else self.folder / "lib"

    @property
    def stamp_file(self) -> Path:
        return self.folder / "studionova.json"

    def requirements(self) -> Requirements:
        return read_requirements(self.root / "requirements.txt")

    def read_stamp(self) -> Stamp | None:
        try:
            return Stamp(**json.loads(self.stamp_file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_stamp(self, stamp: Stamp) -> None:
        write_json(self.stamp_file, asdict(stamp))

    def forget_stamp(self) -> None:
        self.stamp_file.unlink(missing_ok=True)

    def what_is_missing(self, tests: bool = False) -> str:
        """ "" when the studio can start at once; else the reason to install, in words. Looks at a hundred file
        names and one small file: this runs at each start."""
        if not self.python.exists():
            return "There is no environment yet."
        stamp = self.read_stamp()
        if stamp is None:
            return "The last install did not finish."
        if not is_inside(self.folder) and not self.runs():
            return "The Python of the environment does not run any more."
        if stamp.python != f"{sys.version_info[0]}.{sys.version_info[1]}":
            return "The environment has another Python now."
        wanted = self.requirements()
        if stamp.studio != fingerprint(wanted.studio):
            return "The list of packages has changed."
        if tests and stamp.tests != fingerprint(wanted.tests):
            return "The packages for the tests are not there yet."
        site = self.site_packages
        gone = [anchor for anchor in stamp.anchors if not (site / anchor).exists()]
        return f"The environment is damaged: {gone[0]} is gone." if gone else ""

    def runs(self) -> bool:
        try:
            return subprocess.run([str(self.python), "-I", "-c", ""], capture_output=True, check=False).returncode == 0
        except OSError:
            return False

    @contextlib.contextmanager
    def lock(self, say: Say) -> Iterator[None]:
        """One installer at a time; a second start waits for the first and then finds everything done."""
        self.folder.mkdir(exist_ok=True)
        held = Lock(
            self.folder / LOCK_NAME,
            before_waiting=lambda holder: say(f"Another start ({holder}) is installing right now; waiting for it."),
        )
        try:
            yield
        finally:
            held.release()


def is_inside(folder: Path) -> bool:
    return Path(sys.prefix).resolve() == folder.resolve()
