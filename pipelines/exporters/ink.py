"""A story as compiled ink (JSON, version 21), which ink's own players and game engines run. Dice are ink's own there.

Who speaks and what happens on the stage stands in tags (# speaker: Ada, # place: forest), as ink games do it.
"""

import json
from collections.abc import Iterator
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import ExportRequest
from core.story.dialects import starting
from core.story.expressions import Part, change, condition
from core.story.files import deliver, for_export
from core.story.model import END, Directive, Node, Option, Scene, Story, first_scene
from core.story.text import clean, spans

CARD = Card(
    name="Ink story (JSON)",
    task="exporters",
    about="Writes compiled ink, which inkjs, Unity and other engines play; pictures are named in tags.",
    licence="MIT",
    writes=".json",
)
CHOICE_ONLY, CONDITION = 4, 1
COUNT_FROM_START = 5
DICE = "studionova_dice"
LAST = "the_end"
PLAIN = {"and": "&&", "or": "||", "not": "!", "minus": "_", "join": "+"}


def run(request: ExportRequest, bench: Bench) -> None:
    bench.step(0, 2, "Checking")
    parcel = for_export(request, bench)
    bench.step(1, 2, "Writing")
    deliver(parcel, bench, build(parcel.story), ".json", provenance=parcel.provenance)
    bench.step(2, 2, "Done")


def build(story: Story) -> bytes:
    """The story as ink's runtime reads it; the same for the same story."""
    return (json.dumps(Ink(story).whole(), ensure_ascii=False, separators=(",", ":")) + "\n").encode()


