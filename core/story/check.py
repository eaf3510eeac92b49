"""Finds what would spoil a story before anyone plays it, and offers for each finding edits that mend it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from core.memory import collect_later
from core.story.check_beats import beats
from core.story.check_ways import ways
from core.story.edits import Edit
from core.story.findings import NOTE, SEVERE, WORTH_A_LOOK, Finding, Fix, Look
from core.story.model import Asset, Story


@collect_later()
def check(story: Story, exists: Callable[[Asset], bool] | None = None,
          written: Callable[[str], str] = str) -> list[Finding]:
    """Everything found, worst first. `exists` tells whether an asset's file is there; without it files are trusted.
    `written` says in the story's own language what a fix writes into it."""
    look = Look(story, exists, written)
    found = [*doubles(look), *beats(look), *wholes(look), *ways(look)]
    rank = {SEVERE: 0, WORTH_A_LOOK: 1, NOTE: 2}
    return sorted(found, key=lambda one: rank[one.severity])


def doubles(look: Look) -> Iterator[Finding]:
    rows: list[tuple[str, tuple[str, ...], Iterable[str]]] = [
        ("scene", ("scenes",), (one.id for one in look.story.scenes)),
        ("person", ("cast",), (one.id for one in look.story.cast)),
        ("place", ("places",), (one.id for one in look.story.places)),
        ("variable", ("variables",), (one.name for one in look.story.variables)),
        ("file", ("assets",), (one.id for one in look.story.assets)),
    ]
    for scene in look.story.scenes:
        rows.append(("beat", ("scenes", scene.id, "nodes"), (one.id for one in scene.nodes)))
    for what, path, ids in rows:
        yield from _twice(what, path, ids)
    for scene, node in look.nodes():
        if node.options:
            path = ("scenes", scene.id, "nodes", node.id, "options")
            yield from _twice("answer", path, (one.id for one in node.options), scene.id, node.id)


def _twice(what: str, path: tuple[str, ...], ids: Iterable[str], scene: str = "", node: str = "") -> list[Finding]:
    count = Counter(ids)
    if not count or count.most_common(1)[0][1] == 1:
        return []
    field, made = ("name" if what == "variable" else "id"), []
    for double in (one for one, times in count.items() if times > 1):
        fresh = next(new for n in range(2, 10_000) if (new := f"{double[:30]}_{n}") not in count)
        fix = Fix(f"Call the first one “{fresh}”", (Edit("set", (*path, double, field), fresh),))
        words = f"Two of them are called “{double}” ({what})."
        made.append(Finding("double", SEVERE, words, scene or (path[1] if len(path) > 1 else ""), node, (fix,)))
    return made


def wholes(look: Look) -> Iterator[Finding]:
    story = look.story
    if not story.scenes:
        made = {"id": "opening", "title": look.written("Opening"), "next": "@end", "nodes": [{"id": "n1", "text": "…"}]}
        fix = Fix("Make a first scene", (Edit("add", ("scenes",), made),))
        yield Finding("empty", SEVERE, "There is no scene yet.", fixes=(fix,))
    if story.start and story.start not in look.scene_ids:
        fix = Fix("Begin with the first scene", (Edit("set", ("start",), ""),))
        yield Finding("nowhere", SEVERE, f"The story begins in “{story.start}”, which is not there.", fixes=(fix,))
    gone = [one for one in story.timeline.order if one not in look.scene_ids]
    if gone:
        kept = [one for one in story.timeline.order if one in look.scene_ids]
        fix = Fix("Take them off the timeline", (Edit("set", ("timeline", "order"), kept),))
        yield Finding("nowhere", NOTE, f"The timeline names scenes that are gone: {', '.join(gone[:5])}.", fixes=(fix,))
    for one in story.variables:
        if one.name not in look.used and one.name not in look.changed:
            fix = Fix("Remove it", (Edit("remove", ("variables", one.name)),))
            yield Finding("unused", NOTE, f"The variable “{one.name}” is never used.", fixes=(fix,))
        if one.options and one.start not in one.options:
            first = Edit("set", ("variables", one.name, "start"), one.options[0])
            fix = Fix(f"Start with “{one.options[0]}”", (first,))
            yield Finding("start", WORTH_A_LOOK, f"“{one.name}” starts with a value it may not have.", fixes=(fix,))
    yield from _files(look)
    yield from _languages(look)


def _files(look: Look) -> Iterator[Finding]:
    for person in look.story.cast:
        for face, shown in person.looks.items():
            if shown not in look.assets:
                fix = Fix("Take the picture away", (Edit("remove", ("cast", person.id, "looks", face)),))
                words = f"The picture “{face}” of {person.name or person.id} is not in the story."
                yield Finding("missing", SEVERE, words, fixes=(fix,))
    for place in look.story.places:
        if place.asset and place.asset not in look.assets:
            fix = Fix("Take the picture away", (Edit("set", ("places", place.id, "asset"), ""),))
            words = f"The picture of {place.title or place.id} is not in the story."
            yield Finding("missing", SEVERE, words, fixes=(fix,))
    if look.exists:
        for asset in look.story.assets:
            if not look.exists(asset):
                fix = Fix("Take the file out of the story", (Edit("remove", ("assets", asset.id)),))
                words = f"The file of “{asset.title or asset.id}” is not on the disk ({asset.file})."
                yield Finding("missing-file", SEVERE, words, fixes=(fix,))


def _languages(look: Look) -> Iterator[Finding]:
    if not look.story.languages:
        return
    keys = set(_line_keys(look.story))
    for language, texts in look.story.languages.items():
        stale = sorted(set(texts) - keys)
        if stale:
            kept = {key: text for key, text in texts.items() if key in keys}
            fix = Fix("Drop them", (Edit("set", ("languages", language), kept),))
            words = f"{len(stale)} translated lines ({language}) belong to lines that are gone."
            yield Finding("stale-language", NOTE, words, fixes=(fix,))


def _line_keys(story: Story) -> Iterator[str]:
    yield "title"
    yield from (f"cast.{one.id}" for one in story.cast)
    for scene in story.scenes:
        for node in scene.nodes:
            yield f"{scene.id}.{node.id}"
            yield from (f"{scene.id}.{node.id}.{option.id}" for option in node.options)
