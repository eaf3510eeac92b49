"""Deleted assets, until the trash is emptied: each deletion is one bundle that can be undone whole.

A bundle's list is written before anything moves, so a crash in the middle is finished at the next start.
"""

import logging
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.disk import explained, inside, read_json, replace, write_json
from core.errors import Missing, Refused, StudioError
from core.sidecars import number_of, sidecar_of

log = logging.getLogger(__name__)

LIST = "bundle.json"


@dataclass(frozen=True)
class Bundle:
    """One deletion: its token, when it was, what it holds (paths below outputs/), and whose it was."""

    token: str
    created: str
    paths: tuple[str, ...]
    owner: str = ""


class Trash:
    """The folder of bundles."""

    def __init__(self, outputs: Path) -> None:
        self.outputs = outputs
        self.folder = outputs / ".trash"

    def put(self, token: str, created: str, paths: Sequence[str], owner: str = "") -> list[str]:
        """Move assets into a new bundle; those that a failing disk left where they were are not in the answer."""
        bundle, moved = self.folder / token, []
        with explained(bundle):
            bundle.mkdir(parents=True)
        write_json(bundle / LIST, {"token": token, "created": created, "paths": list(paths),
                                     "owner": owner})
        for path in paths:
            try:
                self._take(self.outputs / path, bundle)
                moved.append(path)
            except OSError as error:
                log.warning("a file could not be moved to the trash",
                            extra={"context": {"file": path, "reason": str(error)}})
        if not moved:
            shutil.rmtree(bundle, ignore_errors=True)
            raise StudioError("Nothing could be moved to the trash.", "Check that the folder may be written.")
        return moved

    def restore(self, token: str, owner: str = "") -> list[str]:
        """Move a bundle's assets back to where they were, and tell which. With an owner, only that one's deletions."""
        bundle = self._bundle(token)
        there = self._read(bundle)
        if owner and there.owner != owner:
            log.warning("somebody asked for what is not theirs", extra={"context": {"trash": token, "visitor": owner}})
            raise _gone()
        back = []
        for path in there.paths:
            home, here = inside(self.outputs, path), bundle / Path(path).name
            if not here.is_file():
                continue
            if home.exists():
                raise Refused(f"There is a file {path} again, so the deleted one was not put over it.",
                              "Move that file away, and undo once more.")
            with explained(home):
                home.parent.mkdir(parents=True, exist_ok=True)
                if sidecar_of(here).exists():
                    replace(sidecar_of(here), sidecar_of(home))
                replace(here, home)
            back.append(path)
        shutil.rmtree(bundle, ignore_errors=True)
        return back

    def bundles(self, owner: str = "") -> list[Bundle]:
        """What is in the trash, the newest deletion first; with an owner, only what that one deleted."""
        found = []
        for bundle in sorted(self.folder.glob("*/"), reverse=True):
            with suppress(StudioError):
                found.append(self._read(bundle))
        return [bundle for bundle in found if not owner or bundle.owner == owner]

    def empty(self) -> int:
        """Delete it all for good, and tell how many bytes that freed."""
        freed = 0
        for path in self.folder.glob("*/*"):
            with suppress(OSError):
                freed += path.stat().st_size
        with explained(self.folder):
            if self.folder.exists():
                shutil.rmtree(self.folder)
        return freed

    def finish(self) -> None:
        """Complete moves that a crash cut short: a file in the trash gets its sidecar; a bundle of nothing goes."""
        for bundle in self.folder.glob("*/"):
            try:
                paths = self._read(bundle).paths
            except StudioError:
                if not any(bundle.iterdir()) or not any(not p.name.startswith(".") for p in bundle.iterdir()):
                    shutil.rmtree(bundle, ignore_errors=True)
                continue
            for path in paths:
                here, beside = bundle / Path(path).name, sidecar_of(self.outputs / path)
                if here.exists() and beside.exists() and not (self.outputs / path).exists():
                    with explained(beside):
                        replace(beside, sidecar_of(here))
            if not any((bundle / Path(path).name).exists() for path in paths):
                shutil.rmtree(bundle, ignore_errors=True)

    def _take(self, file: Path, bundle: Path) -> None:
        replace(file, bundle / file.name)
        if sidecar_of(file).exists():
            replace(sidecar_of(file), sidecar_of(bundle / file.name))

    def _bundle(self, token: str) -> Path:
        bundle = self.folder / token
        if number_of(token) is None or not bundle.is_dir():
            raise _gone()
        return bundle

    def _read(self, bundle: Path) -> Bundle:
        content = read_json(bundle / LIST)
        paths = content.get("paths")
        good = [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []
        return Bundle(bundle.name, str(content.get("created", "")), tuple(good), str(content.get("owner") or ""))


def _gone() -> Missing:
    return Missing("That is not in the trash any more.", "It was restored already, or the trash was emptied.")
