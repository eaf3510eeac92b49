"""Draws a character's expressions, outfits and views through a picture pipeline, and cuts them out for sprites.

Each picture is a draft until the person keeps it: nothing that was kept before is replaced by itself.
"""

from collections.abc import Mapping
from typing import Any

from core import characters
from core.bench import Bench
from core.cards import Card
from core.characters import EXPRESSIONS, VIEWS, Character
from core.errors import Missing, StudioError
from core.photos import open_photo
from core.requests import ImageRequest, PortraitsRequest
from core.story.wishes import backdrop
from pipelines.kit import matting

CARD = Card(
    name="Portrait sheets",
    task="portraits",
    about="Draws expressions, outfits and views of a character, one seed for all, and takes the background away.",
    licence="MIT-CMU",
    lane="gpu",
    needs=("PIL", "numpy", "scipy"),
    can=("pause", "preview"),
)
OUTFITS = ("hoodie", "dress", "suit", "kimono", "sweater", "jacket")
VIEW_WORDS: Mapping[str, str] = {"front": "front view", "three-quarter": "three-quarter view, facing left",
                                 "side": "side view, profile", "back": "seen from behind"}
SMALL = frozenset({"image.starter"})
"""What draws only faces and busts, and has never seen anybody from behind."""


def run(request: PortraitsRequest, bench: Bench) -> None:
    person = characters.find(bench.rows(characters.TABLE), request.character)
    pipeline = request.pipeline or _painter(person, bench)
    wanted = poses(request, pipeline)
    if not wanted:
        raise StudioError("There is nothing to draw in that set.", "Choose expressions, outfits or views.")
    wears = person.lora_for_family(pipeline.partition(".")[2]) is not None
    seed = request.seed if request.seed >= 0 else int(person.id[:8], 16) % 2**31
    made = 0
    for number, (key, words) in enumerate(wanted.items()):
        with bench.part(number, len(wanted)):
            name = key.partition("/")[0] if key.endswith("/front") else key.replace("/", ", ")
            bench.step(number, len(wanted), "Drawing portraits")
            plain = backdrop(f"{person.descriptor}, {words}")
            asked = f"{words}, plain {plain} background, upper body"
            part = bench.run(pipeline, ImageRequest(
                prompt=asked if wears else f"{person.plain_words}, {asked}", character=person.name if wears else "",
                shape="portrait", speed=request.speed, seed=seed + (1 if key in person.drafts else 0) * (1 + number)),
                lambda share, phase, number=number: bench.step(number, len(wanted), phase))
            _keep_draft(bench, person.id, key, _cut(bench, part.assets[0], person, name, key, request.cut_out))
            made += 1
    bench.step(len(wanted), len(wanted), "Done")
    bench.note(f"{made} portraits of {person.name} wait in Characters: keep them or draw them again.")


def poses(request: PortraitsRequest, pipeline: str = "") -> dict[str, str]:
    """Keys of a character's portraits, each with the words that draw it."""
    if request.only:
        return {key: _words(key) for key in request.only}
    if request.what == "outfits":
        return {f"neutral/{name}": f"neutral, wearing {name}" for name in (request.outfits or OUTFITS)}
    if request.what == "turnaround":
        views = VIEWS[:2] if pipeline in SMALL else VIEWS
        return {f"neutral/{view}": f"neutral, {VIEW_WORDS[view]}" for view in views}
    return {f"{name}/front": f"{name}, front view" for name in EXPRESSIONS}


def _words(key: str) -> str:
    face, _, pose = key.partition("/")
    return f"{face}, {VIEW_WORDS[pose]}" if pose in VIEW_WORDS else f"{face}, wearing {pose}"


def _painter(person: Character, bench: Bench) -> str:
    """What the character was trained for last, where that runs here; else the starter."""
    for lora in reversed(person.loras):
        key = f"image.{lora.family}"
        if bench.able(key) is not None:
            return key
    if bench.able("image.starter") is None:
        raise Missing("Nothing on this computer can draw portraits.", "Settings shows what is missing.")
    return "image.starter"


def _cut(bench: Bench, asset: str, person: Character, name: str, key: str, wanted: bool) -> str:
    """The figure alone, as a picture of its own; the drawing itself where the background would not go."""
    if not wanted:
        return asset
    cut = matting.cut_out(open_photo(bench.open(asset)).picture)
    if not cut.good:
        bench.note(f"The background of “{name}” could not be taken away cleanly; it was left.")
        return asset
    known = bench.record(asset)
    record: dict[str, Any] = {field: known[field] for field in ("seed", "weights") if field in known}
    return bench.save(matting.trim(cut.picture), folder="images", suffix=".png", **record, parents=[asset],
                      characters=[person.name],
                      title=f"{person.name}: {name}", portrait=key).id


def _keep_draft(bench: Bench, who: str, key: str, asset: str) -> None:
    fresh = characters.find(bench.rows(characters.TABLE), who)
    bench.put(characters.TABLE, who, {**fresh.row(), "drafts": {**fresh.drafts, key: asset}})
