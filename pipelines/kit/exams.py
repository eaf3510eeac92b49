"""What a training has learned so far, seen from outside: samples on fixed words and seeds, and figures about them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.bench import Bench
from core.characters import Character
from core.errors import Missing
from core.likeness import FEWEST, Measure, calibrate, dot, judge
from core.photos import open_photo
from pipelines.kit import listening
from pipelines.kit.families import Example, Family, drawing, without_lora
from pipelines.kit.listening import Question

SEEDS = (11, 12, 13, 14)
SEEDS_OF_LARGE = 2
"""Pictures of large models take so long that fewer of them have to do."""
TOGETHER_PIXELS = 256 * 256
"""Pictures up to this size are drawn side by side, which is nearly twice as fast; larger ones would not fit."""
SIDE_BY_SIDE = 4
LOOKED_AT = 960
"""Longest side of a photo that is judged."""
ENOUGH = 64
"""Photos that pictures are compared with; of more, every so manieth is taken."""
DRAWN_EYE = "starter/companions/likeness.safetensors"


@dataclass
class Exam:
    """A judge with fixed questions. `curve` gathers (step, loss, smoothed); `shots` the first sample of each step."""

    family: Family
    person: Character
    examples: Sequence[Example]
    bench: Bench
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    seconds_per_step: float = 0.0
    memory_gb: float = 0.0
    pictures: list[Any] = field(default_factory=list)
    shots: dict[tuple[int, float], Any] = field(default_factory=dict)
    """The picture of the first question by (step, strength)."""
    seconds: float = 0.0
    """How long the questions have taken so far."""
    heed: Callable[[], Any] = lambda: None
    """Called between all pieces of its work, however small: a person may stop or pause it there."""
    _photos: Sequence[Sequence[float]] = ()
    _judges: "Judges | None" = None
    _base: Mapping[str, float] | None = None

    def newest(self) -> Any:
        """The newest sample, or the first photo while there is none."""
        return self.pictures[-1] if self.pictures else open_photo(self.examples[0].path).picture

    def sample(self, step: int = 0) -> Any:
        """One more picture of the same words and the same seed, so that a row of them shows how it goes."""
        if (step, 1.0) not in self.shots:
            prompt = f"{self.person.words}, {listening.QUESTIONS[0].words}"
            self.shots[step, 1.0] = draw(self, prompt, SEEDS[0])
        self.pictures.append(self.shots[step, 1.0])
        return self.pictures[-1]

    @property
    def size(self) -> tuple[int, int]:
        """The size that the model learned at, where it says so; else that of the photos it learns from now."""
        cells = getattr(self.family.denoiser.config, "sample_size", None)
        side = cells * self.family.pipe.vae_scale_factor if isinstance(cells, int) else 0
        return (side, side) if side else self.examples[0].size

    @property
    def is_large(self) -> bool:
        return self.size[0] * self.size[1] > TOGETHER_PIXELS

    @property
    def photos(self) -> Sequence[Any]:
        """Where the photos lie that pictures are compared with."""
        return [example.path for example in self.examples[:: -(-len(self.examples) // ENOUGH)]]

    @property
    def known(self) -> Sequence[Sequence[float]]:
        """Small grey copies of the photos, made once."""
        self._photos = self._photos or [_small(photo) for photo in _opened(self)]
        return self._photos

    @property
    def seeds(self) -> tuple[int, ...]:
        return SEEDS[:SEEDS_OF_LARGE] if self.is_large else SEEDS

    @property
    def asked(self) -> list[tuple[Question, int]]:
        """Each question with each seed."""
        return [(question, seed) for question in listening.QUESTIONS for seed in self.seeds]

    @property
    def asked_of_anybody(self) -> list[tuple[Question, int]]:
        """Each question with every other seed, where the character is not called."""
        return [(question, seed) for question in listening.QUESTIONS for seed in self.seeds[::2]]

    @property
    def judges(self) -> "Judges":
        if self._judges is None:
            self._judges = open_judges(self)
        return self._judges

    def base(self, heartbeat: Callable[[], Any]) -> Mapping[str, float]:
        """The same figures of the model before it learned: how it listens where the character is only described, and
        how much of the character is in anybody. Drawn once."""
        if self._base is None:
            with without_lora(self.family):
                described = draw_many(self, self.person.plain_words, self.asked, heartbeat)
                anybody = draw_many(self, self.person.subject, self.asked_of_anybody, heartbeat)
            heard = self.judges.look(described, [question for question, _ in self.asked])
            before = self.judges.look(anybody, [question for question, _ in self.asked_of_anybody])
            self._base = {**before, "diversity": spread(described),
                          **{name: heard[name] for name in ("adherence",) if name in heard}}
        return self._base


@dataclass(frozen=True)
class Judges:
    """Whoever can say something about pictures of this character, made by this family."""

    name: str
    see: Callable[[Sequence[Any]], Sequence[Sequence[Sequence[float]]]] | None = None
    """For each picture the rows of those who are in it."""
    measure: Measure | None = None
    follows: listening.Judge | None = None
    reader: Any = None
    looks: Mapping[str, str] = field(default_factory=dict)

    def look(self, pictures: Sequence[Any], asked: Sequence[Question]) -> dict[str, float]:
        """What can be said of some pictures: likeness, adherence, looks; each only where there is a judge for it."""
        said = {}
        if self.measure is not None and self.see is not None:
            scores = [judge(self.measure, rows, self.name).score or 0 for rows in self.see(pictures)]
            said["likeness"] = sum(scores) / len(scores) / 100
        if self.follows is not None:
            said["adherence"] = self.follows(pictures, asked)
        if self.looks:
            wanted = [Question("", self.looks)] * len(pictures)
            said["looks"] = listening.read_right(self.reader, pictures, wanted)
        return said


def open_judges(exam: Exam) -> Judges:
    """The eye for this kind of character, calibrated on their own photos, and who can read this family's pictures."""
    bench, person = exam.bench, exam.person
    photos = list(_opened(exam))
    see = _drawn_eye(bench) if person.kind == "drawn" else _face_eye(bench)
    found = [rows[0] for rows in see(photos) if rows] if see is not None else []
    measure = None
    if len(found) >= FEWEST:
        measure = calibrate(found, *(_drawn_mark(bench) if person.kind == "drawn" else _face_mark()))
    follows = listening.find_judge(bench, exam.family.name)
    if follows is None:
        bench.note("Nobody here can tell whether the pictures follow their words, so that was not judged. A CLIP model "
                   "in models/judges/clip can.")
    reader = listening.open_reader(bench) if exam.family.name == "starter" and person.kind == "drawn" else None
    return Judges(person.name, see, measure, follows, reader, listening.looks_of(reader, photos) if reader else {})


