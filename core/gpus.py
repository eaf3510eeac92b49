"""The graphics cards of this computer, asked from drivers and the system, never through torch: answers in
milliseconds, also before anything is installed. What fits on them is the advisor's business, not ours."""

import json
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

Ask = Callable[[Sequence[str]], str]
"""Runs a command and gives what it printed; an empty text when it is not there, fails or hangs."""

NVIDIA_FIELDS = "index,name,compute_cap,memory.total,driver_version,uuid"
NVIDIA_LOAD = "index,utilization.gpu,memory.used,temperature.gpu,power.draw"

# Cards older than the compute_cap field of nvidia-smi, told by the number in their names.
SERIES = (
    (r"RTX\s*(PRO\s*)?50\d\d|RTX PRO \d+ Blackwell", (12, 0)),
    (r"RTX\s*40\d\d", (8, 9)),
    (r"RTX\s*30\d\d|RTX A\d{4}", (8, 6)),
    (r"RTX\s*20\d\d|GTX\s*16\d\d|Tesla T4|Titan RTX", (7, 5)),
    (r"Tesla V100|Titan V", (7, 0)),
    (r"GTX\s*10\d\d|Titan Xp?|Tesla P\d+|Quadro P\d+", (6, 1)),
    (r"GTX\s*9\d\d|Tesla M\d+|Quadro M\d+", (5, 2)),
    (r"GTX\s*[67]\d\d|Tesla K\d+", (3, 5)),
)
ARC_DEVICES = re.compile(r"^0x(56[9ab]|e2)", re.IGNORECASE)


@dataclass(frozen=True)
class Gpu:
    """One card. `index` is the driver's number, `device` torch's name for it ("" where torch may not or cannot use it);
    `compute` NVIDIA's compute capability, `arch` AMD's gfx name; 0 GB means "it does not say"."""

    vendor: str
    name: str
    index: int = 0
    vram_gb: float = 0.0
    compute: tuple[int, int] | None = None
    arch: str = ""
    driver: str = ""
    discrete: bool = True
    uuid: str = ""
    device: str = ""

    @property
    def driver_major(self) -> int:
        found = re.match(r"\d+", self.driver)
        return int(found.group()) if found else 0


@dataclass(frozen=True)
class GpuLoad:
    """What a card is doing right now; None where it does not say."""

    index: int
    vendor: str
    busy_percent: float | None = None
    vram_used_gb: float | None = None
    celsius: float | None = None
    watts: float | None = None


