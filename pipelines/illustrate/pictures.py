"""Gives a story its pictures through any picture pipeline: places, people in their moods, endings. Best by likeness.

What to draw is decided in core/story (staging, wishes); here it is drawn, judged, cut out and put into the story.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import characters
from core.bench import Bench
from core.cards import Card
from core.characters import Character
from core.errors import Missing, StudioError
from core.likeness import eye_of
from core.photos import open_photo
from core.requests import IllustrateRequest, ImageRequest, LikenessRequest
from core.story import staging, wishes
from core.story.edits import Edit
from core.story.files import parse
from core.story.model import Story
from core.story.wishes import Wish
from pipelines.kit import matting

CARD = Card(
    name="Illustrate a story",
    task="illustrate",
    about="Draws backgrounds, faces and endings for a story, several of each, and takes those that look most alike.",
    licence="MIT",
    lane="gpu",
    needs=("PIL", "numpy", "scipy"),
    can=("resume",),
)
CUTTER = matting.VERSION
FIRST_CHOICES = ("image.starter", "image.avatar")
NOTES_MOST = 300
DRAWN_HERE = frozenset(FIRST_CHOICES)
"""Whose drawings the small reader knows. They have learned squares: far from those the starter loses the thread."""
READER = "starter/companions/reader.safetensors"
LISTENS_NOT = 0.02
LISTENS = 15.0
"""What a face with the right mood is worth in points of likeness."""


@dataclass(frozen=True)
class Desk:
    """What is decided before the first picture."""

    pipeline: str
    wears: bool
    """Whether the pipeline puts characters' LoRAs on; else their look is told in words."""
    people: Mapping[str, Character]
    """The studio's characters by the id of the cast."""
    words: Mapping[str, str]
    """How each of the cast looks."""


@dataclass(frozen=True)
class Made:
    """One candidate: its picture, what the story shows of it, and how well it came out."""

    asset: str
    shown: str
    score: float | None
    clean: bool
    fit: float = 0.0
    """How surely the reader of drawn pictures sees what was wished: nobody in a place, the mood in a face."""


def run(request: IllustrateRequest, bench: Bench) -> None:
    story = _read(request.story, bench)
    if request.what == "cut-outs":
        return _cut_again(request, story, bench)
    by_name = {row["name"]: row["id"] for row in bench.rows(characters.TABLE)
               if row.get("name") and bench.owner in ("", row.get("owner", ""))}
    if request.stage:
        found = staging.known_cast(story.cast, by_name)
        story = bench.change_story(request.story, staging.stage(story, found, request.endings))
    desk = _desk(request, story, bench)
    plan = [wish for wish in wishes.wishes(story, desk.words) if _wanted(wish, request)]
    todo = [wish for wish in plan if request.again or not wishes.done(story, wish, _seal(wish, desk))]
    made = 0
    for number, wish in enumerate(todo):
        def tell(share: float, phase: str, number: int = number) -> None:
            bench.step(round((number + share) * 100), len(todo) * 100, "Drawing")

        with bench.part(number, len(todo)):
            tell(0.0, "")
            _fulfil(wish, desk, request, bench, tell)
            made += 1
    bench.step(1, 1, "Done")
    kept = len(plan) - len(todo)
    if todo:
        bench.note(f"{made} pictures were made" + (f", {kept} were there already." if kept else "."))
    else:
        bench.note("Everything has its picture already; nothing had to be drawn.")


def _read(story_id: str, bench: Bench) -> Story:
    if not story_id:
        raise Missing("No story is chosen.", "Choose one in Story Export first.")
    return parse(bench.open(story_id).read_bytes())


def _wanted(wish: Wish, request: IllustrateRequest) -> bool:
    kinds = {"backgrounds": "place", "people": "look", "endings": "picture"}
    return (request.what in ("everything", "") or kinds[request.what] == wish.kind) and (
        not request.only or wish.asset in request.only)


