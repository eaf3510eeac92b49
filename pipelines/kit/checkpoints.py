"""Saves of a training that cannot be torn: written aside, flushed, hashed, renamed, and checked before use."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.disk import FULL
from core.errors import TooBig

log = logging.getLogger(__name__)
STATE, MANIFEST = "state.safetensors", "manifest.json"


@dataclass(frozen=True)
class Saved:
    """A checkpoint that was read and found whole. `damaged` names newer ones that were not."""

    step: int
    path: Path
    tensors: Mapping[str, Any]
    facts: Mapping[str, Any]
    damaged: tuple[str, ...] = ()


def write(folder: Path, step: int, tensors: Mapping[str, Any], facts: Mapping[str, Any], keep: int = 3) -> Path:
    """Put one checkpoint on disk whole or not at all, then let go of the oldest beyond `keep`."""
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / _name(step)
    try:
        _write_whole(folder / f".{final.name}.part", final, step, tensors, facts)
    except OSError as error:
        if error.errno not in FULL:
            raise
        _forget(folder, step, keep=1)
        _write_last_try(folder, final, step, tensors, facts)
    _forget(folder, step, keep)
    return final


def newest(folder: Path) -> Saved | None:
    """The newest checkpoint that is whole. Damaged ones are stepped over and named, never silently used."""
    damaged: list[str] = []
    for path in reversed(_all(folder)):
        why = _damage(path)
        if not why:
            facts = json.loads((path / MANIFEST).read_text("utf-8"))
            return Saved(facts["step"], path, _tensors(path / STATE), facts["facts"], tuple(damaged))
        log.warning("checkpoint stepped over", extra={"context": {"checkpoint": path.name, "why": why}})
        damaged.append(f"{path.name}: {why}")
    return Saved(0, folder, {}, {}, tuple(damaged)) if damaged else None


def bytes_needed(tensors: Mapping[str, Any]) -> int:
    return sum(t.numel() * t.element_size() for t in tensors.values()) + 65536


def _write_last_try(folder: Path, final: Path, step: int, tensors: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    try:
        _write_whole(folder / f".{final.name}.part", final, step, tensors, facts)
    except OSError as error:
        if error.errno not in FULL:
            raise
        kept, megabytes = [path.name for path in _all(folder)], bytes_needed(tensors) // 2**20 + 1
        raise TooBig(
            f"The disk is full, so step {step} could not be saved.",
            f"Make {megabytes} MB free and resume: the training goes on from {kept[-1]}." if kept else
            f"Make {megabytes} MB free and resume: it starts again from the beginning.",
        ) from error


def _write_whole(part: Path, final: Path, step: int, tensors: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    from safetensors.torch import save

    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        state = save({name: t.detach().cpu().contiguous() for name, t in tensors.items()})
        _write_flushed(part / STATE, state)
        manifest = {"step": step, "sha256": {STATE: hashlib.sha256(state).hexdigest()}, "facts": dict(facts)}
        manifest["seal"] = _seal(manifest)
        _write_flushed(part / MANIFEST, json.dumps(manifest).encode())
        shutil.rmtree(final, ignore_errors=True)
        os.replace(part, final)
        _flush_folder(final.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _damage(path: Path) -> str:
    """What is wrong with a checkpoint, or nothing."""
    try:
        manifest = json.loads((path / MANIFEST).read_text("utf-8"))
        seal = manifest.pop("seal")
        if seal != _seal(manifest):
            return "its manifest was changed"
        for name, digest in manifest["sha256"].items():
            if _sha256(path / name) != digest:
                return f"{name} is not what was saved"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"it cannot be read ({type(error).__name__})"
    return ""


def _seal(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _name(step: int) -> str:
    return f"step-{step:08d}"


def _all(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("step-*") if path.is_dir())


def _forget(folder: Path, step: int, keep: int) -> None:
    """Drop the oldest, and those of a future that was given up when an older checkpoint was taken."""
    future = [path for path in _all(folder) if path.name > _name(step)]
    past = [path for path in _all(folder) if path.name <= _name(step)]
    for path in [*future, *past[:-max(keep, 1)]]:
        shutil.rmtree(path, ignore_errors=True)


def _tensors(path: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(str(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_flushed(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    """A rename is only certain once its folder is flushed; Windows has no such thing."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
