"""What a file from elsewhere is: asks the importers that read such files, in order, and shows what it would become."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.archives import Pack, look_into, safe_name
from core.errors import BadFile, StudioError
from core.story.draft import Preview, sift
from core.story.engines import engine_among, engine_of
from core.story.extractors import NONE, Extractors

INSIDE_MOST = 40


def recognise(catalog: Any, path: Path, title: str = "", outside: Extractors = NONE) -> tuple[str, Preview]:
    """(key of the importer, what the story would be). Nothing is kept and nothing in the file is run; a game of another
    engine is taken apart by the program that a person registered for it."""
    first: StudioError | None = None
    if path.is_file() and outside.find(path.name) and not importers_for(catalog, path):
        return _taken_out(catalog, path, title, outside)
    if engine := engine_of(path) if path.is_file() else "":
        raise _other(path, engine)
    if path.suffix.lower() in (".rpyc", ".rpymc"):
        raise BadFile(f"“{path.name}” is a compiled Ren'Py script. It holds a program, and such are not opened here.",
                      "The .rpy of the same name holds the words; without it, ask the game's maker.")
    for entry in importers_for(catalog, path):
        try:
            return entry.key, sift(entry.module.read(path, title))
        except BadFile as wrong:
            first = first or wrong
    if path.suffix.lower() == ".zip" and (found := _inside(catalog, path, title)):
        return found
    if (path.is_dir() or path.suffix.lower() == ".zip") and (found := _game(catalog, path, title, outside)):
        return found
    if first is not None:
        raise first
    known = ", ".join(sorted({ending for entry in catalog.find("importers") for ending in entry.card.reads}))
    raise BadFile(f"“{path.name}” is no kind of story that can be read here.", f"What can be read: {known}.")


def recognise_together(catalog: Any, paths: Sequence[Path], title: str = "",
                       outside: Extractors = NONE) -> tuple[str, Preview]:
    """The same for one file or for several that belong together: a chat and its branches, the scripts of a game."""
    if len(paths) == 1:
        return recognise(catalog, paths[0], title, outside)
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(paths):  # scripts name each other, so names stay where they differ
            twin = any(path.name.lower() == other.name.lower() for other in paths if other is not path)
            shutil.copyfile(path, Path(folder) / (f"{number:03d} {path.name}" if twin else path.name))
        return recognise(catalog, Path(folder), title or paths[0].stem, outside)


def importers_for(catalog: Any, path: Path) -> list[Any]:
    """Those that read files of this name: what fits the whole name before what fits its last ending."""
    low, last = path.name.lower(), ".zip" if path.is_dir() else path.suffix.lower()
    fitting = [entry for entry in catalog.find("importers") if not entry.unavailable and last
               and any(ending.endswith(last) for ending in entry.card.reads)]
    return sorted(fitting, key=lambda entry: not any(low.endswith(one) for one in entry.card.reads if one != ".json"))


def _other(path: Path, engine: str) -> BadFile:
    return BadFile(f"“{path.name}” belongs to another engine ({engine}), which cannot be read here.",
                   "Ask its maker for the script as text, or register a program that takes it apart in "
                   "configs/extractors.toml: the README says how.")


def _game(catalog: Any, path: Path, title: str, outside: Extractors) -> tuple[str, Preview] | None:
    """A folder or a zip with a game of another engine in it: taken apart, or named and refused."""
    pack = look_into(path)
    try:
        engine = engine_among(pack.names)
        known = [name for name in pack.names if outside.find(name) and not importers_for(catalog, Path(name))]
        if known:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / Path(known[0]).name
                file.write_bytes(pack.read(known[0]))
                return _taken_out(catalog, file, title or path.stem, outside)
        if engine:
            raise _other(path, engine)
        return None
    finally:
        pack.close()


def _taken_out(catalog: Any, path: Path, title: str, outside: Extractors) -> tuple[str, Preview]:
    """What a person's own program takes out of a game, as a folder from elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        name = outside.take_out(path, Path(folder))
        key, preview = recognise(catalog, Path(folder), title or path.stem)
    warning = f"Taken out by {name}: whose work is this, and may you use it?"
    return key, replace(preview, unmapped=(warning, *preview.unmapped))


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
