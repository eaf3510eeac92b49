"""The header of a safetensors file: names, shapes and notes, read without torch and without trusting a byte of it."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import BadFile

MAX_HEADER = 100_000_000
BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
         "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "I8": 1, "U8": 1, "BOOL": 1}
LESS_THAN_A_BYTE = {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}


@dataclass(frozen=True)
class Tensor:
    kind: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """What a safetensors file says of itself, checked against its real size."""

    tensors: Mapping[str, Tensor]
    notes: Mapping[str, str] = field(default_factory=dict)
    bytes: int = 0

    @property
    def numbers(self) -> int:
        """How many parameters there are."""
        total = 0
        for tensor in self.tensors.values():
            count = 1
            for side in tensor.shape:
                count *= side
            total += count
        return total


def read_header(path: Path) -> Header:
    """The header, or a sentence: cut short, renamed, or lying about where its data is."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(MAX_HEADER, size - 8):
                raise _not_whole(path, _guess(start, size))
            raw = file.read(length)
    except OSError as error:
        raise BadFile(f"{path.name} could not be opened.", "Is it still there, and may it be read?") from error
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _not_whole(path, "its header is not readable") from error
    if not isinstance(found, dict):
        raise _not_whole(path, "its header is not a table")
    notes = found.pop("__metadata__", None) or {}
    if not isinstance(notes, dict):
        raise _not_whole(path, "its notes are not a table")
    room = size - 8 - length
    tensors = {name: _tensor(path, entry, room) for name, entry in found.items()}
    _check_spans(path, [entry["data_offsets"] for entry in found.values()], room)
    return Header(tensors, {str(key): str(value) for key, value in notes.items()}, size)


def _tensor(path: Path, entry: object, room: int) -> Tensor:
    try:
        kind, shape = entry["dtype"], tuple(entry["shape"])  # type: ignore[index]
        start, end = entry["data_offsets"]  # type: ignore[index]
        whole = all(type(number) is int and number >= 0 for number in (*shape, start, end))
    except (TypeError, KeyError, ValueError) as error:
        raise _not_whole(path, "its header has an entry that makes no sense") from error
    if not whole or not isinstance(kind, str) or not start <= end:
        raise _not_whole(path, "its header has an entry that makes no sense")
    if end > room:
        raise _not_whole(path, "it ends before its data does")
    bits = LESS_THAN_A_BYTE.get(kind, 8 * BYTES.get(kind, 0))
    count = 1
    for side in shape:
        count *= side
        if count > 2**48:
            raise _not_whole(path, "its header promises more numbers than a file can hold")
    if bits and (count * bits + 7) // 8 != end - start:
        raise _not_whole(path, "its header does not match its data")
    return Tensor(kind, shape)


def _check_spans(path: Path, spans: list[list[int]], room: int) -> None:
    """Tensors must stand one after another and fill the file: no holes to hide things in, nothing shared."""
    at = 0
    for start, end in sorted(spans):
        if start != at:
            raise _not_whole(path, "its data has holes or overlaps")
        at = end
    if at != room:
        raise _not_whole(path, "it is longer or shorter than its header says")


def _guess(start: bytes, size: int) -> str:
    if start.startswith(b"PK\3\4") or start.startswith(b"\x80\x02") or start.startswith(b"\x80\x04"):
        return "it is a pickle with another name"
    if start.startswith(b"GGUF"):
        return "it is a GGUF file with another name"
    if start.lstrip().startswith((b"<", b"{")) and size < 1_000_000:
        return "it is a web page or a text, not a model: the download went wrong"
    if start.startswith(b"version "):
        return "it is a pointer left by git, not the model itself"
    return "it is cut short or no safetensors file"


def _not_whole(path: Path, why: str) -> BadFile:
    return BadFile(f"{path.name} cannot be used: {why}.", "Get it again from where it came.")
