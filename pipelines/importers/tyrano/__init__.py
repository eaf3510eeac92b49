"""TyranoScript games and plain KiriKiri (KAG) scripts: scenarios, folders and zips. Nothing in them is run."""

from pathlib import Path

from core.archives import MEMBER_BYTES, look_into
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile, TooBig
from core.requests import ImportRequest
from core.story.draft import Preview, bring_in
from pipelines.importers.tyrano.media import Media
from pipelines.importers.tyrano.script import translate
from pipelines.importers.tyrano.tags import text_of

CARD = Card(
    name="TyranoScript game",
    task="importers",
    about="Reads TyranoScript and plain KiriKiri (KAG) scripts, folders and zips of them: labels become scenes, links "
          "become choices.",
    licence="MIT",
    reads=(".ks", ".zip"),
)
SCRIPT_BYTES = 20 * 1024 * 1024
SCENARIOS = "data/scenario/"
KIRIKIRI = ("startup.tjs", "initialize.tjs", "mainwindow.tjs")


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the game would become. Nothing is kept, and none of its programs are run."""
    if path.suffix.lower() == ".ks" and path.is_file():
        if path.stat().st_size > min(MEMBER_BYTES, SCRIPT_BYTES):
            raise TooBig(f"“{path.name}” is too large for a script.", "Choose another file.")
        return translate(title or path.stem, {path.name: text_of(path.read_bytes())})
    pack = look_into(path)
    names = _scenarios(pack.names)
    if not names:
        raise BadFile(f"There is no TyranoScript in “{path.name}”.", "Choose a .ks file, or a folder that holds some.")
    data = {name: pack.read(name) for name in names}
    if sum(map(len, data.values())) > SCRIPT_BYTES:
        raise TooBig("The scripts are larger than 20 MB together.", "Import a part of them.")
    preview = translate(title, {name: text_of(one) for name, one in data.items()},
                        Media({name: pack.read for name in pack.names}))
    if any(name.lower().endswith(KIRIKIRI) for name in pack.names):
        preview = Preview(preview.story, (
            "This is a game for KiriKiri: what its own programs (.tjs) do was not read.", *preview.unmapped),
            preview.files)
    return preview


def _scenarios(names: tuple[str, ...]) -> list[str]:
    """The scripts of one game: those of the project that lies highest, with its first one first."""
    scripts = [name for name in names if name.lower().endswith(".ks")]
    homes = {name[: f"/{name.lower()}".find(f"/{SCENARIOS}")] for name in scripts
             if f"/{SCENARIOS}" in f"/{name.lower()}"}
    if homes:
        home = min(homes, key=lambda one: (one.count("/"), one))
        scripts = [name for name in scripts if name.startswith(home) and name.lower()[len(home):].startswith(SCENARIOS)]
    return sorted(scripts, key=lambda name: (name.lower().rsplit("/", 1)[-1] != "first.ks", name))
