"""Where a job runs: what the installed torch can drive, and how a device is chosen."""

from dataclasses import replace

import pytest

from core.errors import Missing, Refused
from core.gpus import Gpu
from core.jobs import Job
from core.lanes import Policy, choose, devices_of, lanes_of, with_devices
from tests.conftest import MACHINE

TITAN = Gpu("nvidia", "RTX 5090", 0, 32, compute=(12, 0), uuid="GPU-aa11-5")
ADA = Gpu("nvidia", "RTX 4090", 1, 24, compute=(8, 9), uuid="GPU-bb22-6")
PASCAL = Gpu("nvidia", "GTX 1080", 0, 8, compute=(6, 1))
RADEON = Gpu("amd", "RX 7900", 0, 24, arch="gfx1100")
ARC = Gpu("intel", "Arc B580", 0, 12)
APPLE = Gpu("apple", "Apple M4", vram_gb=32, discrete=False)
TWO = lanes_of(["cuda:0", "cuda:1", "cpu"])


def with_cards(*gpus, system="Linux"):
    return replace(MACHINE, gpus=gpus, system=system)


@pytest.mark.parametrize(("gpus", "system", "build", "devices"), [
    ((), "Linux", "2.13.0+cpu", ["cpu"]),
    ((TITAN, ADA), "Linux", "2.13.0+cu130", ["cuda:0", "cuda:1", "cpu"]),
    ((TITAN, ADA), "Linux", "2.13.0", ["cuda:0", "cuda:1", "cpu"]),
    ((PASCAL,), "Linux", "2.13.0+cu130", ["cpu"]),
    ((PASCAL,), "Windows", "2.13.0+cu126", ["cuda:0", "cpu"]),
    ((TITAN,), "Windows", "2.13.0", ["cpu"]),
    ((RADEON,), "Windows", "2.13.0+cpu", ["cpu"]),
    ((RADEON,), "Linux", "2.13.0+rocm7.2", ["cuda:0", "cpu"]),
    ((RADEON, TITAN), "Linux", "2.13.0+cu130", ["cuda:0", "cpu"]),
    ((ARC,), "Linux", "2.13.0+xpu", ["xpu:0", "cpu"]),
    ((APPLE,), "Darwin", "2.13.0", ["mps", "cpu"]),
    ((TITAN,), "Linux", "", ["cpu"])])
def test_only_cards_that_the_installed_torch_drives_are_devices(gpus, system, build, devices):
    assert list(devices_of(with_devices(with_cards(*gpus, system=system), build))) == devices


@pytest.mark.parametrize(("told", "names"), [
    ("0,1", ["RTX 5090", "RTX 4090"]), ("1", ["RTX 4090"]), ("1, 0", ["RTX 4090", "RTX 5090"]), ("-1", []), ("", []),
    ("0,-1,1", ["RTX 5090"]), ("7", []), ("0,0", []), ("GPU-bb22", ["RTX 4090"]),
    ("GPU-bb22,GPU-aa11", ["RTX 4090", "RTX 5090"]), ("GPU-cc33", []), ("GPU-", []), ("none", [])])
def test_cards_that_the_environment_hides_are_none_and_the_rest_is_counted_anew(told, names):
    machine = with_devices(with_cards(TITAN, ADA), "2.13.0+cu130", {"CUDA_VISIBLE_DEVICES": told})
    assert list(devices_of(machine).values()) == [*names, MACHINE.cpu]
    assert list(machine.cards) == [f"cuda:{number}" for number in range(len(names))]
    assert {gpu.name for gpu in machine.gpus} == {"RTX 5090", "RTX 4090"}, "they are in the computer all the same"


RADEONS = tuple(replace(RADEON, name=name, index=n, uuid=f"GPU-{n}abc") for n, name in enumerate("ABC"))
ARCS = tuple(replace(ARC, name=name, index=n) for n, name in enumerate("ABC"))


