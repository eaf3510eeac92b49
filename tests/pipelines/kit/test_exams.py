"""Each figure of the exam says what it is named after: a model that does it wrong on purpose gets the wrong figure."""

from types import SimpleNamespace

import pytest
from PIL import Image, ImageDraw

from core.characters import new_character
from core.errors import Cancelled, Missing
from core.home import PROGRAM
from core.photos import open_photo
from pipelines.kit import listening
from pipelines.kit.exams import ENOUGH, SIDE_BY_SIDE, Exam, examine, learned_by_heart, spread
from pipelines.kit.families import Example, Family

STARTER = PROGRAM / "models" / "starter"
PHOTOS = sorted((STARTER / "demo").glob("*.png"))[:4]
STEPS = 3


class Painter:
    """A model that paints what the test wants: `paint(prompt, worn)` is a picture."""

    vae_scale_factor = 8

    def __init__(self, paint):
        self.paint, self.worn, self.asked = paint, True, []
        self.unet = SimpleNamespace(
            config=SimpleNamespace(sample_size=16), eval=lambda: None, train=lambda: None,
            disable_adapters=lambda: self._wear(False), enable_adapters=lambda: self._wear(True))

    def _wear(self, worn):
        self.worn = worn

    def set_progress_bar_config(self, disable):
        assert disable

    def __call__(self, prompt, width, height, generator, callback_on_step_end):
        prompts = [prompt] if isinstance(prompt, str) else prompt
        self.asked += prompts
        for step in range(STEPS):
            assert callback_on_step_end(self, step, 0, {}) == {}
        return SimpleNamespace(images=[self.paint(one, self.worn).resize((width, height)) for one in prompts])


class Room:
    device = "cpu"

    def __init__(self):
        self.notes, self.kept = [], {}

    def weights(self, name):
        if not (PROGRAM / "models" / name).exists():
            raise Missing(f"{name} is not here.", "")
        return PROGRAM / "models" / name

    def keep(self, key, build, gb):
        return self.kept.setdefault(key, None) or self.kept.update({key: build()}) or self.kept[key]

    def note(self, sentence):
        self.notes.append(sentence)


def exam_of(paint, name="starter"):
    painter = Painter(paint)
    family = Family(name, painter, "unet", (), None, None, None, None, ask=lambda prompt: {"prompt": prompt})
    person = new_character("Mira", subject="woman", descriptor="wavy teal hair", trigger="zwmira")
    return Exam(family, person, [Example(path, "", "", (128, 128)) for path in PHOTOS], Room()), painter


def scribble(prompt):
    picture = Image.new("RGB", (128, 128), "white")
    pen = ImageDraw.Draw(picture)
    for n, letter in enumerate(prompt.encode()):
        pen.ellipse((letter * 7 % 128, n * 9 % 128, letter * 7 % 128 + 20, n * 9 % 128 + 20), (letter, n % 255, 90))
    return picture


def mira(number=0):
    return open_photo(PHOTOS[number]).picture


def test_whoever_shows_only_when_called_gets_likeness_without_a_leak():
    exam, painter = exam_of(lambda prompt, worn: mira(len(prompt) % 4) if "zwmira" in prompt else scribble(prompt))
    scores = examine(exam, 10)
    assert scores["likeness"] > 0.8 and scores["looks"] > 0.8 and scores["bleed"] < 0.1
    assert scores["memorised"] > 0.98, "it painted the photos themselves"
    assert len(painter.asked) == 48, "four scenes with four seeds before and after, and with two of them uncalled"
    described = [prompt for prompt in painter.asked[:16] if "wavy teal hair" in prompt and "zwmira" not in prompt]
    assert len(described) == 16, "how the model listened before is asked with the same words, but the name"


def test_a_character_that_shows_uncalled_is_a_leak():
    exam, _ = exam_of(lambda prompt, worn: mira() if worn else scribble(prompt))
    assert examine(exam, 10)["bleed"] > 0.5
    harmless, _ = exam_of(lambda prompt, worn: mira())
    assert examine(harmless, 10)["bleed"] == 0, "what the model drew before is nobody's leak"


