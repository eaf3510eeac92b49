"""What the studio's work has cost: time, energy and money by month, character and story, and the monthly limit of what
rented computers may cost. Sums, kept when a job ends at the prices of that day; they outlive jobs and pictures."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import characters
from core.cards import Card
from core.errors import Refused, StudioError
from core.jobs import Job
from core.lanes import PROCESSOR
from core.library import Library
from core.power import PowerMeter
from core.settings import Settings
from core.store import Store

TABLE = "usage"
PRICES = ("watts", "kwh_price", "hour_price", "server_price", "budget")
"""The settings of the branch `usage`: numbers that only a person knows; 0 leaves a figure out."""
FIGURES = ("jobs", "seconds", "card_seconds", "wh", "energy", "rent")
MOST = 1_000_000


@dataclass(frozen=True)
class Rates:
    """What things cost here, in whatever currency the person thinks in."""

    watts: float = 0.0
    """What the computer draws while it works, without its graphics cards: those are read."""
    kwh_price: float = 0.0
    hour_price: float = 0.0
    """An hour of this computer, when it is rented."""
    server_price: float = 0.0
    """An hour of a server that works for the studio."""
    budget: float = 0.0
    """The most that rented hours may cost in a month."""

    def hourly(self, card: Card) -> float:
        return self.server_price if card.server else self.hour_price


class Ledger:
    """One row a month. `add` when a job has ended, `check` before one begins."""

    def __init__(self, store: Store, settings: Settings, library: Library, meter: PowerMeter) -> None:
        self._store, self._settings, self._library, self._meter = store, settings, library, meter
        self._adding = threading.Lock()
        """Jobs of several lanes may end in one moment."""

    def rates(self) -> Rates:
        return Rates(**{name: self._settings.get(f"usage.{name}") for name in PRICES})

    def check(self, card: Card) -> None:
        """Refuses work on rented computers once this month's limit is reached."""
        rates = self.rates()
        if rates.budget and rates.hourly(card) and self._row(_month())["all"]["rent"] >= rates.budget:
            raise Refused("This month's budget for rented computers is used up.",
                          "Raise it in Settings, under What it costs, or wait for the next month.")

    def add(self, job: Job, card: Card) -> None:
        """Count an ended job. What it cost stands in its figures too."""
        spent = self._cost_of(job, card)
        job.measured = job.measured | {"wh": spent["wh"], "cost": spent["energy"] + spent["rent"]}
        people, story = self._about(job)
        with self._adding:
            month = _month()
            row = self._row(month)
            row["all"] = _sum(row["all"], spent, 1.0)
            for name, share in people.items():
                row["characters"][name] = _sum(row["characters"].get(name), spent, share)
            if story:
                row["stories"][story] = _sum(row["stories"].get(story), spent, 1.0)
            self._store.put(TABLE, month, {"id": month, **row})

    def months(self) -> dict[str, dict[str, Any]]:
        """Every month with its sums, the newest first."""
        rows = {str(row["id"]): self._row(str(row["id"])) for row in self._store.rows(TABLE)}
        return dict(sorted(rows.items(), reverse=True))

    def totals(self, kind: str) -> dict[str, dict[str, float]]:
        """Sums over all months of each of a kind, "characters" or "stories"; the dearest in time first."""
        found: dict[str, dict[str, float]] = {}
        for row in self.months().values():
            for name, figures in row[kind].items():
                found[name] = _sum(found.get(name), figures, 1.0)
        return dict(sorted(found.items(), key=lambda one: -one[1]["seconds"]))

    def _cost_of(self, job: Job, card: Card) -> dict[str, float]:
        rates, hours = self.rates(), job.seconds / 3600
        here = 0.0 if card.server else 1.0
        wh = here * (rates.watts * hours + (self._meter.take(job.id) or 0.0))
        return {"jobs": 1, "seconds": job.seconds, "card_seconds": here * job.seconds * (job.device != PROCESSOR),
                "wh": wh, "energy": wh / 1000 * rates.kwh_price, "rent": hours * rates.hourly(card)}

    def _about(self, job: Job) -> tuple[dict[str, float], str]:
        """Whose the job was, each with their share of it, and the story it worked for."""
        made = [entry.labels for entry in map(self._library.entry, job.assets) if entry is not None]
        shares: dict[str, float] = {}
        for labels in made:
            names = labels.get("character", [])
            for name in names:
                shares[name] = shares.get(name, 0.0) + 1 / len(names) / len(made)
        asked = str(job.request.get("character") or "")
        if asked and not shares:
            shares = {self._called(asked): 1.0}
        stories = [story for labels in made for story in labels.get("story", [])]
        return shares, str(job.request.get("story") or next(iter(stories), ""))

    def _called(self, who: str) -> str:
        try:
            return characters.find(self._store.rows(characters.TABLE), who).name
        except StudioError:
            return who

    def _row(self, month: str) -> dict[str, Any]:
        kept = self._store.get(TABLE, month) or {}
        return {"all": _sum(kept.get("all"), {}, 0.0), "characters": dict(kept.get("characters") or {}),
                "stories": dict(kept.get("stories") or {})}


def _month() -> str:
    return f"{datetime.now():%Y-%m}"


def _sum(kept: Mapping[str, float] | None, more: Mapping[str, float], share: float) -> dict[str, float]:
    return {name: round((kept or {}).get(name, 0) + more.get(name, 0) * (share if name != "jobs" else bool(share)), 6)
            for name in FIGURES}


def read_price(text: str) -> float:
    """A number as people write it, with a point or a comma."""
    try:
        value = float(text.strip().replace(",", ".") or 0)
    except ValueError:
        value = -1.0
    if not 0 <= value <= MOST:
        raise Refused(f"{text.strip()[:40]!r} is no price.", "Write a number such as 0.32; 0 leaves it out.")
    return value
