"""Questions about the ways through a story: what is never reached, what just stops, what goes round for ever."""

from collections.abc import Iterator

from core.story.edits import Edit
from core.story.findings import SEVERE, WORTH_A_LOOK, Finding, Fix, Look, removal
from core.story.model import Node, Scene


def ways(look: Look) -> Iterator[Finding]:
    """Unreachable scenes and beats, dead ends, and circles without a way out."""
    if not look.story.scenes:
        return
    following = _following(look)
    before = None
    for scene in look.story.scenes:
        door = look.paths.doors[scene.id]
        if door not in look.paths.reached:
            path = ("scenes", scene.id)
            fixes = (*_lead_in(before, scene), *removal(path))
            yield Finding(
                "unreachable", WORTH_A_LOOK, f"No way leads to “{scene.title or scene.id}”.", scene.id, fixes=fixes
            )
        yield from _in_scene(look, scene, door, following.get(scene.id, ""))
        before = scene
    yield from _circles(look)


def _in_scene(look: Look, scene: Scene, door: int, following: str) -> Iterator[Finding]:
    """Unreachable beats of a scene that is reached, and a last beat that leads nowhere by oversight."""
    last = door + len(scene.nodes)
    for offset, node in enumerate(scene.nodes):
        place = look.paths.beats.get(f"{scene.id}#{node.id}", -1)
        if place == door + offset + 1 and place not in look.paths.reached and door in look.paths.reached:
            path = ("scenes", scene.id, "nodes", node.id)
            yield Finding("unreachable", WORTH_A_LOOK, "No way leads to this beat.", scene.id, node.id, removal(path))
    falls_off = not scene.next and last in look.paths.reached and 0 in look.paths.leads[last]
    if falls_off and not (scene.nodes and scene.nodes[-1].next == "@end"):
        onward = ("scenes", scene.id, "next")
        fixes = [Fix("It is an ending", (Edit("set", onward, "@end"),))]
        if following:
            fixes.append(Fix(f"Go on with “{following}”", (Edit("set", onward, following),)))
        yield Finding(
            "dead-end",
            WORTH_A_LOOK,
            f"“{scene.title or scene.id}” just stops.",
            scene.id,
            scene.nodes[-1].id if scene.nodes else "",
            tuple(fixes),
        )


def _following(look: Look) -> dict[str, str]:
    """The scene after each one: on the timeline if it is there, else in the list."""
    listed = [one.id for one in look.story.scenes]
    told = [one for one in look.story.timeline.order if one in look.scene_ids]
    return dict(zip(listed, [*listed[1:], ""], strict=True)) | dict(zip(told, [*told[1:], ""], strict=False))


def _lead_in(before: Scene | None, scene: Scene) -> list[Fix]:
    if before is None or before.next or before.id == scene.id:
        return []
    lead = Edit("set", ("scenes", before.id, "next"), scene.id)
    return [Fix(f"Let “{before.title or before.id}” lead to it", (lead,))]


def _circles(look: Look) -> Iterator[Finding]:
    quiet = look.paths.quiet_circles()
    for knot, still in [(one, True) for one in quiet] + [(one, False) for one in look.paths.traps()]:
        here = look.paths.where[max(knot)]
        if here is None or (not still and any(knot & one for one in quiet)):
            continue
        scene, node = here
        scenes = list(dict.fromkeys(w[0].title or w[0].id for p in sorted(knot) if (w := look.paths.where[p])))
        around = ", ".join(scenes[:4])
        conditional = any(to not in knot for place in knot for to in look.paths.leads[place])
        words = (
            f"Nothing is shown or asked on this way round: {around}."
            if still
            else f"Once here, the story can never end: {around}."
        )
        severity = WORTH_A_LOOK if conditional or not still else SEVERE
        yield Finding("circle", severity, words, scene.id, node.id if node else "", _way_out(look, scene, node))


def _way_out(look: Look, scene: Scene, node: Node | None) -> tuple[Fix, ...]:
    if node is None:
        return (Fix("End the story after this scene", (Edit("set", ("scenes", scene.id, "next"), "@end"),)),)
    path = ("scenes", scene.id, "nodes", node.id)
    leaves = node.next == "@end" or any(option.to == "@end" and not option.when for option in node.options)
    if leaves and node.when:
        # The way round goes past this beat, whose condition does not hold.
        return (Fix("Always end the story at this beat" if node.type != "choice" else "Always ask here",
                    (Edit("set", (*path, "when"), ""),)),)
    if node.type == "choice":
        taken = {option.id for option in node.options}
        fresh = next(new for n in range(1, 10_000) if (new := f"leave{n}") not in taken)
        return (
            Fix(
                "Add an answer that ends the story",
                (Edit("add", (*path, "options"), {"id": fresh, "text": look.written("Leave"), "to": "@end"}),),
            ),
        )
    return (Fix("End the story after this beat", (Edit("set", (*path, "next"), "@end"),)),)
