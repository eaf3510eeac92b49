"""Lorebooks: SillyTavern world info and the books inside character cards, as lore of a story's world."""

import json
from pathlib import Path
from typing import Any

from core.archives import read_text
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Draft, Preview, bring_in
from core.story.text import clean

CARD = Card(
    name="Lorebook",
    task="importers",
    about="Reads SillyTavern world info and lorebooks (JSON) as facts of a new story's world.",
    licence="MIT",
    reads=(".lore.json",),
)
FILE_MB = 50
KNOWN = {"uid", "id", "key", "keys", "comment", "name", "content", "constant", "disable", "enabled", "order",
         "insertion_order", "displayIndex", "extensions"}


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """The book as the world of a story with one empty scene. Nothing is kept."""
    try:
        book = _book(json.loads(read_text(path, FILE_MB)))
    except (ValueError, RecursionError) as wrong:
        raise BadFile(f"“{path.name}” is not JSON that can be read.", "Export the lorebook again.") from wrong
    entries = book.get("entries") if isinstance(book, dict) else None
    entries = list(entries.values()) if isinstance(entries, dict) else entries
    if not isinstance(entries, list):
        raise BadFile(f"There are no entries in “{path.name}”.", "Choose a lorebook or world info.")
    draft = Draft(title or str(book.get("name") or path.stem))
    lore = [row for entry in entries if (row := _entry(entry, draft))]
    draft.more["world"] = {"summary": clean(str(book.get("description") or ""))[:100_000], "lore": lore}
    scene = draft.scene("Opening")
    draft.add(scene, text="…")
    scene["next"] = "@end"
    return draft.preview()


def _book(value: Any) -> Any:
    """The book itself, wherever the file has put it."""
    for step in ("data", "character_book"):
        if isinstance(value, dict) and "entries" not in value and isinstance(value.get(step), dict):
            value = value[step]
    return value


def _entry(entry: Any, draft: Draft) -> dict[str, Any] | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("content"), str):
        draft.trouble("An entry without text was left out.")
        return None
    keys = entry.get("keys", entry.get("key"))
    keys = [keys] if isinstance(keys, str) else keys if isinstance(keys, list) else []
    order = entry.get("insertion_order", entry.get("order", 100))
    more = {str(key): value for key, value in entry.items() if key not in KNOWN and value not in (None, "", [], False)}
    if more:
        draft.trouble("Rules of the lorebook such as depth and probability are kept, but not acted on.")
    on = entry.get("enabled", not entry.get("disable", False))
    return {"keys": [_safe(str(key))[:500] for key in keys], "text": _safe(entry["content"])[:200_000],
            "title": _safe(str(entry.get("comment") or entry.get("name") or ""))[:500],
            "always": bool(entry.get("constant")), "enabled": bool(on),
            "order": order if type(order) is int and abs(order) < 1e9 else 100, "meta": more}


def _safe(text: str) -> str:
    return clean(text).encode("utf-8", "replace").decode()
