"""Walks through compiled Ink once, without running it, and writes down what it would say: lines, choices, changes.

Ink is a program for a stack: its expressions are put together again as words of our own small language.
"""

import re
from collections import Counter
from typing import Any

from core.errors import BadFile
from core.story.draft import LINE_MOST, Draft, Preview
from core.story.expressions import Unclear, change, condition
from core.story.text import literal
from pipelines.importers.ink_json.stack import TURNING, Stack, Value, start_of
from pipelines.importers.ink_json.tree import Container, Place, find

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
PIECES_MOST = 2_000_000
ROUNDS_MOST, ROUNDS_FREE = 4, 10_000
"""How many times as much may be walked through as there is, since words can be shared; and what every story may."""
LETTERS_MOST = 100_000_000
INVISIBLE, ONCE = 8, 16
FAR = {"f()": "A function of Ink", "x()": "A function of the game", "->t->": "A tunnel", "thread": "A thread",
       "~ret": "A function of Ink", "->->": "A tunnel", "temp=": "A passing variable"}


class Telling:
    """The translation of one story."""

    def __init__(self, root: Container, title: str):
        self.root, self.draft = root, Draft(title)
        self.variables: list[dict[str, Any]] = []
        self.kinds: dict[str, str] = {}
        self.scenes: dict[Place, dict[str, Any]] = {}
        self.waiting: list[Place] = []
        self.told = self.letters = self.pieces = 0
        self.leads: Counter[Place] = Counter()
        self.counted: set[Place] = set()
        self._declare()
        self._look_ahead()

    def whole(self, name: str) -> Preview:
        self.scene_at((self.root, 0), "opening")
        while self.waiting:
            Passage(self, self.waiting.pop()).walk()
        if not any(scene["nodes"] for scene in self.draft.scenes):
            raise BadFile(f"There is nothing to read in “{name}”.", "Choose the JSON that ink's compiler wrote.")
        self.draft.more |= {"variables": self.variables, "start": self._leave_out_empty()}
        return self.draft.preview()

    def _leave_out_empty(self) -> str:
        """Scenes in which nothing is said only lead on, and are left out; where the story begins then."""
        counted = {self.scenes[place]["id"] for place in self.counted if place in self.scenes}
        hollow = {one["id"]: one["next"] for one in self.draft.scenes if not one["nodes"] and one["id"] not in counted}

        def on(target: str) -> str:
            passed: set[str] = set()
            while target in hollow:
                if target in passed:
                    return "@end"
                passed.add(target)
                target = hollow[target]
            return target

        first = on(self.draft.scenes[0]["id"])
        self.draft.scenes = [one for one in self.draft.scenes if one["id"] not in hollow]
        for scene in self.draft.scenes:
            scene["next"] = on(scene["next"])
            for node in scene["nodes"]:
                if node.get("next"):
                    node["next"] = on(node["next"])
                for option in node.get("options", ()):
                    option["to"] = on(option["to"])
        return first if first != "@end" else ""

    def scene_at(self, place: Place, name: str = "") -> str:
        """The id of the scene that begins here; it will be told later."""
        if place not in self.scenes:
            words = name or re.sub(r"^s_|(?<=\.)[nso]_|\.0(?=\.|$)", "", place[0].path).strip(".") or "part"
            self.scenes[place] = self.draft.scene(f"{words} {place[1]}" if place[1] else words, words)
            self.waiting.append(place)
        return str(self.scenes[place]["id"])

    def only_way(self, place: Place) -> bool:
        """Whether nothing else comes here, so that it need not be a scene of its own."""
        return self.leads[place] == 1 and place[1] == 0 and place[0].at < 0 and place not in self.scenes

    def target(self, path: str, here: Container) -> str:
        """The scene that a path names; one that leads nowhere is the end."""
        place = find(path, self.root, here)
        if place is None:
            self.draft.trouble(f"“-> {path[:60]}” leads nowhere; the story ends there.")
            return "@end"
        return self.scene_at(place)

    def _declare(self) -> None:
        """The variables and what they start with."""
        first = self.root.named.get("global decl")
        stack = Stack(self, first) if first else None
        for piece in first.pieces if first and stack else ():
            if isinstance(piece, dict) and "VAR=" in piece:
                name, start = str(piece["VAR="]), start_of(stack.pop())
                if start is None or not NAME.fullmatch(name):
                    self.draft.trouble(f"The variable “{name[:60]}” could not be mapped.")
                    continue
                kind = {bool: "flag", int: "whole", float: "number", str: "text"}[type(start)]
                self.kinds[name] = kind
                self.variables.append({"name": name, "kind": kind, "start": start})
            else:
                stack.take(piece)

    def _look_ahead(self) -> None:
        """Which places ways lead to: only from there can a scene begin."""
        waiting = [self.root]
        while waiting:
            here = waiting.pop()
            self.pieces += len(here.pieces)
            if self.pieces > PIECES_MOST:
                raise ValueError("too large")
            waiting += here.named.values()
            for piece in here.pieces:
                if isinstance(piece, Container):
                    if piece.name not in here.named:
                        waiting.append(piece)
                elif isinstance(piece, dict):
                    self._count(piece, here)

    def _count(self, piece: dict[str, Any], here: Container) -> None:
        for key in ("->", "*", "CNT?"):
            if key in piece and not piece.get("var") and (place := find(str(piece[key]), self.root, here)):
                self.leads[place] += 1 if key == "->" and not piece.get("c") else 2
                if key == "CNT?":
                    self.counted.add(place)


