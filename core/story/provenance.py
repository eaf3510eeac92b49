"""Where everything in an exported story comes from: one JSON that leads back to the sidecars, and the licences."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.contracts import check
from core.errors import StudioError
from core.story.concerns import Concern, licence_of
from core.story.dialects import starting
from core.story.model import Story

FORMAT = "studionova.provenance/1"
TOLD = ("pipeline", "pipeline_version", "seed", "weights", "likeness", "characters", "parents", "created", "seconds",
        "device", "sha256", "width", "height", "notices", "imported", "shipped")
PRIVATE = ("request", "prompt", "title")
"""What people wrote; left out when they want so."""


def build(story: Story, files: Mapping[str, Path], records: Mapping[str, Mapping[str, Any]],
          concerns: Iterable[Concern] = (), private: bool = False) -> dict[str, Any]:
    """The same for the same story and files. `files` are those that went along, by their id in the story."""
    told = (*TOLD, *(() if private else PRIVATE))
    assets = []
    for asset in story.assets:
        if asset.id in files:
            record = records.get(asset.id) or {}
            assets.append({
                "asset": asset.id, "title": asset.title, "kind": asset.kind, "sidecar": asset.file,
                "sha256": hashlib.sha256(files[asset.id].read_bytes()).hexdigest(),
                "licence": licence_of(asset, record), "author": asset.author,
                "made": {key: record[key] for key in told if key in record} or None})
    return {"format": FORMAT, "tool": "StudioNova", "story": story.id, "title": story.title, "author": story.author,
            "licence": story.licence, "seed": story.timeline.seed,
            "variables": {one.name: starting(one) for one in story.variables}, "assets": assets,
            "findings": [{"kind": one.kind, "words": one.words, "files": list(one.files), "waived": one.waived}
                         for one in concerns],
            "seconds": round(sum(float((records.get(key) or {}).get("seconds") or 0.0) for key in files), 1)}


def resolve(provenance: Mapping[str, Any], assets: Any) -> dict[str, dict[str, Any]]:
    """The sidecars of this studio that an export names, by the id in the story; only files whose bytes are the same."""
    check("provenance", provenance)
    found = {}
    for row in provenance.get("assets", ()):
        try:
            record = assets.record(str(row.get("sidecar")))
        except StudioError:
            continue
        if record.get("sha256") == row.get("sha256"):
            found[str(row.get("asset"))] = record
    return found


def licences(story: Story, records: Mapping[str, Mapping[str, Any]]) -> str:
    """LICENCES.txt: the story, then each file with its maker."""
    rows = [f"The story: {story.licence or 'unknown'}" + (f", by {story.author}" if story.author else "")]
    for one in story.assets:
        licence = licence_of(one, records.get(one.id) or {}) or "unknown"
        rows.append(f"{one.title or one.id}: {licence}{f', by {one.author}' if one.author else ''}")
    return "\n".join(rows) + "\n"
