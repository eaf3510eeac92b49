"""Ren'Py games: scripts, archives and zips. A plain subset is understood, the rest is kept, nothing is run."""

from pathlib import Path

from core.archives import MEMBER_BYTES, Pack, decoded
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile, TooBig
from core.requests import ImportRequest
from core.rpa import Rpa
from core.story.draft import Preview, keep
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
    bench.step(0, 1, "Reading")
    keep(read(Path(request.file), request.title), bench)
    bench.step(1, 1, "Done")


def read(path: Path, title: str = "") -> Preview:
    """What the game would become. Nothing is kept, and none of its Python is run."""
    scripts: dict[str, bytes] = {}
    ending = path.suffix.lower()
    if ending == ".rpy":
        if path.stat().st_size > MEMBER_BYTES:
            raise TooBig(f"“{path.name}” is too large for a script.", "Choose another file.")
        scripts[path.name] = path.read_bytes()
    else:
        pack = Rpa(path) if ending == ".rpa" else Pack(path)
        wanted = [name for name in pack.names if name.lower().endswith(".rpy") and "/tl/" not in f"/{name}"]
        scripts = {name: pack.read(name) for name in sorted(wanted)}
        if not scripts and any(name.lower().endswith(".rpyc") for name in pack.names):
            raise BadFile(f"“{path.name}” holds only compiled scripts (.rpyc).", "Ask its maker for the .rpy files.")
    if not scripts:
        raise BadFile(f"There is no script in “{path.name}”.", "Choose a .rpy file, or an archive that holds some.")
    if sum(map(len, scripts.values())) > SCRIPT_BYTES:
        raise TooBig("The scripts are larger than 20 MB together.", "Import a part of them.")
    return translate(title or path.stem, [decoded(data) for data in scripts.values()])
