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


NUMBERS = st.one_of(
    st.sampled_from(["gold", "ratio", "0", "1", "7", "0.1", "1000000000", 'visits("s0")', "tries", "runs"]),
    st.integers(0, 999_999_999).map(str),
)
TEXTS = st.sampled_from(["name", '""', "'x'", '"日本"', '"</script>"', "mood"])


def numbers() -> st.SearchStrategy[str]:
    return st.recursive(
        NUMBERS,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/%"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
            st.tuples(st.sampled_from(["abs", "round", "floor", "-", "- -"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        ),
        max_leaves=5,
    )


def conditions() -> st.SearchStrategy[str]:
    compared = st.tuples(numbers(), st.sampled_from(["<", ">", "<=", ">=", "==", "!="]), numbers()).map(" ".join)
    words = st.tuples(TEXTS, st.sampled_from(["==", "!="]), TEXTS).map(" ".join)
    bare = st.one_of(compared, words, st.sampled_from(["met", "true", "false", "gold", "name"]))
    return st.recursive(
        bare,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or", "&&", "||"]), inner).map(
                lambda t: f"({t[0]}) {t[1]} ({t[2]})"
            ),
            inner.map(lambda one: f"not ({one})"),
        ),
        max_leaves=4,
    )


def changes() -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(
            st.sampled_from(["gold", "ratio", "tries", "runs"]),
            st.sampled_from(["=", "+=", "-=", "*=", "/="]),
            numbers(),
        ).map(" ".join),
        st.sampled_from(
            [
                "gold = roll(1, 6)",
                "ratio = roll(0 - 3, gold) / 3",
                "met = chance(50)",
                "met = not met",
                'name = name + "!"',
                'mood = "a" + gold',
                "name = mood",
                "mood = 'x' + met",
            ]
        ),
    )


@st.composite
def stories(draw: st.DrawFn, most_scenes: int = 5) -> Story:
    """A valid story in which anything that the schema allows may happen, with awkward words."""
    count = draw(st.integers(1, most_scenes))
    ids = [f"s{n}" for n in range(count)]
    sizes = [draw(st.integers(0, 5)) for _ in ids]
    addresses = [f"{scene}#n-{n}" for scene, size in zip(ids, sizes, strict=True) for n in range(size)]
    target = st.sampled_from(["", "", END, *ids, *addresses])
    maybe = st.one_of(st.just(""), conditions())
    words = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=30).filter(_writable))
    option = st.fixed_dictionaries(
        {
            "text": words,
            "to": target,
            "when": maybe,
            "weight": st.sampled_from([1.0, 2.5, 0.0, 1]),
            "do": st.lists(changes(), max_size=2),
        }
    )
    scenes = []
    for scene, size in zip(ids, sizes, strict=True):
        nodes = []
        for n in range(size):
            kind = draw(st.sampled_from(["text", "text", "text", "choice", "action", "raw"]))
            node: dict[str, Any] = {
                "id": f"n-{n}",
                "type": kind,
                "when": draw(maybe),
                "who": draw(st.sampled_from(["", "ada", "b-n"])),
                "text": draw(words),
                "directives": draw(st.lists(directives(), max_size=2)),
            }
            if kind == "choice":
                made = draw(st.lists(option, min_size=0, max_size=3))
                node["options"] = [{"id": f"o{i}", **one} for i, one in enumerate(made)]
                node["by"] = draw(st.sampled_from(["player", "player", "chance"]))
            else:
                node["next"] = draw(target)
            if kind == "action":
                node["do"] = draw(st.lists(changes(), max_size=3))
            nodes.append(node)
        scenes.append({"id": scene, "title": draw(words)[:300], "nodes": nodes, "next": draw(target)})
    return read(
        Story,
        {
            "id": "random",
            "title": draw(words)[:300],
            "scenes": scenes,
            "cast": [{"id": "ada", "name": draw(words)[:100], "color": "#aa3300"}, {"id": "b-n", "name": "B%[x]{y}"}],
            "places": [{"id": "p1", "title": draw(words)[:200]}],
            "variables": [
                {"name": "gold", "kind": "whole", "start": draw(st.integers(-5, 5))},
                {"name": "ratio", "kind": "number", "start": draw(st.sampled_from([0.5, -2, 1e9, 1e-7, 0.125]))},
                {"name": "met", "kind": "flag", "start": draw(st.booleans())},
                {"name": "mood", "kind": "text", "start": "ok"},
                {"name": "name", "kind": "text", "start": draw(st.sampled_from(["Mira", "[x] {y} %s", ""]))},
                {"name": "tries", "kind": "whole", "start": 1, "scope": "scene"},
                {"name": "runs", "kind": "whole", "start": 0, "scope": "global"},
            ],
        },
    )


def directives() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "kind": st.sampled_from(
                [kind for kind in DIRECTIVE_KINDS if kind not in ("picture", "sound", "voice", "wait")]
            ),
            "who": st.sampled_from(["ada", "b-n"]),
            "place": st.just("p1"),
            "at": st.sampled_from(POSITIONS),
            "transition": st.sampled_from(TRANSITIONS),
            "move": st.sampled_from(["", "reset", "zoom-in", "shake"]),
            "expression": st.sampled_from(["", "happy"]),
        }
    )


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


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
