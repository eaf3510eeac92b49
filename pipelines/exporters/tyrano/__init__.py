"""A story as the data of a TyranoScript project. script.py writes the story, project.py the files around it."""

from core.bench import Bench
from core.cards import Card
from core.requests import ExportRequest
from core.story.files import deliver, for_export
from core.story.model import Story
from pipelines.exporters.tyrano.project import build

CARD = Card(
    name="TyranoScript project",
    task="exporters",
    about="Writes scenario, pictures and sounds to unpack over an empty TyranoScript project; the engine is not in it.",
    licence="MIT",
    writes=".zip",
)


def run(request: ExportRequest, bench: Bench) -> None:
    bench.step(0, 2, "Checking")
    parcel = for_export(request, bench)
    story = parcel.story
    for sentence in unsaid(story):
        bench.note(sentence)
    bench.step(1, 2, "Writing")
    deliver(parcel, bench, build(story, parcel.files, parcel.papers), ".zip")
    bench.step(2, 2, "Done")


def unsaid(story: Story) -> list[str]:
    """What TyranoScript cannot say, in sentences."""
    raw = sum(node.type == "raw" for scene in story.scenes for node in scene.nodes)
    found = {
        f"{raw} raw parts stand in the script as comments; they are not played.": raw,
        "TyranoScript tells one language at a time: export each of the others for itself.": story.languages,
        "A font of the story stays behind: TyranoScript takes its letters from data/system/Config.tjs.":
            any(one.kind == "font" for one in story.assets),
        "The camera goes back into its place before a background changes, as TyranoScript asks for.":
            any(one.kind == "camera" and one.move not in ("shake", "reset") for scene in story.scenes
                for node in scene.nodes for one in node.directives),
    }
    return [sentence for sentence, there in found.items() if there]
