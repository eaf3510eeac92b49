"""From a character to a LoRA that is worn: photos, lesson, loop, candidates, the best of them, and the file.

The same for every family; a family's file brings only how its model is loaded and asked.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from core import characters, datasets, forecast, tuition
from core.bench import Bench
from core.disk import write_whole
from core.errors import BadFile, Missing, Refused, StudioError, TooBig
from core.likeness import best_of
from core.photos import open_photo
from core.requests import TrainRequest
from pipelines.kit import eight_bits, lora_files, memory, training
from pipelines.kit.base_models import Base, find_base
from pipelines.kit.cache import Cache
from pipelines.kit.exams import SIDE_BY_SIDE, Exam, examine
from pipelines.kit.families import Example, Family, Manner, lora_pairs
from pipelines.kit.learner import Plan, check_optimizer
from pipelines.kit.lessons import make_lesson
from pipelines.kit.lora_keys import LAYOUTS, READERS, layout_of
from pipelines.kit.photographs import find_dataset
from pipelines.kit.strengths import STRENGTHS, grid, put_on_file, step_of, try_strengths
from pipelines.kit.team import join

Build = Callable[[Base, TrainRequest, Mapping[str, Any]], Family]
CANDIDATES = (0.5, 0.75, 1.0)
"""Where in a run the weights are kept to choose from: what comes early is never the best."""
MIN_SNR = 5.0
"""For presets that do not say it."""
LOOKS = 6
"""Samples on the same words and seed that show how it goes."""
CURVE_MAX = 240
"""Points of the curve that are told; a longer one is thinned."""


@dataclass(frozen=True)
class Course:
    """Everything decided before the first step."""

    person: characters.Character
    examples: tuple[Example, ...]
    preset: Mapping[str, Any]
    plan: Plan
    manner: Manner
    base: Base


def teach(name: str, request: TrainRequest, bench: Bench, build: Build, own: Sequence[str] = ()) -> None:
    """Train one LoRA. `build` opens the family; `own` are the models that it would rather take when none is named."""
    began, whole = time.monotonic(), request
    request = tuition.for_card(bench.configs("training", ".toml"), name, whole, memory.card_gb(bench.device))
    if request != whole:
        bench.note("This card is small for this model: it learns as the preset says for such cards.")
    course = decide(name, request, bench, own)
    work, way = tuition.count(bench.key, course.preset, request, bench.device), tuition.way_of(request, bench.device)
    learned = forecast.key_of(work, way)
    check_room(bench, course, bench.row(forecast.TABLE, learned))
    heard = set(bench.step(0, course.plan.steps, "Loading the model"))
    """Wishes that came while it did something else than learn; the loop hears of them at its next step."""
    words = {"reach": course.preset["reach"], "trigger": course.person.trigger, "subject": course.person.subject}
    request = replace(request, min_snr=course.preset.get("min_snr", MIN_SNR))
    memory.watch_peak(bench.device)
    family = build(course.base, request, words)
    family = replace(family, blur=replace(family.blur, levels=request.levels))
    if request.precision == tuition.PACKED:
        eight_bits.pack(family.denoiser)
    cache = Cache(bench.cache / "training")
    lesson = make_lesson(family, course.examples, course.manner, cache,
                         lambda phase, done, total: heard.update(bench.step(done, total, phase)))
    exam, team = Exam(family, course.person, course.examples, bench), join()
    team.meet()
    if team.leads:  # what another one of the team is just writing would look like litter
        cache.prune(bench.cache_bytes)
    exam.heed = lambda: heard.update(_heed(lesson, bench))
    desk = replace(_desk(course, family, bench, exam, heard), note=bench.note)
    outcome = training.train(lesson, course.plan, desk, team)
    bench.measure(seconds_per_step=exam.seconds_per_step, cache_hits=cache.hits, cache_misses=cache.misses)
    if not team.leads:
        return
    disk_gb = sum(file.stat().st_size for file in bench.work.rglob("*") if file.is_file()) / 2**30
    _graduate(course, exam, bench, outcome)
    if outcome.finished and not outcome.resumed_from and exam.seconds_per_step:
        whole = time.monotonic() - began - bench.rested_seconds
        took = forecast.Took(exam.seconds_per_step / work.megapixels,
                             max(0.0, whole - exam.seconds_per_step * course.plan.steps), peak_gb=exam.memory_gb)
        row = tuition.learn(bench.row(forecast.TABLE, learned), work, way, took, disk_gb / course.manner.rank)
        bench.put(forecast.TABLE, learned, row)


def decide(name: str, request: TrainRequest, bench: Bench, own: Sequence[str]) -> Course:
    """Request, preset and photos become one plan; what is missing is said here."""
    person = characters.find(bench.rows(characters.TABLE), request.character)
    if request.dora and not LAYOUTS[layout_of(name)].dora:
        raise Refused("Programs that draw with this family leave out what DoRA adds.", "Switch DoRA off.")
    if request.dora and request.precision == tuition.PACKED:
        raise Refused("DoRA cannot learn on a base in 8 bits.", "Switch DoRA off, or choose another precision.")
    preset = tuition.read_preset(bench.configs("training", ".toml"), name, request)
    plan = Plan(steps=preset["steps"], seed=request.seed, batch=preset["batch"], accumulate=request.accumulate,
                learning_rate=preset["learning_rate"], optimizer=preset["optimizer"], schedule=preset["schedule"],
                warmup=min(preset["warmup"], preset["steps"] // 4), ema=preset["ema"])
    check_optimizer(plan.optimizer)
    if preset["reach"] == tuition.WORDS and layout_of(name) not in READERS:
        raise Refused("What reads the words of this family is a model of its own and does not learn here.",
                      "Choose everything instead.")
    precision = tuition.precision_of(request, bench.device)
    manner = Manner(rank=preset["rank"], alpha=float(preset["alpha"]), dora=request.dora, dropout=request.dropout,
                    caption_dropout=request.caption_dropout, flip=request.flip, preserve=preset["preserve"],
                    checkpointing=request.spare_memory, precision=precision, seed=request.seed)
    examples = find_examples(bench, person, preset)
    return Course(person, examples, preset, plan, manner, find_base(bench, name, request.model, own, precision))


def find_examples(bench: Bench, person: characters.Character, preset: Mapping[str, Any]) -> tuple[Example, ...]:
    """The character's photos as examples: captions with the trigger baked in, each at its bucket's size."""
    dataset = find_dataset(bench, person)
    used = dataset.used if dataset else ()
    if not used:
        raise Missing(f"{person.name} has no photos to learn from.", "Add 10 to 30 in Characters.")
    examples = []
    for photo in used:
        size = datasets.bucket_for(photo.aspect, preset["resolution"], preset["step_pixels"])
        caption = datasets.teach_caption(photo.caption, person.words, person.trigger)
        plain = datasets.plain_caption(caption, person.words, person.trigger, person.subject)
        examples.append(Example(bench.open(photo.asset), caption, plain, size, photo.crop,
                                bench.open(photo.mask) if photo.mask else None, photo.sha256))
    return tuple(examples)


def check_room(bench: Bench, course: Course, row: Mapping[str, Any] | None) -> None:
    """Is there disk for the saves? Better said now than at step 900."""
    import shutil

    needed = round(tuition.disk_gb(course.manner.rank, row) * 1024)
    free = shutil.disk_usage(bench.work).free // 2**20
    if free < needed:
        raise TooBig(f"The disk has {free} MB left; this training needs about {needed} MB.",
                     "Free some space and press Train again.")


def _heed(lesson: training.Lesson, bench: Bench) -> frozenset[str]:
    """What a person asked for between two steps. Whoever gets the card meanwhile gets its memory too."""
    with training.making_room(lesson) if bench.wants_lane_back else nullcontext():
        return bench.heed()


def _desk(course: Course, family: Family, bench: Bench, exam: Exam, heard: set[str]) -> training.Desk:
    steps = course.plan.steps
    at = frozenset(round(steps * share) for share in CANDIDATES)
    folder = bench.work / "candidates"

    def orders(step: int, total: int) -> frozenset[str]:
        wishes = bench.step(step, total, "Learning", preview=exam.newest) | heard
        heard.clear()
        return wishes

    def tell(progress: training.Progress) -> None:
        exam.curve.append((progress.step, progress.loss, progress.smooth))
        exam.seconds_per_step = progress.seconds_per_step
        exam.memory_gb = max(exam.memory_gb, progress.memory_gb)
        bench.tell(curve=thin(exam.curve), step=progress.step, steps=progress.steps, rate=progress.rate,
                   seconds_per_step=progress.seconds_per_step, seconds_left=progress.seconds_left,
                   memory_gb=progress.memory_gb)

    def look(step: int) -> None:
        small = bench.film(str(step), exam.sample(step))
        folder.mkdir(exist_ok=True)
        with suppress(TooBig):  # a disk without room for this is told by the next save, which also makes room
            write_whole(folder / f"step-{step:06d}.jpg", small)

    def export(step: int) -> None:
        save_lora(course, family, folder / f"step-{step:06d}.safetensors", step)

    def judge(step: int) -> None:
        scores = examine(exam, step, lambda: heard.update(
            bench.step(step, steps, "Looking at what it learned", preview=exam.newest)))
        write_whole(folder / f"step-{step:06d}.json", json.dumps(scores).encode())
        bench.tell(checkpoints=_told(folder))

    return training.Desk(bench.work / "saves", tell=tell, orders=orders,
                         resumed=lambda losses: _bring_back(exam, bench, folder, losses),
                         rested=lambda: bench.rested_seconds, lends=lambda: bench.wants_lane_back,
                         look=look, look_at=frozenset(round(steps * n / LOOKS) for n in range(1, LOOKS + 1)),
                         export=export, judge=judge, export_at=at)


def _bring_back(exam: Exam, bench: Bench, folder: Path, losses: Sequence[float]) -> None:
    """What was seen before it was broken off: the curve, the samples and the candidates."""
    exam.curve += [(n, losses[n - 1], training.smooth(losses[max(0, n - training.SMOOTHED):n]))
                   for n in thin(range(1, len(losses) + 1))]
    for file in sorted(folder.glob("step-*.jpg")):
        with suppress(BadFile):
            if step_of(file) <= len(losses):
                exam.pictures.append(open_photo(file).picture)
                bench.film(str(step_of(file)), exam.newest())
    bench.tell(curve=thin(exam.curve), checkpoints=_told(folder))


def thin(curve: Sequence[Any]) -> list[Any]:
    """At most CURVE_MAX points of a curve, the last one always among them. The others are not even looked at: this is
    asked for after each step."""
    stride = -(-len(curve) // CURVE_MAX) or 1
    return list(curve[(len(curve) - 1) % stride :: stride])


def _told(folder: Path) -> list[dict[str, Any]]:
    """What was found out about each candidate so far, the earliest first."""
    rows = []
    for file in sorted(folder.glob("step-*.safetensors")):
        told = file.with_suffix(".json")
        rows.append({"step": int(file.stem[5:]), **(json.loads(told.read_text("utf-8")) if told.is_file() else {})})
    return rows


def save_lora(course: Course, family: Family, path: Path, step: int) -> dict[str, str]:
    """The LoRA as it stands in the model, with its words and its trigger, checked."""
    person, plan = course.person, course.plan
    layout = layout_of(family.name)
    tags: dict[str, int] = {}
    for example in course.examples:
        for tag in example.caption.split(","):
            tags[tag.strip()] = tags.get(tag.strip(), 0) + 1
    facts = {"name": path.stem, "trigger": person.trigger, "rank": course.manner.rank, "alpha": course.manner.alpha,
             "conv": course.preset["reach"] in ("everything", tuition.WORDS), "step": step, "seed": plan.seed,
             "base": course.base.name,
             "learning_rate": plan.learning_rate, "optimizer": plan.optimizer, "pictures": len(course.examples),
             "resolution": course.preset["resolution"], "recipe": training.RECIPE, "tags": tags,
             "epoch": step * plan.batch // max(1, len(course.examples)), "about": f"{person.name}: {person.descriptor}",
             "licence": person.licence, "date": time.strftime("%Y-%m-%d"), "prediction": family.blur.guess}
    words = lora_files.describe(layout, facts)
    if family.name == "starter":
        words |= {"ss_base_model_version": "studionova-starter", "modelspec.architecture": "studionova-starter/lora"}
    embeddings = {person.trigger: {clip: p.detach() for clip, p in family.triggers.items()}} if family.triggers else {}
    return lora_files.write(path, lora_pairs(family), layout, words, embeddings, half=family.name != "starter")


def _graduate(course: Course, exam: Exam, bench: Bench, outcome: training.Outcome) -> None:
    """Choose the best candidate, put all where pictures find them, and write them into the character."""
    folder = bench.work / "candidates"
    if not outcome.finished and outcome.step:
        save_lora(course, exam.family, folder / f"step-{outcome.step:06d}.safetensors", outcome.step)
    files = sorted(folder.glob("step-*.safetensors"))
    if not files:
        raise StudioError("Nothing was learned yet.", "Let it run for some steps before you stop it.")
    rows, best, reason = choose(exam, files, bench)
    chosen = next(n for n, file in enumerate(files) if step_of(file) == best["step"])
    told_grid = count(1)
    picture = grid(exam, files, (best["step"], best["strength"]), lambda: bench.step(
        next(told_grid), len(files) * (len(STRENGTHS) + 1), "Drawing the table"))
    bench.measure(exam_seconds=round(exam.seconds, 1))
    kept = [_keep_lora(bench, course, file, chosen == n) for n, file in enumerate(files)]
    where = {step_of(file): {"file": f"loras/{path.name}", "sha256": lora_files.hashes(path)["sha256"]}
             for file, path in zip(files, kept, strict=True)}
    told = {"scores": [{**row, **where[row["step"]]} for row in rows], "best": best["step"],
            "strength": best["strength"], "reason": reason, "losses": list(outcome.losses), "base": course.base.name,
            "character": course.person.id}
    asset = bench.save(picture, folder="training", suffix=".png", title=f"{course.person.name}: what it learned",
                       characters=[course.person.name], training=told, recipe_version=training.RECIPE,
                       lora={"file": f"loras/{kept[chosen].name}", **lora_files.hashes(kept[chosen])})
    person = characters.find(bench.rows(characters.TABLE), course.person.id)
    own = {row["step"]: row for row in rows if row["strength"] == 1.0} | {best["step"]: best}
    for step in (*(step for step in where if step != best["step"]), best["step"]):
        row = own.get(step, {})
        person = characters.with_lora(person, characters.TrainedLora(
            course.base.name, exam.family.name, where[step]["file"], where[step]["sha256"], person.trigger,
            row.get("strength", 1.0), step, row.get("likeness", 0.0),
            reason if step == best["step"] else "kept to choose from", asset.id, time.time()))
    bench.put(characters.TABLE, person.id, person.row())
    bench.note(f"Best at step {best['step']}, strength {best['strength']:g}: {reason}.")
    bench.clear_work()


def choose(exam: Exam, files: Sequence[Path], bench: Bench) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """All figures by step and strength, the best of them, and why: first the step, then how strongly it is worn."""
    for file in files:
        if not file.with_suffix(".json").is_file():  # stopped here: nobody has looked at it yet
            put_on_file(exam.family, file)
            scores = examine(exam, step_of(file), lambda: bench.step(0, 0, "Looking at what it learned"))
            write_whole(file.with_suffix(".json"), json.dumps(scores).encode())
    rows = [{"strength": 1.0, **row} for row in _told(files[0].parent)]
    first = rows[best_of(rows)[0]]
    file = next(file for file in files if step_of(file) == first["step"])
    beats, each = count(1), len(exam.asked + exam.asked_of_anybody) // (1 if exam.is_large else SIDE_BY_SIDE)
    lighter = try_strengths(exam, file, first["step"], lambda: bench.step(
        next(beats), max(1, each) * (len(STRENGTHS) - 1), "Comparing strengths"))
    mine = [*lighter, first]
    place, reason = best_of(mine)
    rows = sorted([*rows, *lighter], key=lambda row: (row["step"], row["strength"]))
    return rows, mine[place], reason


def keep_foreign(bench: Bench, course: Course, family: str, file: Path, losses: Sequence[float]) -> None:
    """What another program trained, put where pictures find it and written into the character. Nobody judged it."""
    step = course.plan.steps
    kept = _keep_lora(bench, course, file, True)
    person = characters.find(bench.rows(characters.TABLE), course.person.id)
    person = characters.with_lora(person, characters.TrainedLora(
        course.base.name, family, f"loras/{kept.name}", lora_files.hashes(kept)["sha256"], person.trigger, 1.0, step,
        0.0, "the last one; another program trained it", "", time.time()))
    bench.put(characters.TABLE, person.id, person.row())
    told = f", loss {smooth:.3f} at its end" if (smooth := training.smooth(losses)) else ""
    bench.note(f"{person.name} wears what was learned in {step} steps{told}.")
    bench.clear_work()


def _keep_lora(bench: Bench, course: Course, file: Path, is_best: bool) -> Path:
    """A candidate under models/loras: the best under the character's name, the others with their step."""
    name = f"{re.sub(r'[^a-z0-9]+', '-', course.person.name.lower()).strip('-') or 'character'}-{course.base.name}"
    name = f"{name.replace('/', '-')}-{bench.job[-4:]}" + ("" if is_best else f"-step{int(file.stem[5:])}")
    target = bench.models / "loras" / f"{name}.safetensors"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, file.read_bytes())
    told = lora_files.read(target)
    for word, embedding in told.embeddings.items() if is_best else ():
        beside = bench.models / "embeddings" / f"{word}.safetensors"
        beside.parent.mkdir(parents=True, exist_ok=True)
        lora_files.write_trigger(beside, word, embedding)
    return target
