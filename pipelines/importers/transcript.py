"""Roleplay logs: plain text, Markdown and Discord exports. Speakers are found by how lines begin."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from core.archives import read_text
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Draft, Preview, bring_in
from core.story.text import literal

CARD = Card(
    name="Chat or roleplay log",
    task="importers",
    about="Reads “Name: words” logs (text, Markdown) and Discord exports (JSON) and splits them into scenes.",
    licence="MIT",
    reads=(".txt", ".md", ".discord.json"),
)
FILE_MB = 100
SPEAKER = re.compile(
    r"(?:\[[^\]\n]{1,40}\]\s*)?(?:\*\*|__)?([^\W\d_][\w .'’-]{0,39}?)(?:\*\*|__)?\s*:(?:\*\*)?\s+(.*)", re.DOTALL)
BREAK = re.compile(r"\s*(?:[-*_]\s*){3,}\s*")
HEADING = re.compile(r"\s*#{1,3}\s+(.+)")
CHOICE = re.compile(r"\s*>\s+(.+)")
SCENE_LINES = 60


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the log would become. Nothing is kept."""
    text, draft = read_text(path, FILE_MB), Draft(title or path.stem)
    rows = _discord(text, draft) if path.suffix.lower() == ".json" else _lines(text)
    scene, count = None, 0
    for kind, who, words in rows:
        if kind == "scene" or scene is None or len(scene["nodes"]) >= SCENE_LINES:
            following = draft.scene(words if kind == "scene" and words else f"Scene {len(draft.scenes) + 1}")
            if scene is not None:
                scene["next"] = following["id"]
            scene = following
        if kind == "choice":
            if not (scene["nodes"] and scene["nodes"][-1].get("type") == "choice"):
                draft.add(scene, type="choice", options=[])
            options = scene["nodes"][-1]["options"]
            options.append({"id": f"o{len(options) + 1}", "text": literal(words)[:2000]})
        elif kind == "line":
            count += 1
            draft.add(scene, who=draft.person(who), text=literal(words))
    if scene is None or not count:
        raise BadFile(f"There is nothing to read in “{path.name}”.", "A log has lines such as “Mira: Hello.”")
    scene["next"] = "@end"
    return draft.preview()


def _lines(text: str) -> Iterator[tuple[str, str, str]]:
    """(kind, speaker, words); a line that begins with no name goes on with the narrator."""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip():
            continue
        if BREAK.fullmatch(line[:200]):
            yield "scene", "", ""
        elif found := HEADING.fullmatch(line):
            yield "scene", "", found[1].strip()[:300]
        elif found := CHOICE.fullmatch(line):
            yield "choice", "", found[1]
        elif found := SPEAKER.fullmatch(line):
            yield "line", found[1].strip(), found[2]
        else:
            yield "line", "", line.strip()


def _discord(text: str, draft: Draft) -> Iterator[tuple[str, str, str]]:
    try:
        rows = list(json.loads(text)["messages"])
    except (ValueError, RecursionError, KeyError, TypeError) as wrong:
        raise BadFile("This JSON is not a Discord export.", "Use DiscordChatExporter with the JSON format.") from wrong
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("content"), str):
            draft.trouble("Something in the export is not a message and was passed by.")
            continue
        author = row.get("author") if isinstance(row.get("author"), dict) else {}
        if row.get("attachments"):
            draft.trouble("Attached files stay where they are: only words are imported.")
        if row["content"].strip():
            yield "line", str(author.get("nickname") or author.get("name") or ""), row["content"]
