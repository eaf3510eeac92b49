"""What a check says, and what it knows of a story while it looks. The questions themselves are beside this file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.story.dialects import starting, to_python
from core.story.edits import Edit
from core.story.expressions import Part, Unclear, condition, names, read_change
from core.story.model import Asset, Node, Scene, Story
from core.story.paths import Paths

SEVERE, WORTH_A_LOOK, NOTE = "error", "warning", "note"


@dataclass(frozen=True, slots=True)
class Fix:
    """What a button does about a finding."""

    label: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a writer should know."""

    kind: str
    severity: str
    message: str
    scene: str = ""
    node: str = ""
    fixes: tuple[Fix, ...] = ()


class Look:
    """One pass over a story; what several questions need is made once."""

    def __init__(self, story: Story, exists: Callable[[Asset], bool] | None, written: Callable[[str], str] = str):
        self.story, self.exists, self.written = story, exists, written
        self.kinds = {variable.name: variable.kind for variable in story.variables}
        self.cast = {one.id: one for one in story.cast}
        self.places = {one.id: one for one in story.places}
        self.assets = {one.id: one for one in story.assets}
        self.scene_ids = {scene.id for scene in story.scenes}
        self.changed = {name for source in self._changes() if (name := _changed_name(source))}
        self.used: set[str] = set()
        self.still = {
            one.name: starting(one) for one in story.variables if one.name not in self.changed and one.scope != "global"
        }
        self.verdicts: dict[str, bool | None] = {"": True}
        self.missing: dict[str, Finding] = {}
        self.paths = Paths(story, self.verdict)

    def _changes(self) -> Iterator[str]:
        for scene in self.story.scenes:
            for node in scene.nodes:
                yield from node.do
                for option in node.options:
                    yield from option.do

    def verdict(self, source: str) -> bool | None:
        """A condition over variables that never change has one answer for ever."""
        if source not in self.verdicts:
            self.verdicts[source] = self._judge(source)
        return self.verdicts[source]

    def _judge(self, source: str) -> bool | None:
        if not source.strip():
            return True
        try:
            part = condition(source, self.kinds)
        except Unclear:
            return None
        if _has_call(part, "visits") or any(name not in self.still for name in names(part)):
            return None
        return bool(to_python(part)(_Still(self.still)))

    def nodes(self) -> Iterator[tuple[Scene, Node]]:
        for scene in self.story.scenes:
            for node in scene.nodes:
                yield scene, node


def removal(path: tuple[str, ...]) -> tuple[Fix, ...]:
    return (Fix("Remove it", (Edit("remove", path),)),)


def _changed_name(source: str) -> str:
    try:
        return read_change(source).name
    except Unclear:
        return ""


def _has_call(part: Part, name: str) -> bool:
    return (part.op == "call" and part.value == name) or any(_has_call(one, name) for one in part.parts)


class _Still:
    """A state in which nothing has happened yet."""

    def __init__(self, variables: dict[str, Any]):
        self.variables, self.seed = variables, 0
        self.visits: dict[str, int] = {}
