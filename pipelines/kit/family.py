"""What differs between families of picture models, as data. How a picture is drawn is in `drawing.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Pace:
    """What Speed, Balanced and Quality mean for a family."""

    steps: int
    guidance: float


@dataclass(frozen=True)
class Family:
    """A family of models; the names of its pipelines are those in diffusers, "" where it has none."""

    key: str
    """As `core.weights` names what it finds in a file."""
    text: str
    picture: str = ""
    inpaint: str = ""
    paces: Mapping[str, Pace] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, Pace]] = field(default_factory=dict)
    """Paces of relatives that are told by a word in their name: "turbo", "base", "schnell"."""
    shapes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    grid: int = 8
    """Sides are multiples of this."""
    weights: str = ""
    """Folder or file below models/ that is taken when the request names none."""
    words: str = "own"
    """"clip": words can be weighted and run past 77 tokens. "own": the model reads plain sentences."""
    sampler: str = ""
    """The familiar name of the model's own sampler."""
    guidance: str = "guidance_scale"
    """The argument that makes the words count."""
    guided_above: float = 1.0
    """Guidance up to this is none: the model then draws without a second look at what to keep out."""
    silence: str | None = None
    """What stands for "nothing to keep out" where leaving it away would switch guidance off."""
    refers: str = ""
    """The argument that takes a reference picture without an adapter; "" where one is needed."""
    parts: Mapping[str, Any] = field(default_factory=dict)
    """Arguments for loading, e.g. parts to leave out."""
    call: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of every call."""
    finished: int = 1
    """How many times larger a picture becomes after it was drawn, where the pipeline finishes it so."""
    threads: int = 0
    """Threads that draw fastest on a processor; 0 leaves torch's choice."""

    def pace(self, speed: str, model: str) -> Pace:
        """What a speed means for the model of this name."""
        name = model.casefold()
        return next((paces for word, paces in self.others.items() if word in name), self.paces)[speed]


SHAPES_1024 = {"square": (1024, 1024), "portrait": (896, 1152), "landscape": (1152, 896), "tall": (768, 1344),
               "wide": (1344, 768)}
SHAPES_512 = {"square": (512, 512), "portrait": (512, 640), "landscape": (640, 512), "tall": (448, 768),
              "wide": (768, 448)}
SHAPES_QWEN = {"square": (1328, 1328), "portrait": (1104, 1472), "landscape": (1472, 1104), "tall": (928, 1664),
               "wide": (1664, 928)}
