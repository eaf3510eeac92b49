"""Questions about single beats: conditions, targets, people, the stage, choices and their weights."""

from collections.abc import Iterator

from core.story.edits import Edit
from core.story.expressions import Part, Unclear, change, condition, names, read_change, read_condition
from core.story.findings import NOTE, SEVERE, WORTH_A_LOOK, Finding, Fix, Look, removal
from core.story.model import Directive, Node, Scene, look_of
from core.story.text import names_in

UNEVEN = 50


def beats(look: Look) -> Iterator[Finding]:
    for scene in look.story.scenes:
        yield from _target(look, scene.next, scene.id, "", ("scenes", scene.id, "next"))
    for scene, node in look.nodes():
        path = ("scenes", scene.id, "nodes", node.id)
        yield from _logic(look, scene, node, path)
        yield from _target(look, node.next, scene.id, node.id, (*path, "next"))
        if node.who and node.who not in look.cast:
            yield _unknown_person(look, node.who, scene.id, node.id)
        for name in names_in(node.text):
            yield from _named(look, name, scene.id, node.id)
        if node.directives:
            yield from _stage(look, scene, node, path)
        if node.type == "choice":
            yield from _choice(look, scene, node, path)
        elif node.type == "text" and not node.text.strip() and not node.directives:
            yield Finding("empty", NOTE, "This line has no words.", scene.id, node.id, removal(path))
        elif node.type == "raw":
            words = "This part could not be translated: it is kept, but not played."
            yield Finding("raw", WORTH_A_LOOK, words, scene.id, node.id, removal(path))


def _logic(look: Look, scene: Scene, node: Node, path: tuple[str, ...]) -> Iterator[Finding]:
    if node.when:
        yield from _condition(look, node.when, scene.id, node.id, (*path, "when"))
        if look.verdict(node.when) is False and node.type != "raw":
            fix = Fix("Always play it", (Edit("set", (*path, "when"), ""),))
            words = f"This beat can never be played: “{node.when}” never holds."
            yield Finding("never", WORTH_A_LOOK, words, scene.id, node.id, (fix, *removal(path)))
    if node.do:
        yield from _changing(look, node.do, scene.id, node.id, (*path, "do"))


def _condition(look: Look, source: str, scene: str, node: str, path: tuple[str, ...]) -> Iterator[Finding]:
    clear = Fix("Take the condition away", (Edit("set", path, ""),))
    try:
        look.used.update(names(read_condition(source)))
        part = condition(source, look.kinds)
    except Unclear as wrong:
        yield _unclear(look, wrong, source, (scene, node), clear)
        return
    for visited in _visited(part):
        if visited not in look.scene_ids:
            words = f"“{source}” asks about scene “{visited}”, which is not there."
            yield Finding("nowhere", SEVERE, words, scene, node, (clear,))


def _changing(look: Look, sources: tuple[str, ...], scene: str, node: str, path: tuple[str, ...]) -> Iterator[Finding]:
    for source in sources:
        without = Fix("Take this change away", (Edit("set", path, [one for one in sources if one != source]),))
        try:
            raw = read_change(source)
            look.used.update(names(raw.part))
            part = change(source, look.kinds).part
        except Unclear as wrong:
            yield _unclear(look, wrong, source, (scene, node), without)
            continue
        for visited in _visited(part):
            if visited not in look.scene_ids:
                words = f"“{source}” asks about scene “{visited}”, which is not there."
                yield Finding("nowhere", SEVERE, words, scene, node, (without,))


def _unclear(look: Look, wrong: Unclear, source: str, where: tuple[str, str], clear: Fix) -> Finding:
    if wrong.name and wrong.name not in look.kinds:
        return Finding("undefined", SEVERE, wrong.message, *where, (_declare(wrong.name, source), clear))
    return Finding("unclear", SEVERE, f"{wrong.message} ({source[:60]})", *where, (clear,))


def _declare(name: str, source: str) -> Fix:
    after = source.split(name, 1)[-1]
    start: bool | int | str
    if '"' in after or "'" in after:
        kind, start, words = "text", "", "a text"
    elif any(mark in after for mark in "<>+-*/%") or any(one.isdigit() for one in after):
        kind, start, words = "whole", 0, "a number that starts at 0"
    else:
        kind, start, words = "flag", False, "a yes or no that starts with no"
    return Fix(
        f"Declare “{name}” as {words}",
        (Edit("add", ("variables",), {"name": name[:40], "kind": kind, "start": start}),),
    )


def _target(look: Look, target: str, scene: str, node: str, path: tuple[str, ...]) -> Iterator[Finding]:
    if target and not look.paths.knows(target):
        fixes = [Fix("End the story here", (Edit("set", path, "@end"),))]
        if node:
            fixes.append(Fix("Go on to the next beat instead", (Edit("set", path, ""),)))
        if "#" not in target:
            made = {
                "id": target,
                "title": target.replace("_", " ").replace("-", " ").capitalize(),
                "next": "@end",
                "nodes": [{"id": "n1", "text": "…"}],
            }
            fixes.insert(0, Fix(f"Make the scene “{target}”", (Edit("add", ("scenes",), made),)))
        yield Finding("nowhere", SEVERE, f"This leads to “{target}”, which is not there.", scene, node, tuple(fixes))


