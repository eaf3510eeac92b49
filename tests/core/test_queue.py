"""Jobs from click to end: order, stop, pause, break, restart."""

import threading

import pytest

import pipelines
from core.errors import Missing, Refused, StudioError
from core.jobs import Job, Sender
from core.studio import Studio
from tests.conftest import MACHINE


def test_a_job_runs_and_says_how_far_it_is(open_with, sheet, until):
    seen = []

    def run(request, bench):
        for number in range(3):
            bench.step(number, 3, "Counting")
            seen.append((studio.jobs.get(job.id).progress.share, studio.jobs.get(job.id).phase))

    started = threading.Event()
    studio = open_with(count=lambda request, bench: (started.wait(10), run(request, bench)))
    job = studio.submit("sheet.count", sheet)
    started.set()
    assert until(studio, job.id, "done", "failed") == "done"
    assert seen == [(0.0, "Counting"), (1 / 3, "Counting"), (2 / 3, "Counting")]


def test_a_broken_job_does_not_stop_the_queue(open_with, sheet, until):
    def breaks(request, bench):
        raise ZeroDivisionError("a bug")

    studio = open_with(breaks=breaks, works=lambda request, bench: None)
    first, second = studio.submit("sheet.breaks", sheet), studio.submit("sheet.works", sheet)
    assert until(studio, first.id, "failed")
    assert until(studio, second.id, "done")
    assert "ZeroDivisionError" in studio.jobs.get(first.id).error["message"]
    assert studio.jobs.get(first.id).error["hint"]


def test_a_known_error_reaches_the_person_in_its_own_words(open_with, sheet, until):
    def refuses(request, bench):
        raise StudioError("The lamp is off.", "Switch it on.")

    studio = open_with(refuses=refuses)
    job = studio.submit("sheet.refuses", sheet)
    until(studio, job.id, "failed")
    assert job.error == {"message": "The lamp is off.", "hint": "Switch it on."}


def blocked(gate: threading.Event):
    def run(request, bench):
        gate.wait(10)
        bench.step(1, 2, "Waiting")

    return run


def test_a_running_job_stops_at_its_next_step(open_with, sheet, until):
    begun, go = threading.Event(), threading.Event()

    def run(request, bench):
        begun.set()
        go.wait(10)
        bench.step(1, 2)
        raise AssertionError("it went on after it was stopped")

    studio = open_with(long=run)
    job = studio.submit("sheet.long", sheet)
    begun.wait(10)
    studio.jobs.cancel(job.id)
    go.set()
    assert until(studio, job.id, "cancelled", "failed", "done") == "cancelled"


def test_stopping_all_that_wait_leaves_the_running_one(open_with, sheet, until):
    gate = threading.Event()
    studio = open_with(long=blocked(gate))
    first = studio.submit("sheet.long", sheet)
    until(studio, first.id, "running")
    others = [studio.submit("sheet.long", sheet) for _ in range(3)]
    assert studio.jobs.cancel_pending() == 3
    gate.set()
    assert until(studio, first.id, "done") == "done"
    assert {studio.jobs.get(job.id).state for job in others} == {"cancelled"}


def test_waiting_jobs_can_be_reordered(open_with, sheet, until):
    gate, order = threading.Event(), []

    def run(request, bench):
        gate.wait(10)
        order.append(request.title)

    studio = open_with(long=run)
    first = studio.submit("sheet.long", {"title": "first"})
    until(studio, first.id, "running")
    jobs = {name: studio.submit("sheet.long", {"title": name}) for name in "abc"}
    studio.jobs.move(jobs["c"].id, jobs["a"].id)
    studio.jobs.move(jobs["a"].id)
    assert [job.request["title"] for job in studio.jobs.waiting()] == ["c", "b", "a"]
    gate.set()
    until(studio, jobs["a"].id, "done")
    assert order == ["first", "c", "b", "a"]


def test_a_higher_priority_runs_first_and_others_keep_their_turn(open_with, sheet, until):
    gate = threading.Event()
    studio = open_with(long=blocked(gate))
    until(studio, studio.submit("sheet.long", sheet).id, "running")

    def line() -> list[str]:
        return [job.request["title"] for job in studio.jobs.waiting()]

    def add(title, owner, priority=0):
        return studio.submit("sheet.long", {"title": title}, Sender(owner), priority=priority).id

    add("a1", "anna"), add("b1", "ben")
    late = add("a2", "anna")
    add("b2", "ben")
    assert line() == ["a1", "b1", "a2", "b2"]
    studio.jobs.prioritize(late, 1, "anna")
    assert line() == ["a2", "b1", "a1", "b2"]
    add("a3", "anna", priority=5)
    assert line() == ["a3", "b1", "a2", "b2", "a1"]
    studio.jobs.prioritize(late, -1, "anna")
    assert line() == ["a3", "b1", "a1", "b2", "a2"]
    with pytest.raises(Missing):
        studio.jobs.prioritize(late, 1, "ben")
    with pytest.raises(Refused, match="priority"):
        add("much", "anna", priority=99)
    gate.set()


