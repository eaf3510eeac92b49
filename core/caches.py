"""Folders of what can be made again: kept within a limit, and what was unused for longest goes first."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.disk import PROCESS


def prune(folder: Path, ending: str, limit_bytes: int, is_held: Callable[[str], bool]) -> int:
    """Clear what a crash left, then go below the limit. Files of this ending count; `is_held` tells by the name before
    it what stays whatever its age. Says how many went."""
    found: list[tuple[float, int, Path]] = []
    for path in folder.glob("*/*"):
        with suppress(OSError):
            facts = path.stat()
            if path.suffix == ending:
                found.append((facts.st_mtime, facts.st_size, path))
            elif PROCESS not in path.name:  # else it is being written now
                path.unlink()
    surplus, gone = sum(size for _, size, _ in found) - limit_bytes, 0
    for _, size, path in sorted(found):
        if surplus <= 0:
            break
        if not is_held(path.stem):
            with suppress(OSError):
                path.unlink()
                surplus, gone = surplus - size, gone + 1
    return gone
