"""Finds pipelines: every module below pipelines/<task>/ with a CARD and a run, and a person's own extensions.

Reading the catalog imports each module once; pipelines keep heavy imports inside functions, so this costs milliseconds.
"""

import importlib
import importlib.util
import logging
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from core.cards import LANES, Card
from core.errors import Missing
from core.requests import REQUESTS
from core.version import VERSION, meets

log = logging.getLogger(__name__)
NOT_TASKS = frozenset({"kit", "starter"})
EMPTY: Mapping[str, Path] = MappingProxyType({})


@dataclass(frozen=True)
class Entry:
    """One pipeline as the studio sees it. `unavailable` says why it cannot run here; "" means it can."""

    key: str
    card: Card
    module: ModuleType | None
    unavailable: str = ""

    @property
    def task(self) -> str:
        return self.card.task

    @property
    def request(self) -> type:
        return REQUESTS[self.card.task]

    @property
    def options(self) -> type | None:
        return getattr(self.module, "Options", None)

    def run(self, request: Any, bench: Any) -> None:
        if self.module is None or self.unavailable:
            raise Missing(f"{self.card.name} cannot run here: {self.unavailable}",
                          "Settings shows what can run on this computer.")
        self.module.run(request, bench)


@dataclass(frozen=True)
class Panel:
    """A place of its own in the window that an extension draws."""

    name: str
    title: str
    draw: Callable[[Any], object]

    def fill(self, page: Any) -> str:
        """Draw it; gives the reason when it is broken, so that the window opens all the same."""
        try:
            self.draw(page)
        except Exception as error:
            log.exception("a panel could not be drawn", extra={"context": {"extension": self.name}})
            return f"{type(error).__name__}: {error}"
        return ""


class Catalog:
    """All pipelines, by key ("upscale.lanczos"). A broken one is listed with its reason, never a crash."""

    def __init__(self, package: ModuleType, extensions: Mapping[str, Path] = EMPTY, enabled: tuple[str, ...] = (),
                 refuses: Callable[[str, Card], str] = lambda key, card: "") -> None:
        """`extensions` are the one-file plug-ins that were found, by name; only those in `enabled` are read. `refuses`
        gives the reason why a pipeline may not run in this start, or ""."""
        found = [_read(name) for name in sorted(_module_names(package))]
        plugged = [_read_extension(extensions.get(name, Path(f"{name}.py"))) for name in enabled]
        found += [entry for entry, _ in plugged]
        self.panels = tuple(panel for _, panel in plugged if panel is not None)
        self.entries: Mapping[str, Entry] = {
            entry.key: replace(entry, unavailable=entry.unavailable or refuses(entry.key, entry.card))
            for entry in found if entry is not None}

    def __getitem__(self, key: str) -> Entry:
        if key not in self.entries:
            near = [name for name in self.entries if name.split(".")[0] == key.split(".")[0]]
            raise Missing(f"There is no pipeline called {key!r}.", f"There is: {', '.join(near or self.entries)}.")
        return self.entries[key]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def find(self, task: str, ability: str = "") -> list[Entry]:
        """Entries of a task in the order in which people should meet them; those that cannot run here last."""
        found = [e for e in self if e.task == task and (not ability or ability in e.card.can)]
        return sorted(found, key=lambda e: (bool(e.unavailable), e.card.rank, e.key))


def find_extensions(*folders: Path) -> dict[str, Path]:
    """Plug-in files by name; a person's own win over those that ship."""
    return {path.stem: path for folder in reversed(folders) for path in sorted(folder.glob("[!_]*.py"))}


def missing_packages(card: Card) -> list[str]:
    """Needed packages that are not installed; looked up without importing them."""
    return [name for name in card.needs if importlib.util.find_spec(name) is None]


def _module_names(package: ModuleType) -> Iterator[str]:
    for folder in pkgutil.iter_modules(package.__path__):
        if folder.ispkg and folder.name not in NOT_TASKS:
            room = importlib.import_module(f"{package.__name__}.{folder.name}")
            for file in pkgutil.iter_modules(room.__path__):
                if not file.name.startswith("_"):
                    yield f"{room.__name__}.{file.name}"


def _read(name: str) -> Entry | None:
    task, short = name.split(".")[-2:]
    try:
        return _entry(f"{task}.{short}", importlib.import_module(name), task)
    except Exception as error:
        log.exception("a pipeline could not be read", extra={"context": {"pipeline": name}})
        return _broken(f"{task}.{short}", task, error)


def _read_extension(path: Path) -> tuple[Entry | None, Panel | None]:
    try:
        spec = importlib.util.spec_from_file_location(f"studionova_extension_{path.stem}", path)
        if spec is None or spec.loader is None or not path.is_file():
            raise Missing(f"{path.name} is not there.", "Untick it in Settings, or put the file back.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        wanted = str(getattr(module, "STUDIO", ""))
        if not meets(wanted):
            raise Missing(f"It wants StudioNova {wanted}; this is {VERSION}.", "Update StudioNova, or untick it.")
        draw = getattr(module, "panel", None)
        panel = Panel(path.stem, str(getattr(module, "TITLE", path.stem)), draw) if callable(draw) else None
        if panel is not None and not hasattr(module, "CARD"):
            return None, panel
        return _entry(f"{module.CARD.task}.{path.stem}", module, module.CARD.task), panel
    except Exception as error:
        log.exception("an extension could not be read", extra={"context": {"extension": path.name}})
        return _broken(f"extensions.{path.stem}", "extensions", error), None


def _entry(key: str, module: ModuleType, task: str) -> Entry | None:
    card = getattr(module, "CARD", None)
    if card is None:
        return None
    if card.task != task or card.task not in REQUESTS or card.lane not in LANES or not hasattr(module, "run"):
        raise ValueError(f"its CARD does not fit: task {card.task!r}, lane {card.lane!r}")
    absent = missing_packages(card)
    asked = getattr(module, "why_not", None)
    reason = f"it needs {', '.join(absent)} (pip install {' '.join(absent)})." if absent else asked() if asked else ""
    return Entry(key, card, module, reason)


def _broken(key: str, task: str, error: Exception) -> Entry:
    card = Card(name=key, task=task, about="This file could not be read.", licence="unknown")
    return Entry(key, card, None, f"its file is broken ({type(error).__name__}: {error}).")
