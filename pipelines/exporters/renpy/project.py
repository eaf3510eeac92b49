"""The files of a Ren'Py project, as a zip: script, runtime, window, pictures and sounds, and a page on how to go on."""

import io
import re
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from core.story.model import Story
from core.story.text import plain_name
from pipelines.exporters.renpy.names import Names
from pipelines.exporters.renpy.script import Script, quoted

HERE = Path(__file__).parent
NO_PAPERS: Mapping[str, bytes] = MappingProxyType({})
FONTS = ("text_font", "name_text_font", "interface_text_font")
CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
STAMP = (2024, 1, 1, 0, 0, 0)
READ_ME = """{title}

This is a Ren'Py project. Put this folder where your other Ren'Py projects are (Ren'Py: Preferences, Projects
Directory), choose it in the launcher, and press Launch Project. To make programs for Windows, macOS, Linux, Android or
the web, press Build Distributions there. Each line has an id of its own: a sound file voice/<id>.ogg is played with it.
"""


def files(story: Story, given: Mapping[str, Path]) -> dict[str, bytes]:
    """Every file of the project by its path in it."""
    named, pictures, sounds, made = Names(), {}, {}, {}
    for asset in story.assets:
        if asset.id not in given or asset.kind not in ("picture", "music", "sound", "voice"):
            continue
        path = given[asset.id]
        folder = "images" if asset.kind == "picture" else "audio"
        inside = f"{folder}/sn_{named(asset.id)}{path.suffix.lower()}"
        (pictures if asset.kind == "picture" else sounds)[asset.id] = inside
        made[f"game/{inside}"] = path.read_bytes()
    script = Script(story, pictures, sounds)
    for asset in story.assets:
        line = str(asset.meta.get("line", ""))
        if asset.kind == "voice" and asset.id in given and line:
            ending = given[asset.id].suffix.lower()
            made[f"game/voice/{script.lines(line)}{ending}"] = made.pop(f"game/{sounds[asset.id]}")
    made["game/script.rpy"] = _text("# Written by StudioNova.", *script.text())
    made["game/definitions.rpy"] = _text(*script.definitions())
    made["game/studionova.rpy"] = (HERE / "runtime.rpy").read_bytes()
    for language, text in script.languages():
        made[f"game/tl/{language}/script.rpy"] = text.encode()
    for language in (story.language, *story.languages):
        name = "None" if language == story.language else language.replace("-", "_").lower()
        if words := _window_words(language, name):
            made[f"game/tl/{name}/window.rpy"] = _text(*words)
    if fonts := [one for one in story.assets if one.kind == "font" and one.id in given]:
        path = f"fonts/sn_{named(fonts[0].id)}{given[fonts[0].id].suffix.lower()}"
        made[f"game/{path}"] = given[fonts[0].id].read_bytes()
        made["game/letters.rpy"] = _text("init -1 python:", *(f"    gui.{name} = {quoted(path)}" for name in FONTS))
    if story.languages:
        made["game/languages.rpy"] = _text(*_languages(story))
    for path in sorted((HERE / "window").rglob("*")):
        if path.is_file():
            made[f"game/{path.relative_to(HERE / 'window').as_posix()}"] = path.read_bytes()
    made["READ ME.txt"] = READ_ME.format(title=story.title or story.id).encode()
    return made


def build(story: Story, given: Mapping[str, Path], papers: Mapping[str, bytes] = NO_PAPERS) -> bytes:
    """The project as a zip that is the same for the same story. `papers` lie beside the game: provenance, licences."""
    return pack(story, {**files(story, given), **papers})


def pack(story: Story, project: Mapping[str, bytes]) -> bytes:
    out, folder = io.BytesIO(), plain_name(story.title, story.id)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(project.items()):
            packed.writestr(zipfile.ZipInfo(f"{folder}/{name}", STAMP), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _window_words(language: str, name: str) -> list[str]:
    """The game window's own words in a language of the story, where they are known."""
    words = tomllib.loads((HERE / "words.toml").read_text("utf-8")).get(language.split("-")[0], {})
    pairs = [f'    old "{old}"\n    new "{new}"\n' for old, new in words.items() if old != new]
    return [f"translate {name} strings:", *pairs] if pairs else []


def needs_letters(story: Story) -> bool:
    """Whether there are signs that the letters of the engine lack, and no font comes along."""
    lines = (text for scene in story.scenes for node in scene.nodes
             for text in (node.text, *(one.text for one in node.options)))
    return not any(one.kind == "font" for one in story.assets) and any(CJK.search(text) for text in lines)


def _languages(story: Story) -> list[str]:
    """A first screen that asks for the language, when there is more than one."""
    rows = ["label splashscreen:", "    if persistent.story_language_asked:", "        return",
            "    $ persistent.story_language_asked = True", "    menu:", f"        {quoted(story.language)}:",
            "            $ renpy.change_language(None)"]
    for language in story.languages:
        name = language.replace("-", "_").lower()
        rows += [f"        {quoted(language)}:", f"            $ renpy.change_language({quoted(name)})"]
    return [*rows, "    return"]


def _text(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()
