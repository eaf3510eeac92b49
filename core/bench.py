"""The bench: all that a pipeline is given while it works, and nothing more."""

import io
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cards import Card
from core.errors import Cancelled, Missing, Skipped, StudioError
from core.home import Home
from core.ingredients import row_of, settle
from core.jobs import Job
from core.knobs import plain, with_options
from core.owners import hold_to, theirs
from core.shelf import Shelf
from core.weights import places
from core.weights.hashes import Hashes, hash_file, key_file

if TYPE_CHECKING:
    from core.assets import Asset, Assets
    from core.story.draft import Preview
    from core.story.edits import Edit
    from core.story.model import Story

MARK = "XML:com.adobe.xmp"
"""The note in which a picture says that a model made it."""
PREVIEW_SECONDS = 0.4
PREVIEW_SHARE = 0.01
"""Previews take no more of the time than this, also on a computer that is busy with other things."""
PREVIEW_PIXELS = 512
FILM_MAX = 24
Signer = Callable[[Path, str, str], None]
"""Signs a finished picture in place: its file, its ending, and the mark that it carries."""


@dataclass
class Orders:
    """What people have asked of a running job. The pipeline hears of it at its next step."""

    cancel: threading.Event = field(default_factory=threading.Event)
    pause: threading.Event = field(default_factory=threading.Event)
    resumed: threading.Event = field(default_factory=threading.Event)
    skip: threading.Event = field(default_factory=threading.Event)
    lend: bool = False
    """With a pause: give the lane to other jobs until resumed."""
    wishes: set[str] = field(default_factory=set)
    """Words a pipeline understands, e.g. "save" or "sample"; handed over once."""

    def take(self) -> frozenset[str]:
        wishes, self.wishes = frozenset(self.wishes), set()
        return wishes


