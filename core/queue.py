"""The queue: takes jobs in order, a lane per device plus a light lane, and sees every job to its end."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from core.bench import Bench, Orders
from core.catalog import Catalog
from core.disk import FULL
from core.errors import Cancelled, Missing, Refused, StudioError, TooBig
from core.jobs import ACTIVE, ENDED, Job, from_row, new_id
from core.judging import judge_made
from core.lanes import LIGHT, Policy, choose
from core.log import within
from core.memory import Trimmer
from core.requests import read_for
from core.store import Store
from core.usage import Ledger

log = logging.getLogger(__name__)
HIGHEST = 9
"""Priorities go from minus this to this; 0 is usual."""
RECENT = 200
"""Ended jobs that stay in studio.json; older ones move to the monthly archive."""


class Queue:
    """All jobs, newest last. `revision` grows whenever anything changed, so that watchers can skip idle looks."""

    def __init__(self, store: Store, catalog: Catalog, lanes: dict[str, str], ledger: Ledger,
                 policy: Callable[[], Policy] = Policy) -> None:
        """`lanes` names each lane and the device it works on, e.g. {"light": "cpu", "gpu": "cuda:0"}."""
        self._policy, self._ledger = policy, ledger
        self._store, self._catalog, self._lanes = store, catalog, lanes
        self._jobs: dict[str, Job] = {}
        self._orders: dict[str, Orders] = {}
        self._change = threading.Condition(threading.RLock())
        self._busy: dict[str, Job] = {}
        self._closed = False
        self._tools: Any = None
        self._trimmer = Trimmer()
        self.revision = 0
        self._take_up()

    def start(self, tools: Any) -> None:
        """Begin to work. Before this, jobs only gather."""
        self._tools = tools
        for lane in self._lanes:
            threading.Thread(target=self._serve, args=(lane,), name=f"lane-{lane}", daemon=True).start()

    def close(self) -> None:
        """Stop taking jobs; what runs is asked to stop and is marked as interrupted."""
        with self._change:
            self._closed = True
            for job in self._active():  # also those that lend their lane
                self._orders[job.id].cancel.set()
                self._orders[job.id].resumed.set()
            self._change.notify_all()
            self._change.wait_for(lambda: not self._active(), timeout=10)

    # what people do

    def add(self, job: Job) -> Job:
        with self._change:
            job.lane = self._lane_of(job)
            job.device = self._lanes[job.lane]
            job.created = job.created or time.time()
            job.position = 1.0 + max((j.position for j in self._jobs.values()), default=0.0)
            self._jobs[job.id] = job
            self._orders[job.id] = Orders()
            line = sorted(self._line(job.owner, job.lane), key=lambda other: -other.priority)
            try:
                if line[-1] is job:
                    self._keep(job)
                else:
                    self._line_up(line)
            except StudioError:  # what could not be promised is not begun
                del self._jobs[job.id], self._orders[job.id]
                self._store.drop("jobs", job.id)
                raise
            return job

    def device_for(self, key: str) -> str:
        """Where a job of this pipeline would run if it were put into the queue now."""
        with self._change:
            return self._lanes[self._lane_of(Job(new_id(), key, "", {}))]

    def get(self, job_id: str, owner: str = "") -> Job:
        """A job by id. With an owner token, only that owner's jobs are there."""
        with self._change:
            job = self._jobs.get(job_id)
        if job is None or (owner and job.owner != owner):
            raise Missing("There is no such job.", "It may have been made long ago or belong to somebody else.")
        return job

    def all(self, owner: str = "") -> list[Job]:
        """Newest first."""
        with self._change:
            found = [job for job in self._jobs.values() if not owner or job.owner == owner]
        return sorted(found, key=lambda job: job.created, reverse=True)

    def waiting(self, lane: str = "") -> list[Job]:
        """Queued jobs in the order in which they will run."""
        with self._change:
            queued = [j for j in self._jobs.values() if j.state == "queued" and lane in ("", j.lane)]
        return sorted(queued, key=lambda job: job.position)

    def place(self, job_id: str) -> int:
        """How many jobs come before this one in its lane; 0 when it is next or already runs."""
        job = self.get(job_id)
        return next((n for n, other in enumerate(self.waiting(job.lane)) if other.id == job_id), 0)

    def cancel(self, job_id: str, owner: str = "") -> Job:
        job = self.get(job_id, owner)
        with self._change:
            if job.state == "queued":
                self._end(job, "cancelled")
            elif job.state in ACTIVE:
                self._orders[job.id].cancel.set()
                self._orders[job.id].resumed.set()
                self.changed()
        return job

    def cancel_pending(self, owner: str = "") -> int:
        with self._change:
            pending = [job for job in self.waiting() if not owner or job.owner == owner]
            for job in pending:
                self._end(job, "cancelled")
        return len(pending)

    def move(self, job_id: str, before_id: str = "", owner: str = "") -> Job:
        """Put a waiting job before another one of its lane, whose priority it takes; without another, at the end."""
        job = self.get(job_id, owner)
        with self._change:
            self._check_waits(job)
            line = [other for other in self._line(owner, job.lane) if other.id != job_id]
            at = next((n for n, other in enumerate(line) if other.id == before_id), len(line))
            job.priority = (line[at:] or line[-1:] or [job])[0].priority
            self._line_up([*line[:at], job, *line[at:]])
        return job

    def prioritize(self, job_id: str, priority: int, owner: str = "") -> Job:
        """Jobs of a higher priority run first; of the same one, in the order in which they came."""
        job = self.get(job_id, owner)
        check_priority(priority)
        with self._change:
            self._check_waits(job)
            job.priority = priority
            self._line_up(sorted(self._line(owner, job.lane), key=lambda other: -other.priority))
        return job

    def pause(self, job_id: str, owner: str = "", lend: bool = False) -> Job:
        job = self.get(job_id, owner)
        if "pause" not in self._catalog[job.key].card.can:
            raise Refused(f"{job.title} cannot be paused.", "Stop it instead; it can be started again.")
        with self._change:
            if job.state == "running":
                orders = self._orders[job.id]
                orders.lend = lend
                orders.resumed.clear()
                orders.pause.set()
                self.changed()
        return job

    def resume(self, job_id: str, owner: str = "") -> Job:
        job = self.get(job_id, owner)
        with self._change:
            orders = self._orders.get(job.id)
            if orders is not None and job.state in ACTIVE:
                orders.pause.clear()
                orders.resumed.set()
        return job

    def skip(self, job_id: str, owner: str = "") -> Job:
        """Leave the part that a job is at; it goes on with the next one."""
        job = self.get(job_id, owner)
        with self._change:
            if job.state != "running" or job.progress.part is None:
                raise Refused(f"{job.title} is not at a part that can be skipped.", "Stop it instead, or wait for it.")
            self._orders[job.id].skip.set()
            self.changed()
        return job

    def wish(self, job_id: str, word: str, owner: str = "") -> Job:
        """Ask a running pipeline for something it understands, such as "save" or "sample"."""
        job = self.get(job_id, owner)
        with self._change:
            if job.state in ACTIVE:
                self._orders[job.id].wishes.add(word)
        return job

    # what watchers need

    def changed(self) -> None:
        with self._change:
            self.revision += 1
            self._change.notify_all()

    def wait(self, revision: int, timeout: float) -> int:
        """Sleep until something changed since `revision`, or the time is over."""
        with self._change:
            self._change.wait_for(lambda: self.revision != revision or self._closed, timeout)
            return self.revision

    # how it works inside

    def _active(self) -> list[Job]:
        return [job for job in self._jobs.values() if job.state in ACTIVE]

    def _line(self, owner: str, lane: str) -> list[Job]:
        return [job for job in self.waiting(lane) if not owner or job.owner == owner]

    def _line_up(self, line: list[Job]) -> None:
        """Let these jobs wait in this order, in the places that they have: nobody else's job comes later for it."""
        for job, position in zip(line, sorted(one.position for one in line), strict=True):
            job.position = position
            self._store.put("jobs", job.id, job.row())
        self._store.flush()
        self.changed()

    def _check_waits(self, job: Job) -> None:
        if job.state != "queued":
            raise Refused("Only a waiting job can be moved.", "Stop it and start it again instead.")

    def _take_up(self) -> None:
        for row in self._store.rows("jobs"):
            job = from_row(row)
            self._jobs[job.id] = job
            self._orders[job.id] = Orders()
            if job.lane not in self._lanes:  # this computer had other cards then
                job.asked, job.lane = "", next(lane for lane in self._lanes if lane != LIGHT)
            if job.state in ACTIVE:
                job.error = self._torn_off(job)
                self._end(job, "interrupted")

    def _torn_off(self, job: Job) -> dict[str, str]:
        """What to say of a job that the end of the studio broke off."""
        entry = self._catalog.entries.get(job.key)
        resumes = entry is not None and "resume" in entry.card.can
        return {"message": "The studio was closed while this was running.",
                "hint": "Start it again; it goes on where it was last saved." if resumes else
                "Start it again; what was finished is in the Library."}

    def _lane_of(self, job: Job) -> str:
        same = [old for old in self._jobs.values() if old.key == job.key and old.started]
        last = max(same, key=lambda old: old.started).device if same else ""
        return choose(job, self._catalog[job.key].card.lane, self._lanes, self._policy(), last,
                      lambda lane: len(self.waiting(lane)) + (lane in self._busy))

    def _serve(self, lane: str) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or (lane not in self._busy and self.waiting(lane)))
                if self._closed:
                    return
                job = self.waiting(lane)[0]
                self._busy[lane] = job
                job.state, job.started, job.device = "running", time.time(), self._lanes[lane]
                job.progress.began = time.monotonic()
                self._write_down(job)
            threading.Thread(target=self._run, args=(job,), name=f"job-{job.id}", daemon=True).start()

    def _run(self, job: Job) -> None:
        orders = self._orders[job.id]
        with within("worker", job.correlation or job.id, job=job.id):
            log.info("a job begins", extra={"context": {"pipeline": job.key, "device": job.device}})
            try:
                entry = self._catalog[job.key]
                self._ledger.check(entry.card)
                bench = Bench(job, orders, self._tools)
                bench.check_weights()
                entry.run(read_for(entry.task, job.request), bench)
                judge_made(job, self._catalog, bench)
                bench.clear_work()
                state, error = "done", None
            except Cancelled as stop:
                state, error = "cancelled", {"message": stop.message, "hint": stop.hint}
                if self._closed:
                    state, error = "interrupted", self._torn_off(job)
            except StudioError as known:
                state, error = "failed", {"message": known.message, "hint": known.hint}
            except MemoryError:
                big = TooBig("The computer ran out of memory.", "Close other programs, or make it smaller.")
                state, error = "failed", {"message": big.message, "hint": big.hint}
            except (Exception, SystemExit) as unknown:
                log.exception("a job broke", extra={"context": {"pipeline": job.key}})
                state, error = "failed", _explain(unknown)
            log.info("a job ends", extra={"context": {"state": state, "seconds": round(job.seconds, 3)}})
        self._count(job)
        with self._change:
            job.error = error
            self._free(job)
            self._end(job, state)
        self._trimmer.trim()

    def _count(self, job: Job) -> None:
        """Into the ledger; a trouble there is no trouble of the job."""
        entry = self._catalog.entries.get(job.key)
        try:
            if entry is not None:
                self._ledger.add(job, entry.card)
        except StudioError as trouble:
            log.warning("the cost of a job is not counted", extra={"context": {"job": job.id, "reason": str(trouble)}})

    def hold(self, job: Job, orders: Orders) -> None:
        """Stand still until the person resumes or stops; with `lend`, others may use the lane meanwhile."""
        began = time.monotonic()
        with self._change:
            job.state = "paused"
            if orders.lend:
                self._free(job)
            self._write_down(job)
        orders.resumed.wait()
        with self._change:
            if orders.lend and not orders.cancel.is_set():
                self._change.wait_for(lambda: job.lane not in self._busy or self._closed)
                self._busy[job.lane] = job
            orders.lend = False
            rested = time.monotonic() - began
            job.rested += rested
            job.progress.began += rested  # what is left is told by the time at work
            job.state = "running"
            self._write_down(job)

    def _free(self, job: Job) -> None:
        if self._busy.get(job.lane) is job:
            del self._busy[job.lane]
        self._change.notify_all()

    def _end(self, job: Job, state: str) -> None:
        job.state, job.ended = state, time.time()
        self._orders.pop(job.id, None)
        self._write_down(job)
        ended = sorted((j for j in self._jobs.values() if j.state in ENDED), key=lambda j: j.ended)
        old = [j.id for j in ended[:-RECENT]]
        if len(old) >= RECENT // 4:
            try:
                self._store.archive("jobs", old)
            except StudioError as trouble:
                log.warning("old jobs stay where they are", extra={"context": {"reason": str(trouble)}})
                return
            for job_id in old:
                self._orders.pop(job_id, None)
            self._forget_work([self._jobs.pop(job_id) for job_id in old])

    def _forget_work(self, gone: list[Job]) -> None:
        """What they left unfinished cannot be taken up any more, and can be large."""
        held = {job.work or job.id for job in self._jobs.values()}
        for job in gone:
            if self._tools is not None and (job.work or job.id) not in held:
                Bench(job, Orders(), self._tools).clear_work()

    def _write_down(self, job: Job) -> None:
        """Keep what became of a job. A disk that is full just now stops no lane: the store tries again by itself."""
        try:
            self._keep(job)
        except StudioError as trouble:
            log.warning("a job could not be written down", extra={"context": {"job": job.id, "reason": str(trouble)}})
            self.changed()

    def _keep(self, job: Job) -> None:
        self._store.put("jobs", job.id, job.row())
        self._store.flush()
        self.changed()


def _explain(error: BaseException) -> dict[str, str]:
    text = str(error)
    if "out of memory" in text.lower():
        return {"message": "The picture is too large for this card's memory.",
                "hint": "Make it smaller, or choose Speed. What was finished is in the Library."}
    if isinstance(error, OSError) and error.errno in FULL:
        return {"message": "The disk is full.", "hint": "Free some space and press Again."}
    return {"message": f"Something broke that should not: {type(error).__name__}: {text[:300]}",
            "hint": "Press Again. If it stays, copy the log from Settings for a bug report."}


def check_priority(priority: int) -> None:
    if not -HIGHEST <= priority <= HIGHEST:
        raise Refused(f"The priority is {priority}.", f"Choose a value from {-HIGHEST} to {HIGHEST}; 0 is usual.")


def count_states(jobs: list[Job]) -> dict[str, int]:
    """How many jobs are in each state, for the job strip."""
    counts: dict[str, int] = {}
    for job in jobs:
        counts[job.state] = counts.get(job.state, 0) + 1
    return counts


