"""Families learn for real on tiny random weights: one picture by heart, a file others read, a picture that wears it."""

import importlib
import shutil
from dataclasses import replace

import pytest

from core import characters
from core.requests import TrainRequest
from pipelines.kit import checkpoints, eight_bits, exams, listening, lora, lora_files, memory, schooling, strengths
from pipelines.kit.base_models import Base
from pipelines.kit.cache import Cache
from pipelines.kit.chance import draw
from pipelines.kit.families import Example, Manner, drawing, lora_pairs, put_on, without_lora
from pipelines.kit.learner import Plan
from pipelines.kit.lessons import make_lesson
from pipelines.kit.lora_keys import LAYOUTS, READERS, file_tensors
from pipelines.kit.strengths import at_strength
from pipelines.kit.training import Desk, train
from tests.pipelines.image import tiny
from tests.pipelines.image.tiny import write_lora
from tests.pipelines.train.test_starter_training import DEMO, bring_mira, finish

diffusers = pytest.importorskip("diffusers")
torch = pytest.importorskip("torch")
from safetensors.torch import save_file  # noqa: E402

pytestmark = pytest.mark.slow
MODELS = {"sd15": (tiny.make_sd15, "StableDiffusionPipeline"), "sdxl": (tiny.make_sdxl, "StableDiffusionXLPipeline"),
          "flux1": (tiny.make_flux1, "FluxPipeline"), "flux2_klein": (tiny.make_flux2, "Flux2KleinPipeline"),
          "zimage": (tiny.make_zimage, "ZImagePipeline"), "qwen_image": (tiny.make_qwen_image, "QwenImagePipeline")}
PICTURE = Example(DEMO / "mira-01.png", "zwmira woman, teal hair", "woman, teal hair", (64, 64), sha256="one")


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory):
    """(family, its tiny model), made once."""
    return request.param, MODELS[request.param][0](tmp_path_factory.mktemp(request.param) / "tiny")


def build(model, precision="float32", reach="blocks"):
    name, folder = model
    module = importlib.import_module(f"pipelines.train.{name}")
    words = {"reach": reach, "trigger": "zwmira", "subject": "woman"}
    return module.build(Base(name, "checkpoints/tiny", folder, precision=precision), TrainRequest(), words)


def look_quickly(name, monkeypatch):
    """One question on one seed, two steps a sample: the way is the same, and short."""
    module = importlib.import_module(f"pipelines.train.{name}")
    whole = module.build
    monkeypatch.setattr(module, "build", lambda *given: quick(whole(*given)))
    for where, what, value in ((listening, "QUESTIONS", listening.QUESTIONS[:1]),
                               (exams, "SEEDS", exams.SEEDS[:1]), (strengths, "STRENGTHS", (1.0,)),
                               (schooling, "CANDIDATES", (1.0,)), (schooling, "LOOKS", 1)):
        monkeypatch.setattr(where, what, value)


def quick(family):
    return replace(family, look={**family.look, "num_inference_steps": 2})


def their_pipe(model):
    name, folder = model
    extra = {"safety_checker": None} if name == "sd15" else {}
    return getattr(diffusers, MODELS[name][1]).from_pretrained(folder, local_files_only=True, **extra)


def wrong(lesson):
    """How wrong it is on four fixed draws."""
    with torch.no_grad():
        return sum(float(lesson.loss(draw(lesson.buckets, 2, 5, step, {"micro": 0, "of": 1}))) for step in range(4))


def test_it_learns_a_picture_and_diffusers_adds_exactly_what_was_learned(model, tmp_path):
    name, _ = model
    family, cache = build(model), Cache(tmp_path / "cache")
    lesson = make_lesson(family, [PICTURE], Manner(rank=4, alpha=2.0, caption_dropout=0), cache)
    before = wrong(lesson)
    plan = Plan(8, batch=2, learning_rate=5e-2, schedule="constant")
    train(lesson, plan, Desk(tmp_path / "saves"))
    after = wrong(lesson)
    assert after < 0.97 * before
    learned, file = lora_pairs(family), tmp_path / "mira.safetensors"
    lora_files.write(file, learned, name, lora_files.describe(name, {"rank": 4, "alpha": 2.0}), half=False)
    assert lora_files.read(file).family == name
    theirs = their_pipe(model)
    theirs.load_lora_weights(file, adapter_name="theirs")
    same_change(added_by(theirs, family.part, "theirs"), learned)
    for number, tensors in enumerate(foreign(learned, name)):
        theirs.unload_lora_weights()
        save_file({key: t.contiguous() for key, t in tensors.items()}, tmp_path / f"foreign-{number}.safetensors",
                  {"modelspec.architecture": LAYOUTS[name].architecture})
        worn = lora.Worn(tmp_path / f"foreign-{number}.safetensors")
        lora.wear(theirs, [worn], name)
        same_change(added_by(theirs, family.part, worn.adapter), learned)
    scramble(family)
    put_on(family, lora_files.read(file).pairs)
    same_change({path: pair.delta() for path, pair in lora_pairs(family).items()}, learned)


