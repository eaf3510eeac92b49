"""Ren'Py games: scripts, archives and zips. A plain subset is understood, the rest is kept, nothing is run."""

from pathlib import Path

from core.archives import MEMBER_BYTES, Folder, decoded, look_into
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile, TooBig
from core.requests import ImportRequest
from core.rpa import Rpa
from core.story.draft import Preview, bring_in
from pipelines.importers.renpy.pictures import Files
from pipelines.importers.renpy.script import translate

CARD = Card(
    name="Ren'Py game",
    task="importers",
    about="Reads .rpy scripts, .rpa archives and zips of them: labels become scenes, menus become choices.",
    licence="MIT",
    reads=(".rpy", ".rpa", ".zip"),
)
SCRIPT_BYTES = 20 * 1024 * 1024


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the game would become. Nothing is kept, and none of its Python is run."""
    if path.suffix.lower() == ".rpy" and path.is_file():
        if path.stat().st_size > MEMBER_BYTES:
            raise TooBig(f"“{path.name}” is too large for a script.", "Choose another file.")
        return translate(title or path.stem, [decoded(path.read_bytes())])
    pack = Rpa(path) if path.suffix.lower() == ".rpa" else look_into(path)
    inside = {name: pack.read for name in pack.names}
    if isinstance(pack, Folder):  # a game's pictures lie in archives beside its scripts
        for archive in [name for name in pack.names if name.lower().endswith(".rpa")]:
            packed = Rpa(pack.members[archive])
            inside |= {name: packed.read for name in packed.names if name not in inside}
    wanted = sorted(name for name in inside if name.lower().endswith(".rpy") and "/tl/" not in f"/{name}")
    scripts = [inside[name](name) for name in wanted]
    if not scripts and any(name.lower().endswith(".rpyc") for name in inside):
        raise BadFile(f"“{path.name}” holds only compiled scripts (.rpyc).", "Ask its maker for the .rpy files.")
    if not scripts:
        raise BadFile(f"There is no script in “{path.name}”.", "Choose a .rpy file, or an archive that holds some.")
    if sum(map(len, scripts)) > SCRIPT_BYTES:
        raise TooBig("The scripts are larger than 20 MB together.", "Import a part of them.")
    return translate(title or path.stem, [decoded(data) for data in scripts], Files(inside))
