"""The hashes by which model files are known: SHA-256, AutoV2 and AutoV3, remembered by size and time of change."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import BadFile
from core.store import Store

BLOCK = 1 << 20


@dataclass(frozen=True)
class Hashes:
    sha256: str
    data_sha256: str = ""
    """Of what follows the header of a safetensors file; "" for other files."""

    @property
    def autov2(self) -> str:
        return self.sha256[:10]

    @property
    def autov3(self) -> str:
        return self.data_sha256[:12]


def key_file(path: Path) -> Path:
    """The file by which a model is known: itself, and of a folder its largest part."""
    if path.is_file():
        return path
    return max(sorted(path.rglob("*.safetensors")), key=lambda file: file.stat().st_size, default=path)


def mark_of(path: Path) -> str:
    """Size and time of change: as long as they stay, so does what was read. "" where there is no file."""
    if not path.is_file():
        return ""
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}"


def known_hash(path: Path, store: Store) -> str:
    """The SHA-256 of a file as it is now, where it was read before; "" otherwise."""
    row = store.get("hashes", str(path.resolve()))
    return str(row["sha256"]) if row and row.get("mark") == mark_of(path) else ""


def hash_file(path: Path, store: Store | None = None, heard: Callable[[], object] = lambda: None) -> Hashes:
    """Both hashes in one reading; from the store when the file has not changed since. `heard` is called now and then
    while it takes long, and may raise."""
    try:
        key, mark = str(path.resolve()), mark_of(path)
        row = store.get("hashes", key) if store else None
        if row and row.get("mark") == mark:
            return Hashes(row["sha256"], row["data_sha256"])
        found = _read(path, path.stat().st_size, heard)
    except OSError as error:
        raise BadFile(f"{path.name} could not be read.", "Is it still there, and may it be read?") from error
    if store:
        store.put("hashes", key, {"mark": mark, **asdict(found)})
    return found


def _read(path: Path, size: int, heard: Callable[[], object]) -> Hashes:
    whole, data = hashlib.sha256(), hashlib.sha256()
    with path.open("rb") as file:
        start = file.read(8)
        whole.update(start)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 and path.suffix == ".safetensors" else 0
        header = min(length, size)
        while header > 0 and (block := file.read(min(BLOCK, header))):
            whole.update(block)
            header -= len(block)
        while block := file.read(BLOCK):
            heard()
            whole.update(block)
            data.update(block)
    return Hashes(whole.hexdigest(), data.hexdigest() if length else "")