@pytest.mark.parametrize("model", ["sd15", "sdxl"], indirect=True)
def test_what_reads_the_words_can_learn_too_and_travels_in_the_same_file(model, tmp_path):
    name, _ = model
    family = build(model, reach="words")
    lesson = make_lesson(family, [PICTURE], Manner(rank=4, alpha=2.0, caption_dropout=0, preserve=0.5),
                         Cache(tmp_path / "cache"))
    train(lesson, Plan(4, batch=2, learning_rate=5e-2, schedule="constant"), Desk(tmp_path / "saves"))
    learned, file = lora_pairs(family), tmp_path / "mira.safetensors"
    parts = {path.partition(".")[0] for path, pair in learned.items() if pair.up.any()}
    assert parts == {"unet", *READERS[name]}
    lora_files.write(file, learned, name, lora_files.describe(name, {"rank": 4, "alpha": 2.0}), half=False)
    assert {key.partition("_text_model")[0] for key in lora_files.read(file).pairs if key.startswith("lora_te")} == {
        *READERS[name].values()}
    theirs = their_pipe(model)
    theirs.load_lora_weights(file, adapter_name="theirs")
    added = {path: change for part in parts for path, change in added_by(theirs, part, "theirs").items()}
    same_change(added, learned)
    ids = family.read(["zwmira woman"])
    with without_lora(family), torch.no_grad():
        plain = family.pipe.text_encoder(ids[0]["ids_clip_l"][None])[0]
    with torch.no_grad():
        taught = family.pipe.text_encoder(ids[0]["ids_clip_l"][None])[0]
        with at_strength(family, 0.0):
            unworn = family.pipe.text_encoder(ids[0]["ids_clip_l"][None])[0]
    assert not torch.equal(plain, taught) and torch.equal(plain, unworn)
    scramble(family)
    put_on(family, lora_files.read(file).pairs)
    same_change({path: pair.delta() for path, pair in lora_pairs(family).items()}, learned)


@pytest.mark.parametrize("model", ["sd15", "sdxl"], indirect=True)
def test_what_reads_the_words_goes_on_bit_for_bit_lent_and_with_memory_spared(model, tmp_path):
    plan = Plan(2, seed=3, batch=2, accumulate=2, learning_rate=1e-2, ema=0.9)
    whole = reading_lesson(model, tmp_path)
    before = {name: p.detach().clone() for name, p in whole.weights.items()}
    told = train(whole, plan, Desk(tmp_path / "whole"))
    still = {name for name, p in whole.weights.items() if torch.equal(p, before[name])}
    assert all(name.startswith("lora/text_encoder/") for name in still), "of it SDXL passes the last layer by"
    assert len([name for name in whole.weights if name.startswith("trigger/")]) == len(READERS[model[0]])
    broken = tmp_path / "broken"
    train(reading_lesson(model, tmp_path), plan,
          Desk(broken, orders=lambda step, steps: frozenset({"stop"} if step == 1 else ()), lends=lambda: True))
    again = reading_lesson(model, tmp_path)
    assert again.spare() and not again.spare()
    resumed = train(again, plan, Desk(broken, lends=lambda: True))
    assert resumed.resumed_from == 1 and resumed.losses == told.losses
    one, two = (checkpoints.newest(folder).tensors for folder in (tmp_path / "whole", broken))
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("model", ["sd15"], indirect=True)
def test_a_dora_is_worn_as_it_was_learned_lengths_and_convolutions_and_reader_too(model, tmp_path):
    family, file = build(model, reach="words"), tmp_path / "mira.safetensors"
    manner = Manner(rank=2, alpha=1.0, dora=True, caption_dropout=0)
    lesson = make_lesson(family, [PICTURE], manner, Cache(tmp_path / "cache"))
    train(lesson, Plan(2, learning_rate=5e-2, schedule="constant"), Desk(tmp_path / "saves"))
    lora_files.write(file, lora_pairs(family), "sd15", {}, half=False)
    theirs = their_pipe(model)
    plain = answers(theirs)
    lora.wear(theirs, [lora.Worn(file)], "sd15")
    with drawing(family):
        learned = answers(family.pipe)
    for before, mine, worn in zip(plain, learned, answers(theirs), strict=True):
        assert torch.allclose(mine, worn, atol=1e-4) and not torch.allclose(mine, before, atol=1e-2)


