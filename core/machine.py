"""What this computer has and how busy it is: system, processor, memory, disk, cards. Read from the system itself,
so that the launcher can ask before anything is installed; torch is never asked here."""

import os
import platform
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.gpus import Ask, Gpu, GpuLoad, ask, find_gpus, measure_gpus, read_text

# The processor abilities that change what we do; names as in /proc/cpuinfo.
ABILITIES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8", "amx_tile", "f16c", "bf16", "asimd", "sve")
# IsProcessorFeaturePresent numbers; Windows does not tell about bf16 or AMX.
WINDOWS_ABILITIES = {40: "avx2", 41: "avx512f"}
MAC_ABILITIES = {"hw.optional.AdvSIMD": "asimd", "hw.optional.arm.FEAT_BF16": "bf16"}


@dataclass(frozen=True)
class Machine:
    """One computer. `cores` are physical, `threads` what programs may use at once."""

    system: str
    release: str
    arch: str
    cpu: str
    cores: int
    threads: int
    abilities: tuple[str, ...]
    ram_gb: float
    gpus: tuple[Gpu, ...] = field(default=())

    @property
    def fast_bf16(self) -> bool:
        """Whether 16-bit arithmetic on the processor is faster than 32-bit, and not merely possible."""
        return bool({"amx_bf16", "avx512_bf16", "bf16"} & set(self.abilities))

    @property
    def cards(self) -> dict[str, Gpu]:
        """The cards that torch can work on, by its names for them."""
        return {gpu.device: gpu for gpu in self.gpus if gpu.device}

    def memory_gb(self, device: str) -> float:
        """Of what torch calls so; 0 for a card that does not say."""
        cards = self.cards
        return self.ram_gb if device == "cpu" else cards[device].vram_gb if device in cards else 0.0

    def describe(self) -> str:
        cards = ", ".join(describe_gpu(gpu) for gpu in self.gpus) or "no graphics card for this work"
        return f"{self.cpu}, {self.cores} cores, {self.ram_gb:.0f} GB memory, {cards}"


@dataclass(frozen=True)
class Metrics:
    """The meters of one moment. Percentages are 0 to 100; `celsius` is the processor's, None where unreadable."""

    cpu_percent: float
    ram_used_gb: float
    ram_total_gb: float
    process_ram_gb: float
    disk_free_gb: float
    disk_total_gb: float
    celsius: float | None
    gpus: tuple[GpuLoad, ...]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def describe_gpu(gpu: Gpu) -> str:
    details = [f"{gpu.vram_gb:.0f} GB" if gpu.vram_gb else ""]
    details += [f"compute {gpu.compute[0]}.{gpu.compute[1]}" if gpu.compute else "", gpu.arch]
    details += [f"driver {gpu.driver}" if gpu.driver else ""]
    known = ", ".join(detail for detail in details if detail)
    return f"{gpu.name} ({known})" if known else gpu.name


def read_machine(ask: Ask = ask, system: str = "", root: Path = Path("/")) -> Machine:
    """Asks once; takes as long as the graphics driver needs to answer, so keep the result."""
    system = system or platform.system()
    threads = usable_threads()
    cpu, cores, abilities = read_cpu(ask, system, root)
    return Machine(
        system=system,
        release=platform.release(),
        arch=platform.machine(),
        cpu=cpu or platform.processor() or platform.machine(),
        cores=min(cores or threads, threads),
        threads=threads,
        abilities=abilities,
        ram_gb=read_ram_gb(ask, system, root),
        gpus=tuple(find_gpus(ask, system, root)),
    )


