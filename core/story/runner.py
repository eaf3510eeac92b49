"""Plays a story: the same seed and the same answers give the same path here, in Ren'Py and in the HTML player."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import BadFile, StudioError
from core.memory import collect_later
from core.story.chance import draw, pick
from core.story.dialects import fit, show, starting, to_python
from core.story.expressions import Change, Unclear, change, condition
from core.story.model import END, Directive, Node, Scene, Story, first_scene
from core.story.text import fill

QUIET_STEPS = 10_000
SAVE_FORMAT = "studionova.save/1"
WALKER = 0x5EED
DOOR = Node("door", "action")


@dataclass(slots=True)
class Beat:
    """A moment that the player sees."""

    scene: str
    node: str
    who: str
    text: str
    directives: tuple[Directive, ...] = ()
    answers: tuple["Answer", ...] = ()
    """Empty for a line; for a choice, what can be answered now."""

    @property
    def address(self) -> str:
        return f"{self.scene}#{self.node}"


@dataclass(slots=True)
class Answer:
    """One answer that is open now."""

    id: str
    text: str
    weight: float


@dataclass(slots=True)
class _Step:
    """A node made ready: conditions and changes as functions, targets as numbers."""

    scene: str
    node: Node
    address: str
    when: Callable[[Any], Any] | None
    changes: tuple[Callable[[Any], None], ...]
    after: int
    """The step that follows in order."""
    goes: int
    """The step that its own `next` names."""
    options: tuple["_Way", ...] = ()


@dataclass(slots=True)
class _Way:
    id: str
    text: str
    weight: float
    when: Callable[[Any], Any] | None
    changes: tuple[Callable[[Any], None], ...]
    goes: int


@dataclass(slots=True)
class State:
    """Everything that a playthrough remembers."""

    variables: dict[str, Any]
    seed: int
    visits: dict[str, int] = field(default_factory=dict)


class Program:
    """A story made ready to play. Made once, played often; it never changes."""

    def __init__(self, story: Story):
        self.story = story
        self.variables = {variable.name: variable for variable in story.variables}
        self.kinds = {name: variable.kind for name, variable in self.variables.items()}
        self.fresh = {name: starting(variable) for name, variable in self.variables.items()}
        self.scene_fresh = {name: value for name, value in self.fresh.items() if self.variables[name].scope == "scene"}
        self.entry: dict[str, int] = {}
        self.addresses: dict[str, int] = {}
        self.steps: list[_Step] = []
        self._known: dict[str, Callable[[Any], Any]] = {}
        """Conditions and changes made ready once, however often a story says them."""
        self._lay_out(story)
        self.start = self.entry.get(first_scene(story), -1)

    @collect_later()
    def _lay_out(self, story: Story) -> None:
        """Each scene is a run of places that begins with its door; a step's number is where it stands."""
        at = 0
        for scene in story.scenes:
            self.entry.setdefault(scene.id, at)
            for offset, node in enumerate(scene.nodes):
                self.addresses.setdefault(f"{scene.id}#{node.id}", at + offset + 1)
            at += len(scene.nodes) + 1
        for scene in story.scenes:
            self._add_scene(scene)

    def _add_scene(self, scene: Scene) -> None:
        door, end = len(self.steps), self.place_of(scene.next, scene.id, -1)
        first = door + 1 if scene.nodes else end
        self.steps.append(_Step(scene.id, DOOR, scene.id, None, (self._enter(scene.id),), first, first))
        for offset, node in enumerate(scene.nodes):
            last = offset + 1 == len(scene.nodes)
            after = end if last else door + offset + 2
            try:
                self.steps.append(self._ready(scene, node, after))
            except Unclear as wrong:
                place = f"Scene “{scene.title or scene.id}”, beat {node.id}"
                raise BadFile(f"{place}: {wrong.message}", wrong.hint) from wrong

    def _ready(self, scene: Scene, node: Node, after: int) -> _Step:
        ways = tuple(
            _Way(
                one.id,
                one.text,
                one.weight,
                self._condition(one.when),
                self._changes(one.do),
                self.place_of(one.to, scene.id, after),
            )
            for one in node.options
        )
        goes = self.place_of(node.next, scene.id, after)
        return _Step(
            scene.id,
            node,
            f"{scene.id}#{node.id}",
            self._condition(node.when),
            self._changes(node.do),
            after,
            goes,
            ways,
        )

    def place_of(self, target: str, scene: str, otherwise: int) -> int:
        """The step that a target names; -1 is the end, and a target that leads nowhere is an end too."""
        if not target:
            return otherwise
        if target == END:
            return -1
        return self.addresses.get(target, -1) if "#" in target else self.entry.get(target, -1)

    def _condition(self, source: str) -> Callable[[Any], Any] | None:
        if not source.strip():
            return None
        if source not in self._known:
            self._known[source] = to_python(condition(source, self.kinds))
        return self._known[source]

    def _changes(self, sources: Sequence[str]) -> tuple[Callable[[State], None], ...]:
        return tuple(self._ready_change(source) for source in sources if source.strip())

    def _ready_change(self, source: str) -> Callable[[State], None]:
        known = f"do {source}"
        if known not in self._known:
            self._known[known] = self._change(change(source, self.kinds))
        return self._known[known]

    def _change(self, made: Change) -> Callable[[State], None]:
        value, name, kind = to_python(made.part), made.name, self.kinds[made.name]

        def apply(state: State) -> None:
            state.variables[name] = fit(value(state), kind)

        return apply

    def _enter(self, scene: str) -> Callable[[State], None]:
        fresh = self.scene_fresh

        def enter(state: State) -> None:
            state.visits[scene] = state.visits.get(scene, 0) + 1
            if fresh:
                state.variables.update(fresh)

        return enter


