"""Where a story can lead: its beats as a graph of numbers, what can be reached, and where nothing leads out."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from core.story.model import END, Node, Scene, Story, first_scene

Verdict = Callable[[str], bool | None]
"""Whether a condition always holds (True), never holds (False), or depends (None)."""


class Paths:
    """The graph. Number 0 is the end; each scene begins with its door, then come its beats."""

    def __init__(self, story: Story, verdict: Verdict):
        self.verdict = verdict
        self.where: list[tuple[Scene, Node | None] | None] = [None]
        self.doors: dict[str, int] = {}
        self.beats: dict[str, int] = {}
        for scene in story.scenes:
            self.doors.setdefault(scene.id, len(self.where))
            self.where.append((scene, None))
            for node in scene.nodes:
                self.beats.setdefault(f"{scene.id}#{node.id}", len(self.where))
                self.where.append((scene, node))
        self.leads: list[tuple[int, ...]] = [()]
        for scene in story.scenes:
            self._lead(scene)
        self.start = self.doors.get(first_scene(story), 0)
        self.reached = self._spread([self.start], self.leads)

    def _lead(self, scene: Scene) -> None:
        door, end = len(self.leads), self.place_of(scene.next, 0)
        self.leads.append((door + 1 if scene.nodes else end,))
        for offset, node in enumerate(scene.nodes):
            after = door + offset + 2 if offset + 1 < len(scene.nodes) else end
            self.leads.append(tuple(dict.fromkeys(self._ways(node, after))))

    def _ways(self, node: Node, after: int) -> Iterator[int]:
        holds = self.verdict(node.when)
        if holds is not True:
            yield after
        if holds is False:
            return
        if node.type != "choice":
            yield self.place_of(node.next, after)
            return
        verdicts = [self.verdict(option.when) for option in node.options]
        for option, open_ in zip(node.options, verdicts, strict=True):
            if open_ is not False:
                yield self.place_of(option.to, after)
        if True not in verdicts:
            yield after

    def place_of(self, target: str, otherwise: int) -> int:
        if not target:
            return otherwise
        if target == END:
            return 0
        return self.beats.get(target, 0) if "#" in target else self.doors.get(target, 0)

    def knows(self, target: str) -> bool:
        return target in ("", END) or target in self.beats or ("#" not in target and target in self.doors)

    @staticmethod
    def _spread(starts: Iterable[int], leads: Sequence[Sequence[int]]) -> set[int]:
        reached, waiting = set(starts), list(starts)
        while waiting:
            for place in leads[waiting.pop()]:
                if place not in reached:
                    reached.add(place)
                    waiting.append(place)
        return reached

    def traps(self) -> list[set[int]]:
        """Groups of reached beats from which the end cannot be reached any more, innermost only."""
        back: list[list[int]] = [[] for _ in self.leads]
        for place in self.reached:
            for to in self.leads[place]:
                back[to].append(place)
        caught = self.reached - self._spread([0], back)
        return [knot for knot in knots(caught, self.leads) if all(to in knot for at in knot for to in self.leads[at])]

    def quiet_circles(self) -> list[set[int]]:
        """Circles in which nothing is shown and nothing is asked: the player would wait for ever."""
        quiet = {place for place in self.reached if self._is_quiet(place)}
        turning = []
        for knot in knots(quiet, self.leads):
            if len(knot) > 1 or any(to in knot for at in knot for to in self.leads[at]):
                turning.append(knot)
        return turning

    def _is_quiet(self, place: int) -> bool:
        here = self.where[place]
        if here is None:
            return False
        node = here[1]
        return node is None or node.type in ("action", "raw") or (node.type == "choice" and node.by == "chance")


def knots(places: set[int], leads: Sequence[Sequence[int]]) -> list[set[int]]:
    """Strongly connected groups among these places (Tarjan's way, without recursion)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[set[int]] = []
    for root in sorted(places):
        if root in order:
            continue
        work = [(root, iter(leads[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            at, ways = work[-1]
            onward = next((to for to in ways if to in places and (to not in order or to in on_stack)), None)
            if onward is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == order[at]:
                    found.append(_unwind(stack, on_stack, at))
            elif onward in order:
                low[at] = min(low[at], order[onward])
            else:
                order[onward] = low[onward] = len(order)
                stack.append(onward)
                on_stack.add(onward)
                work.append((onward, iter(leads[onward])))
    return found


def _unwind(stack: list[int], on_stack: set[int], until: int) -> set[int]:
    knot = set()
    while True:
        place = stack.pop()
        on_stack.discard(place)
        knot.add(place)
        if place == until:
            return knot
