"""The mode fast-test: the same work as ever, made so small that it takes seconds. What it leaves out stands in
core/readiness.py."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

FAST = "fast-test"
NOTICE = "Made small and quick, as the mode fast-test does."
SMALL: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "image": {"speed": "speed", "steps": 4, "count": 1, "enlarge": 1.0},
    "grid": {"request": {"speed": "speed", "steps": 4, "count": 1, "enlarge": 1.0}},
    "train": {"effort": "quick", "steps": 8, "rank": 4},
    "portraits": {"speed": "speed"},
    "upscale": {"scale": 2.0},
    "frames": {"count": 4},
})
"""By task: the most of each number (where 0 or less would leave it to the pipeline, that many), and fixed choices."""


def is_fast(environment: Mapping[str, str]) -> bool:
    return environment.get("STUDIONOVA_MODE", "") == FAST


def lighten(task: str, request: Any) -> Any:
    """The same wish, at most as large as the mode allows; the very same object where nothing has to change."""
    changes = {name: _least(getattr(request, name), small) for name, small in SMALL.get(task, {}).items()}
    changes = {name: value for name, value in changes.items() if value != getattr(request, name)}
    return replace(request, **changes) if changes else request


def _least(asked: Any, small: Any) -> Any:
    if isinstance(small, Mapping):
        return {**asked, **{name: _least(asked.get(name, value), value) for name, value in small.items()}}
    if isinstance(small, str):
        return small
    if not isinstance(asked, int | float):
        return asked  # whoever reads the request says that it is no number
    return min(asked, small) if asked > 0 else small
