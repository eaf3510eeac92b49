"""A story as a Ren'Py project. script.py writes the story, project.py the files around it."""

from core.bench import Bench
from core.cards import Card
from core.requests import ExportRequest
from core.story.files import deliver, for_export
from pipelines.exporters.renpy.project import files, needs_letters, pack
from pipelines.exporters.renpy.proof import counted, flaws

CARD = Card(
    name="Ren'Py project",
    task="exporters",
    about="Writes a project that opens in Ren'Py, the visual novel engine, ready to be played and built.",
    licence="MIT",
    writes=".zip",
)


def run(request: ExportRequest, bench: Bench) -> None:
    bench.step(0, 2, "Checking")
    parcel = for_export(request, bench)
    story = parcel.story
    if needs_letters(story):
        bench.note("Ren'Py's own letters have no Chinese, Japanese or Korean: add a font to the story's files "
                   "(kind “font”), or the signs stay empty boxes.")
    bench.step(1, 2, "Writing")
    project = files(story, parcel.files)
    for sentence in flaws(project):
        bench.note(sentence)
    if parcel.trial:
        bench.note(counted(project))
    deliver(parcel, bench, pack(story, {**project, **parcel.papers}), ".zip")
    bench.step(2, 2, "Done")
