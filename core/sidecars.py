"""What the file beside each asset says: its id, how it is found on disk, and what of it can be searched.

A sidecar is the truth about an asset; fields that this version does not know are kept wherever one is rewritten.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.disk import PART

SCHEMA = 1
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: ids are read aloud; in the order of ASCII, so they sort
ID_LENGTH = 13
RANDOM_BITS = 21
EPOCH_MS = 1_577_836_800_000  # 2020; with 42 bits of milliseconds, ids last until 2159
KINDS: Mapping[str, frozenset[str]] = {
    "image": frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}),
    "video": frozenset({".mp4", ".webm", ".mkv", ".mov"}),
    "audio": frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a"}),
    "text": frozenset({".txt", ".md", ".json", ".srt", ".vtt", ".csv", ".toml", ".rpy"}),
    "weights": frozenset({".safetensors", ".gguf", ".onnx"}),
}
_ASSET_NAME = re.compile(rf"[0-7][{LETTERS}]{{{ID_LENGTH - 1}}}\.[a-z0-9]{{1,16}}")
OWN_FOLDER = re.compile(r"(\..*|logs|jobs)")  # folders of outputs/ that hold no assets


def id_of(number: int) -> str:
    """An asset's id from its number."""
    return "".join(LETTERS[(number >> shift) & 31] for shift in range(5 * (ID_LENGTH - 1), -1, -5))


def number_of(asset_id: str) -> int | None:
    """An asset's number from its id, or None when this is no id."""
    if len(asset_id) != ID_LENGTH or asset_id[0] not in "01234567" or any(c not in LETTERS for c in asset_id):
        return None
    number = 0
    for letter in asset_id:
        number = number << 5 | LETTERS.index(letter)
    return number


def first_number_at(seconds: float) -> int:
    """The smallest number that an asset made at this time (seconds since 1970) can have."""
    return max(0, int(seconds * 1000) - EPOCH_MS) << RANDOM_BITS


def kind_of(suffix: str) -> str:
    """What sort of thing a file with this suffix is; what is not known is a bundle."""
    return next((kind for kind, suffixes in KINDS.items() if suffix.lower() in suffixes), "bundle")


def sidecar_of(file: Path) -> Path:
    """Where the story of a file stands."""
    return file.with_name(file.name + ".json")


@dataclass
class Found:
    """What lies in outputs/: whole assets by relative path, and what is not whole."""

    assets: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    lone_files: list[str] = field(default_factory=list)
    lone_sidecars: list[str] = field(default_factory=list)


def look_through(outputs: Path) -> Found:
    """Every asset below outputs/, by names alone: no file is opened."""
    found = Found()
    for prefix, names in _folders(outputs):
        for name in names:
            if name.startswith("."):
                if name.endswith(PART):
                    found.parts.append(prefix + name)
            elif name.endswith(".json") and name[:-5] in names:
                found.assets.append(prefix + name[:-5])
            elif name.endswith(".json") and _ASSET_NAME.fullmatch(name[:-5]):
                found.lone_sidecars.append(prefix + name)
            elif _ASSET_NAME.fullmatch(name) and name + ".json" not in names:
                found.lone_files.append(prefix + name)
    return found


def _folders(outputs: Path) -> Iterator[tuple[str, set[str]]]:
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        names: set[str] = set()
        try:
            with os.scandir(outputs / prefix) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if not OWN_FOLDER.fullmatch(entry.name):
                            waiting.append(f"{prefix}{entry.name}/")
                    elif not entry.is_symlink():
                        names.add(entry.name)
        except (FileNotFoundError, PermissionError):
            continue
        if prefix:  # what lies in outputs/ itself belongs to the studio
            yield prefix, names


def labels(record: Mapping[str, Any], path: str) -> dict[str, list[str]]:
    """What an asset can be filtered by."""
    request = _mapping(record.get("request"))
    weights = [_mapping(weight) for weight in _items(record.get("weights"))]
    kinds = {"lora": [weight for weight in weights if weight.get("kind") == "lora"],
             "model": [weight for weight in weights if weight.get("kind", "model") in ("model", "checkpoint")]}
    many: dict[str, list[Any]] = {
        "kind": [record.get("kind")],
        "folder": [path.partition("/")[0]],
        "character": [*_items(record.get("characters")), request.get("character")],
        "model": [request.get("model"), *kinds["model"]],
        "lora": [*_items(request.get("loras")), *kinds["lora"]],
        "board": _items(record.get("boards")),
        "tag": _items(record.get("tags")),
        "story": [record.get("story") or request.get("story")],
        "pipeline": [record.get("pipeline")],
        "starred": ["yes"] if record.get("starred") is True else [],
        "pinned": ["yes"] if record.get("pinned") is True else [],
        "owner": [record.get("owner")],
    }
    named = {name: list(dict.fromkeys(filter(None, map(_name, values)))) for name, values in many.items()}
    return {name: values for name, values in named.items() if values}


def words(record: Mapping[str, Any], found: Mapping[str, Iterable[str]]) -> str:
    """What an asset can be found by when a person types."""
    request = _mapping(record.get("request"))
    names = [value for name, values in found.items() if name not in ("starred", "pinned", "owner", "folder")
             for value in values]
    texts = [record.get("title"), record.get("note"), request.get("prompt"), request.get("text"), request.get("title"),
             record.get("caption"), record.get("original_name"), record.get("id")]
    seed = record.get("seed")
    return "\n".join([*(text for text in texts if isinstance(text, str) and text), *names,
                      *([str(seed)] if isinstance(seed, int) else [])])


def likeness(record: Mapping[str, Any]) -> float | None:
    """The likeness an asset was measured at; of several people the least, because that is the one to look at."""
    value = record.get("likeness")
    scores = list(value.values()) if isinstance(value, Mapping) else [value]
    numbers = [float(score) for score in scores if isinstance(score, (int, float)) and not isinstance(score, bool)]
    return min(numbers, default=None)


def title(record: Mapping[str, Any]) -> str:
    """A line to show under an asset."""
    request = _mapping(record.get("request"))
    for text in (record.get("title"), record.get("original_name"), request.get("title"), request.get("prompt")):
        if isinstance(text, str) and text.strip():
            return " ".join(text.split())[:120]
    return ""


def parents(record: Mapping[str, Any]) -> list[int]:
    """The numbers of the assets that this one was made from."""
    found = (number_of(str(parent)) for parent in _items(record.get("parents")))
    return list(dict.fromkeys(number for number in found if number is not None))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    return [] if value in (None, "", {}) else [value]


def _name(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("id") or ""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
