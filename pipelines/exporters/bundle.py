"""A story with its files and where they come from, as one zip that imports back to an equal story."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.bench import Bench
from core.cards import Card
from core.requests import ExportRequest
from core.story.files import deliver, for_export, to_bytes
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
    parcel = for_export(request, bench)
    bench.step(1, 2, "Packing")
    deliver(parcel, bench, build(parcel.story, parcel.files, parcel.papers), ".zip")
    bench.step(2, 2, "Done")


def build(story: Story, files: Mapping[str, Path], papers: Mapping[str, bytes]) -> bytes:
    """The zip: story.json, assets/, README.txt, and the papers (provenance.json, LICENCES.txt)."""
    packed, assets = dict(papers), []
    for asset in story.assets:
        if asset.id in files:
            data = files[asset.id].read_bytes()
            inside, sha256 = f"assets/{asset.id}{files[asset.id].suffix.lower()}", hashlib.sha256(data).hexdigest()
            packed[inside] = data
            asset = replace(asset, file=inside, sha256=sha256)
        assets.append(asset)
    packed["story.json"] = to_bytes(replace(story, assets=tuple(assets)))
    packed["README.txt"] = f"{story.title or story.id}\n\nA StudioNova story: import this zip as it is.\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in sorted(packed.items()):
            pack.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
