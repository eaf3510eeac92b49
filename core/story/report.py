"""What a try of an export says: what stands in the way, how much there is, what goes along, what is translated."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from core.story.concerns import Concern
from core.story.findings import NOTE, SEVERE, Finding
from core.story.model import END, Story, line_key

FINDINGS_MOST = 20


def report(story: Story, files: Mapping[str, Path], found: Iterable[Finding],
           concerns: Iterable[Concern]) -> Iterator[str]:
    """One sentence after the other, what would stop it first."""
    found, concerns = list(found), list(concerns)
    stops = [one.message for one in found if one.severity == SEVERE] + [one.words for one in concerns if one.asks]
    yield from (f"It would be stopped by this: {words}" for words in stops[:FINDINGS_MOST])
    if not stops:
        yield "Nothing stands in the way."
    nodes = [node for scene in story.scenes for node in scene.nodes]
    lines = sum(node.type == "text" for node in nodes)
    questions = sum(node.type == "choice" for node in nodes)
    yield (f"Scenes: {len(story.scenes)}, lines: {lines}, questions: {questions}, endings: {_endings(story)}, "
           f"words: {sum(len(text.split()) for text in texts(story).values())}.")
    gone = [one.title or one.id for one in story.assets if one.id not in files]
    size = sum(path.stat().st_size for path in files.values())
    yield f"Pictures and sounds that go along: {len(files)}, {told_size(size)}."
    if gone:
        yield f"Not there, and left out: {', '.join(gone[:10])}."
    for language, known in story.languages.items():
        wanted = texts(story)
        yield f"{language}: {sum(bool(known.get(key)) for key in wanted)} of {len(wanted)} lines are translated."
    looks = [one.message for one in found if one.severity not in (SEVERE, NOTE)]
    yield from (f"Worth a look: {words}" for words in looks[:FINDINGS_MOST])
    yield from (f"To know: {one.words}" for one in concerns if not one.asks)


def texts(story: Story) -> dict[str, str]:
    """All that is read, by the key of its line."""
    found = {"title": story.title, **{f"cast.{one.id}": one.name for one in story.cast}}
    for scene in story.scenes:
        for node in scene.nodes:
            if node.type in ("text", "choice"):
                found[line_key(scene.id, node.id)] = node.text
                found |= {line_key(scene.id, node.id, one.id): one.text for one in node.options}
    return {key: text for key, text in found.items() if text.strip()}


def told_size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _endings(story: Story) -> int:
    return sum(target == END for scene in story.scenes for target in (
        scene.next, *(node.next for node in scene.nodes), *(one.to for node in scene.nodes for one in node.options)))
