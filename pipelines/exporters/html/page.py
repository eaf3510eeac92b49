"""Lays a story out for the player and writes the one page. Nothing that was written in a story runs in it."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.errors import Missing
from core.language import shipped
from core.story.dialects import to_javascript
from core.story.expressions import change, condition
from core.story.model import Directive, Node, Story, line_key, look_of
from core.story.runner import Program
from core.story.text import clean, spans

HERE = Path(__file__).parent
MIMES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
         ".ogg": "audio/ogg", ".opus": "audio/ogg", ".mp3": "audio/mpeg", ".wav": "audio/wav", ".m4a": "audio/mp4"}
SHOWN = frozenset({"picture", "music", "sound", "voice"})
WORDS = ("begin", "resume", "again", "end", "menu", "log", "auto", "skip", "save", "load", "empty", "back", "speed",
         "size", "volume", "theme", "auto_theme", "light", "dark", "language")
STAR = '<svg class="star" viewBox="0 0 24 24" aria-hidden="true">' \
    '<path d="M12 0l2.6 9.4L24 12l-9.4 2.6L12 24l-2.6-9.4L0 12l9.4-2.6z"/></svg>'


def build(story: Story, files: Mapping[str, Path], provenance: Mapping[str, Any] | None = None) -> bytes:
    """One self-contained page. `files` gives the file of each asset id; what is missing is simply not shown."""
    player, style = (_inline((HERE / name).read_text(encoding="utf-8")) for name in ("player.js", "player.css"))
    data = script(story, files)
    hashes = " ".join(f"'sha256-{_hash(one)}'" for one in (data, player))
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; media-src data:"
    return PAGE.format(
        policy=policy, language=_escape(story.language), title=_escape(story.title or story.id), style=style, star=STAR,
        data=data, player=player,
        papers=_json(json.loads(json.dumps(provenance or {}, default=str)))).encode()


def script(story: Story, files: Mapping[str, Path]) -> str:
    """The story as a script: data, and its conditions as ready functions, so that the page evaluates nothing."""
    return _Layout(story, files).script()


class _Layout:
    """The numbered steps of the runner, with texts and conditions in tables."""

    def __init__(self, story: Story, files: Mapping[str, Path]):
        self.story, self.program = story, Program(story)
        self.files = {one.id: files[one.id] for one in story.assets if one.id in files and one.kind in SHOWN}
        self.code: list[str] = []
        self.known: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self.texts: list[Any] = []
        self.cast = {one.id: one for one in story.cast}

    def script(self) -> str:
        story, steps = self.story, self.steps()
        scopes = {one.name: one.scope for one in story.variables}
        cast = {one.id: {"name": self.text(f"cast.{one.id}", one.name or one.id), "color": one.color}
                for one in story.cast}
        data = {
            "id": story.id, "title": self.text("title", story.title or story.id), "author": story.author,
            "seed": story.timeline.seed, "start": self.program.start, "lang": story.language, "steps": steps,
            "vars": self.program.fresh, "fresh": self.program.scene_fresh, "cast": cast,
            "globals": [name for name, scope in scopes.items() if scope == "global"],
            "places": {one.id: {"title": one.title, "asset": one.asset, "color": one.color} for one in story.places},
            "files": {name: _data_uri(path) for name, path in self.files.items()},
            "voices": self.voices(), "texts": self.languages(), **_words((story.language, *story.languages)),
        }
        code = ",".join(f"(v,f)=>{one}" for one in self.code)
        return f"globalThis.STORY={_json(data)};STORY.code=[{code}];"

    def steps(self) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        sources = iter(self.program.steps)
        for scene in self.story.scenes:
            made.append({"k": "door", "a": scene.id, "g": next(sources).goes})
            made += [self.step(scene.id, node, next(sources)) for node in scene.nodes]
        return made

    def step(self, scene: str, node: Node, ready: Any) -> dict[str, Any]:
        made = {"k": node.type, "a": ready.address, "w": self.condition(node.when), "d": self.changes(node.do),
                "n": ready.after, "g": ready.goes}
        if node.directives:
            made["x"] = [self.directive(one) for one in node.directives]
        if node.type in ("text", "choice"):
            made |= {"who": node.who, "t": self.text(line_key(scene, node.id), node.text)}
        if node.type == "choice":
            made["by"] = int(node.by == "chance")
            made["o"] = [
                {"i": one.id, "t": self.text(line_key(scene, node.id, one.id), one.text), "w": self.condition(one.when),
                 "p": one.weight, "d": self.changes(one.do), "g": way.goes}
                for one, way in zip(node.options, ready.options, strict=True)]
        return made

    def directive(self, one: Directive) -> dict[str, Any]:
        made = {name: value for name in ("kind", "who", "at", "place", "asset", "transition", "move", "seconds")
                if (value := getattr(one, name))}
        if one.kind == "show" and one.who in self.cast:
            person = self.cast[one.who]
            made["img"] = person.looks.get(look_of(person, one.expression, one.pose), "")
        return made

    def condition(self, source: str) -> int | None:
        return self.function(to_javascript(condition(source, self.program.kinds))) if source.strip() else None

    def changes(self, sources: tuple[str, ...]) -> list[list[Any]]:
        made = [change(source, self.program.kinds) for source in sources if source.strip()]
        return [[one.name, self.program.kinds[one.name], self.function(to_javascript(one.part))] for one in made]

    def function(self, code: str) -> int:
        if code not in self.known:
            self.known[code] = len(self.code)
            self.code.append(code)
        return self.known[code]

    def text(self, key: str, text: str) -> int:
        self.keys[key] = len(self.texts)
        self.texts.append(self.pieces(text))
        return self.keys[key]

    def pieces(self, text: str) -> Any:
        """Plain words, or pieces [style, words]: 1 leans, 2 is strong, 4 is a variable's value."""
        found = spans(clean(text), self.program.kinds)
        if all(not (one.name or one.lean or one.strong) for one in found):
            return "".join(one.text for one in found)
        return [[one.lean + 2 * one.strong + 4 * bool(one.name), one.name or one.text] for one in found]

    def languages(self) -> dict[str, Any]:
        made: dict[str, Any] = {self.story.language: self.texts}
        for language, texts in self.story.languages.items():
            known = {self.keys[key]: text for key, text in texts.items() if key in self.keys and text}
            made[language] = {number: self.pieces(text) for number, text in known.items()}
        return made

    def voices(self) -> dict[str, str]:
        """Lines that are read aloud without a directive of their own."""
        return {key.replace(".", "#", 1): one.id for one in self.story.assets
                if one.kind == "voice" and (key := str(one.meta.get("line", ""))) in self.keys}