def _desk(request: IllustrateRequest, story: Story, bench: Bench) -> Desk:
    rows = {row["id"]: characters.from_row(row) for row in bench.rows(characters.TABLE) if "subject" in row}
    people = {one.id: rows[one.character] for one in story.cast if one.character in rows}
    families = [f"image.{lora.family}" for person in people.values() for lora in person.loras[-1:]]
    wanted = [request.pipeline] if request.pipeline else [*families, *FIRST_CHOICES]
    pipeline = next((key for key in wanted if bench.able(key) is not None), "")
    if not pipeline:
        raise Missing(f"{wanted[0]} cannot draw on this computer.", "Settings shows what can.")
    wears = "lora" in (bench.able(pipeline) or ())
    if not wears and people:
        bench.note("This pipeline knows no characters by heart; it draws them from their description.")
    words = {one.id: people[one.id].plain_words if one.id in people else
             " ".join((one.notes or staging.invent(one.name or one.id)).split())[:NOTES_MOST] for one in story.cast}
    return Desk(pipeline, wears, people, words)


def _seal(wish: Wish, desk: Desk) -> str:
    person = desk.people.get(wish.who)
    worn = [lora.sha256 for lora in person.loras] if person and desk.wears else []
    return wish.seal(desk.pipeline, person.words if person else "", worn)


def _fulfil(wish: Wish, desk: Desk, request: IllustrateRequest, bench: Bench, tell: Any) -> None:
    """Draw some, judge them, and put the best into the story on disk: what is done stays done after a crash."""
    seal = _seal(wish, desk)
    made = _candidates(wish, desk, request, bench, tell)
    if not made:
        bench.note(f"“{wish.title}” could not be drawn.")
        return
    ranked = _ranked(made, wish, desk)
    if wish.kind == "look" and not ranked[0].clean:
        bench.note(f"The background of “{wish.title}” could not be taken away cleanly; try again or swap it.")
    record = bench.record(ranked[0].asset)
    row = {"file": ranked[0].shown, "licence": bench.licence_of(record),
           "meta": {"wish": seal, "words": wish.prompt, "pipeline": desk.pipeline,
                    "candidates": [one.shown for one in ranked],
                    "scores": [one.score for one in ranked], **_cutter(wish)}}
    story = _read(request.story, bench)
    try:
        bench.change_story(request.story, wishes.fulfilled(story, wish, row))
    except Missing:
        bench.note(f"“{wish.title}” was taken out of the story meanwhile; its pictures are in the Library.")


def _cutter(wish: Wish) -> dict[str, int]:
    return {"cut": CUTTER} if wish.kind == "look" else {}


def _cut_again(request: IllustrateRequest, story: Story, bench: Bench) -> None:
    """Take figures out of drawings that are there already; nothing is drawn."""
    todo, made = wishes.cut_before(story, CUTTER), 0
    for number, asset in enumerate(todo):
        bench.step(number, len(todo), "Cutting out")
        found = asset.meta.get("candidates")
        old = list(map(str, found)) if isinstance(found, list) and asset.file in found else [asset.file]
        new = {one: _cut_from_drawing(one, asset.title, bench) for one in old}
        made += new[asset.file] != asset.file
        path = ("assets", asset.id)
        bench.change_story(request.story, [
            Edit("set", (*path, "file"), new[asset.file]),
            Edit("set", (*path, "meta"), {**asset.meta, "candidates": [new[one] for one in old],
                                          "cut": CUTTER})])
    bench.step(1, 1, "Done")
    bench.note(f"{made} figures were cut out again." if made else "No figure could be cut out better.")


def _cut_from_drawing(sprite: str, title: str, bench: Bench) -> str:
    """The figure as it is cut today; the old one where its drawing is gone or the cut does not come out clean."""
    try:
        record = bench.record(sprite)
        was_cut = str(record.get("pipeline")).startswith(f"{CARD.task}.")
        kept, clean = _sprite(str((record.get("parents") or [""])[0]) if was_cut else sprite, title, bench)
    except Missing:
        return sprite
    return kept if clean else sprite


