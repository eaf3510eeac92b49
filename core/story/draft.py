"""A story in the making: what importers write into, and the preview that people see before anything is kept."""

import re
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from sys import intern
from typing import Any

from core.errors import StudioError
from core.pictures import opened
from core.requests import ImportRequest
from core.story.concerns import without
from core.story.edits import apply
from core.story.model import Asset, Scene, Story
from core.story.shape import read, read_field
from core.story.text import clean, plain_name
from core.story.tongue import guess

COLORS = ("#b45309", "#0f766e", "#7c3aed", "#be123c", "#1d4ed8", "#4d7c0f", "#a21caf", "#0369a1")
LINE_MOST = 20_000


@dataclass(frozen=True)
class Preview:
    """What an import would bring: nothing is kept until a person says so."""

    story: Story
    unmapped: tuple[str, ...] = ()
    """What could not be translated, each in a sentence."""
    files: dict[str, bytes] = field(default_factory=dict)
    """Bytes of each asset id that came along."""
    named: bool = False
    """Whether the story has a name for its saves already, as one that comes back from another studio."""


class Draft:
    """Gathers scenes, people and troubles; ids are made safe and unique on the way."""

    def __init__(self, title: str):
        self.title = clean(title)[:300]
        self.scenes: list[Any] = []
        self.cast: dict[str, dict[str, Any]] = {}
        self.more: dict[str, Any] = {}
        self.troubles: dict[str, None] = {}
        self.taken: set[str] = set()
        self.twins: Counter[tuple[str, str]] = Counter()
        """How many of a name there are, so that ten thousand of one are not counted anew for each."""
        self.ids: dict[str, str] = {}
        self.files: dict[str, bytes] = {}

    def trouble(self, sentence: str) -> None:
        if len(self.troubles) < 500:
            self.troubles[sentence] = None

    def scene(self, name: str, title: str = "") -> dict[str, Any]:
        """A new scene; the name finds it again."""
        made = {"id": self.id_for(f"scene {name}", name), "title": clean(title or name)[:300], "nodes": [], "next": ""}
        self.scenes.append(made)
        return made

    def person(self, name: str) -> str:
        """The cast id of a speaker."""
        name = clean(name).strip()[:200]
        if not name:
            return ""
        who = self.id_for(f"cast {name.lower()}", name, "c")
        if who not in self.cast:
            self.cast[who] = {"id": who, "name": name, "color": COLORS[len(self.cast) % len(COLORS)]}
        return who

    def id_for(self, key: str, wanted: str, prefix: str = "s") -> str:
        if key not in self.ids:
            plain = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-")[:40].strip("-") or prefix
            made = plain
            while f"{prefix} {made}" in self.taken:
                self.twins[prefix, plain] += 1
                made = f"{plain}-{self.twins[prefix, plain] + 1}"
            self.taken.add(f"{prefix} {made}")
            self.ids[key] = made
        return self.ids[key]

    def add(self, scene: dict[str, Any], **node: Any) -> dict[str, Any]:
        """A beat at the end of a scene."""
        node = {"id": intern(f"n{len(scene['nodes']) + 1}"), **node}
        if "text" in node:
            node["text"] = self.words(node["text"])
        scene["nodes"].append(node)
        return node

    def words(self, text: str) -> str:
        text = clean(text).strip()
        if len(text) > LINE_MOST:
            self.trouble(f"A line of {len(text):,} characters was cut to {LINE_MOST:,}.")
            text = text[:LINE_MOST]
        return text.encode("utf-8", "replace").decode()

    def seal(self, scene: dict[str, Any]) -> None:
        """A scene that is finished takes a fifth of the memory from now on; it cannot be changed any more."""
        at = next(at for at in range(len(self.scenes) - 1, -1, -1) if self.scenes[at] is scene)
        self.scenes[at] = read(Scene, scene)

    def asset(self, name: str, kind: str, ending: str, data: bytes) -> str:
        """A file that comes along; its id in the story. Whose it is, nobody has said."""
        made = self.id_for(f"asset {name}", name, "f")
        if made not in self.files:
            self.files[made] = data
            self.more.setdefault("assets", []).append({"id": made, "kind": kind, "file": made + ending,
                                                       "title": clean(name)[:300]})
        return made

    def preview(self) -> Preview:
        story = read(Story, {
            "id": self.id_for("story", self.title, "story"), "title": self.title,
            "cast": list(self.cast.values()), **self.more})
        scenes: list[Scene] = []
        for scene in self.scenes:  # each is let go as it is read, so that a long story is never there twice
            scenes.append(scene if isinstance(scene, Scene) else read(Scene, scene))
        language = story.language if "language" in self.more else guess(_lines(scenes)) or story.language
        return Preview(replace(story, scenes=tuple(scenes), language=language), tuple(self.troubles), self.files)