class Ink:
    """Scenes become knots, beats become containers in them, answers become containers in these."""

    def __init__(self, story: Story):
        self.story = story
        self.kinds = {one.name: one.kind for one in story.variables}
        self.cast = {one.id: one.name or one.id for one in story.cast}
        self.scenes = {scene.id: scene for scene in story.scenes}
        self.beats = {f"{scene.id}#{node.id}" for scene in story.scenes for node in scene.nodes}

    def whole(self) -> dict[str, Any]:
        knots: dict[str, Any] = {f"s_{scene.id}": self.knot(scene) for scene in self.story.scenes}
        declared: list[Any] = ["ev"]
        for one in self.story.variables:
            declared += [*_value(starting(one)), {"VAR=": one.name}]
        knots[LAST] = ["end", None]
        knots["global decl"] = [*declared, 0, {"VAR=": DICE}, "/ev", "end", None]
        begin = self.to(first_scene(self.story))
        return {"inkVersion": 21, "root": [[begin, ["done", {"#n": "g-0"}], None], "done", knots], "listDefs": {}}

    def knot(self, scene: Scene) -> list[Any]:
        fresh = [piece for one in self.story.variables if one.scope == "scene"
                 for piece in ("ev", *_value(starting(one)), "/ev", {"VAR=": one.name, "re": True})]
        first = {"->": f"s_{scene.id}.n_{scene.nodes[0].id}"} if scene.nodes else self.to(scene.next)
        inside: dict[str, Any] = {"#f": COUNT_FROM_START}
        for at, node in enumerate(scene.nodes):
            last = at + 1 == len(scene.nodes)
            after = self.to(scene.next) if last else {"->": f"s_{scene.id}.n_{scene.nodes[at + 1].id}"}
            inside[f"n_{node.id}"] = self.beat(scene, node, after)
        return [*fresh, first, inside]

    def to(self, target: str) -> Any:
        """A divert, or the end."""
        if target in ("", END):
            return {"->": LAST}
        scene, _, beat = target.partition("#")
        if scene not in self.scenes or (beat and target not in self.beats):
            return {"->": LAST}
        return {"->": f"s_{scene}.n_{beat}" if beat else f"s_{scene}"}

    def beat(self, scene: Scene, node: Node, after: Any) -> list[Any]:
        made = [*self.guard(node.when, after), *self.changes(node.do)]
        for one in node.directives:
            made += _tag(_staged(one))
        goes = self.to(node.next) if node.next else after
        if node.type == "choice":
            ways = self.chance if node.by == "chance" else self.ask
            made, inner = ways(scene, node, after, made)
            return [*made, inner]
        if node.type == "text":
            made += self.said(node)
        return [*made, goes, None]

    def said(self, node: Node) -> list[Any]:
        speaker = _tag(f"speaker: {self.cast[node.who]}") if node.who in self.cast else []
        return [*self.words(node.text), *speaker, "\n"]

    def words(self, text: str) -> list[Any]:
        made: list[Any] = []
        for span in spans(clean(text).replace("\n", " "), self.kinds):
            if span.name:
                made += ["ev", {"VAR?": span.name}, "out", "/ev"]
            elif span.text:
                made.append(f"^{span.text}")
        return made

    def guard(self, when: str, after: Any) -> list[Any]:
        """Away to what follows unless the condition holds."""
        return self.skip([*self.value(condition(when, self.kinds)), "!"], after) if when.strip() else []

    def skip(self, test: list[Any], after: Any) -> list[Any]:
        return ["ev", *test, "/ev", {**after, "c": True}]

    def ask(self, scene: Scene, node: Node, after: Any, made: list[Any]) -> tuple[list[Any], Any]:
        tests = [self.value(condition(one.when, self.kinds)) if one.when.strip() else None for one in node.options]
        if not node.options:
            return [*made, after], None
        if all(tests):
            made += self.skip([*_any([one for one in tests if one]), "!"], after)
        if node.text.strip():
            made += self.said(node)
        inner = {}
        for one, test in zip(node.options, tests, strict=True):
            path = f"s_{scene.id}.n_{node.id}.o_{one.id}"
            flags = CHOICE_ONLY | (CONDITION if test else 0)
            made += ["ev", "str", *(self.words(one.text) or ["^…"]), "/str", *(test or []), "/ev",
                     {"*": path, "flg": flags}]
            inner[f"o_{one.id}"] = self.taken(one, after)
        return [*made, "done"], inner

    def chance(self, scene: Scene, node: Node, after: Any, made: list[Any]) -> tuple[list[Any], Any]:
        """Weights as shares of ink's own dice: total, one throw, and the first share that is larger."""
        if not node.options:
            return [*made, after], None
        even = not any(one.weight for one in node.options)
        shares = []
        for one in node.options:
            weight = 1 if even else max(0, round(one.weight * 1000))
            test = self.value(condition(one.when, self.kinds)) if one.when.strip() else [True]
            shares.append([*test, "INT", weight, "*"])
        total = [*shares[0], *(piece for share in shares[1:] for piece in (*share, "+"))]
        made += self.skip([*total, 0, "<="], after)
        made += ["ev", 0, *total, 1, "-", "rnd", "/ev", {"VAR=": DICE, "re": True}]
        inner, passed = {}, []
        for one, share in zip(node.options, shares, strict=True):
            passed = [*passed, *share, "+"] if passed else share
            path = f"s_{scene.id}.n_{node.id}.o_{one.id}"
            made += ["ev", {"VAR?": DICE}, *passed, "<", "/ev", {"->": path, "c": True}]
            inner[f"o_{one.id}"] = self.taken(one, after)
        return [*made, after], inner

    def taken(self, option: Option, after: Any) -> list[Any]:
        return [*self.changes(option.do), self.to(option.to) if option.to else after, None]

    def changes(self, sources: tuple[str, ...]) -> Iterator[Any]:
        for source in sources:
            if source.strip():
                one = change(source, self.kinds)
                whole = ["FLOOR", "INT"] if self.kinds[one.name] == "whole" else []
                yield from ("ev", *self.value(one.part), *whole, "/ev", {"VAR=": one.name, "re": True})

    def value(self, part: Part) -> list[Any]:
        """An expression in the order in which ink's stack wants it."""
        if part.op in ("number", "text", "flag"):
            return _value(part.value)
        if part.op == "name":
            return [{"VAR?": str(part.value)}]
        inner = [self.value(one) for one in part.parts]
        if part.op == "call":
            return self.call(part, inner)
        if part.op == "is":
            return inner[0]
        if part.op == "/":
            return [*inner[0], "FLOAT", *inner[1], "/"]
        return [*(piece for one in inner for piece in one), PLAIN.get(part.op, part.op)]

    def call(self, part: Part, inner: list[list[Any]]) -> list[Any]:
        name = str(part.value)
        if name == "visits":
            scene = str(part.parts[0].value)
            return [{"CNT?": f"s_{scene}"}] if scene in self.scenes else [0]
        first = inner[0]
        return {"min": lambda: [*first, *inner[-1], "MIN"], "max": lambda: [*first, *inner[-1], "MAX"],
                "abs": lambda: [*first, *first, "_", "MAX"], "floor": lambda: [*first, "FLOOR"],
                "round": lambda: [*first, 0.5, "+", "FLOOR"], "chance": lambda: [0, 99, "rnd", *first, "<"],
                "roll": lambda: [*first, "FLOOR", "INT", *inner[-1], "FLOOR", "INT", "rnd"]}[name]()


def _any(tests: list[list[Any]]) -> list[Any]:
    return [*tests[0], *(piece for test in tests[1:] for piece in (*test, "||"))]


def _value(value: Any) -> list[Any]:
    return ["str", f"^{clean(value)}", "/str"] if isinstance(value, str) else [value]


def _tag(text: str) -> list[Any]:
    return ["#", f"^{clean(text)}", "/#"] if text else []


def _staged(one: Directive) -> str:
    told = [getattr(one, name) for name in ("who", "place", "asset", "expression", "pose", "at", "move", "transition")]
    return f"{one.kind}: {' '.join(filter(None, told))}".rstrip(": ")
