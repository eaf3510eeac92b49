"""A job: a request on its way. What is kept on disk is a row; progress lives in memory only."""

import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

WAITING = frozenset({"queued"})
ACTIVE = frozenset({"running", "paused"})
ENDED = frozenset({"done", "failed", "cancelled", "interrupted"})
STATES = WAITING | ACTIVE | ENDED


@dataclass(frozen=True)
class Sender:
    """Who asks for a job, where a studio has several visitors, and the id of the click or call by which they did."""

    owner: str = ""
    correlation: str = ""


@dataclass
class Progress:
    """How far a running job is. Never written to disk."""

    done: int = 0
    total: int = 0
    phase: str = ""
    part: tuple[int, int] | None = None
    """Where it is in work of several parts, e.g. (3, 12): that one can be skipped. None where there is one only."""
    began: float = field(default_factory=time.monotonic)
    first: int = 0
    """How much was done already when this stretch began: a training that goes on from the middle."""
    preview: bytes = b""
    """The newest preview as a small JPEG."""
    told: dict[str, Any] = field(default_factory=dict)
    """What the pipeline tells of itself while it works, e.g. the curve of a training."""
    film: list[tuple[str, bytes]] = field(default_factory=list)
    """Small JPEGs that stay in sight in their order, each with its words: samples of a training."""

    @property
    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0

    @property
    def eta_seconds(self) -> float | None:
        if not self.first < self.done < self.total:
            return None
        return (time.monotonic() - self.began) / (self.done - self.first) * (self.total - self.done)

    def go(self, done: int, total: int, phase: str) -> None:
        """So far it is. What counts otherwise than before, or only begins to count, is timed anew."""
        fresh = total != self.total or done < self.done or done == self.done == self.first
        if fresh and (phase or self.phase) != self.phase:
            self.began, self.first = time.monotonic(), done
        self.done, self.total, self.phase = done, total, phase or self.phase


@dataclass
class Job:
    """One piece of queued work. Change its state only through the queue."""

    id: str
    key: str
    title: str
    request: dict[str, Any]
    owner: str = ""
    correlation: str = ""
    lane: str = "light"
    state: str = "queued"
    priority: int = 0
    position: float = 0.0
    created: float = 0.0
    started: float = 0.0
    ended: float = 0.0
    rested: float = 0.0
    """Seconds of it that it stood paused."""
    origin: str = ""
    """The job that this one repeats or continues."""
    work: str = ""
    """Name of its folder of unfinished work; inherited when a job is resumed."""
    device: str = ""
    """Where it ran, or will."""
    asked: str = ""
    """The device that a person asked for, for this job alone."""
    assets: list[str] = field(default_factory=list)
    inputs: list[dict[str, str]] = field(default_factory=list)
    weights: list[dict[str, str]] = field(default_factory=list)
    """Its model and LoRAs with their hashes; core/ingredients.py says how a row reads."""
    notices: list[str] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)
    error: dict[str, str] | None = None
    progress: Progress = field(default_factory=Progress, repr=False, compare=False)

    @property
    def seconds(self) -> float:
        """How long it worked."""
        return max(0.0, (self.ended or time.time()) - self.started - self.rested) if self.started else 0.0

    @property
    def phase(self) -> str:
        return self.progress.phase

    @property
    def eta_seconds(self) -> float | None:
        return self.progress.eta_seconds if self.state == "running" else None

    def row(self) -> dict[str, Any]:
        """What is kept on disk."""
        return {key: value for key, value in asdict(self).items() if key != "progress"}

    def view(self) -> dict[str, Any]:
        """What the API tells of a job; the owner's token stays inside."""
        seen = {key: value for key, value in self.row().items() if key not in ("owner", "work")}
        eta = self.eta_seconds
        return seen | {"progress": round(self.progress.share, 4), "phase": self.phase, "part": self.progress.part,
                       "eta_seconds": None if eta is None else round(eta, 1)}


def new_id() -> str:
    """Short, unique, and sorted by time."""
    return f"{time.time_ns() // 1_000_000:011x}{secrets.token_hex(4)}"


def from_row(row: dict[str, Any]) -> Job:
    """A job from its row; fields that a newer studio added are left alone on disk and passed by here."""
    known = {name for name in Job.__dataclass_fields__ if name != "progress"}
    return Job(**{key: value for key, value in row.items() if key in known})
