"""The training recipe at toy size: from nothing to a folder that loads; resumed it ends at the same weights."""

import time

import numpy
import pytest
import torch

from pipelines.kit import attributes, latent_preview, likeness_net, upscaler_net
from pipelines.starter.course import Course, Desk, learn, learned
from pipelines.starter.plan import PLANS, Plan

skia = pytest.importorskip("skia", reason="training draws its pictures with skia-python")

from pipelines.starter import autoencoder, denoiser, train  # noqa: E402
from pipelines.starter.artist.drawing import draw  # noqa: E402
from pipelines.starter.artist.recipe import sample  # noqa: E402
from pipelines.starter.likeness import IDENTITY, SHOTS, area_under_curve, person, portrait  # noqa: E402
from pipelines.starter.patterns import pattern  # noqa: E402
from pipelines.starter.pool import HELD_OUT, open_pool  # noqa: E402
from pipelines.starter.reading import answers, truth  # noqa: E402
from pipelines.starter.vocabulary import SPARE, learn_words  # noqa: E402

TOY = PLANS["toy"]


class ShortDesk(Desk):
    """A desk that is over after so many looks at the clock."""

    def __init__(self, folder, looks):
        super().__init__(folder, "cpu", float("inf"), lambda words: None)
        object.__setattr__(self, "looks", [looks])

    @property
    def over(self):
        self.looks[0] -= 1
        return self.looks[0] < 0


def lesson():
    torch.manual_seed(0)
    net = torch.nn.Linear(4, 4)

    def loss(step, dice):
        return (net(torch.randn(8, 4, generator=dice)) - 1.0).square().mean()

    return Course("lesson", {"net": net}, 12, 0.05, loss)


def test_stopped_and_resumed_it_ends_at_the_same_weights(tmp_path):
    whole = lesson()
    assert learn(whole, ShortDesk(tmp_path / "whole", 99))
    halves = lesson()
    assert not learn(halves, ShortDesk(tmp_path / "halves", 5))
    again = lesson()
    assert learn(again, ShortDesk(tmp_path / "halves", 99))
    for kind in ("modules", "averaged"):
        one, other = (getattr(course, kind)["net"].state_dict() for course in (whole, again))
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("starter")
    arguments = ["--plan", "toy", "--work", str(home / "work"), "--past-gates", "--target", str(home / "model"),
                 "--device", "cpu"]
    assert train.main(arguments) == 0
    return home


def test_one_command_makes_a_folder_that_draws(made):
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline.from_pretrained(made / "model", local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline("girl, red hair", num_inference_steps=2, height=64, width=64).images[0]
    assert picture.size == (64, 64)


def test_a_new_starter_goes_on_from_an_earlier_one_where_shapes_and_words_agree(made):
    from dataclasses import replace

    wider = replace(TOY, latent=6)
    parts = denoiser.build(wider, learn_words(wider))
    denoiser.inherit(parts, made / "model")
    earlier = denoiser.build(TOY, learn_words(TOY))
    denoiser.inherit(earlier, made / "model")
    ours, theirs = parts.unet.state_dict(), earlier.unet.state_dict()
    fitting = [name for name in ours if ours[name].shape == theirs[name].shape]
    assert set(ours) - set(fitting) == {"conv_in.weight", "conv_out.weight", "conv_out.bias"}
    assert all(torch.equal(ours[name], theirs[name]) for name in fitting)
    assert torch.equal(parts.text.get_input_embeddings().weight, earlier.text.get_input_embeddings().weight)


def test_the_last_touch_changes_the_decoder_and_nothing_that_the_unet_hangs_on(made):
    desk = Desk(made / "work" / "toy", "cpu", float("inf"), lambda words: None)
    shipped = autoencoder.finished(TOY, desk).state_dict()
    coder = autoencoder.build(TOY)
    assert learned("decoder", {"coder": coder}, desk)
    before = coder.state_dict()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], shipped[name])}
    assert changed == {"decoder"}


def test_what_is_drawn_anew_is_another_latent_of_the_same_picture(made):
    latents = numpy.load(made / "work" / "toy" / "latents.npy").astype(numpy.float32)
    left = numpy.load(made / "work" / "toy" / "left.npy").astype(numpy.float32)
    assert left.shape == latents[: len(left)].shape and numpy.isfinite(left).all()
    assert not numpy.allclose(left, latents[: len(left)], atol=0.01)


def test_a_second_call_has_nothing_left_to_do(made):
    start = {path: path.stat().st_mtime_ns for path in (made / "work").rglob("*.npy")}
    assert train.main(["--plan", "toy", "--work", str(made / "work"), "--stage", "reader", "--device", "cpu"]) == 0
    assert {path: path.stat().st_mtime_ns for path in (made / "work").rglob("*.npy")} == start


