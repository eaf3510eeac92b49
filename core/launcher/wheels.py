"""Which build of torch this computer needs, and why, in words. Decides from what the machine says; asking the
network whether that build can be had is in index.py."""

import re
from dataclasses import dataclass, replace

from core.errors import Missing
from core.gpus import Gpu
from core.machine import Machine

# The builds of torch 2.13 (pytorch RELEASE.md): 12.6 is the last for cards before Turing (compute 7.5), 13.x needs
# driver 580; RTX 50 (compute 12) needs 12.8 or newer, which 2.13 has as 13.0 and 13.2.
NEW_CUDA = ("cu130", "cu132")
OLD_CUDA = ("cu126",)
ROCM = ("rocm7.2", "rocm7.1")
TURING, BLACKWELL, MAXWELL = (7, 5), (10, 0), (5, 0)
DRIVER_FOR_13, DRIVER_FOR_12 = 580, 525
# What AMD builds into the wheels; graphics inside processors are mostly not among them.
ROCM_ARCHES = {"gfx900", "gfx906", "gfx908", "gfx90a", "gfx942", "gfx950", "gfx1030", "gfx1100", "gfx1101"}
ROCM_ARCHES |= {"gfx1102", "gfx1150", "gfx1151", "gfx1200", "gfx1201"}
ROOM_GB = {"cuda": 10.0, "rocm": 20.0, "xpu": 9.0, "mps": 3.0, "cpu": 3.5}
OLDEST_GLIBC = (2, 28)


@dataclass(frozen=True)
class Choice:
    """A build: `indexes` in order of preference, none for the plain index; `room_gb` what the whole install takes."""

    kind: str
    indexes: tuple[str, ...]
    why: str
    notes: tuple[str, ...] = ()
    strict: bool = False

    @property
    def room_gb(self) -> float:
        return ROOM_GB[self.kind]


def choose(machine: Machine, wish: str = "", glibc: tuple[int, int] | None = None) -> Choice:
    """The build for this machine. `wish` is what STUDIONOVA_TORCH names: cpu, cu126, rocm7.2, xpu, plain or an URL."""
    stop_where_no_build_exists(machine, glibc)
    if wish:
        return obey(wish)
    if machine.system == "Darwin":
        return Choice("mps", (), "On a Mac the plain index has the build for Apple chips.")
    return (
        choose_nvidia(machine, [gpu for gpu in machine.gpus if gpu.vendor == "nvidia"])
        or choose_amd(machine, [gpu for gpu in machine.gpus if gpu.vendor == "amd"])
        or choose_intel(machine, [gpu for gpu in machine.gpus if gpu.vendor == "intel"])
        or Choice("cpu", ("cpu",), "No graphics card that torch can use was found, so the small build for processors.")
    )


def stop_where_no_build_exists(machine: Machine, glibc: tuple[int, int] | None) -> None:
    if machine.system == "Darwin" and machine.arch == "x86_64":
        raise Missing(
            "PyTorch is no longer made for Macs with Intel processors.",
            "StudioNova needs a Mac with an Apple chip, or a Windows or Linux computer.",
        )
    if machine.system == "Linux" and glibc and glibc < OLDEST_GLIBC:
        raise Missing(
            f"This Linux is too old for PyTorch: its C library is {glibc[0]}.{glibc[1]}, 2.28 is needed.",
            "Use a distribution from 2019 or later (Ubuntu 20.04, Debian 11, Fedora 30 …).",
        )


def obey(wish: str) -> Choice:
    why = f"STUDIONOVA_TORCH asks for {wish}."
    if wish == "plain":
        return Choice("cuda", (), why, strict=True)
    kinds = {"cu": "cuda", "rocm": "rocm", "xpu": "xpu", "cpu": "cpu"}
    last = wish.rstrip("/").rpartition("/")[2]
    kind = next((kinds[start] for start in kinds if re.match(start + r"[\d.]*$", last)), "")
    if not kind and "://" not in wish:
        raise Missing(
            f"STUDIONOVA_TORCH is {wish!r}, which names no build.",
            "Use cpu, cu126, cu130, rocm7.2, xpu, plain, or the address of a wheel index; or remove it.",
        )
    return Choice(kind or "cuda", (wish.rstrip("/"),), why, strict=True)