class Runner:
    """One playthrough. `here` is the address of what is seen now, '' at the end; `log` holds the answers given."""

    def __init__(
        self, program: Program, seed: int | None = None, variables: Mapping[str, Any] | None = None, at: str = ""
    ):
        self.program = program
        self.first_seed = program.story.timeline.seed if seed is None else seed & 0xFFFFFFFF
        self.state = State(dict(program.fresh), self.first_seed)
        for name, value in (variables or {}).items():
            self.override(name, value)
        self.log: list[str] = []
        self.here, self.stuck = "", False
        self._open: tuple[_Way, ...] = ()
        self._at = self._find(at) if at else program.start
        self._settle()

    def _find(self, at: str) -> int:
        place = self.program.place_of(at, "", -1)
        if place < 0:
            raise StudioError(f"There is no “{at}” in this story.", "Choose a scene or beat that exists.")
        return place

    @property
    def beat(self) -> Beat | None:
        """What is seen now, in words; None at the end."""
        if not self.here:
            return None
        step, words = self.program.steps[self._at], self._words
        node = step.node
        answers = tuple(Answer(way.id, words(way.text), way.weight) for way in self._open)
        return Beat(step.scene, node.id, node.who, words(node.text), node.directives, answers)

    @property
    def weights(self) -> list[float]:
        """How likely each open answer is; empty when the story waits for no answer."""
        return [way.weight for way in self._open]

    def go_on(self) -> None:
        """Past the line that is shown."""
        if self.here and not self._open:
            self._at = self.program.steps[self._at].goes
            self._settle()

    def answer(self, choice: int | str) -> None:
        """Gives one of the open answers, by number or id."""
        if not self._open:
            raise StudioError("There is nothing to choose here.", "Go on to the next line.")
        for number, way in enumerate(self._open):
            if choice == number or choice == way.id:
                self.log.append(way.id)
                self._take(way)
                self._settle()
                return
        raise StudioError(f"“{choice}” is not one of the answers.", f"Open: {', '.join(w.id for w in self._open)}.")

    def override(self, name: str, value: Any) -> None:
        """Sets a variable from outside, as the inspector does."""
        variable = self.program.variables.get(name)
        if variable is None:
            raise StudioError(f"There is no variable “{name}” in this story.", "Declare it first.")
        if isinstance(value, str) != (variable.kind == "text"):
            raise StudioError(f"“{name}” holds a {variable.kind}.", "Give it a value of that kind.")
        self.state.variables[name] = fit(value, variable.kind)

    def _settle(self) -> None:
        """Runs what is not seen until a line, a choice or the end."""
        steps, state, at = self.program.steps, self.state, self._at
        self._open, self.here = (), ""
        for _ in range(QUIET_STEPS):
            if at < 0:
                break
            step = steps[at]
            if step.when is not None and not step.when(state):
                at = step.after
                continue
            for apply in step.changes:
                apply(state)
            kind = step.node.type
            if kind == "text" or (kind == "choice" and self._choose(step)):
                self._at, self.here = at, step.address
                return
            at = self._at if kind == "choice" else step.goes
        self.stuck, self._at = at >= 0, -1

    def _choose(self, step: _Step) -> bool:
        """Whether the player is asked; chance answers by itself, and a choice with no open answer is passed by."""
        state = self.state
        ways = _open_ways(step, state)
        if not ways:
            self._at = step.after
        elif step.node.by == "chance":
            state.seed, number = draw(state.seed)
            self._take(ways[pick(number, [way.weight for way in ways])])
        else:
            self._open = ways
            return True
        return False

    def _take(self, way: _Way) -> None:
        for apply in way.changes:
            apply(self.state)
        self._at = way.goes

    def _words(self, text: str) -> str:
        variables = self.state.variables
        return fill(text, variables, lambda name: show(variables[name]))

    def save(self) -> dict[str, Any]:
        """A checkpoint, ready for JSON."""
        return {
            "format": SAVE_FORMAT,
            "story": self.program.story.id,
            "at": self.here or END,
            "variables": dict(self.state.variables),
            "visits": dict(self.state.visits),
            "seed": self.state.seed,
            "first_seed": self.first_seed,
            "log": list(self.log),
        }

    @classmethod
    def load(cls, program: Program, saved: Mapping[str, Any]) -> "Runner":
        """Goes on from a checkpoint; one of another story, or of a beat that is gone, is refused."""
        if saved.get("format") != SAVE_FORMAT or saved.get("story") != program.story.id:
            raise BadFile("This save belongs to another story.", "Open it with the story that it was made in.")
        try:
            runner = cls(program, int(saved["first_seed"]))
            for name, value in saved["variables"].items():
                if name in program.fresh:
                    runner.override(name, value)
            runner.state.seed = int(saved["seed"]) & 0xFFFFFFFF
            runner.state.visits = {str(scene): int(count) for scene, count in saved["visits"].items()}
            runner.log, at = [str(answer) for answer in saved["log"]], str(saved["at"])
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            raise BadFile("This save is damaged.", "Start again, or take an earlier save.") from wrong
        runner.here, runner._at, runner._open = "", -1, ()
        if at != END:
            runner._at = runner._find(at)
            step = program.steps[runner._at]
            runner.here, runner._open = step.address, _open_ways(step, runner.state)
        return runner

    def trace(self) -> dict[str, Any]:
        """What is needed to walk the same path again."""
        return {"story": self.program.story.id, "seed": self.first_seed, "log": list(self.log)}


def _open_ways(step: _Step, state: State) -> tuple[_Way, ...]:
    return tuple(way for way in step.options if way.when is None or way.when(state))


def replay(
    program: Program, trace: Mapping[str, Any], variables: Mapping[str, Any] | None = None, most: int = QUIET_STEPS
) -> list[str]:
    """The path that a trace walks: the address of each line and choice. A story may go round for ever; this ends."""
    runner, answers, path = Runner(program, int(trace["seed"]), variables), iter(trace["log"]), list[str]()
    while runner.here and len(path) < most:
        path.append(runner.here)
        if not runner.weights:
            runner.go_on()
            continue
        given = next(answers, None)
        if given is None:
            break
        runner.answer(given)
    return path


def walk(program: Program, seed: int, most: int = 200, at: str = "") -> list[str]:
    """A playthrough whose answers are thrown by weight, from a seed beside the story's own."""
    runner, path, walker = Runner(program, seed, at=at), list[str](), (seed ^ WALKER) & 0xFFFFFFFF
    while runner.here and len(path) < most:
        path.append(runner.here)
        if weights := runner.weights:
            walker, number = draw(walker)
            runner.answer(pick(number, weights))
        else:
            runner.go_on()
    return path