def test_what_is_put_before_another_takes_its_priority_and_stays_there(open_with, sheet, until):
    gate = threading.Event()
    studio = open_with(long=blocked(gate))
    until(studio, studio.submit("sheet.long", sheet).id, "running")
    ids = [studio.submit("sheet.long", {"title": name}, priority=rank).id for name, rank in zip("abc", (3, 0, 0),
                                                                                               strict=True)]
    studio.jobs.move(ids[2], ids[0])
    studio.submit("sheet.long", {"title": "d"}, priority=1)
    assert [job.request["title"] for job in studio.jobs.waiting()] == ["c", "a", "d", "b"]
    gate.set()


def test_a_place_in_one_lane_is_never_paid_for_in_another(home):
    studio = Studio(home, pipelines, {}, MACHINE)  # not started: all wait
    try:
        for name, owner, key in (("mine", "anna", "sheet.contact"), ("theirs", "ben", "grid.table"),
                                 ("late", "anna", "grid.table")):
            studio.jobs.add(Job(name, key, name, {}, owner=owner))
        studio.jobs.prioritize("late", 9, "anna")
        assert [job.id for job in studio.jobs.waiting("gpu")] == ["theirs", "late"]
    finally:
        studio.close()


def test_a_running_job_cannot_be_moved(open_with, sheet, until):
    gate = threading.Event()
    studio = open_with(long=blocked(gate))
    job = studio.submit("sheet.long", sheet)
    until(studio, job.id, "running")
    with pytest.raises(Refused):
        studio.jobs.move(job.id)
    gate.set()


def paced(ticks: list[int], go: threading.Semaphore):
    def run(request, bench):
        for number in range(4):
            go.acquire(timeout=10)
            bench.step(number, 4, "Ticking")
            ticks.append(number)

    return run


def test_a_paused_job_holds_still_and_goes_on(open_with, sheet, until):
    ticks, go = [], threading.Semaphore(0)
    studio = open_with(can=("pause",), paced=paced(ticks, go))
    job = studio.submit("sheet.paced", sheet)
    until(studio, job.id, "running")
    studio.jobs.pause(job.id)
    go.release(4)
    until(studio, job.id, "paused")
    assert ticks == []
    began = job.progress.began
    studio.jobs.resume(job.id)
    until(studio, job.id, "done")
    assert ticks == [0, 1, 2, 3]
    assert job.progress.began > began, "what is left is told by the time at work"


def test_a_paused_job_can_lend_its_lane_to_others(open_with, sheet, until):
    ticks, go = [], threading.Semaphore(0)
    studio = open_with(can=("pause",), paced=paced(ticks, go), quick=lambda request, bench: None)
    job = studio.submit("sheet.paced", sheet)
    until(studio, job.id, "running")
    other = studio.submit("sheet.quick", sheet)
    studio.jobs.pause(job.id, lend=True)
    go.release(4)
    assert until(studio, other.id, "done") == "done"
    assert studio.jobs.get(job.id).state == "paused"
    studio.jobs.resume(job.id)
    assert until(studio, job.id, "done") == "done"


def test_a_job_that_lends_its_lane_ends_with_the_studio(open_with, sheet, until):
    ticks, go = [], threading.Semaphore(0)
    studio = open_with(can=("pause",), paced=paced(ticks, go))
    job = studio.submit("sheet.paced", sheet)
    until(studio, job.id, "running")
    studio.jobs.pause(job.id, lend=True)
    go.release(4)
    until(studio, job.id, "paused")
    studio.close()
    assert job.state == "interrupted" and len(ticks) < 4, "it does not work on beside whoever has the lane now"


def test_a_paused_job_can_be_stopped(open_with, sheet, until):
    ticks, go = [], threading.Semaphore(0)
    studio = open_with(can=("pause",), paced=paced(ticks, go))
    job = studio.submit("sheet.paced", sheet)
    until(studio, job.id, "running")
    studio.jobs.pause(job.id)
    go.release(4)
    until(studio, job.id, "paused")
    studio.jobs.cancel(job.id)
    assert until(studio, job.id, "cancelled", "done") == "cancelled"
    assert ticks == []