def _unknown_person(look: Look, who: str, scene: str, node: str) -> Finding:
    path = ("scenes", scene, "nodes", node, "who")
    fixes = (
        Fix(f"Add “{who}” to the cast", (Edit("add", ("cast",), {"id": who, "name": who.capitalize()}),)),
        Fix("Let the narrator say it", (Edit("set", path, ""),)),
    )
    return Finding("unknown-person", SEVERE, f"“{who}” speaks but is not in the cast.", scene, node, fixes)


def _named(look: Look, name: str, scene: str, node: str) -> Iterator[Finding]:
    if name in look.kinds:
        look.used.add(name)
    elif name not in look.missing:
        words = f"“{{{name}}}” stands in a line, but there is no such variable: readers will see the braces."
        fix = Fix(
            f"Declare “{name}” as a text", (Edit("add", ("variables",), {"name": name, "kind": "text", "start": ""}),)
        )
        look.missing[name] = Finding("undefined", WORTH_A_LOOK, words, scene, node, (fix,))
        yield look.missing[name]


def _stage(look: Look, scene: Scene, node: Node, path: tuple[str, ...]) -> Iterator[Finding]:
    for number, one in enumerate(node.directives):
        away = Fix("Take this away", (Edit("remove", (*path, "directives", str(number))),))
        words = ""
        if one.kind == "place" and one.place not in look.places:
            words = f"The place “{one.place}” is not in the story."
        elif one.kind in ("show", "hide") and one.who not in look.cast:
            words = f"“{one.who}” comes on stage but is not in the cast."
        elif one.asset and one.asset not in look.assets:
            words = f"The file “{one.asset}” is not in the story."
        elif one.kind in ("sound", "voice") and not one.asset:
            words = f"A {one.kind} is wanted here, but no file is named."
        if words:
            yield Finding("missing", SEVERE, words, scene.id, node.id, (away,))
        elif one.kind == "show":
            yield from _look(look, one, scene.id, node.id, (*path, "directives", str(number)))


def _look(look: Look, one: Directive, scene: str, node: str, path: tuple[str, ...]) -> Iterator[Finding]:
    wanted = f"{one.expression} {one.pose}".strip()
    person = look.cast[one.who]
    if person.looks and wanted and wanted not in person.looks:
        instead = look_of(person, one.expression, one.pose)
        face, _, body = instead.partition(" ")
        fix = Fix(f"Use “{instead}”", (Edit("set", (*path, "expression"), face), Edit("set", (*path, "pose"), body)))
        words = f"{person.name or person.id} has no picture “{wanted}”; “{instead}” will be shown."
        yield Finding("missing-look", WORTH_A_LOOK, words, scene, node, (fix,))


def _choice(look: Look, scene: Scene, node: Node, path: tuple[str, ...]) -> Iterator[Finding]:
    if not node.options:
        yield Finding("empty", WORTH_A_LOOK, "This choice has no answers.", scene.id, node.id, removal(path))
    for option in node.options:
        own = (*path, "options", option.id)
        yield from _target(look, option.to, scene.id, node.id, (*own, "to"))
        yield from _changing(look, option.do, scene.id, node.id, (*own, "do"))
        for name in names_in(option.text):
            yield from _named(look, name, scene.id, node.id)
        if option.when:
            yield from _condition(look, option.when, scene.id, node.id, (*own, "when"))
            if look.verdict(option.when) is False:
                fix = Fix("Always offer it", (Edit("set", (*own, "when"), ""),))
                words = f"The answer “{option.text[:40]}” can never show: “{option.when}” never holds."
                yield Finding("never", WORTH_A_LOOK, words, scene.id, node.id, (fix, *removal(own)))
        if not option.text.strip() and node.by == "player":
            onward = look.written("Go on")
            fix = Fix(f"Call it “{onward}”", (Edit("set", (*own, "text"), onward),))
            yield Finding("empty", WORTH_A_LOOK, "An answer has no words.", scene.id, node.id, (fix,))
    yield from _weights(scene, node, path)


def _weights(scene: Scene, node: Node, path: tuple[str, ...]) -> Iterator[Finding]:
    weights = [option.weight for option in node.options]
    if len(weights) < 2 or len(set(weights)) == 1 and weights[0] > 0:
        return
    even = Fix(
        "Make them equally likely",
        tuple(Edit("set", (*path, "options", option.id, "weight"), 1.0) for option in node.options),
    )
    words = ""
    if min(weights) == 0:
        words = "An answer has weight 0: chance will never take it." if max(weights) else "All weights are 0."
    elif max(weights) / min(weights) > UNEVEN:
        words = f"One answer is {max(weights) / min(weights):.0f} times as likely as another."
    if words:
        yield Finding("weights", WORTH_A_LOOK, words, scene.id, node.id, (even,))


def _visited(part: Part) -> Iterator[str]:
    if part.op == "call" and part.value == "visits":
        yield str(part.parts[0].value)
    for one in part.parts:
        yield from _visited(one)
