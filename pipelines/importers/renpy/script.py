"""A plain subset of Ren'Py script as scenes: lines, menus, ifs, jumps, the stage and simple changes."""

import re
from dataclasses import dataclass, field
from typing import Any

from core.errors import BadFile
from core.story.draft import Draft, Preview
from core.story.expressions import Unclear, change, condition
from core.story.text import squeezed
from pipelines.importers.renpy.pictures import Files

STRING = r'"(?:[^"\\]|\\.)*"'
CHARACTER = re.compile(rf"define\s+([\w.]+)\s*=\s*(?:Dynamic)?Character\(\s*(?:_\()?({STRING}|'[^'\\]*'|None)")
DEFAULT = re.compile(r"(?:default|\$)\s+([A-Za-z]\w{0,39})\s*=\s*(.+)")
SAY = re.compile(rf"(?:([A-Za-z_][\w.]*)(?:\s+[\w@-]+)*?\s+)?({STRING})(?:\s+(?:nointeract|id\s+\w+|with\s+\S+))*")
ANSWER = re.compile(rf"({STRING})\s*(?:\([^)]*\)\s*)?(?:if\s+(.+?))?\s*:")
LABEL = re.compile(r"label\s+([\w.]+)\s*(?:\([^)]*\))?\s*(?:hide)?\s*:")
TAG = re.compile(r"\{(/?)(i|b)\}|\{\{|\{[^{}]*\}|\[\[|\[([A-Za-z]\w*)(?:![a-z]+)?\]|\{|%%")
DEEPEST = 30


@dataclass
class Line:
    """A line of script and what is indented below it."""

    text: str
    inner: list["Line"] = field(default_factory=list)

    def whole(self, depth: int = 0) -> str:
        below = [one.whole(depth + 1) for one in self.inner] if depth < DEEPEST else []
        return "\n".join(["    " * depth + self.text, *below])


def translate(title: str, scripts: list[str], files: Files | None = None) -> Preview:
    """The story of these scripts with the pictures and sounds they name, and what could not be mapped."""
    lines = [line for script in scripts for line in _tree(script)]
    reading = _Reading(Draft(title), files or Files())
    reading.learn(lines)
    for line in lines:
        reading.top(line)
    reading.finish()
    return reading.draft.preview()


def _tree(script: str) -> list[Line]:
    """Lines under the lines that they are indented below; comments and empty lines are gone."""
    root = Line("")
    stack = [(-1, root)]
    for raw in script.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ").split("\n"):
        text = squeezed(raw.strip())
        if not text or text.startswith("#"):
            continue
        indent = len(raw) - len(raw.lstrip())
        while len(stack) > 1 and stack[-1][0] >= indent:
            stack.pop()
        line = Line(text)
        stack[-1][1].inner.append(line)
        stack.append((indent, line))
        if len(stack) > 100:
            raise BadFile("This script is indented more than a hundred times.", "It is not a script that people wrote.")
    return root.inner


