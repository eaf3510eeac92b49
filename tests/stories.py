"""Stories for tests: a small one to read, a large one to time, and random ones made from the schema by hypothesis."""

import random
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from core.story.model import DIRECTIVE_KINDS, END, POSITIONS, TRANSITIONS, Story
from core.story.shape import read

AWKWARD = [
    "Sale: 50% off [today] {now}",
    'She said "go" and \\n left',
    "<script>alert(1)</script>",
    "日本語のせりふ 🌟",
    "*sighs* **no**",
    "{gold} coins, {name}?",
    "a \\{gold} brace",
    "tab\tand % and [[",
    "]]> --> </style>",
    "#x $y",
]


def cave() -> Story:
    """Three scenes, a coin, a throw of dice and two endings."""
    return read(
        Story,
        {
            "id": "cave",
            "title": "The Cave",
            "author": "Mira",
            "timeline": {"order": ["gate", "dark", "light"], "seed": 7},
            "cast": [{"id": "ada", "name": "Ada", "color": "#c2410c"}, {"id": "ben", "name": "Ben"}],
            "places": [{"id": "forest", "title": "A forest"}, {"id": "cave", "title": "Inside", "color": "#1f2937"}],
            "variables": [
                {"name": "gold", "kind": "whole", "start": 3},
                {"name": "luck", "kind": "whole", "start": 0},
                {"name": "brave", "start": False},
                {"name": "hero", "kind": "text", "start": "Mira"},
                {"name": "tries", "kind": "whole", "start": 0, "scope": "scene"},
                {"name": "runs", "kind": "whole", "start": 0, "scope": "global"},
            ],
            "scenes": [
                {
                    "id": "gate",
                    "title": "At the gate",
                    "next": "dark",
                    "nodes": [
                        {"id": "n1", "text": "Leaves fall.", "directives": [{"kind": "place", "place": "forest"}]},
                        {"id": "n2", "who": "ada", "text": "We have {gold} coins, {hero}. *Really.*"},
                        {
                            "id": "n3",
                            "type": "choice",
                            "who": "ada",
                            "text": "Well?",
                            "options": [
                                {"id": "in", "text": "Go in", "to": "dark", "do": ["brave = true"], "weight": 2},
                                {"id": "wait", "text": "Wait", "do": ["tries += 1"], "when": "tries < 2"},
                                {
                                    "id": "pay",
                                    "text": "Pay {gold}",
                                    "when": "gold > 2",
                                    "do": ["gold -= 2"],
                                    "to": "gate#n2",
                                },
                            ],
                        },
                        {"id": "n4", "text": "You wait.", "next": "gate#n3"},
                    ],
                },
                {
                    "id": "dark",
                    "title": "In the dark",
                    "nodes": [
                        {
                            "id": "n1",
                            "type": "action",
                            "do": ["luck = roll(1, 6)", "runs += 1"],
                            "directives": [{"kind": "place", "place": "cave", "transition": "fade"}],
                        },
                        {"id": "n2", "who": "ben", "text": "A six!", "when": "luck == 6"},
                        {
                            "id": "n3",
                            "type": "choice",
                            "by": "chance",
                            "options": [
                                {"id": "a", "weight": 3, "to": "light"},
                                {"id": "b", "weight": 1, "to": "gate", "when": "gold > 0"},
                            ],
                        },
                    ],
                },
                {
                    "id": "light",
                    "title": "Into the light",
                    "next": END,
                    "nodes": [
                        {"id": "n1", "text": "The sun. You are brave.", "when": 'brave and visits("gate") < 3'},
                        {"id": "n2", "text": "The end, with {luck} and {runs}."},
                    ],
                },
            ],
        },
    )


def large(nodes: int, seed: int = 1) -> dict[str, Any]:
    """A story of this many nodes, five to a scene, as JSON."""
    dice, scenes = random.Random(seed), []
    count = nodes // 5
    for number in range(count):
        beats: list[dict[str, Any]] = [
            {"id": f"n{i}", "who": "ada", "text": f"Hello {{gold}}, line {number}.{i} and a few more words."}
            for i in range(3)
        ]
        beats.append({"id": "n3", "type": "action", "when": "gold < 50", "do": ["gold += 1", "luck = roll(1, 6)"]})
        beats.append(
            {
                "id": "n4",
                "type": "choice",
                "text": "Where?",
                "options": [
                    {"id": "a", "text": "Here", "to": f"s{(number + 1) % count}", "weight": 2},
                    {"id": "b", "text": "There", "to": f"s{dice.randrange(count)}", "when": "luck > 2"},
                    {"id": "c", "text": "Leave", "to": END, "weight": 0.01},
                ],
            }
        )
        scenes.append({"id": f"s{number}", "nodes": beats})
    return {
        "id": "large",
        "title": "Large",
        "scenes": scenes,
        "cast": [{"id": "ada", "name": "Ada"}],
        "variables": [{"name": "gold", "kind": "whole", "start": 0}, {"name": "luck", "kind": "whole", "start": 1}],
    }


