"""What travels between the story desk and the studio: changes, findings and arrivals as plain JSON."""

from collections.abc import Callable, Iterable
from typing import Any

from core.errors import Refused
from core.language import Words
from core.story.concerns import Concern
from core.story.draft import Preview
from core.story.edits import OPS, Edit
from core.story.findings import Finding, Fix
from core.story.model import Story

PATH_MOST = 12


def listed_in(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Refused("That is no list of changes.", f"At most {most} at once.")
    return value


def edit_from(value: Any) -> Edit:
    """One change as it came over the wire, whatever a client sends."""
    op, path = (value.get("op"), value.get("path")) if isinstance(value, dict) else ("", None)
    named = isinstance(path, list) and 0 < len(path) <= PATH_MOST and all(isinstance(one, str) for one in path)
    at = value.get("at", -1) if isinstance(value, dict) else -1
    if op not in OPS or not named or not isinstance(at, int):
        raise Refused("That change cannot be understood.", "Load the page again.")
    return Edit(op, tuple(path), value.get("value"), at)


def told_edit(edit: Edit) -> dict[str, Any]:
    return {"op": edit.op, "path": list(edit.path), "value": edit.value, "at": edit.at}


def told_finding(one: Finding, words: Words) -> dict[str, Any]:
    return {"kind": one.kind, "severity": one.severity, "message": words.phrase(one.message), "scene": one.scene,
            "node": one.node, "fixes": _told_fixes(one.fixes, words.phrase)}


def told_concern(one: Concern, say: Callable[[str], str]) -> dict[str, Any]:
    return {"id": one.id, "kind": one.kind, "words": say(one.words), "hint": say(one.hint), "asks": one.asks,
            "assets": list(one.assets), "waived": one.waived, "fixes": _told_fixes(one.fixes, say)}


def _told_fixes(fixes: Iterable[Fix], say: Callable[[str], str]) -> list[dict[str, Any]]:
    return [{"label": say(fix.label), "edits": [told_edit(edit) for edit in fix.edits]} for fix in fixes]


def told_arrival(preview: Preview, say: Callable[[str], str]) -> dict[str, Any]:
    story: Story = preview.story
    names = {one.id: one.name or one.id for one in story.cast}
    lines = [f"{names.get(node.who, node.who)}: {node.text}" if node.who else node.text
             for scene in story.scenes[:2] for node in scene.nodes[:12] if node.text]
    return {"title": story.title, "language": story.language, "scenes": len(story.scenes),
            "beats": sum(len(one.nodes) for one in story.scenes), "cast": [one.name for one in story.cast],
            "files": len(preview.files), "lines": lines[:12],
            "unmapped": [say(one) for one in preview.unmapped]}
