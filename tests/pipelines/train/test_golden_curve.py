"""The starter's recipe is protected: the same pairs and plan give the losses that were written down.

Who changes the recipe on purpose raises `training.RECIPE`, runs `python -m tests.pipelines.train.test_golden_curve`
and says in the commit why the curve moved.
"""

import json
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from core.requests import TrainRequest
from pipelines.kit import training
from pipelines.kit.base_models import Base
from pipelines.kit.cache import Cache
from pipelines.kit.families import Example, Manner
from pipelines.kit.learner import Plan

CURVE = Path(__file__).with_name("golden_curve.json")
PLAN = Plan(6, seed=5, batch=2, accumulate=2, learning_rate=2e-3, warmup=2, ema=0.9)


def prepare(folder):
    """A lesson with everything on that the starter's presets use, on weights and pictures that never change."""
    from pipelines.kit.lessons import make_lesson
    from pipelines.train.starter import build
    from tests.pipelines.image.tiny import make_sd15

    examples = []
    for number, colour in enumerate(("teal", "navy", "gold", "plum")):
        path = folder / f"{colour}.png"
        picture = Image.new("RGB", (80, 64), colour)
        picture.paste("white", (10 * number, 10, 10 * number + 20, 40))
        picture.save(path)
        plain = f"woman, {colour}"
        examples.append(Example(path, f"zwmira {plain}", plain, (64, 64), sha256=colour))
    words = {"reach": "everything", "trigger": "zwmira", "subject": "woman"}
    family = build(Base("starter", "starter", make_sd15(folder / "tiny")), TrainRequest(min_snr=5.0), words)
    cache = Cache(folder / "cache")
    lesson = make_lesson(family, examples, Manner(rank=4, alpha=4.0, preserve=0.25, flip=True), cache)
    return lesson, cache


def learn(folder):
    lesson, cache = prepare(folder)
    return training.train(lesson, PLAN, training.Desk(folder / "saves")).losses, cache


@pytest.mark.slow
def test_the_losses_are_those_that_were_written_down_and_a_second_run_recomputes_nothing(tmp_path):
    pytest.importorskip("diffusers")
    golden = json.loads(CURVE.read_text())
    assert golden["recipe"] == training.RECIPE, "a new recipe needs a new curve"
    losses, cache = learn(tmp_path)
    assert cache.misses > 0 and cache.hits == 0
    assert list(losses) == pytest.approx(golden["losses"], rel=0.02)
    _, second = prepare(tmp_path)
    assert (second.misses, second.hits) == (0, cache.misses)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        losses, _ = learn(Path(folder))
    CURVE.write_text(json.dumps({"recipe": training.RECIPE, "losses": [round(loss, 6) for loss in losses]}) + "\n")
    sys.stdout.write(f"{CURVE.name}: {[round(loss, 4) for loss in losses]}\n")
