"""One picture's worth of work, all decided: the wishes of a sitting, and what one call gets."""

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
from pipelines.kit.guiding import Guides

Finish = Callable[[Any, Bench], Any]


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