def ask(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            list(command), capture_output=True, encoding="utf-8", errors="replace", timeout=8, check=False,
            stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def find_gpus(ask: Ask = ask, system: str = "", root: Path = Path("/")) -> list[Gpu]:
    """Every card that could do our work, NVIDIA first."""
    system = system or platform.system()
    found = read_nvidia(ask, system)
    if system == "Linux":
        found += read_amd_linux(root) + read_intel_linux(root)
    elif system == "Windows":
        found += read_windows_names(ask)
    elif system == "Darwin":
        found += read_apple(ask)
    return found


def read_nvidia(ask: Ask = ask, system: str = "") -> list[Gpu]:
    """nvidia-smi with and without the compute field: drivers before 510 do not know it and refuse the question."""
    answer = ask([nvidia_smi(system), f"--query-gpu={NVIDIA_FIELDS}", "--format=csv,noheader,nounits"])
    if not answer.strip():
        older = NVIDIA_FIELDS.replace(",compute_cap", "")
        answer = ask([nvidia_smi(system), f"--query-gpu={older}", "--format=csv,noheader,nounits"])
    cards = []
    for line in answer.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        uuid = cells.pop() if cells[-1].startswith("GPU-") else ""
        if len(cells) == 4:
            cells.insert(2, "")
        if len(cells) != 5 or not cells[0].isdigit():
            continue
        index, name, compute, memory, driver = cells
        cards.append(
            Gpu(
                "nvidia",
                name,
                int(index),
                vram_gb=gigabytes_of(memory),
                compute=read_compute(compute) or compute_of_name(name),
                driver=driver,
                uuid=uuid,
            )
        )
    return cards


def left_visible(cards: Sequence[Gpu], vendor: str, environment: Mapping[str, str]) -> list[Gpu]:
    """The cards of one vendor that the environment leaves, in the order in which torch then counts them."""
    if vendor == "nvidia":
        return named(cards, environment.get("CUDA_VISIBLE_DEVICES"))
    if vendor == "amd":  # the driver's choice comes first, and HIP counts what that left anew
        left = named(cards, environment.get("ROCR_VISIBLE_DEVICES"))
        return named(left, environment.get("HIP_VISIBLE_DEVICES", environment.get("CUDA_VISIBLE_DEVICES")))
    if vendor == "intel" and environment.get("ZE_AFFINITY_MASK"):  # a mask, not a list: the order stays; 0.1 is a tile
        places = {word.strip().partition(".")[0] for word in environment["ZE_AFFINITY_MASK"].split(",")}
        return [card for place, card in enumerate(cards) if str(place) in places]
    return list(cards)


def named(cards: Sequence[Gpu], told: str | None) -> list[Gpu]:
    """CUDA's rule, which AMD's drivers follow: numbers or beginnings of UUIDs; what names not one card ends the list,
    and a card named twice empties it."""
    if told is None:
        return list(cards)
    if told.startswith("MIG-"):  # a slice of a card, which does not say how large it is
        return [replace(card, vram_gb=0.0) for card in cards[:1]]
    found: list[Gpu] = []
    for word in (part.strip().lower() for part in told.split(",")):
        called = [one for place, one in enumerate(cards)
                  if word == str(place) or word.startswith("gpu-") and one.uuid.lower().startswith(word)]
        if len(called) != 1:
            break
        if called[0] in found:
            return []
        found += called
    return found


def nvidia_smi(system: str) -> str:
    """Windows and WSL keep it where PATH does not always look."""
    beside = {
        "Windows": r"C:\Windows\System32\nvidia-smi.exe",
        "Linux": "/usr/lib/wsl/lib/nvidia-smi",
    }.get(system, "")
    return shutil.which("nvidia-smi") or (beside if beside and Path(beside).exists() else "nvidia-smi")


def read_compute(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"(\d+)\.(\d+)", text.strip())
    return (int(found[1]), int(found[2])) if found else None


def compute_of_name(name: str) -> tuple[int, int] | None:
    return next((compute for pattern, compute in SERIES if re.search(pattern, name, re.IGNORECASE)), None)


def gigabytes_of(mebibytes: str) -> float:
    found = re.match(r"\d+(\.\d+)?", mebibytes)
    return round(float(found.group()) / 1024, 1) if found else 0.0


def read_amd_linux(root: Path = Path("/")) -> list[Gpu]:
    """The kernel's own list of compute nodes (kfd); it is there exactly when ROCm could work."""
    cards: list[Gpu] = []
    memories = [card for card in drm_cards(root) if read_line(card / "vendor") == "0x1002"]
    nodes = (root / "sys/class/kfd/kfd/topology/nodes").glob("*")
    for node in sorted(nodes, key=lambda path: (len(path.name), path.name)):  # they are numbered: 2 before 10
        facts = dict(line.split(" ", 1) for line in read_text(node / "properties").splitlines() if " " in line)
        version = int(facts.get("gfx_target_version", "0"))
        if not version:
            continue
        index = len(cards)
        card = memories[index] if index < len(memories) else None
        vram = int(read_line(card / "mem_info_vram_total") or 0) / 2**30 if card else 0.0
        name = (read_line(card / "product_name") if card else "") or read_line(node / "name") or "AMD graphics"
        known = int(facts.get("unique_id", "0"))
        cards.append(Gpu("amd", name, index, round(vram, 1), arch=gfx_name(version), discrete=vram >= 4,
                         uuid=f"GPU-{known:016x}" if known else ""))
    return cards


def gfx_name(version: int) -> str:
    """110000 is gfx1100 and 90010 is gfx90a: major in decimal, minor and step in one hexadecimal digit each."""
    major, rest = divmod(version, 10000)
    minor, step = divmod(rest, 100)
    return f"gfx{major}{minor:x}{step:x}"


def read_intel_linux(root: Path = Path("/")) -> list[Gpu]:
    """Only Arc cards: graphics built into an Intel processor are no faster at our work than the processor."""
    arcs = [
        card
        for card in drm_cards(root)
        if read_line(card / "vendor") == "0x8086" and ARC_DEVICES.match(read_line(card / "device"))
    ]
    return [Gpu("intel", f"Intel Arc (device {read_line(card / 'device')})", index) for index, card in enumerate(arcs)]


def drm_cards(root: Path) -> list[Path]:
    return [
        path / "device"
        for path in sorted((root / "sys/class/drm").glob("card*"))
        if re.fullmatch(r"card\d+", path.name)
    ]


def read_windows_names(ask: Ask) -> list[Gpu]:
    """AMD and Intel cards by the names that Windows shows; their memory is not told in a way to trust."""
    script = "Get-CimInstance Win32_VideoController | Select-Object Name,DriverVersion | ConvertTo-Json -Compress"
    answer = ask(["powershell", "-NoProfile", "-NonInteractive", "-Command", script])
    try:
        rows = json.loads(answer or "[]")
    except ValueError:
        return []
    cards: list[Gpu] = []
    for row in [rows] if isinstance(rows, dict) else rows:
        name, driver = str(row.get("Name") or ""), str(row.get("DriverVersion") or "")
        if re.search(r"\b(AMD|Radeon)\b", name):
            cards.append(Gpu("amd", name, len(cards), driver=driver, discrete="RX" in name or "Pro" in name))
        elif re.search(r"\bArc\b.*\b[AB]\d{2,3}\b", name):
            cards.append(Gpu("intel", name, len(cards), driver=driver))
    return cards


def read_apple(ask: Ask) -> list[Gpu]:
    chip = ask(["sysctl", "-n", "machdep.cpu.brand_string"]).strip()
    if not chip.startswith("Apple"):
        return []
    memory = ask(["sysctl", "-n", "hw.memsize"]).strip()
    shared_gb = int(memory) / 2**30 if memory.isdigit() else 0.0
    return [Gpu("apple", chip, vram_gb=round(shared_gb, 1), discrete=False)]


def measure_gpus(ask: Ask = ask, system: str = "", root: Path = Path("/")) -> list[GpuLoad]:
    """The meters of all cards. One nvidia-smi call takes tens of milliseconds: ask every few seconds, not more."""
    system = system or platform.system()
    question = [nvidia_smi(system), f"--query-gpu={NVIDIA_LOAD}", "--format=csv,noheader,nounits"]
    loads = []
    for line in ask(question).splitlines():
        cells = [read_number(cell) for cell in line.split(",")]
        if len(cells) == 5 and cells[0] is not None:
            used = None if cells[2] is None else round(cells[2] / 1024, 2)
            loads.append(GpuLoad(int(cells[0]), "nvidia", cells[1], used, cells[3], cells[4]))
    if system == "Linux":
        amd = [card for card in drm_cards(root) if read_line(card / "vendor") == "0x1002"]
        loads += [measure_amd(index, card) for index, card in enumerate(amd)]
    return loads


def measure_amd(index: int, card: Path) -> GpuLoad:
    used = read_number(read_line(card / "mem_info_vram_used"))
    sensors = next(iter(sorted((card / "hwmon").glob("hwmon*"))), card)
    heat = read_number(read_line(sensors / "temp1_input"))
    power = read_number(read_line(sensors / "power1_average"))
    return GpuLoad(
        index,
        "amd",
        busy_percent=read_number(read_line(card / "gpu_busy_percent")),
        vram_used_gb=None if used is None else round(used / 2**30, 2),
        celsius=None if heat is None else heat / 1000,
        watts=None if power is None else power / 1_000_000,
    )


def read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def read_line(path: Path) -> str:
    return read_text(path).strip()