def test_what_cannot_pause_says_so(open_with, sheet, until):
    gate = threading.Event()
    studio = open_with(long=blocked(gate))
    job = studio.submit("sheet.long", sheet)
    with pytest.raises(Refused):
        studio.jobs.pause(job.id)
    gate.set()


def test_a_wish_reaches_the_pipeline_once(open_with, sheet, until):
    heard, go = [], threading.Semaphore(0)

    def run(request, bench):
        for number in range(3):
            go.acquire(timeout=10)
            heard.append(bench.step(number, 3))

    studio = open_with(listens=run)
    job = studio.submit("sheet.listens", sheet)
    until(studio, job.id, "running")
    studio.jobs.wish(job.id, "save")
    go.release(3)
    until(studio, job.id, "done")
    assert heard == [frozenset({"save"}), frozenset(), frozenset()]


def test_another_owners_job_is_not_there(open_with, sheet, until):
    studio = open_with(works=lambda request, bench: None)
    job = studio.submit("sheet.works", sheet, Sender("mira"))
    with pytest.raises(Missing):
        studio.jobs.get(job.id, "tom")
    with pytest.raises(Missing):
        studio.jobs.cancel(job.id, "tom")
    assert studio.jobs.all("tom") == [] and [j.id for j in studio.jobs.all("mira")] == [job.id]


def test_what_ran_when_the_studio_closed_is_marked_and_can_run_again(open_with, sheet, until):
    begun = threading.Event()

    def run(request, bench):
        begun.set()
        for _ in range(1000):
            bench.step(0, 1)
            threading.Event().wait(0.01)

    studio = open_with(can=("resume",), long=run)
    job, waiting = studio.submit("sheet.long", sheet), studio.submit("sheet.long", sheet)
    begun.wait(10)
    studio.close()
    again = open_with(can=("resume",), long=lambda request, bench: None)
    assert again.jobs.get(job.id).state == "interrupted"
    assert "goes on where it was last saved" in again.jobs.get(job.id).error["hint"]
    assert until(again, waiting.id, "done", "failed") == "done"
    repeated = again.retry(job.id)
    assert until(again, repeated.id, "done") == "done"
    assert repeated.origin == job.id


def test_what_a_job_left_unfinished_goes_when_nobody_can_take_it_up_any_more(open_with, sheet, until, monkeypatch):
    def leave(request, bench):
        (bench.work / "half").touch()
        raise StudioError("It broke.", "Go on.")

    monkeypatch.setattr("core.queue.RECENT", 4)
    studio = open_with(can=("resume",), leave=leave)
    studio.submit("sheet.leave", sheet)
    kept = studio.submit("sheet.leave", sheet)
    until(studio, kept.id, "failed")
    jobs = [studio.retry(kept.id) for _ in range(3)]
    assert until(studio, jobs[-1].id, "failed") == "failed"
    assert [folder.name for folder in studio.home.work.iterdir()] == [kept.id]


def test_a_request_with_a_wrong_value_never_becomes_a_job(studio):
    with pytest.raises(StudioError, match="Picture size"):
        studio.submit("sheet.contact", {"cell": 5})
    with pytest.raises(StudioError, match="does not know nonsense"):
        studio.submit("sheet.contact", {"nonsense": 1})
    with pytest.raises(Missing):
        studio.submit("sheet.contact", {"pictures": ["no-such-picture"]})
    assert studio.jobs.all() == []


def test_a_job_that_failed_without_its_pipeline_is_still_listed(open_with, sheet, until):
    studio = open_with(gone=lambda request, bench: None)
    job = studio.submit("sheet.gone", sheet)
    until(studio, job.id, "done")
    studio.close()
    assert [j.id for j in open_with().jobs.all()] == [job.id]


def test_a_disk_that_is_full_for_a_while_stops_no_lane(open_with, sheet, until, monkeypatch):
    gate = threading.Event()
    studio = open_with(long=blocked(gate), works=lambda request, bench: None)
    first, second = studio.submit("sheet.long", sheet), studio.submit("sheet.works", sheet)
    until(studio, first.id, "running")
    with monkeypatch.context() as full:
        full.setattr(studio.store, "flush", lambda: (_ for _ in ()).throw(StudioError("The disk is full.", "")))
        gate.set()
        assert until(studio, first.id, "done", "failed") == "done"
        assert until(studio, second.id, "done", "failed") == "done"
    studio.store.flush()
    assert {row["id"]: row["state"] for row in studio.store.rows("jobs")} == {first.id: "done", second.id: "done"}


