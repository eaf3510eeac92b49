"""Ink source: knots, stitches, choices, diverts and simple variables. What is beyond that is listed and kept raw."""

import re
from pathlib import Path
from typing import Any

from core.archives import read_text
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Draft, Preview, bring_in
from core.story.expressions import Unclear, change, condition
from core.story.text import literal, squeezed

CARD = Card(
    name="Ink story",
    task="importers",
    about="Reads Ink source: knots become scenes, choices stay choices, simple variables are kept.",
    licence="MIT",
    reads=(".ink",),
)
FILE_MB = 20
KNOT = re.compile(r"={2,}\s*(\w+)\s*=*\s*")
STITCH = re.compile(r"=\s*(\w+)\s*")
CHOICE = re.compile(r"([*+])(?:\s*[*+])*\s*(?:\{([^{}]+)\})?\s*(.*)")
VAR = re.compile(r"VAR\s+([A-Za-z]\w{0,39})\s*=\s*(.+)")
LOGIC = re.compile(r"\{(?![A-Za-z]\w*\})[^{}]*\}")


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the Ink story would become. Nothing is kept."""
    text = squeezed(_without_comments(read_text(path, FILE_MB)).replace("\r", "\n"))
    lines = [re.sub(r"(?<!:)//.*", "", line).strip() for line in text.split("\n")]
    reading = _Reading(Draft(title or path.stem))
    reading.learn([line for line in lines if line])
    for line in lines:
        if line:
            reading.line(line)
    return reading.done(path.name)


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (start := text.find("/*", at)) >= 0 and (end := text.find("*/", start + 2)) >= 0:
        kept.append(text[at:start])
        at = end + 2
    return "".join((*kept, text[at:]))


class _Reading:
    """Where the translation stands."""

    def __init__(self, draft: Draft):
        self.draft, self.knot = draft, ""
        self.kinds: dict[str, str] = {}
        self.variables: list[dict[str, Any]] = []
        self.scenes: dict[str, dict[str, Any]] = {}
        self.here: dict[str, Any] | None = None
        self.choice: dict[str, Any] | None = None
        """The choice whose answers are being gathered, and the scene that it stands in."""
        self.host: dict[str, Any] | None = None
        self.bodies: list[dict[str, Any]] = []
        """What follows the answers of that choice."""
        self.told: set[str] = set()
        """Ids of the knots and stitches that have begun."""

    def learn(self, lines: list[str]) -> None:
        """First pass: where one can go, and what is remembered."""
        knot = ""
        for line in lines:
            if found := KNOT.fullmatch(line):
                knot = found[1]
                self.scenes.setdefault(knot, self._made(knot))
            elif knot and (found := STITCH.fullmatch(line)):
                self.scenes.setdefault(f"{knot}.{found[1]}", self._made(f"{knot}.{found[1]}"))
            elif (found := VAR.fullmatch(line)) and found[1] not in self.kinds:
                self._declare(found[1], found[2].strip())

    def _made(self, name: str) -> dict[str, Any]:
        return {"id": self.draft.id_for(f"scene {name}", name), "title": name[:300], "nodes": [], "next": ""}

    def _declare(self, name: str, value: str) -> None:
        if value in ("true", "false"):
            kind, start = "flag", value == "true"
        elif re.fullmatch(r"-?\d{1,9}", value):
            kind, start = "whole", int(value)
        elif re.fullmatch(r"-?\d{1,9}\.\d{1,9}", value):
            kind, start = "number", float(value)
        elif re.fullmatch(r'"[^"]{0,2000}"', value):
            kind, start = "text", value[1:-1]
        else:
            self.draft.trouble(f"The variable “{name}” starts with something that could not be mapped.")
            return
        self.kinds[name] = kind
        self.variables.append({"name": name, "kind": kind, "start": start})

    def line(self, line: str) -> None:
        if found := KNOT.fullmatch(line):
            self.knot = found[1]
            self.go(self.scenes[self.knot])
        elif self.knot and (found := STITCH.fullmatch(line)):
            self.go(self.scenes[f"{self.knot}.{found[1]}"])
        elif VAR.fullmatch(line):
            return
        elif line[0] in "*+":
            self.option(line)
        elif line[0] == "-" and not line.startswith("->"):
            self.gather(line.lstrip("- "))
        elif line[0] == "~":
            self.changed(line[1:].strip())
        else:
            self.words(line)

    def go(self, scene: dict[str, Any]) -> None:
        """On to a knot or stitch. Ink does not fall from one knot into the next."""
        self.here, self.choice, self.host, self.bodies = scene, None, None, []
        if scene["id"] not in self.told:
            self.told.add(scene["id"])
            self.draft.scenes.append(scene)
        else:
            self.draft.trouble(f"“{scene['title']}” is there twice; both parts were joined.")

    def place(self) -> dict[str, Any]:
        if self.here is None:
            self.here = self._made("opening")
            self.draft.scenes.append(self.here)
        return self.here

    def option(self, line: str) -> None:
        if re.match(r"[*+]\s*[*+]", line):
            self.draft.trouble("Choices inside choices were put side by side.")
        found = CHOICE.fullmatch(line)
        assert found is not None  # the line begins with its mark
        if self.choice is None:
            self.host = self.place()
            self.choice = self.draft.add(self.host, type="choice", options=[])
        words, target = self.divert(found[3])
        before, inside, after = _bracketed(words)
        body = self._made(f"answer {len(self.draft.ids)}")
        self.draft.scenes.append(body)
        self.bodies.append(body)
        options = self.choice["options"]
        options.append({"id": f"o{len(options) + 1}", "text": self.plain((before + inside).strip())[:2000] or "Go on",
                        "to": body["id"], "when": self.when(found[2]) if found[2] else ""})
        if found[1] == "*":
            self.draft.trouble("Answers that Ink offers only once are offered again here.")
        said = (before + after).strip()
        self.here = body
        if said and "[" in words:
            self.draft.add(body, text=self.plain(said))
        body["next"] = target

    def gather(self, rest: str) -> None:
        """A dash: where the answers meet again."""
        if self.choice is not None and self.host is not None:
            after = self._made(f"after {len(self.draft.ids)}")
            for body in self.bodies:
                body["next"] = body["next"] or after["id"]
            self.host["next"] = self.host["next"] or after["id"]
            self.draft.scenes.append(after)
            self.here, self.choice, self.host, self.bodies = after, None, None, []
        if rest:
            self.line(rest)

    def changed(self, source: str) -> None:
        source = re.sub(r"^(\w+)\s*(\+\+|--)$", lambda found: f"{found[1]} {found[2][0]}= 1", source)
        try:
            change(source, self.kinds)
            self.draft.add(self.place(), type="action", do=[source])
        except Unclear:
            self.raw(f"~ {source}")

    def raw(self, line: str) -> None:
        self.draft.trouble(f"“{line[:60]}” could not be translated; it is kept as a raw part.")
        self.draft.add(self.place(), type="raw", text=line, meta={"language": "ink"})

    def words(self, line: str) -> None:
        if line.startswith(("INCLUDE", "EXTERNAL", "LIST", "CONST", "TODO", "{")):
            self.raw(line)
            return
        said, target = self.divert(line)
        if said.strip():
            self.draft.add(self.place(), text=self.plain(said))
        if target:
            self.draft.add(self.place(), type="action", next=target)

    def divert(self, line: str) -> tuple[str, str]:
        words, arrow, name = line.rpartition("->")
        words, name = words.rstrip(), name.strip()
        if not arrow or not re.fullmatch(r"[\w.]+", name):
            return line, ""
        if name in ("END", "DONE"):
            return words, "@end"
        scene = self.scenes.get(f"{self.knot}.{name}") or self.scenes.get(name)
        if scene is None:
            self.draft.trouble(f"“-> {name}” leads nowhere; the story ends there.")
        return words, scene["id"] if scene else "@end"

    def when(self, source: str) -> str:
        try:
            condition(source, self.kinds)
        except Unclear:
            self.draft.trouble(f"The condition “{source[:60]}” could not be translated; it is taken to hold.")
            return ""
        return source

    def plain(self, text: str) -> str:
        if LOGIC.search(text):
            self.draft.trouble(f"The changing text in “{text[:60]}” is shown as it was written.")
        made = literal(text.replace("<>", ""))
        return re.sub(r"\\\{([A-Za-z]\w{0,39})\}", lambda m: m[0][1:] if m[1] in self.kinds else m[0], made)

    def done(self, name: str) -> Preview:
        ends = [scene for scene in self.draft.scenes if not scene["next"]]
        if not any(scene["nodes"] for scene in self.draft.scenes):
            raise BadFile(f"There is nothing to read in “{name}”.", "Choose .ink source, not compiled JSON.")
        for scene in ends:
            scene["next"] = "@end"
        self.draft.more["variables"] = self.variables
        return self.draft.preview()


def _bracketed(words: str) -> tuple[str, str, str]:
    """An answer's words before, within and after its brackets: only those within are not said again."""
    before, mark, rest = words.partition("[")
    inside, end, after = rest.partition("]")
    return (before, inside, after) if mark and end else (words, "", "")