def answers(pipe):
    """What both parts say to a fixed question."""
    with torch.no_grad():
        words = pipe.text_encoder(torch.arange(8)[None])[0]
        noise = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
        return words, pipe.unet(noise, 500, encoder_hidden_states=words, return_dict=False)[0]


def reading_lesson(model, tmp_path):
    """All that can go on beside a LoRA on what reads the words."""
    manner = Manner(rank=2, alpha=2.0, caption_dropout=0.2, preserve=0.5, flip=True, dropout=0.1)
    pictures = [PICTURE, replace(PICTURE, caption="zwmira woman, sea", sha256="two")]
    return make_lesson(build(model, reach="words"), pictures, manner, Cache(tmp_path / "cache"))


def test_a_family_whose_words_are_read_by_a_model_of_its_own_says_so(studio):
    bring_mira(studio, photos=1)
    job = finish(studio, studio.submit("train.flux1", {"character": "Mira", "reach": "words"}))
    assert job.state == "failed" and "does not learn here" in job.error["message"]


def foreign(learned, name):
    """The same LoRA as others would have written it for this family."""
    folded = file_tensors(learned, "zimage")  # diffusers' names, alpha folded in
    yield folded
    if name in ("zimage", "qwen_image"):
        yield {key.replace("transformer.", "diffusion_model.", 1): t for key, t in folded.items()}
    if name == "qwen_image":
        yield file_tensors(learned, "sd15")  # kohya's flat names, with alpha


def added_by(pipe, part, adapter):
    return {f"{part}.{path}": module.get_delta_weight(adapter) for path, module in getattr(pipe, part).named_modules()
            if adapter in getattr(module, "lora_A", {})}


def same_change(added, learned):
    assert added.keys() == learned.keys()
    for path, pair in learned.items():
        assert torch.allclose(added[path], pair.delta(), atol=1e-5), path


def scramble(family):
    with torch.no_grad():
        for module in [one for learner in family.learners.values() for one in learner.modules()]:
            if "learning" in getattr(module, "lora_B", {}):
                module.lora_B["learning"].weight.normal_()


def test_it_learns_as_on_a_card_in_bf16_with_memory_spared_its_base_in_8_bits_and_old_answers_kept(model, tmp_path):
    family = build(model, "bfloat16", "words" if model[0] in READERS else "blocks")
    eight_bits.pack(family.denoiser)
    manner = Manner(rank=2, alpha=2.0, precision="bfloat16", preserve=0.5, checkpointing=True)
    lesson = make_lesson(family, [PICTURE], manner, Cache(tmp_path / "cache"))
    outcome = train(lesson, Plan(1, batch=2), Desk(tmp_path / "saves"))
    assert all(torch.isfinite(torch.tensor(outcome.losses)))
    assert all(weight.dtype == torch.float32 and weight.isfinite().all() for weight in lesson.weights.values())
    assert sum(weight.dtype == torch.int8 for weight in family.denoiser.parameters()) > len(family.targets) // 2
    exam = exams.Exam(quick(family), None, [PICTURE], None)
    assert exams.draw(exam, "a cat", 1).size == exam.size


def test_the_studio_teaches_it_on_a_small_card_and_the_next_picture_wears_what_was_learned(model, studio, monkeypatch):
    name, folder = model
    look_quickly(name, monkeypatch)
    monkeypatch.setattr(memory, "card_gb", lambda device: 5.9)
    shutil.copytree(folder, studio.home.models / "checkpoints" / "tiny")
    if name == "zimage":
        write_lora(folder, "ZImagePipeline", studio.home.models / "loras" / "zimage_training_adapter_v1.safetensors")
    bring_mira(studio, photos=1)
    wish = {"character": "Mira", "effort": "quick", "steps": 1, "resolution": 64, "rank": 2, "learning_rate": 1e-2,
            "reach": "words" if name in READERS else "",
            "model": "checkpoints/tiny" if name == "sd15" else ""}  # so narrow, that one reads like the starter
    job = finish(studio, studio.submit(f"train.{name}", wish))
    assert job.state == "done", job.error
    assert any("small for this model" in notice for notice in job.notices), job.notices
    worn = characters.find(studio.store.rows("characters"), "Mira").lora_for_family(name)
    assert worn.base == "checkpoints/tiny"
    asked = {"prompt": "@Mira in the park", "model": "checkpoints/tiny", "width": 64, "height": 64, "steps": 2}
    drawn = finish(studio, studio.submit(f"image.{name}", asked))
    assert drawn.state == "done", drawn.error
    assert worn.sha256 in [one["sha256"] for one in studio.assets.record(drawn.assets[0])["weights"]]
