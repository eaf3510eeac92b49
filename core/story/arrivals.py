"""What a file from elsewhere is: asks the importers that read such files, in order, and shows what it would become."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.archives import Pack, safe_name
from core.errors import BadFile, StudioError
from core.story.draft import Preview

INSIDE_MOST = 40
OTHER_ENGINES = {".xp3": "KiriKiri", ".nsa": "NScripter", ".sar": "NScripter",
                 ".assets": "Unity", ".unity3d": "Unity", ".rgssad": "RPG Maker",
                 ".rgss3a": "RPG Maker", ".rvdata2": "RPG Maker", ".pck": "Godot", ".cpk": "an engine of its own",
                 ".arc": "an engine of its own"}


def recognise(catalog: Any, path: Path, title: str = "") -> tuple[str, Preview]:
    """(key of the importer, what the story would be). Nothing is kept and nothing in the file is run."""
    first: StudioError | None = None
    if engine := OTHER_ENGINES.get(path.suffix.lower()):
        raise BadFile(f"“{path.name}” belongs to another engine ({engine}), which cannot be read here.",
                      "Ask its maker for the script, or for an export as text.")
    if path.suffix.lower() in (".rpyc", ".rpymc"):
        raise BadFile(f"“{path.name}” is a compiled Ren'Py script. It holds a program, and such are not opened here.",
                      "The .rpy of the same name holds the words; without it, ask the game's maker.")
    for entry in importers_for(catalog, path):
        try:
            return entry.key, entry.module.read(path, title)
        except BadFile as wrong:
            first = first or wrong
    if path.suffix.lower() == ".zip" and (found := _inside(catalog, path, title)):
        return found
    if first is not None:
        raise first
    known = ", ".join(sorted({ending for entry in catalog.find("importers") for ending in entry.card.reads}))
    raise BadFile(f"“{path.name}” is no kind of story that can be read here.", f"What can be read: {known}.")


def recognise_together(catalog: Any, paths: Sequence[Path], title: str = "") -> tuple[str, Preview]:
    """The same for one file or for several that belong together: a chat and its branches, the scripts of a game."""
    if len(paths) == 1:
        return recognise(catalog, paths[0], title)
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(paths):  # scripts name each other, so names stay where they differ
            twin = any(path.name.lower() == other.name.lower() for other in paths if other is not path)
            shutil.copyfile(path, Path(folder) / (f"{number:03d} {path.name}" if twin else path.name))
        return recognise(catalog, Path(folder), title or paths[0].stem)


def importers_for(catalog: Any, path: Path) -> list[Any]:
    """Those that read files of this name: what fits the whole name before what fits its last ending."""
    low, last = path.name.lower(), ".zip" if path.is_dir() else path.suffix.lower()
    fitting = [entry for entry in catalog.find("importers") if not entry.unavailable and last
               and any(ending.endswith(last) for ending in entry.card.reads)]
    return sorted(fitting, key=lambda entry: not any(low.endswith(one) for one in entry.card.reads if one != ".json"))


def _inside(catalog: Any, path: Path, title: str) -> tuple[str, Preview] | None:
    """A pack around a story: the first file in it that some importer reads."""
    pack = Pack(path)
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in _readable(catalog, pack):
                file = Path(folder) / safe_name(name).replace("/", "-")
                file.write_bytes(pack.read(name))
                try:
                    key, preview = recognise(catalog, file, title)
                except BadFile:
                    continue
                others = len(pack.names) - 1
                more = (f"Of the pack only “{name[:80]}” was read; {others} other files were left.",) if others else ()
                return key, replace(preview, unmapped=(*preview.unmapped, *more))
    finally:
        pack.close()
    return None


def _readable(catalog: Any, pack: Pack) -> Iterator[str]:
    names = [name for name in sorted(pack.names)
             if not name.lower().endswith(".zip") and importers_for(catalog, Path(name))]
    yield from names[:INSIDE_MOST]
