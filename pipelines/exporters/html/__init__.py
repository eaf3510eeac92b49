"""A story as one HTML file that plays offline in any browser. The player is player.js; page.py lays the story out."""

from core.bench import Bench
from core.cards import Card
from core.requests import ExportRequest
from core.story.files import deliver, for_export
from pipelines.exporters.html.page import build

CARD = Card(
    name="One web page",
    task="exporters",
    about="Writes one HTML file with everything in it: it plays offline, on a computer and on a phone.",
    licence="MIT",
    writes=".html",
)


def run(request: ExportRequest, bench: Bench) -> None:
    bench.step(0, 2, "Checking")
    parcel = for_export(request, bench)
    bench.step(1, 2, "Writing")
    page = build(parcel.story, parcel.files, parcel.provenance)
    deliver(parcel, bench, page, ".html", provenance=parcel.provenance)
    bench.step(2, 2, "Done")