NUMBERS = ["gold", "ratio", "0", "1", "7", "0.1", "1000000000", 'visits("s0")', "tries", "runs"]
TEXTS = ["name", '""', "'x'", '"日本"', '"</script>"', "mood"]
SIGNS = "aZ09 .,!?\"'`\\/|&;:#@$%^~_-+=*()[]{}<>\t\n\r\x00\x1b\x7f\x85\xa0" \
    "éßİıж字語の\u0301\u200b\u200f\u2028\u2029\ufeff\ue000🌟👩\u200d🚀\U0010ffff"
RARELY = 0.3


class Chance(random.Random):
    """Throws what a random story is made of. A story is made from one seed, which costs a hundredth of letting
    hypothesis throw each word, and a failing seed is told just as well."""

    def number(self, deep: int = 2) -> str:
        if deep == 0 or self.random() < 0.5:
            return self.choice([*NUMBERS, str(self.randrange(10**self.randrange(1, 10)))])
        inner, kind = self.number(deep - 1), self.randrange(3)
        if kind == 0:
            return f"({inner} {self.choice('+-*/%')} {self.number(deep - 1)})"
        if kind == 1:
            return f"{self.choice(['min', 'max'])}({inner}, {self.number(deep - 1)})"
        return f"{self.choice(['abs', 'round', 'floor', '-', '- -'])}({inner})"

    def condition(self, deep: int = 2) -> str:
        kind = self.randrange(5 if deep else 3)
        if kind == 0:
            return f"{self.number()} {self.choice(['<', '>', '<=', '>=', '==', '!='])} {self.number()}"
        if kind == 1:
            return f"{self.choice(TEXTS)} {self.choice(['==', '!='])} {self.choice(TEXTS)}"
        if kind == 2:
            return self.choice(["met", "true", "false", "gold", "name"])
        if kind == 3:
            return f"not ({self.condition(deep - 1)})"
        both = self.choice(["and", "or", "&&", "||"])
        return f"({self.condition(deep - 1)}) {both} ({self.condition(deep - 1)})"

    def maybe(self) -> str:
        return self.condition() if self.random() < 0.5 else ""

    def change(self) -> str:
        if self.random() < 0.5:
            name = self.choice(["gold", "ratio", "tries", "runs"])
            return f"{name} {self.choice(['=', '+=', '-=', '*=', '/='])} {self.number()}"
        return self.choice(["gold = roll(1, 6)", "ratio = roll(0 - 3, gold) / 3", "met = chance(50)", "met = not met",
                            'name = name + "!"', 'mood = "a" + gold', "name = mood", "mood = 'x' + met"])

    def changes(self, most: int) -> list[str]:
        return [self.change() for _ in range(self.randint(0, most))]

    def words(self, longest: int = 30) -> str:
        if self.random() < 0.5:
            return self.choice(AWKWARD)
        return "".join(self.choice(SIGNS) if self.random() > RARELY else self.any_sign()
                       for _ in range(self.randint(0, longest)))

    def any_sign(self) -> str:
        """Of the first three planes; halves of characters left out, which no file can hold."""
        number = self.randrange(0x30000 - 0x800)
        return chr(number if number < 0xD800 else number + 0x800)

    def directive(self) -> dict[str, Any]:
        quiet = [kind for kind in DIRECTIVE_KINDS if kind not in ("picture", "sound", "voice", "wait")]
        return {"kind": self.choice(quiet), "who": self.choice(["ada", "b-n"]), "place": "p1",
                "at": self.choice(POSITIONS), "transition": self.choice(TRANSITIONS),
                "move": self.choice(["", "reset", "zoom-in", "shake"]), "expression": self.choice(["", "happy"])}

    def option(self, number: int, targets: list[str]) -> dict[str, Any]:
        return {"id": f"o{number}", "text": self.words(), "to": self.choice(targets), "when": self.maybe(),
                "weight": self.choice([1.0, 2.5, 0.0, 1]), "do": self.changes(2)}

    def node(self, number: int, targets: list[str]) -> dict[str, Any]:
        kind = self.choice(["text", "text", "text", "choice", "action", "raw"])
        made: dict[str, Any] = {
            "id": f"n-{number}", "type": kind, "when": self.maybe(), "who": self.choice(["", "ada", "b-n"]),
            "text": self.words(), "directives": [self.directive() for _ in range(self.randint(0, 2))]}
        if kind == "choice":
            made["options"] = [self.option(n, targets) for n in range(self.randint(0, 3))]
            made["by"] = self.choice(["player", "player", "chance"])
        else:
            made["next"] = self.choice(targets)
        if kind == "action":
            made["do"] = self.changes(3)
        return made

    def scenes(self, count: int) -> list[dict[str, Any]]:
        sizes = {f"s{number}": self.randint(0, 5) for number in range(count)}
        addresses = [f"{scene}#n-{n}" for scene, size in sizes.items() for n in range(size)]
        targets = ["", "", END, *sizes, *addresses]
        return [{"id": scene, "title": self.words(), "next": self.choice(targets),
                 "nodes": [self.node(n, targets) for n in range(size)]} for scene, size in sizes.items()]


