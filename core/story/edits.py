"""Changes to a story as small values: they can be undone, sent over a wire, and offered as a fix."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import Missing
from core.story.model import Story
from core.story.shape import read_field, write

OPS = ("set", "add", "remove")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. The path names rows by id: ("scenes", "cave", "nodes", "n3", "next").

    set: the value at the path; add: a row into the list at the path, before number `at` (-1 is last); remove: the row.
    """

    op: str
    path: tuple[str, ...]
    value: Any = None
    at: int = -1


def apply(story: Story, edits: Iterable[Edit]) -> tuple[Story, tuple[Edit, ...]]:
    """The changed story and the edits that change it back. What is untouched is shared, not copied."""
    undo: list[Edit] = []
    for edit in edits:
        story, back = _change_row(story, edit, edit.path)
        undo.insert(0, back)
    return story, tuple(undo)


def _change_row(row: Any, edit: Edit, path: Sequence[str]) -> tuple[Any, Edit]:
    name = path[0] if path else ""
    old = getattr(row, name, None) if name in getattr(row, "__slots__", ()) else None
    if old is None:
        raise Missing(f"There is no “{'/'.join(edit.path)}” in this story.", "It may have been changed meanwhile.")
    if len(path) == 1 and edit.op == "set":
        new = read_field(type(row), name, edit.value)
        renamed = len(edit.path) > 2 and (name == "id" or (name == "name" and not hasattr(row, "id")))
        there = (*edit.path[:-2], new, name) if renamed else edit.path
        return replace(row, **{name: new}), Edit("set", there, write(old))
    if isinstance(old, tuple):
        new, back = _change_list(row, name, old, edit, path)
    elif isinstance(old, dict):
        new, back = _change_dict(row, name, old, edit, path)
    else:
        new, back = _change_row(old, edit, path[1:])
    return replace(row, **{name: new}), back


def _change_list(row: Any, name: str, old: tuple, edit: Edit, path: Sequence[str]) -> tuple[tuple, Edit]:
    if len(path) == 1 and edit.op == "add":
        made = read_field(type(row), name, [edit.value])
        at = edit.at if 0 <= edit.at <= len(old) else len(old)
        return old[:at] + made + old[at:], Edit("remove", (*edit.path, _key(made[0], at)))
    at = _find(old, path[1] if len(path) > 1 else "", edit)
    if len(path) == 2:
        new, back = _change_item(row, name, old[at], edit, at)
        return old[:at] + new + old[at + 1 :], back
    inner, back = _change_row(old[at], edit, path[2:])
    return (*old[:at], inner, *old[at + 1 :]), back


def _change_item(row: Any, name: str, item: Any, edit: Edit, at: int) -> tuple[tuple, Edit]:
    if edit.op == "remove":
        return (), Edit("add", edit.path[:-1], write(item), at)
    made = read_field(type(row), name, [edit.value])
    return made, Edit("set", (*edit.path[:-1], _key(made[0], at)), write(item))


def _change_dict(row: Any, name: str, old: dict, edit: Edit, path: Sequence[str]) -> tuple[dict, Edit]:
    """One value of a group, or of a group inside it: the words of one line in one language."""
    if len(path) == 3 and isinstance(old.get(path[1]), dict):
        inner, back = _change_key(old[path[1]], path[2], edit,
                                  lambda told: read_field(type(row), name, {path[1]: told})[path[1]])
        return {**old, path[1]: inner}, back
    if len(path) != 2:
        raise Missing(f"There is no “{'/'.join(edit.path)}” in this story.", "Set the whole group instead.")
    return _change_key(old, path[1], edit, lambda told: read_field(type(row), name, told))


def _change_key(old: dict, key: str, edit: Edit, read: Callable[[dict], dict]) -> tuple[dict, Edit]:
    back = Edit("set", edit.path, write(old[key])) if key in old else Edit("remove", edit.path)
    if edit.op == "remove":
        return {name: value for name, value in old.items() if name != key}, back
    return {**old, **read({key: edit.value})}, back


def _key(item: Any, at: int) -> str:
    return getattr(item, "id", "") or getattr(item, "name", "") or str(at)


def _find(items: tuple, wanted: str, edit: Edit) -> int:
    """By id or name first; a plain number finds rows that have neither."""
    for at, item in enumerate(items):
        if getattr(item, "id", None) == wanted or (not hasattr(item, "id") and getattr(item, "name", None) == wanted):
            return at
    if wanted.isdigit() and int(wanted) < len(items) and not hasattr(items[int(wanted)], "id"):
        return int(wanted)
    raise Missing(f"There is no “{'/'.join(edit.path)}” in this story.", "It may have been changed meanwhile.")
