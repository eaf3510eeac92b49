"""A Recipe: what a picture tells about how it was made, whoever made it. All of it is untrusted text."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.prompts import LoraCall

MAX_TEXT = 8_000_000
MAX_WORDS = 200_000


@dataclass(frozen=True)
class Recipe:
    tool: str
    prompt: str = ""
    negative: str = ""
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: str = ""
    schedule: str = ""
    width: int | None = None
    height: int | None = None
    model: str = ""
    model_hash: str = ""
    strength: float | None = None
    clip_skip: int | None = None
    loras: tuple[LoraCall, ...] = ()
    rest: Mapping[str, str] = field(default_factory=dict)
    """Everything else, by the names the writing tool uses, in its order."""


def load_json(text: str) -> Any:
    """JSON from a stranger, or None: too large, too deep and broken are all 'not readable'."""
    if len(text) > MAX_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(part) for part in value[:100] if isinstance(part, (str, int, float)))
    return value[:MAX_WORDS] if isinstance(value, str) else "" if value is None else str(value)[:200]


def number(value: Any, low: float = -1e12, high: float = 1e12) -> float | None:
    try:
        found = float(value) if isinstance(value, (int, float)) else float(str(value)[:40].strip())
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and low <= found <= high else None


def whole(value: Any, low: int = 0, high: int = 2**64) -> int | None:
    """A whole number; seeds have up to 20 digits, so a float must not stand in between."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if low <= value <= high else None
    text = str(value)[:24].strip()
    if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit():
        return int(text) if low <= int(text) <= high else None
    found = number(value, low, high)
    return int(found) if found is not None and found == int(found) else None


def side(value: Any) -> int | None:
    return whole(value, 1, 100_000)