def _opened(exam: Exam) -> Iterator[Any]:
    """The photos, each as large as the eyes look at it: as cameras make them they would fill the memory."""
    for path in exam.photos:
        exam.heed()
        photo = open_photo(path, least=LOOKED_AT).picture
        photo.thumbnail((LOOKED_AT, LOOKED_AT))
        yield photo


def _drawn_eye(bench: Bench) -> Any:
    from pipelines.kit import likeness_net

    try:
        path = bench.weights(DRAWN_EYE)
    except Missing:
        return None
    eye = bench.keep(str(path), lambda: likeness_net.load(path, bench.device), gb=0.01)
    return lambda pictures: [[list(map(float, row))] for row in likeness_net.embed(eye, list(pictures))]


def _drawn_mark(bench: Bench) -> tuple[str, float]:
    from pipelines.kit import likeness_net

    path = bench.weights(DRAWN_EYE)
    return "drawn-1", bench.keep(str(path), lambda: likeness_net.load(path, bench.device), gb=0.01).threshold


def _face_eye(bench: Bench) -> Any:
    import importlib.util

    from pipelines.kit.face_eye import Eye

    try:
        eye = Eye(bench) if importlib.util.find_spec("cv2") else None
    except Missing:
        eye = None
    return None if eye is None else lambda pictures: [eye.faces(picture) for picture in pictures]


