"""What a training has learned so far, seen from outside: samples on fixed words and seeds, and figures about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.characters import Character
from core.errors import Missing
from core.likeness import Measure, calibrate, dot, judge
from core.photos import open_photo
from pipelines.kit.families import ADAPTER, Example, Family, without_lora

SCENES = ("smiling, on the beach", "neutral, in a library")
SEEDS = (11, 12)
STRENGTHS = (0.0, 0.7, 1.0)


@dataclass
class Exam:
    """A judge with fixed questions. `curve` gathers (step, loss, smoothed)."""

    family: Family
    person: Character
    examples: Sequence[Example]
    bench: Bench
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    seconds_per_step: float = 0.0
    pictures: list[Any] = field(default_factory=list)
    _eye: Any = None
    _measure: Measure | None = None
    _looked: bool = False

    def newest(self) -> Any:
        """The newest sample, or the first photo while there is none."""
        return self.pictures[-1] if self.pictures else open_photo(self.examples[0].path).picture

    def sample(self) -> None:
        """One more picture of the same words and the same seed, so that a row of them shows how it goes."""
        self.pictures.append(draw(self.family, f"{self.person.words}, {SCENES[0]}", SEEDS[0],
                                  self.examples[0].size))

    def rows(self, pictures: Sequence[Any]) -> list[list[float]]:
        """The pictures as the eye for this kind of character sees them; none when there is no such eye here."""
        self._open_eye()
        if self._eye is None:
            return []
        from pipelines.kit.likeness_net import embed

        return [list(map(float, row)) for row in embed(self._eye, list(pictures))]

    @property
    def measure(self) -> Measure | None:
        self._open_eye()
        return self._measure

    def _open_eye(self) -> None:
        """Once: the encoder for drawn characters, calibrated on this one's own photos."""
        if self._looked:
            return
        self._looked = True
        if self.person.kind != "drawn":
            return
        from pipelines.kit.likeness_net import embed, load

        try:
            self._eye = load(self.bench.weights("starter/companions/likeness.safetensors"))
        except Missing:
            return
        photos = [open_photo(example.path).picture for example in self.examples]
        rows = [list(map(float, row)) for row in embed(self._eye, photos)]
        if len(rows) >= 3:
            self._measure = calibrate(rows, "drawn-1", self._eye.threshold)


def draw(family: Family, prompt: str, seed: int, size: tuple[int, int]) -> Any:
    """One sample of the model as it stands."""
    import torch

    family.denoiser.eval()
    family.pipe.set_progress_bar_config(disable=True)
    with torch.no_grad():
        made = family.pipe(**family.ask(prompt), width=size[0], height=size[1],
                           generator=torch.Generator().manual_seed(seed), **family.look).images[0]
    family.denoiser.train()
    return made


def examine(exam: Exam, step: int, heartbeat: Callable[[], Any] = lambda: None) -> dict[str, float]:
    """Likeness with the character's words, bleed without the trigger, diversity, and learning by heart."""
    person, size = exam.person, exam.examples[0].size
    asked = [(scene, seed) for scene in SCENES for seed in SEEDS]
    with_word, without = [], []
    for scene, seed in asked:
        with_word.append(draw(exam.family, f"{person.words}, {scene}", seed, size))
        exam.pictures.append(with_word[-1])
        heartbeat()
    for scene in SCENES if exam.measure is not None else ():
        without.append(draw(exam.family, f"{person.subject}, {scene}", SEEDS[0], size))
        heartbeat()
    scores = {"diversity": _spread(with_word), "memorised": _learned_by_heart(with_word, exam.examples)}
    measure, rows = exam.measure, exam.rows(with_word)
    if measure is not None and rows:
        verdicts = [judge(measure, [row], person.name).score or 0 for row in rows]
        leaks = [judge(measure, [row], person.name).score or 0 for row in exam.rows(without)]
        scores |= {"likeness": sum(verdicts) / len(verdicts) / 100, "bleed": sum(leaks) / len(leaks) / 100}
    return scores