class _Reading:
    """Where the translation stands: the scene being written and the directives that wait for their line."""

    def __init__(self, draft: Draft, files: Files):
        self.draft, self.files = draft, files
        self.kinds: dict[str, str] = {}
        self.variables: dict[str, dict[str, Any]] = {}
        self.speakers: dict[str, str] = {}
        self.tags: dict[str, str] = {}
        """Image tag to the speaker who is shown."""
        self.labels: dict[str, str] = {}
        self.begun: set[str] = set()
        self.scene: dict[str, Any] | None = None
        self.open = False
        """Whether the scene's end still leads on to what comes next."""
        self.waiting: list[dict[str, Any]] = []
        self.places: dict[str, dict[str, str]] = {}

    def learn(self, lines: list[Line]) -> None:
        """First pass: who speaks, which labels there are, what is remembered."""
        todo = list(lines)
        while todo:
            line = todo.pop()
            todo += line.inner
            if self.files.learn(line.text):
                continue
            if found := CHARACTER.match(line.text):
                if tag := re.search(r"image\s*=\s*[\"'](\w+)[\"']", line.text):
                    self.tags[tag[1]] = found[1]
                self.speakers[found[1]] = _unquote(found[2]) if found[2] != "None" else ""
            elif found := LABEL.fullmatch(line.text):
                self.labels.setdefault(found[1], self.draft.id_for(f"scene label {found[1]}", found[1]))
            elif found := DEFAULT.fullmatch(line.text):
                self._declare(found[1], found[2].strip(), line.text.startswith("default"))

    def _declare(self, name: str, value: str, surely: bool) -> None:
        if name in self.variables and not surely:
            return
        if value in ("True", "False"):
            kind, start = "flag", value == "True"
        elif re.fullmatch(r"-?\d{1,9}", value):
            kind, start = "whole", int(value)
        elif re.fullmatch(r"-?\d{1,9}\.\d{1,9}", value):
            kind, start = "number", float(value)
        elif re.fullmatch(rf"{STRING}|'[^'\\]*'", value):
            kind, start = "text", _unquote(value)[:2000]
        else:
            return
        self.variables[name], self.kinds[name] = {"name": name, "kind": kind, "start": start}, kind

    def top(self, line: Line) -> None:
        if found := LABEL.fullmatch(line.text):
            self.begin(found[1])
            self.block(line.inner, 0)
        elif self.scene is not None and not line.text.startswith(("define", "default", "init", "image", "transform",
                                                                   "screen", "style", "translate", "python")):
            self.block([line], 0)
        elif not CHARACTER.match(line.text) and not DEFAULT.fullmatch(line.text):
            self.draft.trouble(f"“{line.text[:60]}” is not part of the story and was left out.")

    def begin(self, label: str) -> None:
        made = {"id": self.labels[label], "title": label[:300], "nodes": [], "next": ""}
        if label in self.begun:
            self.draft.trouble(f"The label “{label}” is there twice; the second was given another name.")
            made["id"] = self.draft.id_for(f"double {label} {len(self.draft.scenes)}", label)
        self.begun.add(label)
        self.enter(made)

    def enter(self, scene: dict[str, Any]) -> None:
        """Goes on in another scene; an open end leads to it."""
        self.flush()
        if self.scene is not None and self.open:
            self.scene["next"] = scene["id"]
        self.draft.scenes.append(scene)
        self.scene, self.open = scene, True

    def aside(self, title: str) -> dict[str, Any]:
        """A scene for the body of a menu answer or an if."""
        name = f"{title} {len(self.draft.ids)}"
        return {"id": self.draft.id_for(f"aside {name}", name), "title": name[:300], "nodes": [], "next": ""}

    def add(self, **node: Any) -> dict[str, Any]:
        assert self.scene is not None
        if self.waiting:
            node["directives"], self.waiting = self.waiting, []
        return self.draft.add(self.scene, **node)

    def flush(self) -> None:
        if self.waiting and self.scene is not None:
            self.add(type="action")

    def block(self, lines: list[Line], depth: int) -> None:
        """A run of statements; ifs come in chains."""
        if depth > DEEPEST:
            self.draft.trouble("Something is nested too deep and was left out.")
            return
        at = 0
        while at < len(lines):
            line = lines[at]
            if re.match(r"if\b.*:$", line.text):
                chain = [line]
                while at + 1 < len(lines) and re.match(r"(elif\b.*|else\s*):$", lines[at + 1].text):
                    at += 1
                    chain.append(lines[at])
                self.branch(chain, depth)
            else:
                self.statement(line, depth)
            at += 1

    def statement(self, line: Line, depth: int) -> None:
        text = line.text
        words = text.split()
        if (found := LABEL.fullmatch(text)) and found[1] in self.labels:
            self.begin(found[1])
            self.block(line.inner, depth + 1)
        elif re.fullmatch(r"menu\b[^:]*:", text):
            self.menu(line, depth)
        elif text == "return" or (words[0] == "jump" and len(words) == 2):
            self.flush()
            target = "@end" if text == "return" else self.labels.get(words[1], "")
            if not target:
                self.draft.trouble(f"“{text[:60]}” leads nowhere; the story ends there.")
            self.add(type="action", next=target or "@end")
        elif text.startswith("$") and self.changed(text[1:].strip()):
            self.add(type="action", do=[text[1:].strip()])
        elif text == "pass" or self.staged(words):
            return
        elif (found := SAY.fullmatch(text)) and (found[1] is None or found[1] in self.speakers):
            name = self.speakers.get(found[1] or "", "")
            self.add(who=self.draft.person(name), text=self.words(_unquote(found[2])))
        else:
            self.draft.trouble(f"“{text[:60]}” could not be translated; it is kept as a raw part.")
            self.add(type="raw", text=line.whole(), meta={"language": "renpy"})

    def changed(self, source: str) -> bool:
        try:
            change(source, self.kinds)
        except Unclear:
            return False
        return True

    def when(self, source: str) -> str:
        try:
            condition(source, self.kinds)
        except Unclear:
            self.draft.trouble(f"The condition “{source[:60]}” could not be translated; it is taken to hold.")
            return ""
        return source

    def branch(self, chain: list[Line], depth: int) -> None:
        bodies = []
        for line in chain:
            source = re.sub(r"^(if|elif|else)\b", "", line.text)[:-1].strip()
            body = self.aside("branch")
            self.add(type="action", when=self.when(source) if source else "", next=body["id"])
            bodies.append((body, line.inner))
        self.join(bodies, depth)

    def menu(self, line: Line, depth: int) -> None:
        options, bodies, asked = [], [], {}
        for one in line.inner:
            if found := ANSWER.fullmatch(one.text):
                body = self.aside("answer")
                options.append({"id": f"o{len(options) + 1}", "text": self.words(_unquote(found[1]))[:2000],
                                "when": self.when(found[2]) if found[2] else "", "to": body["id"]})
                bodies.append((body, one.inner))
            elif found := SAY.fullmatch(one.text):
                name = self.speakers.get(found[1] or "", "")
                asked = {"who": self.draft.person(name), "text": self.words(_unquote(found[2]))}
            else:
                self.draft.trouble(f"“{one.text[:60]}” in a menu was left out.")
        self.add(type="choice", options=options, **asked)
        self.join(bodies, depth)

    def join(self, bodies: list[tuple[dict[str, Any], list[Line]]], depth: int) -> None:
        """Writes the bodies, each leading on to what follows them all."""
        after = self.aside("after")
        assert self.scene is not None
        self.scene["next"], self.open = after["id"], False
        for body, inner in bodies:
            self.enter(body)
            self.block(inner, depth + 1)
            self.flush()
            if self.scene is not None and self.open:
                self.scene["next"], self.open = after["id"], False
        self.enter(after)

    def staged(self, words: list[str]) -> bool:
        """scene, show, hide, with, play, stop, pause: what can be said as a directive."""
        if words[0] == "scene" and len(words) > 1:
            name = " ".join(words[1:]).split(" with ")[0].split(" at ")[0]
            place = self.draft.id_for(f"place {name}", name, "p")
            self.places[place] = {"id": place, "title": name[:200], "asset": self.file(self.files.picture(name))}
            self.waiting.append({"kind": "place", "place": place, "transition": _transition(words)})
        elif words[0] == "pause":
            found = re.fullmatch(r"\d{1,3}(?:\.\d{1,3})?", words[1]) if len(words) > 1 else None
            self.waiting.append({"kind": "wait", "seconds": min(600.0, float(words[1])) if found else 0.0})
        elif words[:2] == ["stop", "music"]:
            self.waiting.append({"kind": "music"})
        elif words[0] in ("show", "hide") and self.shown(words):
            return True
        elif words[0] == "play" and len(words) > 2 and words[1] in ("music", "sound") and (
                sound := self.file(self.files.sound(words[2].strip("\"'")), words[1])):
            self.waiting.append({"kind": words[1], "asset": sound})
        elif words[0] in ("show", "hide", "play", "stop", "voice", "with", "window", "queue"):
            self.draft.trouble(f"“{' '.join(words)[:60]}” names a file of the game and was left out.")
        else:
            return False
        return True

    def shown(self, words: list[str]) -> bool:
        """show and hide of somebody whose pictures came along."""
        tag, rest = words[1] if len(words) > 1 else "", words[2:]
        looks = self.files.looks(tag)
        if not looks:
            return False
        who = self.draft.person(self.speakers.get(self.tags.get(tag, tag)) or tag.capitalize())
        if words[0] == "hide":
            self.waiting.append({"kind": "hide", "who": who})
            return True
        ends = ("at", "with", "behind", "as", "onlayer")
        stop = next((at for at, word in enumerate(rest) if word in ends), len(rest))
        face = " ".join(rest[:stop]).lower()
        look = face if face in looks else next(iter(looks))
        expression, _, pose = _plain(look).partition(" ")
        person = self.draft.cast[who]
        person.setdefault("looks", {})[f"{expression} {pose}".strip()] = self.file(looks[look])
        at = rest[rest.index("at") + 1] if "at" in rest[:-1] else ""
        self.waiting.append({"kind": "show", "who": who, "expression": expression, "pose": pose,
                             "at": at if at in ("left", "center", "right") else "", "transition": _transition(words)})
        return True

    def file(self, member: str, kind: str = "picture") -> str:
        """A file of the game as an asset of the story; "" when it is not there."""
        data = self.files.take(member) if member else None
        if data is None:
            return ""
        self.draft.trouble("Pictures and sounds come from somebody's game: their licence is not known.")
        return self.draft.asset(member.rsplit("/", 1)[-1], kind, "." + member.rsplit(".", 1)[-1].lower(), data)

    def words(self, text: str) -> str:
        """Ren'Py's marks as ours."""
        def turn(found: re.Match[str]) -> str:
            mark = found[0]
            if found[2]:
                return {"i": "*", "b": "**"}[found[2]]
            if found[3]:
                return f"{{{found[3]}}}" if found[3] in self.kinds else mark
            return {"{{": "\\{", "[[": "[", "%%": "%", "{": "\\{"}.get(mark, "")

        return TAG.sub(turn, text.replace("\\", "\\\\"))

    def finish(self) -> None:
        self.flush()
        if self.scene is None:
            raise BadFile("There is no label in this script.", "A Ren'Py story begins with “label start:”.")
        if self.open and not self.scene["next"]:
            self.scene["next"] = "@end"
        if "start" in self.labels:
            self.draft.more["start"] = self.labels["start"]
        self.draft.more["variables"] = list(self.variables.values())
        self.draft.more["places"] = list(self.places.values())


def _transition(words: list[str]) -> str:
    how = words[-1] if "with" in words else ""
    return {"dissolve": "dissolve", "fade": "fade"}.get(how, "")


def _plain(look: str) -> str:
    """A look as our expression and pose: two words of letters, digits, - and _."""
    words = re.sub(r"[^a-z0-9 _-]", "", look.lower()).split() or ["neutral"]
    return " ".join(filter(None, (words[0][:40].strip("-_") or "x", "-".join(words[1:])[:40].strip("-_"))))


def _unquote(quoted: str) -> str:
    """The words between the quotes; a backslash takes the next mark as it is."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], quoted[1:-1])