def test_a_job_that_could_not_be_kept_is_not_begun(open_with, sheet, monkeypatch):
    studio = open_with(works=lambda request, bench: None)
    with monkeypatch.context() as full:
        full.setattr(studio.store, "flush", lambda: (_ for _ in ()).throw(StudioError("The disk is full.", "")))
        with pytest.raises(StudioError, match="full"):
            studio.submit("sheet.works", sheet)
    assert studio.jobs.all() == [] and studio.store.rows("jobs") == []


def test_a_job_that_was_to_come_first_and_could_not_be_kept_leaves_the_line_as_it_was(home, monkeypatch):
    studio = Studio(home, pipelines, {}, MACHINE)  # not started: all wait
    studio.jobs.add(Job("a", "sheet.contact", "", {}))
    flush, left = studio.store.flush, iter([None])

    def full_from_the_second_on():
        if next(left, StudioError("The disk is full.", "")) is not None:
            raise StudioError("The disk is full.", "")
        flush()

    try:
        with monkeypatch.context() as full:
            full.setattr(studio.store, "flush", full_from_the_second_on)
            studio.jobs.add(Job("b", "sheet.contact", "", {}, priority=3))
            with pytest.raises(StudioError, match="full"):
                studio.jobs.add(Job("c", "sheet.contact", "", {}, priority=9))
        assert [job.id for job in studio.jobs.waiting()] == ["b", "a"]
    finally:
        studio.close()


def test_a_plug_in_that_wants_to_end_the_program_ends_its_job_alone(open_with, sheet, until):
    def leaves(request, bench):
        raise SystemExit(3)

    studio = open_with(leaves=leaves, works=lambda request, bench: None)
    first, second = studio.submit("sheet.leaves", sheet), studio.submit("sheet.works", sheet)
    assert until(studio, first.id, "failed", "done") == "failed"
    assert until(studio, second.id, "done", "failed") == "done"


def parted(gates, started):
    """A job of three parts; each begins, says so, and steps until its gate opens."""
    def run(request, bench):
        for number, gate in enumerate(gates):
            with bench.part(number, len(gates)):
                started[number].set()
                while not gate.is_set():
                    bench.step(number, len(gates))
                    gate.wait(0.005)
                bench.save(f"part {number}".encode(), folder="images", suffix=".txt", title=str(number))
    return run


def test_one_part_is_skipped_and_the_job_goes_on_with_the_next(open_with, sheet, until):
    gates, started = ([threading.Event() for _ in range(3)] for _ in "ab")
    studio = open_with(long=parted(gates, started))
    job = studio.submit("sheet.long", sheet)
    gates[0].set()
    assert started[1].wait(10) and job.view()["part"] == (2, 3)
    studio.jobs.skip(job.id)
    assert started[2].wait(10)
    gates[2].set()
    assert until(studio, job.id, "done", "failed") == "done", job.error
    assert [studio.assets.record(one)["title"] for one in job.assets] == ["0", "2"]
    assert job.notices == ["Part 2 of 3 was skipped."] and job.view()["part"] is None


def test_what_has_one_part_or_none_or_is_another_persons_is_not_skipped(open_with, sheet, until):
    gate, started = threading.Event(), [threading.Event()]
    studio = open_with(long=parted([gate], started))
    job = studio.submit("sheet.long", sheet, Sender("mira"))
    started[0].wait(10)
    with pytest.raises(Refused, match="not at a part"):
        studio.jobs.skip(job.id)
    with pytest.raises(Missing):
        studio.jobs.skip(job.id, "somebody else")
    gate.set()
    assert until(studio, job.id, "done", "failed") == "done"


def test_skipping_leaves_the_outermost_part_whatever_works_inside(open_with, sheet, until):
    inner_gates, started = ([threading.Event() for _ in range(3)] for _ in "ab")
    inner_gates[0].set()

    def outer(request, bench):
        for number in range(2):
            with bench.part(number, 2):
                bench.run("sheet.inner", request)

    studio = open_with(outer=outer, inner=parted(inner_gates, started))
    job = studio.submit("sheet.outer", sheet)
    assert started[1].wait(10) and job.progress.part == (1, 2)
    started[1].clear()
    studio.jobs.skip(job.id)
    assert started[1].wait(10) and job.progress.part == (2, 2)
    for gate in inner_gates:
        gate.set()
    assert until(studio, job.id, "done", "failed") == "done", job.error
    titles = [studio.assets.record(one)["title"] for one in job.assets]
    assert job.notices == ["Part 1 of 2 was skipped."] and titles == ["0", "0", "1", "2"]