def _ranked(made: Sequence[Made], wish: Wish, desk: Desk) -> list[Made]:
    """Best first. Somebody whom no LoRA holds together has to keep one seed, or each face would be another person."""
    if wish.kind == "look" and not (desk.wears and wish.who in desk.people):
        return sorted(made, key=lambda one: (not one.clean, one.fit < LISTENS_NOT))
    return sorted(made, key=lambda one: (not one.clean, -(one.score or 0.0) - LISTENS * one.fit))


def _candidates(wish: Wish, desk: Desk, request: IllustrateRequest, bench: Bench, tell: Any) -> list[Made]:
    person = desk.people.get(wish.who)
    prompt = wish.prompt
    if person and not desk.wears:
        prompt = f"{desk.words[wish.who]}, {prompt}"
    seed = int(_seal(wish, desk)[:7], 16)
    if wish.kind == "look" and not (person and desk.wears):
        seed = int(Wish("", "look", desk.words.get(wish.who, ""), "", wish.who).seal()[:7], 16)
    if request.again:
        seed += len(_before(wish, request, bench)) + 1
    part = bench.run(desk.pipeline, ImageRequest(
        prompt=prompt, character=person.name if person and desk.wears else "", shape=_shape(wish, desk),
        speed=request.speed, count=request.candidates, seed=seed), tell)
    scores, fits = _likeness(part.assets, person, bench), _fits(part.assets, wish, desk, bench)
    made = []
    for asset in part.assets:
        shown, clean = (asset, True) if wish.kind != "look" else _sprite(asset, wish.title, bench)
        made.append(Made(asset, shown, scores.get(asset), clean, fits.get(asset, 0.0)))
    return made


def _shape(wish: Wish, desk: Desk) -> str:
    return "landscape" if desk.pipeline in DRAWN_HERE and wish.shape == "wide" else wish.shape


def _fits(assets: Sequence[str], wish: Wish, desk: Desk, bench: Bench) -> dict[str, float]:
    """What the small reader sees, where it knows the hand that drew."""
    if desk.pipeline not in DRAWN_HERE or bench.able("caption.reader") is None:
        return {}
    from pipelines.kit import attributes

    path = bench.weights(READER)
    reader = bench.keep(str(path), lambda: attributes.load(path, "cpu"), gb=0.02)
    seen = attributes.read_many(reader, [open_photo(bench.open(asset)).picture for asset in assets])
    name, wanted = ("who", "nobody") if wish.kind == "place" else ("expression", wish.mood)
    fits = {}
    for asset, read in zip(assets, seen, strict=True):
        value, sure = read.get(name, ("", 0.0))
        fits[asset] = sure if value == wanted else (1.0 - sure) / 8
    return fits


def _before(wish: Wish, request: IllustrateRequest, bench: Bench) -> Sequence[Any]:
    """What was made for this wish earlier: a second try must not draw the same again."""
    old = next((one for one in _read(request.story, bench).assets if one.id == wish.asset), None)
    found = old.meta.get("candidates") if old else None
    return found if isinstance(found, list) else ()


def _likeness(assets: Sequence[str], person: Character | None, bench: Bench) -> dict[str, float]:
    if person is None or not person.photos or bench.able(eye_of(person.kind)) is None:
        return {}
    try:
        part = bench.run(eye_of(person.kind), LikenessRequest(pictures=tuple(assets), character=person.name))
    except StudioError as trouble:
        bench.note(f"The likeness of {person.name} could not be judged: {trouble.message}")
        return {}
    return {asset: part.measured[f"likeness_{number}"] for number, asset in enumerate(assets, 1)
            if f"likeness_{number}" in part.measured}


def _sprite(asset: str, title: str, bench: Bench) -> tuple[str, bool]:
    """The figure alone, as a picture of its own whose parent is the drawing."""
    cut = matting.cut_out(open_photo(bench.open(asset)).picture)
    if not cut.good:
        return asset, False
    told = ("seed", "weights", "characters", "likeness")
    record = {key: value for key, value in bench.record(asset).items() if key in told}
    kept = bench.save(matting.trim(cut.picture), folder="images", suffix=".png", **record, parents=[asset],
                      title=title)
    return kept.id, True
