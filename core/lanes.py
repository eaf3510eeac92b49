"""Where work runs: a lane for each device plus a light one, and which lane a job joins."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType

from core.errors import Missing, Refused
from core.gpus import Gpu, left_visible
from core.jobs import Job
from core.launcher.wheels import MAXWELL, ROCM_ARCHES, TURING
from core.machine import Machine

LIGHT = "light"
SLOW = "cpu"
"""The lane for heavy work on the processor of a computer with cards: taken only when somebody asks for it."""
PROCESSOR = "cpu"
VENDORS: Mapping[str, str] = MappingProxyType({"cu": "nvidia", "rocm": "amd", "xpu": "intel"})
DEVICES: Mapping[str, str] = MappingProxyType({"nvidia": "cuda:{}", "amd": "cuda:{}", "intel": "xpu:{}",
                                               "apple": "mps", "": ""})
POLICIES = ("auto", "sticky", "manual")


@dataclass(frozen=True)
class Policy:
    """How a device is chosen: "auto" takes the least busy card, "sticky" the one that did the same last and so has the
    model at hand, "manual" always `device`."""

    way: str = "auto"
    device: str = ""


def with_devices(machine: Machine, build: str, environment: Mapping[str, str] = MappingProxyType({})) -> Machine:
    """The machine with torch's name on each card that the installed torch can use and this start may: those come first,
    in torch's order. `build` is torch's version: its label says whose cards it drives."""
    label = build.partition("+")[2]
    vendor = next((vendor for start, vendor in VENDORS.items() if label.startswith(start)), "")
    if build and not label:
        vendor = {"Linux": "nvidia", "Darwin": "apple"}.get(machine.system, "")
    kin = [gpu for gpu in machine.gpus if gpu.vendor == vendor]
    seen = left_visible(kin, vendor, environment)
    named = [replace(gpu, device=DEVICES[vendor].format(n)) for n, gpu in enumerate(seen) if _fits(gpu, label)]
    used = {(gpu.vendor, gpu.index) for gpu in named}
    return replace(machine, gpus=(*named, *(gpu for gpu in machine.gpus if (gpu.vendor, gpu.index) not in used)))


def devices_of(machine: Machine) -> dict[str, str]:
    """The devices that heavy work can be sent to, by the name that torch gives them, each with the name that people
    know it by; the processor last."""
    return {**{device: gpu.name for device, gpu in machine.cards.items()}, PROCESSOR: machine.cpu}


def _fits(gpu: Gpu, label: str) -> bool:
    """Whether this build has kernels for the card."""
    if gpu.vendor == "amd":
        return gpu.arch in ROCM_ARCHES
    oldest = MAXWELL if label.startswith("cu12") else TURING
    return gpu.compute is None or gpu.compute >= oldest


def torch_build() -> str:
    """The version of torch that is installed, with its label, e.g. 2.13.0+cu130; "" without one. Reads a file name:
    torch itself takes seconds."""
    try:
        return version("torch")
    except PackageNotFoundError:
        return ""


def lanes_of(devices: Iterable[str]) -> dict[str, str]:
    """Each lane and its device: a light one, one for each card, and one for heavy work on the processor."""
    cards = [device for device in devices if device != PROCESSOR]
    if not cards:
        return {LIGHT: PROCESSOR, "gpu": PROCESSOR}
    names = {"gpu": cards[0]} if len(cards) == 1 else {f"gpu{n}": name for n, name in enumerate(cards)}
    return {LIGHT: PROCESSOR, **names, SLOW: PROCESSOR}


def choose(job: Job, wanted: str, lanes: Mapping[str, str], policy: Policy, last: str,
           load: Callable[[str], int]) -> str:
    """The lane that a job joins. `wanted` is the kind that its pipeline needs, `last` the device that did such a job
    before, `load` how much a lane has to do already."""
    if wanted == LIGHT or wanted not in {lane.rstrip("0123456789") for lane in lanes}:
        if job.asked not in ("", PROCESSOR):
            raise Refused(f"{job.title} is quick work for the processor.", "Leave the choice of the device to it.")
        return LIGHT
    heavy = {lane: device for lane, device in lanes.items() if lane != LIGHT}
    if job.asked and job.asked not in heavy.values():
        raise Missing(f"There is no device called {job.asked} on this computer.",
                      f"There are: {', '.join(sorted(set(heavy.values())))}.")
    kept = {"manual": policy.device, "sticky": last, "cpu": PROCESSOR}.get(policy.way, "")
    for device in (job.asked, kept):
        fitting = [lane for lane, name in heavy.items() if device and name == device]
        if fitting:
            return fitting[0]
    cards = [lane for lane in heavy if lane != SLOW]
    return min(cards, key=load)
