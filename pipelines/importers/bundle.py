"""Our own bundle: the zip, or a bare story.json, back to an equal story with its files."""

import hashlib
from dataclasses import replace
from pathlib import Path

from core.archives import Pack
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile, Missing
from core.requests import ImportRequest
from core.story.draft import Preview, bring_in
from core.story.files import parse

CARD = Card(
    name="StudioNova bundle",
    task="importers",
    about="Reads a bundle that a studio exported, or a bare story.json, as the same story.",
    licence="MIT",
    reads=(".zip", ".json"),
)


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """The story of a bundle. Files whose bytes are not what the bundle says are refused."""
    if path.suffix.lower() == ".json":
        return _called(title, Preview(parse(path.read_bytes()), named=True))
    pack = Pack(path)
    if "story.json" not in pack.names:
        raise BadFile(f"“{path.name}” is not a StudioNova bundle: there is no story.json.", "Choose another importer.")
    story, files, gone = parse(pack.read("story.json")), {}, []
    for asset in story.assets:
        try:
            data = pack.read(asset.file)
        except Missing:
            gone.append(f"The file of “{asset.title or asset.id}” is not in the bundle.")
            continue
        if asset.sha256 and hashlib.sha256(data).hexdigest() != asset.sha256:
            raise BadFile(f"The file of “{asset.title or asset.id}” was changed.", "Ask for the bundle again.")
        files[asset.id] = data
    pack.close()
    return _called(title, Preview(story, tuple(gone), files, named=True))


def _called(title: str, preview: Preview) -> Preview:
    return replace(preview, story=replace(preview.story, title=title)) if title else preview
