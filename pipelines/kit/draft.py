"""Drafts: steps in which hardly anything changes are not computed anew (diffusers' first-block cache). Quicker, and not
the same picture, so it is off unless asked for, and said wherever it was used."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from core.requests import knob
from pipelines.kit.family import Family

THRESHOLD = 0.12
"""How little the first block's answer may have changed for the others to be left out."""
BROKEN = frozenset({"Flux2Transformer2DModel"})
"""Takes the cache, and then diffusers 0.42.1 subtracts its two streams from each other and fails."""
NOTE = "Draft: steps that changed little were left out, so the picture in full will look a little different."


@dataclass(frozen=True)
class Options:
    draft: bool = knob(False, "Draft", "Leaves out steps in which little changes: quicker, a little different from the "
                       "picture in full, and marked as a draft.", kind="switch", advanced=True)


def is_able(pipeline: Any) -> bool:
    """Whether this kind of diffusers pipeline keeps its two looks apart, which the cache rests on."""
    return "cache_context" in inspect.getsource(pipeline.__call__)


def offers(family: Family) -> bool:
    """Whether a family can draft: its pipeline, and the model in it, found by looking at them."""
    import diffusers

    pipeline = getattr(diffusers, family.text)
    named = inspect.signature(pipeline.__init__).parameters.get("transformer")
    kind = named.annotation if named is not None else ""
    kind = getattr(diffusers, kind.strip('"\''), None) if isinstance(kind, str) else kind
    return is_able(pipeline) and hasattr(kind, "enable_cache") and kind.__name__ not in BROKEN


@contextmanager
def drafting(pipe: Any, options: Mapping[str, Any]) -> Iterator[bool]:
    """While a picture is drawn: whether it is a draft."""
    denoiser = getattr(pipe, "transformer", None)
    if not options.get("draft") or not hasattr(denoiser, "enable_cache") or not is_able(type(pipe)):
        yield False
        return
    from diffusers import FirstBlockCacheConfig

    denoiser.enable_cache(FirstBlockCacheConfig(threshold=THRESHOLD))
    try:
        yield True
    finally:
        denoiser.disable_cache()
