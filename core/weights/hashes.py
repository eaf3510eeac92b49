"""The hashes by which model files are known: SHA-256, AutoV2 and AutoV3, remembered by size and time of change."""

import hashlib
import struct
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


def hash_file(path: Path, store: Store | None = None) -> Hashes:
    """Both hashes in one reading; from the store when the file has not changed since."""
    try:
        stat = path.stat()
        key, mark = str(path.resolve()), f"{stat.st_size}:{stat.st_mtime_ns}"
        row = store.get("hashes", key) if store else None
        if row and row.get("mark") == mark:
            return Hashes(row["sha256"], row["data_sha256"])
        found = _read(path, stat.st_size)
    except OSError as error:
        raise BadFile(f"{path.name} could not be read.", "Is it still there, and may it be read?") from error
    if store:
        store.put("hashes", key, {"mark": mark, **asdict(found)})
    return found


def _read(path: Path, size: int) -> Hashes:
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
            whole.update(block)
            data.update(block)
    return Hashes(whole.hexdigest(), data.hexdigest() if length else "")