def _lines(scenes: Iterable[Scene]) -> Iterator[str]:
    for scene in scenes:
        for node in scene.nodes:
            if node.type in ("text", "choice"):
                yield node.text
                yield from (option.text for option in node.options)


def told_in(preview: Preview, language: str) -> Preview:
    """The same in the language that a person says it is in; "" leaves the guess."""
    named = read_field(Story, "language", language) if language else preview.story.language
    return replace(preview, story=replace(preview.story, language=named))


def bring_in(read: Callable[[Path, str], Preview], request: ImportRequest, bench: Any) -> None:
    """What every importer does once a person has said yes: read the file, and keep what it became."""
    bench.step(0, 1, "Reading")
    keep(sift(read(Path(request.file), request.title)), bench)
    bench.step(1, 1, "Done")


def sift(preview: Preview) -> Preview:
    """Without files that are not what they are called, or too large to be opened: what they are is told instead."""
    told = {}
    for asset in preview.story.assets:
        if asset.id in preview.files and (trouble := _trouble(asset, preview.files[asset.id])):
            told[asset.id] = f"{trouble} It was left out."
    if not told:
        return preview
    story, _ = apply(preview.story, without(preview.story, told))
    files = {name: data for name, data in preview.files.items() if name not in told}
    return replace(preview, story=story, files=files, unmapped=(*preview.unmapped, *told.values()))


def _trouble(asset: Asset, data: bytes) -> str:
    """What is wrong with a file that comes along; a picture is only looked at as far as its size."""
    title = asset.title or asset.id
    if asset.kind in ("music", "sound", "voice"):
        return "" if _is_sound(data) else f"“{title}” is damaged, or not a sound."
    if asset.kind != "picture":
        return ""
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture"
            path.write_bytes(data)
            with opened(path):
                return ""
    except StudioError as wrong:
        return wrong.message.replace("“picture”", f"“{title}”")


def _is_sound(data: bytes) -> bool:
    return data.startswith((b"OggS", b"ID3", b"RIFF", b"fLaC")) or data[4:8] == b"ftyp" or (
        len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0)


def keep(preview: Preview, bench: Any) -> None:
    """Saves what a preview shows: first the files, then the story that names them."""
    from core.story.files import to_bytes

    assets = []
    for asset in preview.story.assets:
        if asset.id in preview.files:
            suffix = "." + asset.file.rsplit(".", 1)[-1].lower()
            folder = "images" if asset.kind == "picture" else "audio"
            saved = bench.save(preview.files[asset.id], folder=folder, suffix=suffix, title=asset.title or asset.id,
                               licence=asset.licence, imported=True)
            asset = replace(asset, file=saved.id)
        assets.append(asset)
    for sentence in preview.unmapped:
        bench.note(sentence)
    name = preview.story.id if preview.named else fresh_id(preview.story.title or preview.story.id)
    story = replace(preview.story, id=name, assets=tuple(assets))
    bench.save(to_bytes(story), folder="stories", suffix=".json", title=story.title or story.id, imported=True,
               story=story.id)


def fresh_id(title: str) -> str:
    """What no other story is called: players keep their saves under it."""
    return f"{plain_name(title)}-{secrets.token_hex(3)}"
