"""A story as plain visual-novel JSON: characters, backgrounds, and scenes as lists of commands, for other tools."""

import json
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.requests import ExportRequest
from core.story.dialects import starting
from core.story.files import deliver, for_export
from core.story.model import Directive, Node, Story, first_scene, line_key
from core.story.shape import write

CARD = Card(
    name="Visual novel (JSON)",
    task="exporters",
    about="Writes scenes as simple lists of commands for scripts and other engines; pictures are named, not held.",
    licence="MIT",
    writes=".json",
)
FORMAT = "visual-novel/1"


def run(request: ExportRequest, bench: Bench) -> None:
    bench.step(0, 2, "Checking")
    parcel = for_export(request, bench)
    bench.step(1, 2, "Writing")
    deliver(parcel, bench, build(parcel.story), ".json", provenance=parcel.provenance)
    bench.step(2, 2, "Done")


def build(story: Story) -> bytes:
    files = {one.id: {"file": _name(one.file), "kind": one.kind, "licence": one.licence} for one in story.assets}
    told = {
        "format": FORMAT, "id": story.id, "title": story.title, "author": story.author, "language": story.language,
        "licence": story.licence, "seed": story.timeline.seed, "start": first_scene(story),
        "variables": [{"name": one.name, "type": one.kind, "value": starting(one), "scope": one.scope}
                      for one in story.variables],
        "characters": [{"id": one.id, "name": one.name, "color": one.color, "sprites": one.looks}
                       for one in story.cast],
        "backgrounds": [{"id": one.id, "title": one.title, "image": one.asset, "color": one.color}
                        for one in story.places],
        "files": files,
        "scenes": [{"id": scene.id, "title": scene.title, "next": scene.next,
                    "commands": [command for node in scene.nodes for command in commands(scene.id, node)]}
                   for scene in story.scenes],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def commands(scene: str, node: Node) -> list[dict[str, Any]]:
    """What happens at a beat, in order. `label` is where jumps land; `if` guards all commands of the beat."""
    made: list[dict[str, Any]] = [{"type": "set", "change": one} for one in node.do]
    made += [stage(one) for one in node.directives]
    if node.type == "text":
        made.append({"type": "say", "line": line_key(scene, node.id), "character": node.who, "text": node.text})
    elif node.type == "choice":
        made.append({"type": "choice" if node.by == "player" else "random", "character": node.who, "text": node.text,
                     "options": [{"id": one.id, "text": one.text, "goto": one.to, "if": one.when,
                                  "weight": one.weight, "set": list(one.do)} for one in node.options]})
    elif node.type == "raw":
        made.append({"type": "comment", "text": node.text, **({"meta": node.meta} if node.meta else {})})
    if node.next and node.type != "choice":
        made.append({"type": "jump", "goto": node.next})
    made = made or [{"type": "nothing"}]
    made[0] = {"label": node.id, **made[0]}
    return [{**one, "if": node.when} for one in made] if node.when else made


def stage(one: Directive) -> dict[str, Any]:
    told = write(one)
    kind = told.pop("kind")
    return {"type": {"place": "background"}.get(kind, kind), **told}


def _name(file: str) -> str:
    return file.replace("\\", "/").rsplit("/", 1)[-1]
