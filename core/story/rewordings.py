"""Changes that touch a story in many places: a variable's new name, a beat in another scene. All that names it follows.

They are told as edits, so that they are done, sent and undone like any other.
"""

import re
from collections.abc import Iterator, Mapping

from core.errors import Missing, Refused
from core.story.edits import Edit
from core.story.expressions import TAKES, TOKEN, WORDS
from core.story.model import NAME, Node, Option, Scene, Story, line_key
from core.story.shape import write
from core.story.text import MARKS


def rename_variable(story: Story, old: str, new: str) -> list[Edit]:
    """Another name for what a story remembers, in conditions, changes, texts and translations."""
    if not any(one.name == old for one in story.variables):
        raise Missing(f"There is no variable “{old[:40]}” in this story.", "It may have been changed meanwhile.")
    if not re.fullmatch(NAME, new) or new in WORDS or new in TAKES:
        raise Refused(f"“{new[:40]}” cannot be a name.", "A letter first, then letters, digits or _.")
    if new == old:
        return []
    if any(one.name == new for one in story.variables):
        raise Refused(f"There is a variable “{new}” already.", "Choose another name.")
    made = [Edit("set", ("variables", old, "name"), new)]
    for scene in story.scenes:
        for node in scene.nodes:
            made += _renamed(node, ("scenes", scene.id, "nodes", node.id), old, new)
    for language, texts in story.languages.items():
        told = {key: in_text(text, old, new) for key, text in texts.items()}
        if told != texts:
            made.append(Edit("set", ("languages", language), told))
    return made


def _renamed(node: Node, path: tuple[str, ...], old: str, new: str) -> Iterator[Edit]:
    rows: list[tuple[tuple[str, ...], Node | Option]] = [(path, node)]
    rows += [((*path, "options", one.id), one) for one in node.options]
    for where, row in rows:
        if old in row.when and (when := in_expression(row.when, old, new)) != row.when:
            yield Edit("set", (*where, "when"), when)
        changes = [in_expression(one, old, new) for one in row.do]
        if changes != list(row.do):
            yield Edit("set", (*where, "do"), changes)
        is_told = not isinstance(row, Node) or row.type != "raw"
        if is_told and old in row.text and (text := in_text(row.text, old, new)) != row.text:
            yield Edit("set", (*where, "text"), text)


def in_expression(source: str, old: str, new: str) -> str:
    """A condition or change with the new name. Quoted words and functions stay as they are."""
    made, at = "", 0
    while found := TOKEN.match(source, at):
        name, end = found["name"], found.end()
        is_call = source[end:].lstrip().startswith("(")
        made += source[at : found.start("name")] + new if name == old and not is_call else source[at:end]
        at = end
    return made + source[at:]


def in_text(text: str, old: str, new: str) -> str:
    """A line with the new name where it shows the variable; a brace that is made plain stays."""
    return MARKS.sub(lambda found: f"{{{new}}}" if found[2] == old else found[0], text)


def move_beat(story: Story, scene: str, node: str, to: str) -> list[Edit]:
    """A beat at the end of another scene. What leads to it follows, and so do its translations."""
    scenes = {one.id: one for one in story.scenes}
    moved = next((one for one in scenes[scene].nodes if one.id == node), None) if scene in scenes else None
    if moved is None or to not in scenes:
        raise Missing("That line or that scene is not there any more.", "It may have been changed meanwhile.")
    if scene == to:
        return []
    name = _free(moved, scenes[to])
    before, after = f"{scene}#{node}", f"{to}#{name}"
    made = [Edit("remove", ("scenes", scene, "nodes", node)),
            Edit("add", ("scenes", to, "nodes"), {**_told(moved, before, after), "id": name})]
    for one in story.scenes:
        if one.next == before:
            made.append(Edit("set", ("scenes", one.id, "next"), after))
        for each in one.nodes:
            if each is not moved:
                made += _led(each, ("scenes", one.id, "nodes", each.id), before, after)
    keys = {line_key(scene, node): line_key(to, name)} | {
        line_key(scene, node, one.id): line_key(to, name, one.id) for one in moved.options}
    made += [Edit("set", ("languages", language), {keys.get(key, key): text for key, text in texts.items()})
             for language, texts in story.languages.items() if not keys.keys().isdisjoint(texts)]
    return made


def _free(moved: Node, scene: Scene) -> str:
    taken = {one.id for one in scene.nodes}
    names = [moved.id, *(f"{moved.id[:56]}-{number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def _told(moved: Node, before: str, after: str) -> Mapping[str, object]:
    row = dict(write(moved))
    if row.get("next") == before:
        row["next"] = after
    if options := row.get("options"):
        row["options"] = [one | ({"to": after} if one.get("to") == before else {}) for one in options]
    return row


def _led(node: Node, path: tuple[str, ...], before: str, after: str) -> Iterator[Edit]:
    if node.next == before:
        yield Edit("set", (*path, "next"), after)
    for one in node.options:
        if one.to == before:
            yield Edit("set", (*path, "options", one.id, "to"), after)