class Passage:
    """One scene on its way: from the place where it begins to where it ends or another scene begins."""

    def __init__(self, whole: Telling, start: Place):
        self.whole, self.draft = whole, whole.draft
        self.scene = whole.scenes[start]
        self.here, self.at = start
        self.words, self.who = "", ""
        self.options: list[dict[str, Any]] = []
        self.otherwise = ""
        self.back: Place | None = None
        self.stack = Stack(whole, self.here)
        self.inlined: set[Place] = {start}

    def walk(self) -> None:
        while self.step():
            self.whole.told += 1
            if self.whole.told > ROUNDS_MOST * self.whole.pieces + ROUNDS_FREE or self.whole.letters > LETTERS_MOST:
                raise ValueError("goes round")

    def step(self) -> bool:
        """One piece; False when the scene is told."""
        place = (self.here, self.at)
        if self.whole.leads[place] and place not in self.inlined:
            return self.close(self.whole.scene_at(place))
        if self.at >= len(self.here.pieces):
            return self.out()
        piece = self.here.pieces[self.at]
        self.at += 1
        if isinstance(piece, Container):
            self.here, self.at = piece, 0
            return True
        self.stack.here = self.here
        if isinstance(piece, dict):
            return self.order(piece)
        self.whole.letters += len(piece) if isinstance(piece, str) else 0
        if piece == "/#" and self.stack.open:
            self.tag(self.stack.texts.pop())
        elif self.stack.open or not isinstance(piece, str):
            self.stack.take(piece)
        elif piece in ("done", "end"):
            return self.close("@end")
        elif piece == "\n":
            self.flush()
        elif piece.startswith("^"):
            if len(self.words) <= LINE_MOST:  # what is longer is cut there, and that is said
                self.words += literal(piece[1:])
        elif piece == "out":
            self.words += self.shown(self.stack.pop())
        else:
            self.stack.take(piece)
        return True

    def out(self) -> bool:
        """Past the last piece: on with what follows in the container around, if this one stands in it."""
        if self.here.at < 0 or self.here.parent is None:
            return self.close("@end")
        self.here, self.at = self.here.parent, self.here.at + 1
        return True

    def order(self, piece: dict[str, Any]) -> bool:
        if "->" in piece:
            return self.divert(piece)
        if "*" in piece:
            self.option(piece)
        elif "#" in piece:
            self.tag(str(piece["#"]))
        elif "VAR=" in piece:
            self.changed(str(piece["VAR="]), self.stack.pop())
        elif piece.get("temp=") == "$r":
            self.back = self.stack.pop_place()
        else:
            if "temp=" in piece:
                self.stack.pop()
            for key in FAR.keys() & piece.keys():
                self.draft.trouble(f"{FAR[key]} (“{str(piece[key])[:60]}”) could not be translated.")
            self.stack.take(piece)
        return True

    def divert(self, piece: dict[str, Any]) -> bool:
        if piece.get("var"):
            return self.home() if piece["->"] == "$r" else self.lost(str(piece["->"]))
        path = str(piece["->"])
        if self.stack.open:
            self.stack.tell(find(path, self.whole.root, self.here))
            return True
        if piece.get("c"):
            test = self.stack.pop()
            if test.text != TURNING:
                self.branch(test, path)
                return True
            self.draft.trouble("Words that change from time to time are always the first ones.")
        place = find(path, self.whole.root, self.here)
        if place and (self.back or self.whole.only_way(place)):
            self.inlined.add(place)
            self.here, self.at = place
            return True
        return self.close(self.whole.target(path, self.here))

    def home(self) -> bool:
        """The end of words that an answer and what follows share."""
        if self.back is None:
            return self.close("@end")
        (self.here, self.at), self.back = self.back, None
        self.inlined.add((self.here, self.at))
        return True

    def lost(self, name: str) -> bool:
        self.draft.trouble(f"“-> {name[:60]}” leads to a place that a variable names; the story ends there.")
        return self.close("@end")

    def branch(self, test: Value, path: str) -> None:
        if self.words.strip():
            self.draft.trouble("A line whose words depend on a condition was split.")
            self.flush()
        if self.options:
            self.draft.trouble("Answers under a condition of their own were put into a choice of their own.")
        if (when := self.when(test)) is not None:
            self.draft.add(self.scene, type="action", when=when, next=self.whole.target(path, self.here))
        else:
            self.draft.trouble(f"The condition “{test.text[:60]}” could not be translated; it is taken not to hold.")

    def when(self, test: Value) -> str | None:
        source = f"{test.text} != 0" if test.kind == "number" else test.text
        try:
            condition(source, self.whole.kinds)
        except Unclear:
            return None
        return source

    def option(self, piece: dict[str, Any]) -> None:
        flags, when = int(piece.get("flg", 0)), ""
        if flags & 1:
            test = self.stack.pop()
            found = self.when(test)
            if found is None:
                self.draft.trouble(f"The condition “{test.text[:60]}” could not be translated; it is taken to hold.")
            when = found or ""
        words = [self.shown(self.stack.pop()) for bit in (4, 2) if flags & bit]
        target = self.whole.target(str(piece["*"]), self.here)
        if flags & INVISIBLE:
            self.otherwise = target
            return
        if flags & ONCE:
            self.draft.trouble("Answers that Ink offers only once are offered again here.")
        self.options.append({"id": f"o{len(self.options) + 1}", "text": "".join(reversed(words)).strip()[:2000] or "…",
                             "to": target, "when": when})

    def tag(self, text: str) -> None:
        kind, _, value = text.strip().partition(":")
        if kind.strip().lower() == "speaker":
            self.who = self.draft.person(value)
        elif text.strip():
            self.draft.trouble(f"The tag “# {text.strip()[:60]}” was left out.")

    def changed(self, name: str, value: Value) -> None:
        source = f"{name} = {value.text}"
        try:
            change(source, self.whole.kinds)
            self.draft.add(self.scene, type="action", do=[source])
        except Unclear:
            self.draft.trouble(f"“{source[:60]}” could not be translated; it is kept as a raw part.")
            self.draft.add(self.scene, type="raw", text=f"~ {source}", meta={"language": "ink"})

    def shown(self, value: Value) -> str:
        """A value inside a line: a variable stays one, known words are written out."""
        if value.kind == "words":
            return value.text
        if value.text in self.whole.kinds:
            return "{" + value.text + "}"
        start = start_of(value)
        return literal(str(start)) if start is not None else self.reckoned(value)

    def reckoned(self, value: Value) -> str:
        """Something that is worked out for a line: it gets a variable of its own, which is set just before."""
        name = f"shown_{len(self.whole.variables) + 1}"
        try:
            change(f"{name} = {value.text}", {**self.whole.kinds, name: "number"})
        except Unclear:
            self.draft.trouble(f"The value “{value.text[:60]}” in a line could not be translated.")
            return "…"
        self.whole.kinds[name] = "number"
        self.whole.variables.append({"name": name, "kind": "number", "start": 0})
        self.draft.add(self.scene, type="action", do=[f"{name} = {value.text}"])
        return "{" + name + "}"

    def flush(self) -> None:
        """The line that was gathered becomes a beat; its speaker is known by now."""
        if self.words.strip():
            self.draft.add(self.scene, who=self.who, text=self.words)
        self.words, self.who = "", ""

    def close(self, following: str) -> bool:
        self.flush()
        if self.options:
            self.draft.add(self.scene, type="choice", options=self.options)
            following = self.otherwise or following
        elif self.otherwise:
            following = self.otherwise
        self.scene["next"] = following
        return False

