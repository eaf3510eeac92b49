"""A story with its files and where they come from, as one zip that imports back to an equal story."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import ExportRequest
from core.story.files import for_export, to_bytes
from core.story.model import Story

CARD = Card(
    name="StudioNova bundle",
    task="exporters",
    about="Packs a story with all its files and how each was made; another studio imports it as the same story.",
    licence="MIT",
    writes=".zip",
)
STAMP = (2024, 1, 1, 0, 0, 0)


def run(request: ExportRequest, bench: Bench) -> None:
    bench.step(0, 2, "Checking")
    story, files = for_export(request.story, request.language, bench)
    records = {asset.id: bench.record(asset.file) for asset in story.assets if asset.id in files}
    bench.step(1, 2, "Packing")
    bench.save(build(story, files, records), folder="exports", suffix=".zip", title=story.title or story.id,
               story=story.id)
    bench.step(2, 2, "Done")


def build(story: Story, files: Mapping[str, Path], records: Mapping[str, Any] | None = None) -> bytes:
    """The zip: story.json, assets/, provenance.json, LICENCES.txt, README.txt."""
    packed, assets, provenance = {}, [], []
    for asset in story.assets:
        if asset.id in files:
            data = files[asset.id].read_bytes()
            inside, sha256 = f"assets/{asset.id}{files[asset.id].suffix.lower()}", hashlib.sha256(data).hexdigest()
            packed[inside] = data
            provenance.append({"asset": asset.id, "file": inside, "sha256": sha256, "sidecar": asset.file,
                               "made": (records or {}).get(asset.id)})
            asset = replace(asset, file=inside, sha256=sha256)
        assets.append(asset)
    packed["story.json"] = to_bytes(replace(story, assets=tuple(assets)))
    seeds = {"story": story.id, "seed": story.timeline.seed,
             "variables": {one.name: one.start for one in story.variables}, "assets": provenance}
    packed["provenance.json"] = (json.dumps(seeds, ensure_ascii=False, indent=1, default=str) + "\n").encode()
    packed["LICENCES.txt"] = _licences(story).encode()
    packed["README.txt"] = f"{story.title or story.id}\n\nA StudioNova story: import this zip as it is.\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in sorted(packed.items()):
            pack.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _licences(story: Story) -> str:
    rows = [f"The story: {story.licence or 'unknown'}"]
    rows += [f"{one.title or one.id}: {one.licence or 'unknown'}{f', by {one.author}' if one.author else ''}"
             for one in story.assets]
    return "\n".join(rows) + "\n"