def _face_mark() -> tuple[str, float]:
    from pipelines.kit.face_eye import EYE, STRANGER

    return EYE, STRANGER


def draw(exam: Exam, prompt: str, seed: int) -> Any:
    """One sample of the model as it stands."""
    return _draw(exam, [prompt], [seed])[0]


def draw_many(exam: Exam, who: str, asked: Sequence[tuple[Question, int]], heartbeat: Callable[[], Any]) -> list[Any]:
    """Somebody in each scene with its seed; small pictures side by side."""
    made: list[Any] = []
    together = 1 if exam.is_large else SIDE_BY_SIDE
    for start in range(0, len(asked), together):
        part = asked[start : start + together]
        prompts = [f"{who}, {question.words}" for question, _ in part]
        made += _draw(exam, prompts, [seed for _, seed in part])
        heartbeat()
    return made


def _draw(exam: Exam, prompts: Sequence[str], seeds: Sequence[int]) -> list[Any]:
    import torch

    family, (width, height) = exam.family, exam.size

    def at_step_end(*_: Any) -> dict[str, Any]:
        exam.heed()
        return {}

    asked = [dict(family.ask(prompt)) for prompt in prompts]
    dice = [torch.Generator().manual_seed(seed) for seed in seeds]
    if any(set(one) != {"prompt"} for one in asked) and len(asked) > 1:
        return [_draw(exam, [prompt], [seed])[0] for prompt, seed in zip(prompts, seeds, strict=True)]
    given = asked[0] if len(asked) == 1 else {"prompt": [one["prompt"] for one in asked]}
    family.pipe.set_progress_bar_config(disable=True)
    with torch.no_grad(), drawing(family):
        made = family.pipe(**given, width=width, height=height, generator=dice if len(dice) > 1 else dice[0],
                           callback_on_step_end=at_step_end, **family.look).images
    exam.heed()
    return list(made)


def examine(exam: Exam, step: int, heartbeat: Callable[[], Any] = lambda: None, strength: float = 1.0
            ) -> dict[str, float]:
    """How it does with the character's name, and what has changed without it. Each figure is 0 to 1, over several
    scenes and seeds; what nobody here can judge is left out."""
    import time

    began = time.monotonic()
    base = exam.base(heartbeat)
    named = draw_many(exam, exam.person.words, exam.asked, heartbeat)
    exam.pictures.append(named[0])
    exam.shots[step, strength] = named[0]
    said = exam.judges.look(named, [question for question, _ in exam.asked])
    scores = {"diversity": spread(named), "diversity_base": base["diversity"],
              "memorised": learned_by_heart(named, exam.known), **said}
    if "adherence" in base:
        scores["adherence_base"] = base["adherence"]
    if exam.judges.measure is not None or exam.judges.looks:
        nameless = draw_many(exam, exam.person.subject, exam.asked_of_anybody, heartbeat)
        after = exam.judges.look(nameless, [question for question, _ in exam.asked_of_anybody])
        more = [round(after[name] - base[name], 3) for name in ("likeness", "looks") if name in after]
        scores["bleed"] = max(0.0, *more)
    exam.seconds += time.monotonic() - began
    return scores


def spread(pictures: Sequence[Any]) -> float:
    """How much the pictures differ from each other, by their small grey copies: 0 when all are one."""
    rows = [_small(picture) for picture in pictures]
    far = [1 - max(0.0, dot(a, b)) for n, a in enumerate(rows) for b in rows[n + 1:]]
    return sum(far) / len(far) if far else 0.0


def learned_by_heart(pictures: Sequence[Any], photos: Sequence[Sequence[float]]) -> float:
    """The greatest likeness of any picture as a whole to any photo, given small: near 1 means copied."""
    return max(dot(_small(picture), photo) for picture in pictures for photo in photos)


def _small(picture: Any) -> list[float]:
    values = list(picture.convert("L").resize((12, 12)).tobytes())
    mean = sum(values) / len(values)
    centred = [v - mean for v in values]
    length = sum(v * v for v in centred) ** 0.5 or 1.0
    return [v / length for v in centred]