def grid(family: Family, person: Character, files: Sequence[Path], bench: Bench, best: int) -> Any:
    """One row for each candidate, one column for each strength; strength 0 is the model without it."""
    from PIL import Image, ImageDraw

    from pipelines.kit.lora_files import read

    cell, margin = 160, 22
    sheet = Image.new("RGB", (margin * 3 + cell * len(STRENGTHS), margin + len(files) * (cell + margin)), "white")
    pen = ImageDraw.Draw(sheet)
    size = _native(family)
    for row, file in enumerate(files):
        put_on(family, read(file).pairs)
        for column, strength in enumerate(STRENGTHS):
            bench.step(row * len(STRENGTHS) + column, len(files) * len(STRENGTHS), "Comparing strengths")
            picture = _at_strength(family, f"{person.words}, {SCENES[0]}", strength, size)
            picture.thumbnail((cell, cell))
            sheet.paste(picture, (margin * 3 + column * cell, margin + row * (cell + margin)))
            if row == 0:
                pen.text((margin * 3 + column * cell + 4, 4), f"strength {strength:g}", (30, 30, 30))
        mark = " best" if row == best else ""
        pen.text((4, margin + row * (cell + margin)), f"{int(file.stem[5:])}{mark}", (30, 30, 30))
    return sheet


def put_on(family: Family, pairs: Any) -> None:
    """Make the learning LoRA what a file of the same training holds. Names are compared flat, as files write them."""
    import torch

    flat = {name.removeprefix("lora_unet_").removeprefix("transformer.").replace(".", "_"): pair
            for name, pair in pairs.items()}
    with torch.no_grad():
        for path, module in family.denoiser.named_modules():
            if ADAPTER in getattr(module, "lora_A", {}) and path.replace(".", "_") in flat:
                pair = flat[path.replace(".", "_")]
                module.lora_A[ADAPTER].weight.copy_(pair.down)
                module.lora_B[ADAPTER].weight.copy_(pair.up)


def _at_strength(family: Family, prompt: str, strength: float, size: tuple[int, int]) -> Any:
    if strength == 0.0:
        with without_lora(family):
            return draw(family, prompt, SEEDS[0], size)
    layers = [m for m in family.denoiser.modules() if ADAPTER in getattr(m, "scaling", {})]
    for layer in layers:
        layer.scaling[ADAPTER] *= strength
    try:
        return draw(family, prompt, SEEDS[0], size)
    finally:
        for layer in layers:
            layer.scaling[ADAPTER] /= strength


def _native(family: Family) -> tuple[int, int]:
    """The size that the model learned at, where it says so; the others draw well at 1024."""
    cells = getattr(family.denoiser.config, "sample_size", None)
    own = cells * family.pipe.vae_scale_factor if isinstance(cells, int) else 1024
    side = int(family.look.get("height", 0)) or own
    return side, side


def _spread(pictures: Sequence[Any]) -> float:
    """How much the pictures differ from each other, by their small grey copies: 0 when all are one."""
    rows = [_small(picture) for picture in pictures]
    far = [1 - max(0.0, dot(a, b)) for n, a in enumerate(rows) for b in rows[n + 1:]]
    return sum(far) / len(far) if far else 0.0


def _learned_by_heart(pictures: Sequence[Any], examples: Sequence[Example]) -> float:
    """The greatest likeness of any picture as a whole to any photo: near 1 means copied."""
    photos = [_small(open_photo(example.path).picture) for example in examples[:64]]
    return max(dot(_small(picture), photo) for picture in pictures for photo in photos)


def _small(picture: Any) -> list[float]:
    values = list(picture.convert("L").resize((12, 12)).tobytes())
    mean = sum(values) / len(values)
    centred = [v - mean for v in values]
    length = sum(v * v for v in centred) ** 0.5 or 1.0
    return [v / length for v in centred]