def _words(codes: Iterable[str]) -> dict[str, Any]:
    """The player's own words in each language of the story; English where the studio does not speak it."""
    known = shipped()
    words = {code: {name: known[code.split("-")[0]](f"player.{name}") for name in WORDS} for code in codes}
    return {"words": words, "names": {code: known.names.get(code.split("-")[0], code) for code in words}}


def _data_uri(path: Path) -> str:
    mime = MIMES.get(path.suffix.lower())
    if mime is None:
        raise Missing(f"A browser cannot show “{path.name}”.", f"Use one of: {', '.join(MIMES)}.")
    return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _json(data: Any) -> str:
    """JSON that cannot end the script around it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _inline(text: str) -> str:
    return text.replace("</", "<\\/").strip()


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _escape(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover"><title>{title}</title>
<style>{style}</style></head><body>
<main id="view"><div id="back" role="img" aria-label=""></div><div id="cast"></div>
<div id="bar"><button id="auto" aria-pressed="false" aria-keyshortcuts="a"></button>
<button id="skip" aria-pressed="false" aria-keyshortcuts="s"></button>
<button id="log" aria-keyshortcuts="l"></button><button id="menu" aria-keyshortcuts="m"></button></div>
<div id="low"><div id="ways" role="group"></div><div id="box"><div id="who" aria-hidden="true"></div>
<div id="line" aria-hidden="true"></div></div></div><div id="said" aria-live="polite"></div></main>
<dialog id="sheet"><div id="inner"></div></dialog>
<section id="cover">{star}<h1 id="title"></h1><p id="author"></p>
<button id="new" class="way"></button><button id="go" class="way" hidden></button></section>
<script type="application/json" id="provenance">{papers}</script>
<script>{data}</script><script>{player}</script></body></html>
"""