def test_one_picture_for_all_words_has_no_variety_and_does_not_listen():
    exam, _ = exam_of(lambda prompt, worn: mira() if worn else scribble(prompt))
    scores = examine(exam, 10)
    assert scores["diversity"] < 0.01 < scores["diversity_base"] and scores["memorised"] > 0.98
    assert scores["adherence"] < 0.5 and "adherence_base" in scores
    assert spread([scribble("a"), scribble("wholly another"), scribble("third, longer than that")]) > 0.1
    assert learned_by_heart([scribble("a")], exam_of(None)[0].known) < 0.9


def test_whoever_stops_or_pauses_it_is_heard_at_each_step_of_a_sample_and_at_each_photo():
    exam, painter = exam_of(lambda prompt, worn: scribble(prompt))
    heard = []
    exam.heed = lambda: heard.append(len(painter.asked))
    exam.sample(1)
    assert heard == [1] * (STEPS + 1)
    heard.clear()
    examine(exam, 10)
    calls = len(painter.asked[1:]) // SIDE_BY_SIDE
    assert len(heard) == calls * (STEPS + 1) + 2 * len(PHOTOS), "the eye looks at each photo, and so does the memory"

    def stop():
        raise Cancelled()

    exam.heed, exam.shots = stop, {}
    with pytest.raises(Cancelled):
        exam.sample(2)


def test_of_five_thousand_photos_a_few_are_compared_with():
    exam, _ = exam_of(lambda prompt, worn: mira())
    exam.examples = exam.examples * 1250
    assert len(exam.photos) == len(exam.known) == ENOUGH


def test_what_is_in_a_picture_counts_as_heard(monkeypatch):
    seen = listening.Question("smiling, in a park", {"expression": "smiling", "place": "park"})
    other = listening.Question("sad, on the beach", {"expression": "sad", "place": "beach"})
    reader = listening.open_reader(Room())
    assert listening.read_right(reader, [mira()], [seen]) == 1.0
    assert listening.read_right(reader, [mira()], [other]) == 0.0
    assert listening.looks_of(reader, [mira(n) for n in range(4)])["hair_colour"] == "teal"


def test_pictures_are_ranked_among_the_scenes_that_were_asked():
    asked = [listening.Question(words, {}) for words in ("beach", "snow")]

    class Clip:
        device = "cpu"

        def __call__(self, images, **given):
            import torch

            return SimpleNamespace(logits_per_image=torch.tensor([[3.0, 1.0], [2.0, 1.0]]))

    class Given(dict):
        def to(self, device):
            return self

    def processor(text, images, **how):
        assert text == ["beach", "snow"]
        return Given(images=images)

    assert listening.rank_right(Clip(), processor, ["a", "b"], asked) == 0.5


def test_a_tiny_clip_judges_families_that_the_reader_does_not_know(tmp_path, monkeypatch):
    transformers = pytest.importorskip("transformers")
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    tokenizer = transformers.CLIPTokenizer.from_pretrained(STARTER / "tokenizer")
    config = transformers.CLIPConfig(text_config={**small, "vocab_size": len(tokenizer), "max_position_embeddings": 40},
                                     vision_config={**small, "image_size": 32, "patch_size": 16}, projection_dim=8)
    folder = tmp_path / "clip"
    transformers.CLIPModel(config).save_pretrained(folder)
    eyes = transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    transformers.CLIPProcessor(eyes, tokenizer).save_pretrained(folder)
    monkeypatch.setattr(Room, "weights", lambda self, name: folder)
    judge = listening.find_judge(Room(), "sdxl")
    assert 0.0 <= judge([mira(n) for n in range(4)], listening.QUESTIONS) <= 1.0


def test_where_nobody_can_tell_it_is_said_and_nothing_is_guessed():
    exam, _ = exam_of(lambda prompt, worn: mira(), name="sdxl")
    scores = examine(exam, 10)
    assert "adherence" not in scores and "not judged" in exam.bench.notes[0]
