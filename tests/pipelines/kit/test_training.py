"""The training loop: exact resume, whole saves, orders, and what happens when numbers or disks run out."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Missing, Refused, StudioError, TooBig
from pipelines.kit import checkpoints
from pipelines.kit.chance import batches, draw
from pipelines.kit.learner import Learner, Plan, check_optimizer
from pipelines.kit.training import Desk, fingerprint, smooth, train
from tests.pipelines.kit.tiny_lesson import PLAN, make_lesson, weights

ROOT = Path(__file__).parents[3]


def always_save(step, steps):
    return frozenset({"save"})


def unbroken(folder, plan=PLAN):
    lesson = make_lesson()
    outcome = train(lesson, plan, Desk(folder))
    return weights(lesson), outcome, checkpoints.newest(folder)


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("kill_at", [1, 5, 11])
def test_a_killed_training_ends_bit_for_bit_as_if_it_had_never_been_killed(tmp_path, kill_at):
    whole, outcome, saved = unbroken(tmp_path / "whole")
    broken = tmp_path / "broken"
    child = subprocess.run(
        [sys.executable, "-m", "tests.pipelines.kit.tiny_lesson", str(broken), str(PLAN.steps), str(kill_at)],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    assert child.returncode == -9
    lesson = make_lesson()
    resumed = train(lesson, PLAN, Desk(broken))
    assert resumed.resumed_from == kill_at
    assert resumed.losses == outcome.losses
    assert same(weights(lesson), whole)
    again = checkpoints.newest(broken)
    assert same(dict(again.tensors), dict(saved.tensors)) and again.facts == saved.facts


@given(stop_at=st.integers(1, 11), optimizer=st.sampled_from(["adamw", "adafactor", "prodigy"]))
@settings(max_examples=8)
def test_a_stopped_training_resumes_exactly_at_every_step(tmp_path_factory, stop_at, optimizer):
    plan, folder = replace(PLAN, optimizer=optimizer), tmp_path_factory.mktemp("run")
    whole, outcome, _ = unbroken(folder / "whole", plan)
    orders = lambda step, steps: frozenset({"stop"} if step == stop_at else ())  # noqa: E731
    first = train(make_lesson(), plan, Desk(folder / "b", orders=orders))
    assert (first.step, first.finished) == (stop_at, False)
    lesson = make_lesson()
    assert train(lesson, plan, Desk(folder / "b")).losses == outcome.losses
    assert same(weights(lesson), whole)


def test_accumulating_is_the_same_as_a_larger_team_up_to_rounding():
    one = make_lesson()
    whole = draw(one.buckets, 2, 7, 3, {"micro": 1, "of": 2})
    halves = whole.parts(2)
    assert torch.equal(torch.cat([h.noise((6,)) for h in halves]), whole.noise((6,)))
    assert sum((h.uniform("time") for h in halves), []) == whole.uniform("time")


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 4), st.integers(0, 99))
def test_each_pass_shows_every_pair_in_full_batches_of_one_bucket(sizes, batch, epoch):
    numbers = iter(range(100))
    buckets = [[next(numbers) for _ in range(size)] for size in sizes]
    made = batches(buckets, batch, 3, epoch)
    assert all(len(part) == batch for part in made)
    assert all(any(set(part) <= set(bucket) for bucket in buckets) for part in made)
    assert {pair for part in made for pair in part} == {pair for bucket in buckets for pair in bucket}
    assert made == batches(buckets, batch, 3, epoch)


@pytest.mark.parametrize("harm", ["flip", "cut", "manifest", "gone"])
def test_a_damaged_save_is_noticed_and_the_one_before_it_is_used(tmp_path, harm):
    train(make_lesson(), PLAN, Desk(tmp_path, orders=always_save, keep=3))
    newest = tmp_path / "step-00000012"
    state = newest / "state.safetensors"
    content = bytearray(state.read_bytes())
    if harm == "flip":
        content[-5] ^= 1
        state.write_bytes(content)
    elif harm == "cut":
        state.write_bytes(content[:-100])
    elif harm == "gone":
        state.unlink()
    else:
        manifest = json.loads((newest / "manifest.json").read_text())
        manifest["facts"]["losses"][0] = 0.0
        (newest / "manifest.json").write_text(json.dumps(manifest))
    notes, lesson = [], make_lesson()
    outcome = train(lesson, PLAN, Desk(tmp_path, note=notes.append))
    assert outcome.resumed_from == 11 and "damaged" in notes[0]
    assert same(weights(lesson), unbroken(tmp_path / "whole")[0])


def test_only_damaged_saves_start_again_and_say_so(tmp_path):
    train(make_lesson(), replace(PLAN, steps=2), Desk(tmp_path, keep=1))
    for state in tmp_path.glob("*/state.safetensors"):
        state.write_bytes(b"torn")
    notes = []
    assert train(make_lesson(), replace(PLAN, steps=2), Desk(tmp_path, note=notes.append)).resumed_from == 0
    assert any("from the beginning" in note for note in notes)


def test_only_the_newest_saves_are_kept_and_nothing_half_written_stays(tmp_path):
    train(make_lesson(), PLAN, Desk(tmp_path, orders=always_save, keep=3))
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"step-{n:08d}" for n in (10, 11, 12)]


def test_a_full_disk_keeps_the_save_before_and_says_what_to_do(tmp_path):
    resource = pytest.importorskip("resource")
    train(make_lesson(), replace(PLAN, steps=3), Desk(tmp_path))
    lesson = make_lesson()
    tensors, facts = Learner(lesson.weights, PLAN).state()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with pytest.raises(TooBig, match="disk is full.*step-00000003"):
            checkpoints.write(tmp_path, 4, tensors, facts)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert checkpoints.newest(tmp_path).step == 3
    assert [p.name for p in tmp_path.iterdir()] == ["step-00000003"]


def test_a_disk_that_fills_up_in_mid_training_loses_only_what_was_not_saved_yet(tmp_path):
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_up(progress):
        if progress.step == 6:
            resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))

    try:
        with pytest.raises(TooBig, match="disk is full.*goes on from step-"):
            train(make_lesson(), PLAN, Desk(tmp_path, tell=fill_up))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert checkpoints.newest(tmp_path).step == 5
    lesson = make_lesson()
    assert train(lesson, PLAN, Desk(tmp_path)).resumed_from == 5
    assert same(weights(lesson), unbroken(tmp_path / "whole")[0])


def test_a_loss_that_is_not_a_number_stops_and_keeps_the_last_good_state(tmp_path):
    with pytest.raises(StudioError, match="unstable at step 6.*Lower the learning rate"):
        train(make_lesson(poison_at=5), PLAN, Desk(tmp_path))
    saved = checkpoints.newest(tmp_path)
    assert saved.step == 5
    assert all(t.isfinite().all() for t in saved.tensors.values())
    lesson = make_lesson()
    train(lesson, PLAN, Desk(tmp_path))
    assert same(weights(lesson), unbroken(tmp_path / "whole")[0])


def test_when_memory_runs_out_smaller_pieces_learn_the_same(tmp_path):
    notes, lesson = [], make_lesson(hungry=1)
    train(lesson, replace(PLAN, steps=3), Desk(tmp_path / "a", note=notes.append))
    plain = make_lesson()
    train(plain, replace(PLAN, steps=3), Desk(tmp_path / "b"))
    assert any("smaller pieces" in note for note in notes)
    # Dropout is drawn once for each piece, so it may differ; the pairs and their noise may not.
    for name, weight in weights(lesson).items():
        assert torch.allclose(weight, weights(plain)[name], atol=0.05)


def test_other_photos_or_settings_are_not_mixed_into_a_paused_training(tmp_path, monkeypatch):
    train(make_lesson(), replace(PLAN, steps=3), Desk(tmp_path))
    with pytest.raises(Refused, match="changed since"):
        train(make_lesson(), replace(PLAN, steps=3, learning_rate=1.0), Desk(tmp_path))
    assert fingerprint(PLAN, make_lesson()) == fingerprint(PLAN, make_lesson())
    monkeypatch.setattr("pipelines.kit.training.RECIPE", "another")
    with pytest.raises(Refused, match="another recipe now"):
        train(make_lesson(), replace(PLAN, steps=3), Desk(tmp_path))


def test_lending_saves_makes_room_and_comes_back_without_a_trace(tmp_path):
    happened, asked = [], []

    def orders(step, steps):
        asked.append(step)
        if step == 4:
            happened.append(checkpoints.newest(tmp_path).step)
        return frozenset()

    lesson = replace(make_lesson(), move=happened.append)
    train(lesson, PLAN, Desk(tmp_path, orders=orders, lends=lambda: asked[-1:] == [3]))
    assert happened == ["cpu", 4, ""] and asked == list(range(12))
    assert same(weights(lesson), unbroken(tmp_path / "whole")[0])


def test_samples_and_files_are_made_when_due_or_asked_and_change_nothing(tmp_path):
    seen, files = [], []
    lesson = make_lesson()

    def orders(step, steps):
        return frozenset({"sample"}) if not seen else frozenset()

    def look(step):
        torch.randn(3)
        seen.append((step, weights(lesson)["0.weight"]))

    safe = []
    desk = Desk(tmp_path, orders=orders, look=look, export=files.append, look_at=frozenset({6}),
                judge=lambda step: safe.append(checkpoints.newest(tmp_path).step), export_at=frozenset({6, 12}))
    train(lesson, PLAN, desk)
    assert [step for step, _ in seen] == [1, 6] and files == safe == [6, 12], "all is saved before a long look"
    assert not torch.equal(seen[1][1], weights(lesson)["0.weight"])
    assert same(weights(lesson), unbroken(tmp_path / "whole")[0])


def test_a_lent_or_crashed_training_is_saved_on_the_way_out(tmp_path):
    def break_at_four(progress):
        if progress.step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(make_lesson(), PLAN, Desk(tmp_path, tell=break_at_four))
    assert checkpoints.newest(tmp_path).step == 4


def test_time_for_which_it_stood_still_makes_no_step_longer(tmp_path):
    told = []
    train(make_lesson(), PLAN, Desk(tmp_path, tell=told.append, rested=time.monotonic))
    assert max(one.seconds_per_step for one in told) < 1e-4


def test_at_most_a_tenth_of_the_run_is_at_risk(tmp_path):
    saved = []
    plan = replace(PLAN, steps=20)
    train(make_lesson(), plan, Desk(tmp_path, tell=lambda p: saved.append((p.step, checkpoints.newest(tmp_path)))))
    assert all(step - (found.step if found else 0) <= 3 for step, found in saved)


@pytest.mark.parametrize(("optimizer", "rate"), [("adamw", 2e-3), ("adafactor", 2e-3), ("prodigy", 1.0)])
def test_each_optimizer_moves_a_lora_that_begins_at_zero_at_the_rate_that_belongs_to_it(optimizer, rate):
    up, word = torch.nn.Parameter(torch.zeros(6, 4)), torch.nn.Parameter(torch.zeros(1, 6))
    plan = Plan(200, optimizer=optimizer, learning_rate=rate, schedule="constant")
    learner = Learner({"lora/up": up, "trigger/clip_l": word}, plan, {"trigger/": 2.0})
    for _ in range(plan.steps):
        ((up - 0.1) ** 2).mean().add(((word - 0.1) ** 2).mean()).backward()
        learner.apply()
    assert [float(p.detach().mean()) for p in (up, word)] == pytest.approx([0.1, 0.1], abs=0.03)


def test_an_optimizer_that_is_not_installed_is_said_before_a_model_is_loaded(monkeypatch):
    monkeypatch.setattr("pipelines.kit.learner.find_spec", lambda name: None)
    check_optimizer("adamw")
    with pytest.raises(Missing, match="adamw8bit is not installed"):
        check_optimizer("adamw8bit")


def test_the_rate_warms_up_and_falls_as_the_schedule_says():
    plan = Plan(steps=10, learning_rate=1.0, warmup=2, schedule="linear")
    assert [round(plan.rate(step), 3) for step in (0, 1, 2, 6, 9)] == [0.5, 1.0, 1.0, 0.5, 0.125]
    assert smooth([2.0] * 5) == pytest.approx(2.0) and smooth([]) == 0.0


@pytest.mark.slow
def test_two_launched_processes_learn_what_one_learns(tmp_path):
    pytest.importorskip("accelerate")
    told = {}
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2",
              "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
              "--main_process_port", str(free_port()), "-m"]
    for name, start in (("one", [sys.executable, "-m"]), ("two", launch)):
        (tmp_path / name).mkdir()
        subprocess.run([*start, "tests.pipelines.kit.team_lesson", str(tmp_path / name)], cwd=ROOT, check=True,
                       env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}, capture_output=True)
        told[name] = json.loads((tmp_path / name / "told.json").read_text())
    assert (told["one"]["size"], told["two"]["size"]) == (1, 2)
    assert told["two"]["losses"] == pytest.approx(told["one"]["losses"], rel=1e-5)
    for one, two in zip(told["one"]["weights"], told["two"]["weights"], strict=True):
        assert torch.allclose(torch.tensor(one), torch.tensor(two), atol=1e-6)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