def choose_nvidia(machine: Machine, cards: list[Gpu]) -> Choice | None:
    """The newest card decides; an older one beside it is named when its kernels are missing from that build."""
    if not cards or (machine.system, machine.arch.lower()) == ("Windows", "arm64"):
        return None
    best = max(cards, key=lambda gpu: (gpu.compute or (0, 0), gpu.vram_gb))
    driver = min(gpu.driver_major for gpu in cards)
    if best.compute is None:
        choice = choose_by_driver(best, driver)
    elif best.compute < MAXWELL:
        why = f"{best.name} ({say_compute(best)}) is older than any build of this torch, so the build for processors."
        return Choice("cpu", ("cpu",), why)
    elif best.compute < TURING:
        why = f"{best.name} ({say_compute(best)}) is only in the builds for CUDA 12.6."
        choice = Choice("cuda", OLD_CUDA, why)
    elif driver and driver < DRIVER_FOR_13 and best.compute < BLACKWELL:
        why = f"{best.name} ({say_compute(best)}) has driver {best.driver}; CUDA 13 needs 580, CUDA 12.6 does not."
        choice = Choice("cuda", OLD_CUDA, why)
    elif best.compute >= BLACKWELL:
        why = f"{best.name} ({say_compute(best)}) needs CUDA 12.8 or newer; this torch has that as CUDA 13."
        choice = Choice("cuda", NEW_CUDA, why)
    else:
        choice = Choice("cuda", NEW_CUDA, f"{best.name} ({say_compute(best)}) works best with CUDA 13.")
    return replace(choice, notes=nvidia_notes(choice, cards, driver))


def choose_by_driver(card: Gpu, driver: int) -> Choice:
    indexes = NEW_CUDA if driver >= DRIVER_FOR_13 else OLD_CUDA
    why = f"{card.name} does not tell its compute capability; driver {card.driver or '(unknown)'} decides."
    return Choice("cuda", indexes, why)


def nvidia_notes(choice: Choice, cards: list[Gpu], driver: int) -> tuple[str, ...]:
    needed = DRIVER_FOR_13 if choice.indexes == NEW_CUDA else DRIVER_FOR_12
    notes = []
    if driver and driver < needed:
        notes.append(
            f"The NVIDIA driver ({cards[0].driver}) is too old for this build: install driver {needed} or newer from "
            "nvidia.com; until then pictures are made on the processor."
        )
    notes += [
        f"{gpu.name} ({say_compute(gpu)}) is too old for this build and will not be used."
        for gpu in cards
        if gpu.compute and gpu.compute < (TURING if choice.indexes == NEW_CUDA else MAXWELL)
    ]
    return tuple(notes)


def say_compute(gpu: Gpu) -> str:
    return f"compute {gpu.compute[0]}.{gpu.compute[1]}" if gpu.compute else "compute unknown"


def choose_amd(machine: Machine, cards: list[Gpu]) -> Choice | None:
    cards = [gpu for gpu in cards if gpu.discrete] or cards
    if not cards:
        return None
    card = cards[0]
    if machine.system != "Linux":
        why = f"{card.name}: PyTorch's own index has no build for AMD cards on Windows, so the build for processors."
        return Choice("cpu", ("cpu",), why, ("AMD's own wheels, Linux, or WSL can use this card: see the README.",))
    if card.arch not in ROCM_ARCHES:
        why = (
            f"{card.name} ({card.arch}) is not among the cards that ROCm builds are made for, so the processor's build."
        )
        return Choice("cpu", ("cpu",), why)
    if machine.arch != "x86_64":
        return None
    return Choice("rocm", ROCM, f"{card.name} ({card.arch}) works with AMD's ROCm.")


def choose_intel(machine: Machine, cards: list[Gpu]) -> Choice | None:
    if not cards or machine.arch.lower() not in ("x86_64", "amd64"):
        return None
    return Choice("xpu", ("xpu",), f"{cards[0].name} works with Intel's XPU build.")
