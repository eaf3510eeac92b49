"""One picture's worth of work, all decided: the model on its easel, the wishes of a sitting, and what one call gets."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.errors import StudioError
from core.prompts import Prompt
from core.requests import ImageRequest
from pipelines.kit import lora, pixels
from pipelines.kit.family import Family, Pace
from pipelines.kit.guiding import Guides, guided_name
from pipelines.kit.loading import sibling

Finish = Callable[[Any, Bench], Any]


@dataclass
class Easel:
    """A loaded model on the shelf, with what is worth remembering between pictures."""

    text: Any
    own_scheduler: Any
    siblings: dict[str, Any] = field(default_factory=dict)
    embedded: OrderedDict[str, Any] = field(default_factory=OrderedDict)
    colours: Any = None
    worn: str = ""
    looks_at: str = ""
    """The IP-Adapter that is in the model now."""
    net: Any = None
    """The ControlNet of the picture that is being drawn."""

    def pipe(self, name: str, guided: bool = False) -> Any:
        """A pipeline of diffusers over this model, under the ControlNet when the picture is guided by one."""
        if guided:
            name = guided_name(name)
        elif name == type(self.text).__name__:
            return self.text
        if name not in self.siblings:
            self.siblings[name] = sibling(self.text, name, controlnet=self.net) if guided else sibling(self.text, name)
        if guided and self.siblings[name].controlnet is not self.net:
            self.siblings[name].register_modules(controlnet=self.net)
        return self.siblings[name]


@dataclass(frozen=True)
class Sitting:
    """One picture's worth of wishes, all decided: nothing is left to chance from here on."""

    family: Family
    request: ImageRequest
    prompt: Prompt
    negative: str
    seed: int
    choice_seed: int
    variation_seed: int
    pace: Pace
    size: tuple[int, int]
    weights: Path
    loras: tuple[lora.Worn, ...]
    finish: Finish | None = None
    guides: Guides = field(default_factory=Guides)


@dataclass(frozen=True)
class Task:
    """What is handed to a diffusers pipeline: which one, and with which pictures."""

    pipeline: str
    size: tuple[int, int]
    given: Mapping[str, Any] = field(default_factory=dict)
    strength: float = 1.0
    part: pixels.Part | None = None
    parents: tuple[str, ...] = ()


def check_able(pipeline: str, what: str) -> None:
    """Say what a family cannot do, before anything is loaded."""
    if not pipeline:
        raise StudioError(f"This model cannot {what}.", "Choose another model, or leave the picture out.")
