"""One pipeline asks another to do a part of its job."""

import threading

from core.requests import SheetRequest


def test_a_part_done_by_another_pipeline_says_who_made_it(open_with, until):
    seen = []

    def inner(request, bench):
        bench.step(1, 4, "Inside")
        bench.save(b"x", folder="images", suffix=".txt", title=request.title)

    def outer(request, bench):
        bench.step(2, 10, "Outside")
        part = bench.run("sheet.inner", SheetRequest(title="mine"), lambda share, phase: seen.append((share, phase)))
        assert part.state == "done" and len(part.assets) == 1
        bench.step(3, 10)

    studio = open_with(inner=inner, outer=outer)
    job = studio.submit("sheet.outer", SheetRequest(title="whole"))
    assert until(studio, job.id, "done", "failed") == "done", job.error
    record = studio.assets.record(job.assets[0])
    assert (record["pipeline"], record["request"]["title"], record["job"]) == ("sheet.inner", "mine", job.id)
    assert seen == [(0.25, "Inside")] and job.progress.total == 10


def test_cancelling_the_whole_reaches_the_part(open_with, until):
    def inner(request, bench):
        while True:
            bench.step(1, 2, "Inside")

    def outer(request, bench):
        bench.run("sheet.inner", request)

    studio = open_with(inner=inner, outer=outer)
    job = studio.submit("sheet.outer", SheetRequest())
    until(studio, job.id, "running")
    studio.jobs.cancel(job.id)
    assert until(studio, job.id, "cancelled", "failed") == "cancelled"


def test_between_two_steps_it_stands_still_too_and_tells_nothing(open_with, until):
    heard, moments, begun = [], [], threading.Event()

    def run(request, bench):
        bench.step(3, 10, "Drawing")
        begun.set()
        while not heard:
            heard.extend(bench.heed())
        moments.append((job.progress.done, job.progress.total, job.progress.phase))
        while True:
            bench.heed()

    studio = open_with(patient=run, can=("pause",))
    job = studio.submit("sheet.patient", SheetRequest())
    assert begun.wait(20)
    studio.jobs.pause(job.id)
    until(studio, job.id, "paused")
    studio.jobs.wish(job.id, "sample")
    studio.jobs.resume(job.id)
    until(studio, job.id, "running")
    studio.jobs.pause(job.id)
    until(studio, job.id, "paused")
    studio.jobs.cancel(job.id)
    assert until(studio, job.id, "cancelled", "failed") == "cancelled"
    assert heard == ["sample"] and moments == [(3, 10, "Drawing")]
