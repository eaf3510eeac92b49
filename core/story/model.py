"""What a story is made of: frozen rows with one published JSON schema. How it plays is in runner.py."""

from __future__ import annotations

from dataclasses import dataclass

from core.story.shape import part

FORMAT = "studionova.story/1"
NAME = r"[A-Za-z][A-Za-z0-9_]{0,39}"
ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
TARGET = rf"|@end|{ID}|(?:{ID})#(?:{ID})"
LANGUAGE = r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
END = "@end"

NODE_KINDS = ("text", "choice", "action", "raw")
DIRECTIVE_KINDS = ("place", "show", "hide", "picture", "camera", "wait", "music", "sound", "voice")
TRANSITIONS = ("", "cut", "dissolve", "fade", "flash", "slide-left", "slide-right")
POSITIONS = ("", "far-left", "left", "center", "right", "far-right")
CAMERA_MOVES = ("", "reset", "zoom-in", "zoom-out", "pan-left", "pan-right", "shake")
SCOPES = ("session", "global", "scene")
KINDS = ("flag", "whole", "number", "text")
ASSET_KINDS = ("picture", "music", "sound", "voice", "video", "font", "other")


@dataclass(frozen=True, slots=True)
class Variable:
    """Something the story remembers."""

    name: str = part(says="a letter, then letters, digits or _", pattern=NAME)
    kind: str = part("flag", "what it holds", among=KINDS)
    start: bool | int | float | str = part(False, "its value at the beginning")
    scope: str = part(
        "session", "session: one playthrough; global: kept between them; scene: fresh at each visit", among=SCOPES
    )
    options: tuple[str, ...] = part((), "for text: the values it may take", longest=200)
    title: str = part("", "how people see it", longest=200)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the story uses."""

    id: str = part(says="letters, digits, - and _", pattern=ID)
    kind: str = part("picture", "what it is", among=ASSET_KINDS)
    file: str = part("", "path below the home folder, or inside a bundle", longest=1000)
    title: str = part("", "how people see it", longest=300)
    licence: str = part("", "SPDX id or the words of the licence", longest=300)
    author: str = part("", "who made it", longest=300)
    sha256: str = part("", "hash of the file", pattern="|[0-9a-f]{64}")
    meta: dict[str, object] = part({}, "anything else", free=True)


@dataclass(frozen=True, slots=True)
class Cast:
    """Somebody who speaks or is seen."""

    id: str = part(says="letters, digits, - and _", pattern=ID)
    name: str = part("", "the name above the line", longest=200)
    color: str = part("", "colour of the name, as #rrggbb", pattern="|#[0-9A-Fa-f]{6}")
    character: str = part("", "id of the studio's character", longest=100)
    looks: dict[str, str] = part({}, "picture for each look: 'happy' or 'happy arms-crossed'", longest=100)
    voice: str = part("", "voice that reads the lines", longest=200)
    notes: str = part("", "who this is, for writers and prompts", longest=50_000)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that a scene happens."""

    id: str = part(says="letters, digits, - and _", pattern=ID)
    title: str = part("", "how people see it", longest=200)
    prompt: str = part("", "what the background shows", longest=5000)
    asset: str = part("", "the background picture", longest=100)
    color: str = part("", "colour while there is no picture", pattern="|#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Directive:
    """One thing that happens on the stage; the same in preview, Ren'Py and HTML."""

    kind: str = part(says="what happens", among=DIRECTIVE_KINDS)
    who: str = part("", "show, hide: whom", longest=64)
    expression: str = part("", "show: the face", pattern=r"|[a-z0-9][a-z0-9_-]{0,39}")
    pose: str = part("", "show: the body", pattern=r"|[a-z0-9][a-z0-9_-]{0,39}")
    at: str = part("", "show: where on the stage", among=POSITIONS)
    place: str = part("", "place: which one", longest=64)
    asset: str = part("", "picture, music, sound, voice: the file; empty takes it away", longest=100)
    transition: str = part("", "place, show, hide, picture: how", among=TRANSITIONS)
    move: str = part("", "camera: how", among=CAMERA_MOVES)
    seconds: float = part(0.0, "how long; 0 is the usual time", least=0, most=600)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice."""

    id: str = part(says="letters, digits, - and _", pattern=ID)
    text: str = part("", "what the player reads", longest=2000)
    to: str = part("", "scene, scene#node, @end, or empty to go on", pattern=TARGET)
    when: str = part("", "condition; empty is always", longest=2000)
    weight: float = part(1.0, "how likely, against its neighbours", least=0, most=1_000_000)
    do: tuple[str, ...] = part((), "changes, such as 'gold += 1'", longest=2000)


@dataclass(frozen=True, slots=True)
class Node:
    """One beat: a line, a choice, an action, or foreign text that is kept but not played."""

    id: str = part(says="letters, digits, - and _", pattern=ID)
    type: str = part("text", "what it is", among=NODE_KINDS)
    who: str = part("", "text, choice: who speaks; empty is the narrator", longest=64)
    text: str = part("", "the line; {name} shows a variable, *so* is emphasis", longest=200_000)
    directives: tuple[Directive, ...] = part((), "what happens on the stage first")
    when: str = part("", "condition; when it is not met the beat is passed by", longest=2000)
    do: tuple[str, ...] = part((), "changes, such as 'gold += 1'", longest=2000)
    options: tuple[Option, ...] = part((), "choice: the answers")
    by: str = part("player", "choice: who picks", among=("player", "chance"))
    next: str = part("", "scene, scene#node, @end, or empty for the following beat", pattern=TARGET)
    meta: dict[str, object] = part({}, "anything else", free=True)


@dataclass(frozen=True, slots=True)
class Scene:
    """A run of beats in one place and time."""

    id: str = part(says="letters, digits, - and _", pattern=ID)
    title: str = part("", "how people see it", longest=300)
    nodes: tuple[Node, ...] = part((), "the beats, in order")
    next: str = part("", "where its last beat leads; @end is an ending", pattern=TARGET)
    meta: dict[str, object] = part({}, "anything else, such as the place in the graph", free=True)


@dataclass(frozen=True, slots=True)
class Lore:
    """A fact of the world and the words that call for it."""

    keys: tuple[str, ...] = part((), "words that call for it", longest=500)
    text: str = part("", "the fact", longest=200_000)
    title: str = part("", "how people see it", longest=500)
    always: bool = part(False, "whether it always holds")
    enabled: bool = part(True, "whether it is used")
    order: int = part(100, "later ones weigh more")
    meta: dict[str, object] = part({}, "anything else", free=True)


@dataclass(frozen=True, slots=True)
class World:
    """Where and in what spirit the story happens."""

    summary: str = part("", "in a few sentences")
    tone: str = part("", "how it feels", longest=5000)
    rules: tuple[str, ...] = part((), "what holds in this world")
    locations: tuple[str, ...] = part((), "where it happens")
    factions: tuple[str, ...] = part((), "who stands with whom")
    lore: tuple[Lore, ...] = part((), "facts")
    prompts: dict[str, str] = part({}, "prompt templates by name")


@dataclass(frozen=True, slots=True)
class Timeline:
    """The order in which scenes are told, and groups of branches."""

    order: tuple[str, ...] = part((), "scene ids", longest=64)
    groups: dict[str, str] = part({}, "branch group of a scene id", longest=200)
    seed: int = part(1, "the seed of chance", least=0, most=4_294_967_295)


@dataclass(frozen=True, slots=True)
class Story:
    """A whole story."""

    id: str = part(says="letters, digits, - and _", pattern=ID)
    format: str = part(FORMAT, "which schema", among=(FORMAT,))
    title: str = part("", "its name", longest=300)
    author: str = part("", "who wrote it", longest=300)
    summary: str = part("", "in a few sentences")
    language: str = part("en", "language of the text", pattern=LANGUAGE)
    licence: str = part("", "SPDX id or words", longest=300)
    rating: str = part("unknown", "for whom", among=("unknown", "everyone", "suggestive", "explicit"))
    start: str = part("", "the first scene; empty is the first in the list", pattern=rf"|{ID}")
    scenes: tuple[Scene, ...] = part((), "the scenes")
    cast: tuple[Cast, ...] = part((), "who speaks or is seen")
    places: tuple[Place, ...] = part((), "where it happens")
    variables: tuple[Variable, ...] = part((), "what it remembers")
    assets: tuple[Asset, ...] = part((), "the files it uses")
    world: World = part(World(), "where and in what spirit")
    timeline: Timeline = part(Timeline(), "order, groups and seed")
    languages: dict[str, dict[str, str]] = part({}, "other languages: text by line key")
    meta: dict[str, object] = part({}, "anything else", free=True)


def first_scene(story: Story) -> str:
    """Where it begins: the named start, else the timeline's first, else the first in the list."""
    known = {scene.id for scene in story.scenes}
    for candidate in (story.start, *story.timeline.order, *(scene.id for scene in story.scenes)):
        if candidate in known:
            return candidate
    return ""


def line_key(scene: str, node: str, option: str = "") -> str:
    """The name of a line for translations and voices; stays the same while text is edited."""
    return f"{scene}.{node}.{option}" if option else f"{scene}.{node}"


def look_of(cast: Cast, expression: str = "", pose: str = "") -> str:
    """The look that fits best: face and body, face alone, body alone, neutral, else the first; '' without any."""
    wanted = (f"{expression} {pose}".strip(), expression, f"neutral {pose}".strip(), "neutral", "")
    for look in wanted:
        if look in cast.looks:
            return look
    return next(iter(cast.looks), "")
