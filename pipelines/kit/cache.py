"""Things that are dear to make and cheap to keep (latents, text embeddings), on disk by the hash of what made them."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.caches import prune
from core.disk import explained, part_beside, replace

ENDING = ".safetensors"


def name_of(*parts: object) -> str:
    """The name under which a thing lies: the hash of everything that decided it."""
    return hashlib.sha256("\x00".join(str(part) for part in parts).encode()).hexdigest()


@dataclass
class Cache:
    """A folder of small tensor files. `hits` and `misses` are counted so that a run can prove what it reused."""

    folder: Path
    hits: int = 0
    misses: int = 0
    used: set[str] = field(default_factory=set)

    def get(self, name: str) -> dict[str, Any] | None:
        """The tensors kept under a name; a file that cannot be read counts as not there and is made again."""
        from safetensors import SafetensorError
        from safetensors.torch import load

        path = self._path(name)
        self.used.add(name)
        try:
            found = load(path.read_bytes())
        except (OSError, SafetensorError):
            self.misses += 1
            return None
        self.hits += 1
        with suppress(OSError):  # its time says when it was used last
            os.utime(path)
        return found

    def put(self, name: str, tensors: Mapping[str, Any]) -> None:
        from safetensors.torch import save

        path = self._path(name)
        self.used.add(name)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = part_beside(path)
            try:
                part.write_bytes(save({key: t.detach().cpu().contiguous() for key, t in tensors.items()}))
                replace(part, path)
            finally:
                part.unlink(missing_ok=True)

    def prune(self, limit_bytes: int) -> int:
        """Go below the limit by what was unused for longest, never by what this run uses. Says how many went."""
        return prune(self.folder, ENDING, limit_bytes, self.used.__contains__)

    def fill(self, names: Sequence[str], make: Callable[[Sequence[int]], Sequence[Mapping[str, Any]]],
             at_once: int = 4, tell: Callable[[int], None] = lambda done: None) -> list[dict[str, Any]]:
        """One entry for each name; those not kept yet are made `at_once` at a time from their places in the list."""
        first = {name: place for place, name in reversed(list(enumerate(names)))}
        have = {name: self.get(name) for name in first}
        lacking = [place for name, place in first.items() if have[name] is None]
        for start in range(0, len(lacking), at_once):
            places = lacking[start:start + at_once]
            for place, made in zip(places, make(places), strict=True):
                self.put(names[place], made)
                have[names[place]] = dict(made)
            tell(len(first) - len(lacking) + start + len(places))
        return [have[name] for name in names]

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}{ENDING}"
