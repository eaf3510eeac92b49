"""Bytes onto disk without tearing, names that stay inside their folder, and disk troubles in plain words.

What the bytes mean is the business of those who call.
"""

import errno
import json
import logging
import math
import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from core.errors import BadFile, Refused, StudioError, TooBig

log = logging.getLogger(__name__)

PART = ".part"  # ends the name of every file that is still being written
PROCESS = secrets.token_hex(4)  # stands in that name too: what bears another process's mark is litter
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LOCKED = {errno.EROFS, errno.EACCES, errno.EPERM}
NOT_OFFERED = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
UNWRITABLE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into a sentence that a person can act on."""
    try:
        yield
    except OSError as error:
        raise explain(error, path) from error


def explain(error: OSError, path: Path) -> StudioError:
    """The sentence for one trouble with one file."""
    where = path.parent if path.suffix else path
    if error.errno in FULL:
        return TooBig(f"The disk is full: {path.name} could not be written.",
                      f"Make room on the disk that holds {where}, for example by emptying the trash in the Library.")
    if error.errno in LOCKED:
        return StudioError(f"The studio is not allowed to use {path.name} in {where}.",
                           "Give yourself the right to read and write there, or start with --home and another folder.")
    if error.errno == errno.ENOENT:
        return StudioError(f"{path.name} is not there any more.", "It was moved or deleted outside the studio.")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return StudioError(f"The disk did not take {path.name}: {reason}.",
                       f"Check that the disk that holds {where} is connected and healthy.")


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put `content` at `path` so that a crash leaves either the old file or the new one, never half of one."""
    with explained(path):
        part = part_beside(path)
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                settle(file)
            replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)


def part_beside(path: Path) -> Path:
    """A free hidden name in the same folder, for a file on its way to `path`."""
    return path.with_name(f".{path.name}.{PROCESS}{secrets.token_hex(4)}{PART}")


def settle(file: Any) -> None:
    """Wait until what was written to an open file is on the disk."""
    file.flush()
    try:
        os.fsync(file.fileno())
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise


def replace(part: Path, path: Path) -> None:
    """Rename over `path`; on Windows a virus scanner may hold the old file for a moment, so ask a few times."""
    for pause in (0.02, 0.05, 0.1, 0.2, 0.4) if os.name == "nt" else ():
        try:
            return os.replace(part, path)
        except PermissionError:
            time.sleep(pause)
    return os.replace(part, path)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder survive a power cut, where the system offers that."""
    if os.name == "nt":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def plain(value: Any) -> Any:
    """The same value in JSON's own words. What JSON lacks becomes a string: work must not be lost over its label."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(inner) for inner in value), key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return str(value)


def to_json(value: Any, *, indent: int | None = None) -> bytes:
    """JSON that opens in a text editor; characters that UTF-8 cannot hold stay as escapes."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent)
    return text.encode("utf-8", "backslashreplace")


def write_json(path: Path, value: Any, *, private: bool = False) -> None:
    """Write a value as an indented JSON file, whole or not at all."""
    write_whole(path, to_json(value, indent=1) + b"\n", private=private)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file, or BadFile."""
    with explained(path):
        content = path.read_bytes()
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path.name} is damaged and cannot be read.", "Restore it from a copy, or delete it.") from error
    if not isinstance(value, dict):
        raise BadFile(f"{path.name} does not hold what it should.", "Restore it from a copy, or delete it.")
    return value


def inside(folder: Path, relative: str) -> Path:
    """The path of `relative` under `folder`; whatever would lead out of it, or hide in it, is refused."""
    parts = relative.split("/")
    if not all(is_good_name(part) for part in parts):
        raise Refused(f"“{printable(relative)}” is not a name the studio accepts.",
                      "Use letters, digits, spaces, dashes and dots, and do not begin with a dot.")
    path = folder.joinpath(*parts)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"“{printable(relative)}” leads out of the studio's folder.", "Remove the link and try again.")
    return path


def is_good_name(name: str) -> bool:
    """Whether one file or folder name is safe on every system that people use."""
    if not name or len(name.encode("utf-8", "replace")) > 200 or name[0] in ". " or name[-1] in ". ":
        return False
    if UNWRITABLE.search(name) or "/" in name or not name.isprintable():
        return False
    return name.split(".")[0].lower() not in RESERVED


def printable(text: str, longest: int = 60) -> str:
    """Foreign text made fit for a sentence or a log line."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:longest])