def test_a_failed_gate_keeps_the_next_stage_from_starting(made, capsys):
    arguments = ["--plan", "toy", "--work", str(made / "work"), "--stage", "unet", "--device", "cpu"]
    assert train.main(arguments) == train.NOT_DONE
    assert "gate" in capsys.readouterr().out


def test_no_time_left_means_not_done(tmp_path):
    arguments = ["--plan", "toy", "--work", str(tmp_path), "--minutes", "-1", "--device", "cpu"]
    assert train.main(arguments) == train.NOT_DONE


def test_companions_load_and_answer(made):
    companions = made / "model" / "companions"
    picture = draw(sample(5, places=0.0), 96)
    reader = attributes.load(companions / "reader.safetensors")
    read = attributes.read_attributes(reader, picture)
    assert all(value in reader.answers[name] and 0.0 < sure <= 1.0 for name, (value, sure) in read.items())
    encoder = likeness_net.load(companions / "likeness.safetensors")
    rows = likeness_net.embed(encoder, [picture, draw(sample(6, places=0.0), 300)])
    assert rows.shape == (2, likeness_net.DIMENSIONS) and numpy.allclose(numpy.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for scale in (2, 4):
        upscaler = upscaler_net.load(companions / f"upscale_x{scale}.safetensors")
        assert upscaler.scale == scale
        assert upscaler_net.enlarge(upscaler, picture[:40, :60]).shape == (40 * scale, 60 * scale, 3)
    matrix = latent_preview.load(companions / "preview.safetensors")
    assert latent_preview.preview(matrix, numpy.zeros((1, TOY.latent, 8, 8))).shape == (1, 8, 8, 3)


def test_the_upscalers_open_in_spandrel(made):
    spandrel = pytest.importorskip("spandrel", reason="spandrel needs a torchvision that matches torch")
    for scale in (2, 4):
        model = spandrel.ModelLoader().load_from_file(made / "model" / "companions" / f"upscale_x{scale}.safetensors")
        assert model.scale == scale and model.architecture.id == "Compact"


def test_places_are_read_without_people():
    read = {"who": ("nobody", 0.9), "place": ("park", 0.9), "light": ("day", 0.8), "hair": ("bob", 0.2)}
    assert set(attributes.only_visible(read)) == {"who", "place", "light"}


def test_pools_are_drawn_once_and_hold_faces(tmp_path):
    said = []
    pool = open_pool(tmp_path, 48, 0, 12, said.append)
    assert len(said) == 1 and len(pool) == 12
    again = open_pool(tmp_path, 48, 0, 12, said.append)
    assert len(said) == 1 and (again.picture(3) == pool.picture(3)).all()
    for index in range(12):
        assert (pool.faces[index, 2] > 0) == (pool.recipe(index).who != "nobody")


def test_truth_speaks_only_of_known_answers():
    possible = answers()
    for seed in range(300):
        for name, value in truth(sample(seed)).items():
            assert value in possible[name]


def test_near_doubles_differ_in_identity_and_shots_do_not():
    for number in range(0, 60, 2):
        one, other = person(number), person(number + 1)
        assert 1 <= sum(one[name] != other[name] for name in IDENTITY) <= 3
        shots = [portrait(number * SHOTS + turn) for turn in range(SHOTS)]
        assert len({(shot.who, shot.skin, shot.hair, shot.hair_colour, shot.eyes) for shot in shots}) == 1
        assert len({(shot.expression, shot.place, shot.outfit) for shot in shots}) > 1


def test_area_under_curve_of_known_scores():
    assert area_under_curve(numpy.array([0.8, 0.9]), numpy.array([0.1, 0.2])) == 1.0
    assert area_under_curve(numpy.array([0.1, 0.9]), numpy.array([0.2, 0.8])) == 0.5


def test_spare_words_are_one_token_and_others_can_be_spelled():
    words = learn_words(Plan("toy", words=900))
    for word in SPARE:
        assert len(words(word).input_ids) == 3
    text = "zebra on a skateboard, 1984!"
    assert words.decode(words(text).input_ids, skip_special_tokens=True).replace(" ", "") == text.replace(" ", "")
    assert words.eos_token_id == len(words) - 1


def test_patterns_are_of_several_kinds_and_repeat():
    made_again = [pattern(seed, 64) for seed in range(8)]
    assert all((pattern(seed, 64) == one).all() for seed, one in enumerate(made_again))
    assert len({one.tobytes() for one in made_again}) == 8 and HELD_OUT > 1_000_000


def test_a_desk_without_time_is_over(tmp_path):
    assert Desk(tmp_path, "cpu", time.monotonic() - 1, print).over
