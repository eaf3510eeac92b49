"""The files of a TyranoScript project, as a zip to unpack over an empty one: scenario, pictures, sounds, a page."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from core.story.model import Story
from pipelines.exporters.tyrano.script import Script

HERE = Path(__file__).parent
NO_PAPERS: Mapping[str, bytes] = MappingProxyType({})
STAMP = (2024, 1, 1, 0, 0, 0)
DULL = "#5c5046"
STARTS = {"de": "Anfangen", "es": "Empezar", "ja": "はじめる", "fr": "Commencer", "pt": "Começar", "it": "Inizia"}
READ_ME = """{title}

This is the data of a TyranoScript project (made for TyranoScript 6). Make an empty project in TyranoStudio, or unpack
TyranoScript itself from https://tyrano.jp, and put the folder data from here over the one that is there: the files in
data/scenario are the story, first.ks begins it. Press Start, or open index.html through a local web server.
The engine itself is not in here: its makers ask that it is not handed on.
"""


def files(story: Story, given: Mapping[str, Path]) -> dict[str, bytes]:
    """Every file of the project by its path in it."""
    made: dict[str, bytes] = {}
    named: dict[str, str] = {}
    shapes: dict[str, float] = {}
    faces = {asset for one in story.cast for asset in one.looks.values()}
    pictured = {one.asset for scene in story.scenes for node in scene.nodes for one in node.directives
                if one.kind == "picture"}
    for asset in story.assets:
        if asset.id not in given or asset.kind not in ("picture", "music", "sound", "voice"):
            continue
        data, ending = given[asset.id].read_bytes(), given[asset.id].suffix.lower()
        name = f"voice/{asset.id}{ending}" if asset.kind == "voice" else f"{asset.id}{ending}"
        named[asset.id] = name
        if asset.kind == "picture":
            shapes[asset.id] = _shape(data)
            for folder in ["fgimage"] * (asset.id in faces) + ["bgimage"] * (asset.id in pictured):
                made[f"data/{folder}/{name}"] = data
        else:
            made[f"data/{'bgm' if asset.kind == 'music' else 'sound'}/{name}"] = data
    for place in story.places:
        ending = given[place.asset].suffix.lower() if place.asset in named else ""
        file = f"{place.id}{ending}" if ending else f"sn_{place.id}.png"
        named[f"place {place.id}"] = file
        made[f"data/bgimage/{file}"] = given[place.asset].read_bytes() if ending else _plain(place.color or DULL)
    made["data/bgimage/sn_night.png"] = _plain("#101014")
    made["data/fgimage/sn_nobody.png"] = _plain("")
    script = Script(story, named, shapes)
    made["data/scenario/first.ks"] = _text(script.first())
    made["data/scenario/story.ks"] = _text(script.text())
    made["data/scenario/studionova.ks"] = _runtime(story, script)
    made["READ ME.txt"] = READ_ME.format(title=story.title or story.id).encode()
    return made


def build(story: Story, given: Mapping[str, Path], papers: Mapping[str, bytes] = NO_PAPERS) -> bytes:
    """The project as a zip that is the same for the same story. `papers` lie beside it: provenance, licences."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, data in sorted({**files(story, given), **papers}.items()):
            pack.writestr(zipfile.ZipInfo(name, STAMP), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _runtime(story: Story, script: Script) -> bytes:
    text = (HERE / "runtime.ks").read_text("utf-8")
    text = text.replace("@START@", STARTS.get(story.language.split("-")[0], "Start"))
    return text.replace('"@TITLE@"', f"`{script.told(story.title or story.id, page=True)}`").encode()


def _text(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _shape(data: bytes) -> float:
    """Width : height of a picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        wide, high = Image.open(io.BytesIO(data)).size
    except (UnidentifiedImageError, OSError, ValueError):
        return 0.5
    return wide / max(1, high)


def _plain(color: str) -> bytes:
    """A small picture of one colour, or of none, where the engine wants a file."""
    from PIL import Image

    out = io.BytesIO()
    picture = Image.new("RGB", (16, 9), color) if color else Image.new("RGBA", (1, 1), (0, 0, 0, 0))
    picture.save(out, "PNG")
    return out.getvalue()
