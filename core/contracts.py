"""What the rows of the studio are for others who read or write them: Character, Asset, Job and Provenance, each with a
published JSON schema in core/schemas/ (`python -m core.contracts` writes them anew). Story has its own in core/story.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, make_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.characters import Character
from core.errors import BadFile
from core.jobs import Job

FOLDER = Path(__file__).with_name("schemas")
DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


@dataclass(frozen=True)
class AssetRow:
    """The sidecar beside each file of the Library: what it is, how it was made, and what a person decided about it."""

    id: str
    kind: str
    created: str
    sha256: str
    bytes: int
    schema: int = 1
    width: int = 0
    height: int = 0
    title: str = ""
    owner: str = ""
    pipeline: str = ""
    pipeline_version: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    prompt: str = ""
    weights: list[Mapping[str, Any]] = field(default_factory=list)
    licence: str = ""
    parents: list[str] = field(default_factory=list)
    characters: list[str] = field(default_factory=list)
    likeness: float | Mapping[str, Any] | None = None
    device: str = ""
    seconds: float = 0.0
    notices: list[str] = field(default_factory=list)
    story: str = ""
    tags: list[str] = field(default_factory=list)
    boards: list[str] = field(default_factory=list)
    starred: bool = False
    pinned: bool = False
    imported: bool = False
    same_as: str = ""


@dataclass(frozen=True)
class Origin:
    """Where one file of an exported story comes from; `made` is what its sidecar says."""

    asset: str
    sidecar: str
    sha256: str
    title: str = ""
    kind: str = ""
    licence: str = ""
    author: str = ""
    made: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Noticed:
    """What was to be known when a story left, and why a person passed it by."""

    kind: str
    words: str
    files: list[str] = field(default_factory=list)
    waived: str = ""


@dataclass(frozen=True)
class Provenance:
    """provenance.json of an exported story."""

    format: str
    story: str
    assets: list[Origin]
    tool: str = ""
    title: str = ""
    author: str = ""
    licence: str = ""
    seed: int = 1
    variables: Mapping[str, bool | int | float | str] = field(default_factory=dict)
    findings: list[Noticed] = field(default_factory=list)
    seconds: float = 0.0


@cache
def contracts() -> Mapping[str, type]:
    """The published rows by name; of a job all but its progress, which never goes to disk."""
    job = make_dataclass("Job", [(one.name, one.type, _default(one)) for one in fields(Job) if one.name != "progress"])
    job.__doc__ = Job.__doc__
    return {"character": Character, "asset": AssetRow, "job": job, "provenance": Provenance}


def check(name: str, row: Mapping[str, Any]) -> None:
    """Refuse a row that is not what its contract says. Fields that a newer studio added are let through."""
    from pydantic import ValidationError

    try:
        _adapter(name).validate_json(json.dumps(row), strict=True)
    except (ValidationError, TypeError, ValueError, RecursionError) as wrong:
        first = wrong.errors()[0] if isinstance(wrong, ValidationError) else {"loc": (), "msg": "is no plain JSON"}
        where = ".".join(map(str, first["loc"])) or name
        raise BadFile(f"A row that should be a {name} is not one: {where}: {first['msg']}.",
                      "Ask for the file again, or mend that place.") from wrong


def text(name: str) -> str:
    """The published schema of one row."""
    return json.dumps(DIALECT | _adapter(name).json_schema(), indent=1, ensure_ascii=False) + "\n"


@cache
def _adapter(name: str) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(contracts()[name])


def _default(one: Any) -> Any:
    if one.default_factory is not MISSING:
        return field(default_factory=one.default_factory)
    return field() if one.default is MISSING else field(default=one.default)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for known in contracts():
        (FOLDER / f"{known}.schema.json").write_text(text(known), encoding="utf-8")
