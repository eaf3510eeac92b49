"""The model that learns: found among the person's own, and opened from a folder or a single file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.errors import Missing
from pipelines.kit.family import Family as Drawn
from pipelines.kit.finding import find_config, find_weights
from pipelines.kit.loading import load

READS = ("text_encoder", "tokenizer")


@dataclass(frozen=True)
class Base:
    """A base model before it is opened. `name` is what requests call it."""

    family: str
    name: str
    path: Path
    device: str = "cpu"
    precision: str = "float32"
    config: Path | None = None
    """What a single file needs beside it."""

    def open(self, kind: str, **parts: Any) -> Any:
        """The diffusers pipeline of this name, all of it on the device."""
        return self._load(kind, **parts).to(self.device)

    def open_apart(self, kind: str) -> tuple[Any, Any]:
        """(what draws, what reads), as two pipelines: readers are large, and work only before the first step."""
        whole = self._load(kind)
        return _only(whole, False), _only(whole, True)

    def _load(self, kind: str, **parts: Any) -> Any:
        import torch

        pipe = load(Drawn(self.family, kind, parts=parts), self.path, getattr(torch, self.precision), self.config)
        pipe.set_progress_bar_config(disable=True)
        for part in pipe.components.values():
            if hasattr(part, "requires_grad_"):
                part.requires_grad_(False)
        return pipe


def find_base(bench: Bench, family: str, wish: str, own: Sequence[str], precision: str) -> Base:
    """The base that was wished for; else the first of `own` that is here; else any model of the family."""
    for name in () if wish else own:
        try:
            wish = wish or (name if bench.weights(name) else "")
        except Missing:
            continue
    wanted = Drawn(family, "")
    path = bench.uses(find_weights(bench, wanted, wish))
    return Base(family, wish or bench.call(path), path, bench.device, precision,
                find_config(bench, wanted) if path.is_file() else None)


def _only(whole: Any, reads: bool) -> Any:
    """A pipeline over the same parts that has only those that read, or only the others."""
    parts = {name: part if name.startswith(READS) == reads else None for name, part in whole.components.items()}
    settings = {name: value for name, value in whole.config.items()
                if name not in parts and not name.startswith("_") and not isinstance(value, (list, tuple))}
    made = type(whole)(**parts, **settings)
    made.set_progress_bar_config(disable=True)
    return made
