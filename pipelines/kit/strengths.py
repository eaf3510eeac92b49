"""How strongly a finished LoRA is best worn, and the table of steps and strengths with a column without it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.characters import Character
from core.disk import write_whole
from pipelines.kit import listening
from pipelines.kit.exams import SEEDS, Exam, draw, examine
from pipelines.kit.families import ADAPTER, Family, put_on, without_lora

STRENGTHS = (0.6, 0.8, 1.0)
"""Weaker often listens better: what was learned too well is worn more lightly."""
CELL, MARGIN = 192, 26


def try_strengths(exam: Exam, file: Path, step: int, heartbeat: Callable[[], Any]) -> list[dict[str, Any]]:
    """The figures of one file when it is worn more lightly; kept beside it, so that a resumed run knows them."""
    told = file.with_suffix(".strengths.json")
    rows: list[dict[str, Any]] = json.loads(told.read_text("utf-8")) if told.is_file() else []
    put_on_file(exam.family, file)
    for strength in STRENGTHS[:-1]:
        if all(row["strength"] != strength for row in rows):
            with at_strength(exam.family, strength):
                rows.append({"step": step, "strength": strength, **examine(exam, step, heartbeat, strength)})
            write_whole(told, json.dumps(rows).encode())
    return rows


def grid(exam: Exam, files: Sequence[Path], best: tuple[int, float], heartbeat: Callable[[], Any]) -> Any:
    """One row for each candidate, one column for each strength; strength 0 is the model without it."""
    from PIL import Image, ImageDraw, ImageFont, ImageOps

    font = ImageFont.load_default(size=15)
    columns = (0.0, *STRENGTHS)
    sheet = Image.new("RGB", (MARGIN * 3 + CELL * len(columns), MARGIN + len(files) * (CELL + MARGIN)), "white")
    pen = ImageDraw.Draw(sheet)
    for row, file in enumerate(files):
        step, top = step_of(file), MARGIN + row * (CELL + MARGIN)
        for column, strength in enumerate(columns):
            left = MARGIN * 3 + column * CELL
            picture = ImageOps.contain(_shot(exam, file, step, strength), (CELL - 8, CELL - 8))
            heartbeat()
            sheet.paste(picture, (left + 4, top + 4))
            if row == 0:
                pen.text((left + 4, 4), f"strength {strength:g}", (30, 30, 30), font)
            if (step, strength) == best:
                pen.rectangle((left, top, left + picture.width + 7, top + picture.height + 7), outline=(230, 160, 20),
                              width=4)
        pen.text((6, top + 4), f"{step}", (30, 30, 30), font)
    return sheet


def _shot(exam: Exam, file: Path, step: int, strength: float) -> Any:
    """The first question's picture: as it was drawn for the exam, else drawn now. Without the LoRA all rows are one."""
    place = (0, 0.0) if strength == 0.0 else (step, strength)
    if place not in exam.shots:
        exam.shots[place] = _draw_at(exam, file, strength)
    return exam.shots[place]


def _draw_at(exam: Exam, file: Path, strength: float) -> Any:
    family, prompt = exam.family, f"{exam.person.words}, {listening.QUESTIONS[0].words}"
    if strength == 0.0:
        with without_lora(family):
            return draw(exam, plain_prompt(exam.person), SEEDS[0])
    put_on_file(family, file)
    with at_strength(family, strength):
        return draw(exam, prompt, SEEDS[0])


def plain_prompt(person: Character) -> str:
    """The same wish as somebody without the LoRA would write it: the description, and no trigger."""
    return f"{person.plain_words}, {listening.QUESTIONS[0].words}"


def step_of(file: Path) -> int:
    return int(file.stem[5:])


def put_on_file(family: Family, file: Path) -> None:
    """Make the learning LoRA, and the trigger's embedding, what a file of the same training holds."""
    import torch

    from pipelines.kit.lora_files import read

    known = read(file)
    put_on(family, known.pairs)
    for embedding in known.embeddings.values():
        with torch.no_grad():
            for clip, row in embedding.items():
                if clip in family.triggers:
                    family.triggers[clip].copy_(row.reshape(family.triggers[clip].shape))


@contextmanager
def at_strength(family: Family, strength: float) -> Iterator[None]:
    """The LoRA worn more lightly for a while; the trigger's word stays whole, as it does in Image Gen."""
    layers = [m for learner in family.learners.values() for m in learner.modules()
              if ADAPTER in getattr(m, "scaling", {})]
    own = [layer.scaling[ADAPTER] for layer in layers]
    for layer, scale in zip(layers, own, strict=True):
        layer.scaling[ADAPTER] = scale * strength
    try:
        yield
    finally:
        for layer, scale in zip(layers, own, strict=True):
            layer.scaling[ADAPTER] = scale
