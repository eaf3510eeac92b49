"""Ren'Py archives (.rpa 2 and 3): the index is read by an unpickler that knows nothing but plain values."""

import io
import pickle
import zlib
from pathlib import Path
from typing import Any

from core.archives import MEMBER_BYTES, MEMBERS_MOST, safe_name
from core.errors import BadFile, Missing, TooBig

INDEX_BYTES = 64 * 1024 * 1024


class _PlainUnpickler(pickle.Unpickler):
    """Lists, dicts, numbers and text only. Python 2 wrote bytes by way of _codecs.encode, so that one name is known."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return _latin
        if module in ("__builtin__", "builtins") and name == "bytes":
            return _nothing
        raise BadFile("This archive's index wants to run a program.", "Do not trust this file; delete it.")


def _latin(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1")


def _nothing() -> bytes:
    """Empty bytes, as Python 2 wrote them; bytes() itself would make room for any number that it is given."""
    return b""


class Rpa:
    """An archive whose index has been looked over."""

    def __init__(self, path: Path):
        self.path = path
        with path.open("rb") as file:
            head, size = file.readline(200), path.stat().st_size
            offset, key = _header(head)
            if not 0 < offset < size:
                raise BadFile(f"“{path.name}” is damaged: its index is not there.", "Copy it again.")
            file.seek(offset)
            packed = file.read(INDEX_BYTES)
        self.members = {name: part for name, part in _index(packed, key, size).items()}
        self.names = tuple(self.members)

    def read(self, name: str) -> bytes:
        if name not in self.members:
            raise Missing(f"“{name[:80]}” is not in the archive.", "Copy the archive again.")
        offset, length, prefix = self.members[name]
        with self.path.open("rb") as file:
            file.seek(offset)
            return prefix + file.read(length - len(prefix))


def _header(head: bytes) -> tuple[int, int]:
    try:
        words = head.decode("ascii").split()
        if words and words[0] == "RPA-3.0" and len(words) >= 3:
            key = 0
            for word in words[2:]:
                key ^= int(word, 16)
            return int(words[1], 16), key
        if words and words[0] == "RPA-2.0" and len(words) >= 2:
            return int(words[1], 16), 0
    except ValueError:
        pass
    raise BadFile("This archive is not of a kind that can be read (RPA 2 and 3).",
                  "Its maker protected it, or it is damaged; ask the maker for the files.")


def _index(packed: bytes, key: int, size: int) -> dict[str, tuple[int, int, bytes]]:
    try:
        inflate = zlib.decompressobj()
        plain = inflate.decompress(packed, INDEX_BYTES)
        if inflate.unconsumed_tail:
            raise TooBig("The archive's index is larger than 64 MB.", "This looks like a trap.")
        rows = _PlainUnpickler(io.BytesIO(plain), encoding="latin1").load()
        if len(rows) > MEMBERS_MOST:
            raise TooBig(f"The archive holds {len(rows):,} files.", f"{MEMBERS_MOST:,} is the limit.")
        made = {}
        for name, parts in rows.items():
            offset, length, *rest = parts[0]
            prefix = rest[0] if rest else b""
            prefix = prefix.encode("latin1") if isinstance(prefix, str) else bytes(prefix)
            offset, length = offset ^ key, length ^ key
            if not (offset >= 0 and 0 <= length <= MEMBER_BYTES and offset + length - len(prefix) <= size):
                raise BadFile("The archive's index points outside the archive.", "Do not trust this file.")
            made[safe_name(name if isinstance(name, str) else name.decode())] = (offset, length, prefix)
        return made
    except (zlib.error, pickle.UnpicklingError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
            OverflowError, MemoryError, RecursionError) as wrong:
        raise BadFile("The archive's index is damaged.", "Copy the archive again.") from wrong
