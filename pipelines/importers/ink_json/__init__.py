"""Compiled Ink (JSON): what ink's players run, read back as scenes. Nothing is run; what cannot be mapped is listed."""

import json
from pathlib import Path

from core.archives import read_text
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Preview, bring_in
from pipelines.importers.ink_json.telling import Telling
from pipelines.importers.ink_json.tree import grow

CARD = Card(
    name="Ink story (compiled)",
    task="importers",
    about="Reads compiled Ink (JSON): knots, choices, conditions and variables come back as scenes.",
    licence="MIT",
    reads=(".ink.json",),
)
FILE_MB = 20
OLDEST = 18


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the Ink story would become. Nothing is kept."""
    try:
        told = json.loads(read_text(path, FILE_MB))
        version, root = told["inkVersion"], grow(told["root"])
        if not isinstance(version, int) or version < OLDEST:
            raise BadFile(f"“{path.name}” was compiled by a very old ink.", "Compile it again with a newer one.")
        return Telling(root, title or path.name.split(".")[0]).whole(path.name)
    except (ValueError, RecursionError, KeyError, TypeError, IndexError, AttributeError) as wrong:
        raise BadFile(f"“{path.name}” is not compiled Ink.", "Choose the JSON that ink's compiler wrote.") from wrong