class Bench:
    """`step` after each piece of work, `save` for each result; the rest is for finding and keeping things."""

    def __init__(self, job: Job, orders: Orders, studio: "Tools") -> None:
        self._job, self._orders, self._studio = job, orders, studio
        self._next_preview = 0.0
        self.device = job.device

    def step(self, done: int, total: int, phase: str = "", preview: Callable[[], Any] | None = None) -> frozenset[str]:
        """Tell how far it is. Raises Cancelled if a person stopped the job; waits here while it is paused.

        `preview` is called only when a new one is due and returns a picture. Returns wishes such as {"save"}.
        """
        progress = self._job.progress
        progress.go(done, total, phase)
        if self._orders.cancel.is_set():
            raise Cancelled()
        if progress.part and self._orders.skip.is_set():
            raise Skipped()
        if preview is not None and time.monotonic() >= self._next_preview:
            began = time.monotonic()
            progress.preview = _small_jpeg(preview())
            ended = time.monotonic()
            self._next_preview = ended + max(PREVIEW_SECONDS, (ended - began) / PREVIEW_SHARE)
        self._studio.changed()
        return self.heed()

    def heed(self) -> frozenset[str]:
        """The same between two steps, where there is nothing new to tell: it stops or stands still here as well."""
        if self._orders.cancel.is_set():
            raise Cancelled()
        if self._orders.pause.is_set():
            self._wait()
        return self._orders.take()

    @contextmanager
    def part(self, number: int, count: int) -> Iterator[None]:
        """One of several parts, counted from 0: when a person skips it, the work goes on behind the `with`."""
        self._orders.skip.clear()
        self._job.progress.part = (number + 1, count) if count > 1 else None
        try:
            yield
        except Skipped:
            self.note(f"Part {number + 1} of {count} was skipped.")
        finally:
            self._job.progress.part = None

    @property
    def rested_seconds(self) -> float:
        """For how long it stood still because a person paused it."""
        return self._job.rested

    @property
    def wants_lane_back(self) -> bool:
        """True when the coming pause lends the device: free its memory before the next `step`."""
        return self._orders.pause.is_set() and self._orders.lend

    def save(self, content: Any, *, folder: str, suffix: str, notes: Mapping[str, str] | None = None,
             **record: Any) -> "Asset":
        """Keep a result (bytes, a finished file, or a picture) with how it was made. `record` adds to the sidecar."""
        notes = dict(notes or {})
        if not self._studio.recipes():
            notes = {name: text for name, text in notes.items() if name == MARK}
        sign = self._studio.signer() if notes.get(MARK) else None
        seal = partial(self._seal, sign, suffix, notes[MARK]) if sign else None
        asset = self._studio.assets.save(content, folder=folder, suffix=suffix, record=self._story(record),
                                         notes=notes, seal=seal)
        self._job.assets.append(asset.id)
        self._studio.changed()
        return asset

    def _seal(self, sign: Signer, suffix: str, mark: str, file: Path) -> None:
        """Sign a picture before it appears; without a signature it is kept all the same."""
        try:
            sign(file, suffix, mark)
        except StudioError as error:
            self.note(f"This picture is kept without a signature. {error.message}")

    def run(self, key: str, request: Any, tell: Callable[[float, str], object] = lambda share, phase: None) -> Job:
        """Let another pipeline do a part of this job, here and now; gives what it made as a job of its own.

        Its results say truthfully which pipeline made them. Cancel and pause reach it; `tell` hears how far it is.
        """
        entry = self._studio.catalog[key]
        request = with_options(request, entry.options)
        mine = self._job
        part = Job(mine.id, key, entry.card.name, plain(request), mine.owner, mine.correlation, mine.lane, "running",
                   started=time.time(), work=f"{mine.work or mine.id}/{key}", device=mine.device,
                   inputs=inputs_of(request, self._studio.assets, mine.owner))
        try:
            entry.run(request, _Part(part, self._orders, self._studio, self, tell))
        finally:  # what was finished before somebody stopped or skipped it counts
            mine.assets += part.assets
            mine.weights += [row for row in part.weights if row not in mine.weights]
        part.state, part.ended = "done", time.time()
        return part

    def open(self, asset_id: str) -> Path:
        """The file of an asset."""
        hold_to(self._studio.assets, [asset_id], self._job.owner)
        return self._studio.assets.get(asset_id).path

    def record(self, asset_id: str) -> dict[str, Any]:
        """How an asset was made."""
        hold_to(self._studio.assets, [asset_id], self._job.owner)
        return self._studio.assets.record(asset_id)

    def weights(self, name: str) -> Path:
        """A file or folder below models/: the person's own first, then their other model folders, then what ships."""
        for root in self._roots():
            path = (root / name).resolve()
            if path.is_relative_to(root.resolve()) and path.exists():
                return path
        raise Missing(f"The weights {name!r} are not on this computer.",
                      "Put them into the folder models, or name their folder in Settings.")

    def check_weights(self) -> None:
        """Before the work begins: what it will be made with is still what was asked for, and its hashes are known."""
        settle(self._job.weights, self._roots(), self._hash, self.note)

    def uses(self, path: Path, kind: str = "model") -> Path:
        """This model or LoRA goes into what is made here; gives it back."""
        row = row_of(kind, path, self._roots(), self._studio.store)
        if row["file"] not in [known["file"] for known in self._job.weights]:
            self._job.weights.append(row | {"sha256": self._hash(key_file(path))})
        return path

    def call(self, path: Path) -> str:
        """How requests name a model that lies there."""
        return places.name_of(path.resolve(), self._roots())

    def folders(self, kind: str) -> list[Path]:
        """Every folder of a kind of models ("checkpoints", "loras" …), whatever A1111 or ComfyUI call it."""
        return places.folders(self._roots(), kind)

    def _roots(self) -> list[Path]:
        return places.roots(self._studio.home, self._studio.folders())

    def keep(self, key: str, build: Callable[[], Any], *, gb: float) -> Any:
        """A loaded model from the shelf, built now if it is not there."""
        return self._studio.shelf.keep(key, build, gb=gb, device=self.device)

    @property
    def standing_gb(self) -> float:
        """What models on this device hold that would go before another one comes."""
        return sum(one["gb"] for one in self._studio.shelf.standing() if one["device"] == self.device)

    @property
    def key(self) -> str:
        """The name of the pipeline that works here."""
        return self._job.key

    @property
    def card(self) -> Card:
        return self._studio.catalog[self._job.key].card

    def able(self, key: str) -> tuple[str, ...] | None:
        """What another pipeline can do, or None when it cannot run here."""
        entry = self._studio.catalog.entries.get(key)
        return None if entry is None or entry.unavailable else entry.card.can

    def licence_of(self, record: Mapping[str, Any]) -> str:
        """The licence under which a result stands: that of its weights where known, else that of its pipeline."""
        said = [str(w["licence"]) for w in record.get("weights") or () if isinstance(w, Mapping) and w.get("licence")]
        entry = self._studio.catalog.entries.get(str(record.get("pipeline")))
        return " AND ".join(dict.fromkeys(said)) or str(record.get("licence") or (entry.card.licence if entry else ""))

    def read_story(self, paths: Sequence[Path], title: str = "") -> "Preview":
        """What files from elsewhere would become as one story. Nothing is kept."""
        from core.story.arrivals import recognise_together

        return recognise_together(self._studio.catalog, paths, title)[1]

    def change_story(self, asset_id: str, edits: Iterable["Edit"]) -> "Story":
        """Apply edits to a story as it is on disk now; people may be writing in it meanwhile."""
        from core.story import stories

        return stories.change(self._studio.assets, asset_id, edits)[0]

    def rate(self, asset_id: str, character: str, score: int) -> None:
        """Write into a picture's sidecar how alike it is to a character, 0 to 100."""
        known = self.record(asset_id).get("likeness")
        others = known if isinstance(known, dict) else {}
        self._studio.assets.edit(asset_id, {"likeness": {**others, character: score}})

    def hashes(self, path: Path) -> Hashes:
        """The hashes of a file of weights, read once for each version of it."""
        return hash_file(path, self._studio.store, self._listen)

    def _hash(self, path: Path) -> str:
        return self.hashes(path).sha256 if path.is_file() else ""

    def _listen(self) -> None:
        """Reading a large file for the first time takes a while: that is said, and can be stopped."""
        self._job.progress.phase = "Checking the weights"
        if self._orders.cancel.is_set():
            raise Cancelled()

    def drop(self, key: str) -> None:
        """Take a model off the shelf now, because its memory is needed."""
        self._studio.shelf.drop(key, self.device)

    def configs(self, folder: str, suffix: str) -> dict[str, Path]:
        """Files below configs/ by name: the studio's own, and a person's own over them."""
        return self._studio.home.configs(folder, suffix)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of the store, e.g. "characters"; copies, to read only. In a shared studio only this visitor's."""
        return theirs(table, self._studio.store.rows(table), self._job.owner)

    def row(self, table: str, key: str) -> dict[str, Any] | None:
        """One row of the store, whoever it belongs to: for what the studio itself has learned."""
        return self._studio.store.get(table, key)

    def put(self, table: str, key: str, row: Mapping[str, Any]) -> None:
        """Set one row of the store, e.g. what a character has learned; on disk when this returns."""
        self._studio.store.put(table, key, dict(row))
        self._studio.store.flush()

    @property
    def models(self) -> Path:
        """The person's own models/ folder, for weights that a training makes."""
        return self._studio.home.models

    @property
    def keys(self) -> Path:
        """Where the certificate lies that pictures are signed with."""
        return self._studio.home.keys

    @property
    def cache(self) -> Path:
        """What is dear to make and may be deleted: latents and text embeddings of trainings."""
        return self._studio.home.outputs / ".cache"

    @property
    def cache_bytes(self) -> int:
        """How much of it may stay."""
        return round(self._studio.cache_gb() * 2**30)

    @property
    def owner(self) -> str:
        """Whose job this is; "" where the studio belongs to one person."""
        return self._job.owner

    @property
    def job(self) -> str:
        """The id of this job, for what has to be named after it."""
        return self._job.id

    @property
    def server(self) -> str:
        """The address of the server that this pipeline's CARD names; "" when the person has set none."""
        return self._studio.server(self._studio.catalog[self._job.key].card.server)

    def note(self, sentence: str) -> None:
        """Something the person should know about this result; shown with it and kept in the sidecar."""
        if sentence not in self._job.notices:
            self._job.notices.append(sentence)

    def tell(self, **facts: Any) -> None:
        """What people see of it while it works; never on disk. Plain values only."""
        self._job.progress.told.update(facts)

    def film(self, words: str, picture: Any) -> bytes:
        """One more small picture in the row that stands below the work; gives back its JPEG."""
        small = _small_jpeg(picture)
        self._job.progress.film = [*self._job.progress.film, (words, small)][-FILM_MAX:]
        self._studio.changed()
        return small

    def measure(self, **figures: float) -> None:
        """Figures worth keeping, with their unit in the name: peak_vram_gb=5.1."""
        self._job.measured.update(figures)

    @property
    def work(self) -> Path:
        """A folder that outlives a crash and is found again when the job is resumed."""
        folder = self._studio.home.work / (self._job.work or self._job.id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear_work(self) -> None:
        """Nothing is left to resume."""
        shutil.rmtree(self._studio.home.work / (self._job.work or self._job.id), ignore_errors=True)

    def _wait(self) -> None:
        self._studio.hold(self._job, self._orders)
        if self._orders.cancel.is_set():
            raise Cancelled()

    def _story(self, record: Mapping[str, Any]) -> dict[str, Any]:
        job = self._job
        entry = self._studio.catalog[job.key]
        made_with = [{name: row[name] for name in ("name", "kind", "sha256")} for row in job.weights]
        return {"pipeline": job.key, "pipeline_version": entry.card.version, "request": job.request,
                "parents": [given["id"] for given in job.inputs], "inputs": job.inputs, "weights": made_with,
                "job": job.id, "correlation": job.correlation, "owner": job.owner, "device": job.device,
                "started": job.started, "seconds": round(job.seconds, 3), "notices": list(job.notices), **record}


class _Part(Bench):
    """The bench of a pipeline that works for another one: what it tells of its progress goes to that one's job."""

    def __init__(self, job: Job, orders: Orders, studio: "Tools", whole: Bench, tell: Callable[[float, str], object]):
        super().__init__(job, orders, studio)
        self._whole, self._tell = whole, tell

    def step(self, done: int, total: int, phase: str = "", preview: Callable[[], Any] | None = None) -> frozenset[str]:
        share = min(1.0, done / total) if total > 0 else 0.0
        try:
            self._tell(share, phase)
            seen = self._whole._job.progress
            return self._whole.step(seen.done, seen.total, seen.phase, preview)
        except Skipped:
            if share < 1:
                raise
            return frozenset()  # it came too late: all of the part is made

    @contextmanager
    def part(self, number: int, count: int) -> Iterator[None]:
        """The parts of a part cannot be skipped one by one."""
        with nullcontext() if self._whole._job.progress.part else self._whole.part(number, count):
            yield

    def _wait(self) -> None:
        self._whole._wait()


def inputs_of(request: Any, assets: "Assets", owner: str = "") -> list[dict[str, str]]:
    """Which files a request works on, with their hashes, so that it can be repeated; also that they are there and are
    the owner's, where there is one."""
    ids: list[str] = []
    for f in fields(request):
        value = getattr(request, f.name)
        if f.metadata.get("kind") in ("picture", "pictures", "mask") and value:
            ids += [value] if isinstance(value, str) else list(value)
    story = str(getattr(request, "story", "") or "")
    hold_to(assets, [*ids, *([story] if story and owner else [])], owner)
    return [{"id": asset_id, "sha256": str(assets.record(asset_id).get("sha256", ""))} for asset_id in ids]


@dataclass(frozen=True)
class Tools:
    """The parts of the studio that a bench reaches into."""

    home: Home
    assets: "Assets"
    catalog: Any
    shelf: Shelf
    store: Any
    changed: Callable[[], None]
    hold: Callable[[Job, Orders], None]
    folders: Callable[[], list[str]] = list
    """More folders with models, from Settings."""
    recipes: Callable[[], bool] = lambda: True
    """Whether pictures carry their recipe in the file, from Settings; the mark of generated media always stays."""
    server: Callable[[str], str] = str
    """The address that stands under the name of a setting."""
    signer: Callable[[], Signer | None] = lambda: None
    """What signs pictures, where the person wants it."""
    cache_gb: Callable[[], float] = lambda: 2.0
    """How much room each cache may take, from Settings."""


def _small_jpeg(picture: Any) -> bytes:
    small = picture.convert("RGB")
    small.thumbnail((PREVIEW_PIXELS, PREVIEW_PIXELS))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()