@pytest.mark.parametrize(("cards", "build", "environment", "names"), [
    (RADEONS, "rocm7.2", {"HIP_VISIBLE_DEVICES": "2,0"}, "CA"), (RADEONS, "rocm7.2", {"HIP_VISIBLE_DEVICES": "-1"}, ""),
    (RADEONS, "rocm7.2", {"ROCR_VISIBLE_DEVICES": "1, GPU-2ABC"}, "BC"),
    (RADEONS, "rocm7.2", {"ROCR_VISIBLE_DEVICES": "1,2", "HIP_VISIBLE_DEVICES": "1"}, "C"),
    (RADEONS, "rocm7.2", {"CUDA_VISIBLE_DEVICES": "1"}, "B"),
    (RADEONS, "rocm7.2", {"HIP_VISIBLE_DEVICES": "0", "CUDA_VISIBLE_DEVICES": "1"}, "A"),
    (RADEONS, "rocm7.2", {"ZE_AFFINITY_MASK": "0"}, "ABC"), (ARCS, "xpu", {"CUDA_VISIBLE_DEVICES": "-1"}, "ABC"),
    (ARCS, "xpu", {"ZE_AFFINITY_MASK": "2,0"}, "AC"), (ARCS, "xpu", {"ZE_AFFINITY_MASK": "1.0,1.1"}, "B"),
    (ARCS, "xpu", {"ZE_AFFINITY_MASK": ""}, "ABC"), (ARCS, "xpu", {"ZE_AFFINITY_MASK": "7"}, "")])
def test_cards_of_amd_and_intel_are_hidden_by_their_own_words(cards, build, environment, names):
    machine = with_devices(with_cards(*cards), f"2.13.0+{build}", environment)
    assert [gpu.name for gpu in machine.gpus if gpu.device] == list(names)
    assert len(machine.gpus) == 3, "they are in the computer all the same"


def test_a_slice_of_a_card_is_a_card_whose_size_nobody_knows():
    machine = with_devices(with_cards(TITAN, ADA), "2.13.0+cu130", {"CUDA_VISIBLE_DEVICES": "MIG-1-2-3"})
    assert list(machine.cards) == ["cuda:0"] and machine.memory_gb("cuda:0") == 0.0


def test_of_twins_each_is_the_one_that_torch_means_with_its_own_meter_and_memory():
    twins = [replace(ADA, index=number, vram_gb=size) for number, size in ((0, 24), (1, 48))]
    machine = with_devices(with_cards(*twins), "2.13.0+cu130", {"CUDA_VISIBLE_DEVICES": "1"})
    assert machine.cards["cuda:0"].index == 1 and machine.memory_gb("cuda:0") == 48


def test_each_card_has_a_lane_and_the_processor_too():
    assert lanes_of(["cpu"]) == {"light": "cpu", "gpu": "cpu"}
    assert lanes_of(["mps", "cpu"]) == {"light": "cpu", "gpu": "mps", "cpu": "cpu"}
    assert TWO == {"light": "cpu", "gpu0": "cuda:0", "gpu1": "cuda:1", "cpu": "cpu"}


def lane(policy=Policy(), asked="", wanted="gpu", last="", busy=(), lanes=TWO):  # noqa: B008
    return choose(Job("1", "image.x", "X", {}, asked=asked), wanted, lanes, policy, last, lambda one: one in busy)


def test_the_least_busy_card_is_taken_and_the_processor_only_when_asked():
    assert lane() == "gpu0" and lane(busy=("gpu0",)) == "gpu1" and lane(busy=("gpu0", "gpu1")) == "gpu0"
    assert lane(asked="cpu") == "cpu" and lane(wanted="light") == "light"


def test_sticky_stays_where_the_model_lies():
    assert lane(Policy("sticky"), last="cuda:1") == "gpu1"
    assert lane(Policy("sticky"), last="cuda:7") == "gpu0", "that card is gone"


def test_manual_takes_the_chosen_device_and_one_job_may_differ():
    assert lane(Policy("manual", "cuda:1")) == "gpu1" and lane(Policy("manual", "cpu")) == "cpu"
    assert lane(Policy("manual", "cuda:1"), asked="cuda:0") == "gpu0"
    assert lane(Policy("manual", "gone")) == "gpu0"
    assert lane(Policy("cpu")) == "cpu", "the word of older settings"


def test_a_device_that_is_not_here_is_refused_in_words():
    with pytest.raises(Missing, match="cuda:9"):
        lane(asked="cuda:9")
    with pytest.raises(Refused, match="quick work"):
        lane(asked="cuda:0", wanted="light")


def test_a_job_records_where_it_was_asked_to_run_and_repeats_with_its_place_and_rank(open_with, sheet, until):
    studio = open_with(work=lambda request, bench: bench.note(bench.device))
    job = studio.submit("sheet.work", sheet, device="cpu", priority=3)
    until(studio, job.id, "done")
    assert job.asked == job.device == "cpu" == job.notices[0]
    with pytest.raises(Refused):
        studio.submit("sheet.work", sheet, device="cuda:3")
    again = studio.retry(job.id)
    assert (again.asked, again.priority) == ("cpu", 3)
