"""SillyTavern chats: one JSONL file, or a zip of a chat and its branches, which become one branching story."""

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from core.archives import look_into
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Draft, Preview, bring_in
from core.story.text import literal

CARD = Card(
    name="SillyTavern chat",
    task="importers",
    about="Reads a SillyTavern chat, or a zip of a chat and its branches, as one story with choices where they part.",
    licence="MIT",
    reads=(".jsonl", ".zip"),
)
LINE_BYTES = 16 * 1024 * 1024
SCENE_LINES = 60
NAME_MOST = 40

Said = tuple[str, str]


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the chat would become. Nothing is kept."""
    draft = Draft(title or path.stem)
    if path.is_dir() or path.suffix.lower() == ".zip":
        pack = look_into(path)
        chats = [list(messages(io.BytesIO(pack.read(name)), draft, name))
                 for name in sorted(pack.names) if name.lower().endswith(".jsonl")]
        pack.close()
        chats = [chat for chat in chats if chat]
        if chats:
            _branch(draft, chats, 0, "Opening")
    else:
        with path.open("rb") as file:
            _tell(draft, messages(file, draft, path.name))
    if not draft.scenes:
        raise BadFile(f"There are no messages in “{path.name}”.", "Choose a chat that SillyTavern saved (.jsonl).")
    return draft.preview()


def _tell(draft: Draft, said: Iterable[Said]) -> None:
    """One chat without branches, scene by scene as it is read: no message is held twice."""
    scene = None
    for who, words in said:
        if scene is None or len(scene["nodes"]) >= SCENE_LINES:
            following = draft.scene(f"Opening {len(draft.scenes) + 1}" if scene else "Opening")
            if scene is not None:
                scene["next"] = following["id"]
                draft.seal(scene)
            scene = following
        draft.add(scene, who=draft.person(who), text=literal(words))
    if scene is not None:
        scene["next"] = "@end"


def messages(file: BinaryIO, draft: Draft, name: str) -> Iterator[Said]:
    """(speaker, words) line by line, so that a chat of any length needs little memory."""
    number = 0
    while line := file.readline(LINE_BYTES + 1):
        number += 1
        if len(line) > LINE_BYTES:
            raise BadFile(f"Line {number} of “{name}” is longer than 16 MB.", "This is no SillyTavern chat.")
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig", errors="replace"))
        except (ValueError, RecursionError):
            draft.trouble(f"Line {number} of “{name}” could not be read and was passed by.")
            continue
        if isinstance(row, dict) and isinstance(row.get("mes"), str):
            if row.get("is_system"):
                draft.trouble("Hidden system messages were left out.")
            elif row["mes"].strip():
                yield str(row.get("name") or ""), row["mes"]
        elif not (number == 1 and isinstance(row, dict)):
            draft.trouble(f"Line {number} of “{name}” is not a message and was passed by.")


def _branch(draft: Draft, chats: list[list[Said]], start: int, title: str) -> str:
    """Writes what these chats share, then a choice where they part. Works through a list, so depth costs nothing."""
    first, waiting = "", [(chats, start, title, None)]
    while waiting:
        group, at, name, door = waiting.pop()
        scene = draft.scene(name)
        first = first or scene["id"]
        if door is not None:
            door["to"] = scene["id"]
        while True:
            heads = list(dict.fromkeys(chat[at] for chat in group if at < len(chat)))
            if len(heads) != 1:
                break
            if len(scene["nodes"]) >= SCENE_LINES:
                following = draft.scene(f"{title} {len(draft.scenes) + 1}")
                scene["next"], scene = following["id"], following
            who, words = heads[0]
            draft.add(scene, who=draft.person(who), text=literal(words))
            at += 1
        if not heads:
            scene["next"] = "@end"
            continue
        node = draft.add(scene, type="choice", options=_options(heads))
        for option, head in reversed(list(zip(node["options"], heads, strict=True))):  # the first comes out first
            waiting.append(([chat for chat in group if at < len(chat) and chat[at] == head], at,
                            " ".join(head[1].split())[:NAME_MOST], option))
    return first


def _options(heads: Iterable[Said]) -> list[dict[str, Any]]:
    return [{"id": f"o{number}", "text": literal(words.strip().replace("\n", " ")[:80]) or "…"}
            for number, (_, words) in enumerate(heads, 1)]