def usable_threads() -> int:
    """What this process may use: a container or a job scheduler can allow fewer than the computer has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_cpu(ask: Ask, system: str, root: Path) -> tuple[str, int, tuple[str, ...]]:
    if system == "Linux":
        return read_cpu_linux(root)
    if system == "Darwin":
        return read_cpu_mac(ask)
    if system == "Windows":
        return read_cpu_windows(ask)
    return "", 0, ()


def read_cpu_linux(root: Path) -> tuple[str, int, tuple[str, ...]]:
    text = read_text(root / "proc/cpuinfo")
    name = re.search(r"^(?:model name|Hardware|Model)\s*:\s*(.+)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.MULTILINE)
    known = set(flags[1].split()) if flags else set()
    places = set(re.findall(r"physical id\s*:\s*(\d+)[\s\S]*?core id\s*:\s*(\d+)", text))
    return name[1].strip() if name else "", len(places), tuple(item for item in ABILITIES if item in known)


def read_cpu_mac(ask: Ask) -> tuple[str, int, tuple[str, ...]]:
    cores = ask(["sysctl", "-n", "hw.physicalcpu"]).strip()
    has = [name for key, name in MAC_ABILITIES.items() if ask(["sysctl", "-n", key]).strip() == "1"]
    name = ask(["sysctl", "-n", "machdep.cpu.brand_string"]).strip()
    return name, int(cores) if cores.isdigit() else 0, tuple(has)


def read_cpu_windows(ask: Ask) -> tuple[str, int, tuple[str, ...]]:
    script = "Get-CimInstance Win32_Processor | ForEach-Object { $_.Name; $_.NumberOfCores }"
    lines = ask(["powershell", "-NoProfile", "-NonInteractive", "-Command", script]).split("\n")
    lines = [line.strip() for line in lines if line.strip()]
    cores = sum(int(line) for line in lines if line.isdigit())
    return lines[0] if lines else "", cores, windows_abilities()


def windows_abilities() -> tuple[str, ...]:
    import ctypes

    kernel = getattr(getattr(ctypes, "windll", None), "kernel32", None)
    if kernel is None:
        return ()
    return tuple(name for number, name in WINDOWS_ABILITIES.items() if kernel.IsProcessorFeaturePresent(number))


def read_ram_gb(ask: Ask, system: str, root: Path) -> float:
    """Memory of the computer, or what the container around us allows if that is less."""
    if system == "Linux":
        total = re.search(r"MemTotal:\s*(\d+) kB", read_text(root / "proc/meminfo"))
        sizes = [int(total[1]) * 1024] if total else []
        for name in ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"):
            limit = read_text(root / name).strip()
            sizes += [int(limit)] if limit.isdigit() else []
        return round(min(sizes) / 2**30, 1) if sizes else 0.0
    if system == "Darwin":
        question: Sequence[str] = ["sysctl", "-n", "hw.memsize"]
    else:
        script = "(Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory"
        question = ["powershell", "-NoProfile", "-NonInteractive", "-Command", script]
    answer = ask(question).strip()
    return round(int(answer) / 2**30, 1) if answer.isdigit() else 0.0


def free_disk_gb(folder: Path) -> float:
    """Room where this folder is or will be; a folder that does not exist yet counts as its nearest parent."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return round(shutil.disk_usage(folder).free / 1e9, 1)


def measure(folder: Path, ask: Ask = ask) -> Metrics:
    """The meters now. The processor's figure covers the time since the last call: the very first reads 0."""
    import psutil

    memory = psutil.virtual_memory()
    disk = shutil.disk_usage(folder)
    return Metrics(
        cpu_percent=psutil.cpu_percent(interval=None),
        ram_used_gb=round((memory.total - memory.available) / 2**30, 2),
        ram_total_gb=round(memory.total / 2**30, 2),
        process_ram_gb=round(psutil.Process().memory_info().rss / 2**30, 3),
        disk_free_gb=round(disk.free / 1e9, 1),
        disk_total_gb=round(disk.total / 1e9, 1),
        celsius=read_celsius(),
        gpus=tuple(measure_gpus(ask)),
    )


def read_celsius() -> float | None:
    import psutil

    sensors: dict = getattr(psutil, "sensors_temperatures", dict)()
    for name in ("coretemp", "k10temp", "zenpower", "cpu_thermal"):
        if sensors.get(name):
            return float(max(reading.current for reading in sensors[name]))
    return None