def thrown(seed: int, scenes: int) -> Story:
    """A valid story in which anything that the schema allows may happen, with awkward words."""
    chance = Chance(seed)
    return read(
        Story,
        {
            "id": "random",
            "title": chance.words(),
            "scenes": chance.scenes(scenes),
            "cast": [{"id": "ada", "name": chance.words(), "color": "#aa3300"}, {"id": "b-n", "name": "B%[x]{y}"}],
            "places": [{"id": "p1", "title": chance.words()}],
            "variables": [
                {"name": "gold", "kind": "whole", "start": chance.randint(-5, 5)},
                {"name": "ratio", "kind": "number", "start": chance.choice([0.5, -2, 1e9, 1e-7, 0.125])},
                {"name": "met", "kind": "flag", "start": chance.random() < 0.5},
                {"name": "mood", "kind": "text", "start": "ok"},
                {"name": "name", "kind": "text", "start": chance.choice(["Mira", "[x] {y} %s", ""])},
                {"name": "tries", "kind": "whole", "start": 1, "scope": "scene"},
                {"name": "runs", "kind": "whole", "start": 0, "scope": "global"},
            ],
        },
    )


def stories(most_scenes: int = 5) -> st.SearchStrategy[Story]:
    """Random stories for hypothesis."""
    return st.builds(thrown, st.integers(0, 2**64 - 1), st.integers(1, most_scenes))


def bound(many: list[Story]) -> tuple[Story, list[str]]:
    """Many random stories as the scenes of one, so that an engine has to be started once only; and where each begins.

    They share their variables: what counts is that the players agree, not what each story means.
    """
    scenes, doors = [], []
    for number, story in enumerate(many):
        names = {scene.id for scene in story.scenes}

        def led(target: str, mark: str = f"k{number}-", names: set[str] = names) -> str:
            return mark + target if target.partition("#")[0] in names else target

        def asked(source: str, mark: str = f"k{number}-", names: set[str] = names) -> str:
            for name in names:
                source = source.replace(f'visits("{name}")', f'visits("{mark}{name}")')
            return source

        for scene in story.scenes:
            nodes = tuple(replace(
                node, next=led(node.next), when=asked(node.when), do=tuple(map(asked, node.do)),
                options=tuple(replace(one, to=led(one.to), when=asked(one.when), do=tuple(map(asked, one.do)))
                              for one in node.options)) for node in scene.nodes)
            scenes.append(replace(scene, id=led(scene.id), next=led(scene.next) or END, nodes=nodes))
        doors.append(led(story.scenes[0].id))
    return replace(many[0], scenes=tuple(scenes), start=doors[0]), doors


def gathered(count: int, chosen: int = 50) -> list[Story]:
    """This many random stories, always the same ones."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    made: list[Story] = []

    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @seed(chosen)
    @given(stories())
    def take(story: Story) -> None:
        made.append(story)

    take()
    return made
