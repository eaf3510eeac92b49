"""What the studio can do, what it can do on this computer now, and why not where it cannot: the capability matrix.

Settings, `/status`, `/capabilities` and bug reports show it; the README shows the part that knows no computer.
"""

from pathlib import Path
from typing import Any, Protocol

from core.cards import Card
from core.catalog import Catalog, Entry
from core.home import Home
from core.settings import Settings
from core.weights import places
from core.weights.families import NAMES as FAMILIES
from core.weights.families import name_family

WORKS, WAITS, LACKS = "works", "waits", "lacks"
BOXED = "starter"
"""Weights below models/ that come along, and the family that they are of."""
NETTED = "download"
"""The task that fetches things from the internet."""


class Rooms(Protocol):
    """The parts of a studio that are needed here."""

    catalog: Catalog
    home: Home
    settings: Settings


def rows(studio: Rooms) -> list[dict[str, Any]]:
    """One row for each pipeline. `state` is works, waits (for a model or a server that a person can bring) or lacks
    (something this computer or this start does not have); `why` says it in a sentence."""
    linked = studio.settings.get("models.folders")
    tops = places.roots(studio.home, linked)
    families = {one.family for one in places.take_stock(studio.home, linked, ["checkpoints"])}
    return [_row(entry, _waits_for(entry, families, tops, studio.settings)) for entry in studio.catalog]


def _row(entry: Entry, waits: str) -> dict[str, Any]:
    card = entry.card
    state = LACKS if entry.unavailable else WAITS if waits else WORKS
    return {"key": entry.key, "task": entry.task, "name": card.name, "about": card.about, "licence": card.licence,
            "lane": card.lane, "can": list(card.can), "state": state, "why": entry.unavailable or waits,
            "unavailable": entry.unavailable}


def _waits_for(entry: Entry, families: set[str], tops: list[Path], settings: Settings) -> str:
    family = own_family(entry.key)
    if family and family not in families:
        return f"it waits for a {name_family(family)} model; Settings, Models brings one."
    absent = [name for name in entry.card.weights if not _is_there(name, tops)]
    if absent:
        return f"it waits for models/{absent[0]}."
    if entry.card.server and not settings.get(entry.card.server):
        return "it waits for the address of a server, under Settings, Folders and servers."
    return ""


def _is_there(name: str, tops: list[Path]) -> bool:
    """Whether a file or folder is below one of the model folders; of a kind of models, whether there is any."""
    if name in places.KINDS:
        return any(True for folder in places.folders(tops, name) for _ in places.models_in(folder))
    return any((top / name).exists() for top in tops)


def own_family(key: str) -> str:
    """The family of models that a pipeline needs one of; "" where it needs none or brings its own."""
    task, _, family = key.partition(".")
    return family if task in ("image", "train") and family in FAMILIES and family != BOXED else ""


def outside_the_box(key: str, card: Card) -> str:
    """Why a pipeline does not run in the mode fast-test: nothing may be fetched, and no model but the starter's."""
    ours = all(name.split("/")[0] == BOXED for name in card.weights)
    if card.task == NETTED or card.server or own_family(key) or not ours:
        return "this start is in the mode fast-test, which works with what is in the box."
    return ""


def wants(card: Card, key: str) -> str:
    """What somebody has to bring before a pipeline works, whatever the computer: for the README."""
    brought = [f"a {name_family(own_family(key))} model"] if own_family(key) else []
    brought += [f"`models/{name}`" for name in card.weights if name.split("/")[0] != BOXED]
    brought += ["a server's address"] if card.server else []
    return ", ".join(brought) or "nothing"


def table(catalog: Catalog) -> str:
    """The matrix as Markdown, with what holds on every computer."""
    lines = ["| task | way | what it does | you bring | runs on | licence |", "|---|---|---|---|---|---|"]
    for entry in sorted(catalog, key=lambda one: (one.task, one.card.rank, one.key)):
        card = entry.card
        where = "a card, else the processor" if card.lane == "gpu" else "the processor"
        files = " ".join(f"`{ending}`" for ending in (*card.reads, card.writes) if ending)
        about = f"{card.about} {files}".strip().replace("|", "\\|")
        lines.append(f"| `{entry.task}` | {card.name} (`{entry.key}`) | {about} | {wants(card, entry.key)} | {where} | "
                     f"{card.licence} |")
    return "\n".join(lines)
