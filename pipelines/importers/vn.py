"""Plain visual-novel JSON, as our exporter writes it and as others may: scenes as lists of commands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.archives import read_text
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Preview, bring_in
from core.story.model import DIRECTIVE_KINDS, Directive, Story
from core.story.shape import read as shaped
from core.story.tongue import guess

CARD = Card(
    name="Visual novel (JSON)",
    task="importers",
    about="Reads visual-novel JSON: characters, backgrounds, and scenes as lists of commands.",
    licence="MIT",
    reads=(".vn.json",),
)
FILE_MB = 100
STAGED = {"background": "place", **{kind: kind for kind in DIRECTIVE_KINDS}}
FIELDS = frozenset(Directive.__dataclass_fields__) - {"kind"}


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """The story of these commands. Pictures are only named in such a file: they are listed, and can be put in later."""
    try:
        told = json.loads(read_text(path, FILE_MB))
        return _story(told, title or path.name.split(".")[0])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as wrong:
        raise BadFile(f"“{path.name}” is not visual-novel JSON.",
                      "It has “characters” and “scenes” with “commands”.") from wrong


def _story(told: dict[str, Any], name: str) -> Preview:
    if not str(told.get("format", "visual-novel")).startswith("visual-novel"):
        raise ValueError("another format")
    troubles: dict[str, None] = {}
    files = {key: dict(one) for key, one in dict(told.get("files") or {}).items()}
    if files:
        troubles[f"{len(files)} pictures and sounds are only named in the file; put them in under Look."] = None
    value = {
        "id": told.get("id", "story"), "title": told.get("title") or name, "author": told.get("author", ""),
        "language": told.get("language") or guess(_said(told)) or "en",
        "licence": told.get("licence", ""), "start": told.get("start", ""),
        "timeline": {"seed": told.get("seed", 1)},
        "variables": [{"name": one["name"], "kind": one["type"], "start": one["value"],
                       "scope": one.get("scope", "session")} for one in told.get("variables", ())],
        "cast": [{"id": one["id"], "name": one.get("name", ""), "color": one.get("color", ""),
                  "looks": one.get("sprites") or {}} for one in told.get("characters", ())],
        "places": [{"id": one["id"], "title": one.get("title", ""), "asset": one.get("image", ""),
                    "color": one.get("color", "")} for one in told.get("backgrounds", ())],
        "assets": [{"id": key, "kind": one.get("kind", "picture"), "licence": one.get("licence", "")}
                   for key, one in files.items()],
        "scenes": [{"id": one["id"], "title": one.get("title", ""), "next": one.get("next", ""),
                    "nodes": _nodes(one["commands"], troubles)} for one in told["scenes"]],
    }
    return Preview(shaped(Story, value), tuple(troubles))


def _said(told: dict[str, Any]) -> Iterator[str]:
    return (str(one.get("text") or "") for scene in told["scenes"] for one in scene["commands"])


def _nodes(commands: list[dict[str, Any]], troubles: dict[str, None]) -> list[dict[str, Any]]:
    """Beats: a command with a label begins one, and so does whatever follows a line, a choice or a jump."""
    nodes: list[dict[str, Any]] = []
    closed = True
    for one in commands:
        if closed or "label" in one:
            nodes.append({"id": str(one.get("label") or f"n{len(nodes) + 1}"), "type": "action",
                          "when": str(one.get("if") or "")})
        closed = _take(nodes[-1], one, troubles)
    return nodes


def _take(node: dict[str, Any], one: dict[str, Any], troubles: dict[str, None]) -> bool:
    """Put a command into a beat; tells whether the beat is full, unless a jump still follows its line."""
    kind = str(one["type"])
    if kind == "set":
        node.setdefault("do", []).append(str(one["change"]))
    elif kind in STAGED:
        told = {key: value for key, value in one.items() if key in FIELDS}
        node.setdefault("directives", []).append({"kind": STAGED[kind], **told})
    elif kind == "say":
        node |= {"type": "text", "who": str(one.get("character") or ""), "text": str(one["text"])}
    elif kind in ("choice", "random"):
        node |= {"type": "choice", "by": "chance" if kind == "random" else "player",
                 "who": str(one.get("character") or ""), "text": str(one.get("text") or ""),
                 "options": [{"id": str(option.get("id") or f"o{number}"), "text": str(option.get("text") or ""),
                              "to": str(option.get("goto") or ""), "when": str(option.get("if") or ""),
                              "weight": option.get("weight", 1.0), "do": list(option.get("set") or ())}
                             for number, option in enumerate(one["options"], 1)]}
        return True
    elif kind == "comment":
        node |= {"type": "raw", "text": str(one["text"]), "meta": dict(one.get("meta") or {})}
    elif kind == "jump":
        node["next"] = str(one["goto"])
        return True
    elif kind != "nothing":
        troubles[f"The command “{kind[:60]}” is not known and was left out."] = None
    return False
