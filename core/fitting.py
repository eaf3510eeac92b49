"""How a model is kept so that it fits: from its weights, the room and a wish to a plan. Numbers in, a plan out; what
torch does with it is in pipelines/kit/memory.py, and how long it takes in core/forecast.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.weights.headers import Header, read_header

CARD: Sequence[str] = ("full", "fp8", "int8", "offload", "nf4", "stream")
"""Ways on a graphics card, in the order in which they are tried when memory runs out."""
PROCESSOR: Sequence[str] = ("full", "half", "fp8")
SHARED: Sequence[str] = ("full", "fp8")
"""Where card and processor share one memory, moving parts out of it saves nothing."""
WAYS: Sequence[str] = tuple(dict.fromkeys((*CARD, *PROCESSOR)))
BY_WISH = frozenset({"int8"})
"""Slower than fp8 and hardly smaller: never chosen by itself."""
PACKED = frozenset({"int8", "nf4"})
"""These need bitsandbytes, and files that hold the parts one by one."""
SLOWER: Mapping[str, float] = {"full": 1.0, "half": 2.5, "fp8": 1.15, "int8": 1.8, "offload": 1.4, "nf4": 1.5,
                               "stream": 3.0}
"""About how much longer a picture takes; only said until it was measured here."""
DECODE_GB, TILED_GB, STEADY_GB = 1.7, 0.5, 0.4
"""Working room at 16 bits: for each megapixel decoded at once or in tiles, and whatever the size."""
GIB = 2**30


@dataclass(frozen=True)
class Weights:
    """What a model weighs at 16 bits, in GB, by what its parts do."""

    drawing: float
    reading: float = 0.0
    decoding: float = 0.0
    loose: bool = True
    """Whether each part can be read by itself; a classic single file is one piece."""

    @property
    def whole(self) -> float:
        return self.drawing + self.reading + self.decoding


@dataclass(frozen=True)
class Room:
    """What there is: on the device, and in the computer's memory beside it."""

    device: str
    free_gb: float
    ram_gb: float = 1e9
    half: bool = True
    """Whether it is fast at 16 bits."""
    packs: bool = False
    """Whether bitsandbytes is there."""

    @property
    def kind(self) -> str:
        return self.device.partition(":")[0]


@dataclass(frozen=True)
class Plan:
    """How a model will be kept. `device_gb` and `ram_gb` are what it needs at its peak."""

    way: str
    bits: int
    device_gb: float
    ram_gb: float
    fits: bool

    @property
    def slower(self) -> float:
        return SLOWER[self.way]


def ways(room: Room, weights: Weights) -> tuple[str, ...]:
    """What is possible here, from fastest to smallest."""
    known = {"cpu": PROCESSOR, "mps": SHARED}.get(room.kind, CARD)
    packs = room.packs and room.kind == "cuda" and weights.loose
    return tuple(way for way in known if (packs or way not in PACKED) and not (way == "half" and room.half))


def choose(weights: Weights, room: Room, megapixels: float = 1.0, wish: str = "auto") -> Plan:
    """The way that was wished for where it is possible, else the first that fits, else the smallest there is."""
    possible = ways(room, weights)
    if wish in possible:
        return plan(wish, weights, room, megapixels)
    plans = [plan(way, weights, room, megapixels) for way in possible if way not in BY_WISH]
    return next((one for one in plans if one.fits), plans[-1])


def lower(way: str, weights: Weights, room: Room) -> str:
    """The next way after this one that needs less of the device; "" when there is none."""
    possible = ways(room, weights)
    needs = plan(way, weights, room).device_gb
    after = possible[possible.index(way) + 1:] if way in possible else possible
    return next((one for one in after if one not in BY_WISH and plan(one, weights, room).device_gb <= needs), "")


def plan(way: str, weights: Weights, room: Room, megapixels: float = 1.0) -> Plan:
    """What one way needs, and whether there is as much."""
    bits = 16 if room.half or way in ("half", "fp8") else 32
    by = bits / 16
    work = STEADY_GB + megapixels * (DECODE_GB if way == "full" else TILED_GB) * by
    device, ram = _needs(way, weights, by)
    if room.kind in ("cpu", "mps"):
        device, ram = device + ram, device + ram + work
    return Plan(way, bits, round(device + work, 2), round(ram, 2),
                device + work <= room.free_gb and ram <= room.ram_gb)


def _needs(way: str, weights: Weights, by: float) -> tuple[float, float]:
    """GB of weights on the device, and beside it."""
    drawing, reading, decoding = weights.drawing * by, weights.reading * by, weights.decoding * by
    whole = drawing + reading + decoding
    match way:
        case "fp8":
            return drawing / (2 * by) + reading + decoding, 0.0
        case "int8":
            return (drawing + reading) / 2 + decoding, 0.0
        case "nf4":
            return (drawing + reading) * 0.3 + decoding, 0.0
        case "offload":
            return max(drawing, reading, decoding), whole
        case "stream":
            return max(drawing, reading) * 0.1 + decoding, whole * 2
        case _:
            return whole, 0.0


def weigh(path: Path, beside: Path | None = None) -> Weights:
    """What a model weighs, from the headers of its files; nothing is loaded. `beside` is the folder that a single file
    takes its missing parts from. Raises BadFile for what is no model."""
    if path.is_file():
        return _weigh_file(path, beside)
    parts = dict.fromkeys(("drawing", "reading", "decoding"), 0.0)
    for folder in sorted(inner for inner in path.iterdir() if inner.is_dir()):
        role = _role(folder.name)
        if role:
            parts[role] += sum(_gb(read_header(file)) for file in _counted(folder))
    return Weights(parts["drawing"], parts["reading"], parts["decoding"])


def _weigh_file(path: Path, beside: Path | None) -> Weights:
    if path.suffix != ".safetensors":
        return Weights(path.stat().st_size / GIB, loose=False)
    sums = dict.fromkeys(("drawing", "reading", "decoding"), 0.0)
    for name, tensor in (header := read_header(path)).tensors.items():
        role = "decoding" if name.startswith(("first_stage_model.", "vae.")) else \
            "reading" if name.startswith(("cond_stage_model.", "conditioner.", "text_encoders.")) else "drawing"
        sums[role] += _gb(Header({name: tensor}))
    if sums["decoding"]:
        return Weights(sums["drawing"], sums["reading"], sums["decoding"], loose=False)
    others = weigh(beside) if beside is not None and beside.is_dir() else Weights(0.0)
    return Weights(_gb(header), others.reading, others.decoding)


def _counted(folder: Path) -> list[Path]:
    """The files of a part; where it lies there in two precisions, only one of them is loaded."""
    files = sorted(folder.glob("*.safetensors"))
    plain = [file for file in files if ".fp16" not in file.name]
    return plain or files


def _role(folder: str) -> str:
    if folder in ("unet", "transformer", "transformer_2"):
        return "drawing"
    return "reading" if folder.startswith("text_encoder") else "decoding" if folder == "vae" else ""


def _gb(header: Header) -> float:
    return header.numbers * 2 / GIB
