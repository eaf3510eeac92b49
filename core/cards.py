"""What a pipeline says of itself before it runs: read by the catalog, the forms, the advisor and the README."""

from dataclasses import dataclass

LANES = ("gpu", "light")


@dataclass(frozen=True)
class Card:
    """The visible side of a pipeline module. `task` is the folder it lies in."""

    name: str
    task: str
    about: str
    licence: str
    lane: str = "light"
    """"gpu": heavy, one at a time on each device. "light": quick work on the processor."""
    needs: tuple[str, ...] = ()
    """Packages that must be importable; a missing one makes the entry unavailable, never a crash."""
    memory_gb: float = 0.0
    """Estimated memory of a run at 16 bits, on a card or without one; 0 where it follows from the weights."""
    weights: tuple[str, ...] = ()
    """Names in configs/models.toml, or folders below models/, that must be there before a run."""
    rank: int = 5
    """Where it stands in a list, lower first: 1 works at once for most people, 7 wants a model of one's own first."""
    server: str = ""
    """Name of the setting that holds a server's address, for pipelines that need one."""
    can: tuple[str, ...] = ()
    """Abilities beyond the plain task: "pause", "preview", "image", "mask", "reference", "lora" …"""
    reads: tuple[str, ...] = ()
    """File endings that an importer opens, with the dot."""
    writes: str = ""
    """File ending that an exporter makes, with the dot."""
    version: str = "1"
    """Raised when the same request would give another result."""
