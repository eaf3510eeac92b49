"""How a page follows the job that a click began."""

import threading
import types

from core.characters import TABLE, new_character
from core.jobs import Job
from core.language import LANGUAGES, Languages
from ui.page import Page, Slot
from ui.parts import progress_line
from ui.strip import card, follow, line_of

VISITOR = types.SimpleNamespace(headers={})


def test_only_the_newest_job_is_followed_and_only_what_changed_is_sent(open_with, until, sheet):
    go = threading.Event()
    studio = open_with(slow=lambda request, bench: (bench.step(0, 2), go.wait(10), bench.step(1, 2)))
    page = Page(studio, Languages(LANGUAGES))
    slot = Slot("sheet", None, ("sheet",), lambda job, words: f"{job.id} {job.state}")
    first = studio.submit("sheet.slow", sheet)
    until(studio, first.id, "running")
    second = studio.submit("sheet.slow", sheet)
    told = [said[0] for said in follow(page, first, slot, VISITOR, lambda *share, **desc: None)]
    assert told == [f"{first.id} running"], "the newer one has the slot"
    go.set()
    told = list(follow(page, second, slot, VISITOR, lambda *share, **desc: None))
    assert told[-1][0] == f"{second.id} done"
    assert all(now != before for before, now in zip(told, told[1:], strict=False))


def test_the_one_that_runs_is_seen_and_how_many_wait_behind_it(open_with, until, sheet):
    go = threading.Event()
    studio = open_with(slow=lambda request, bench: (bench.step(0, 2), go.wait(10)))
    page, words = Page(studio, Languages(LANGUAGES)), Page(studio, Languages(LANGUAGES)).words(None)
    jobs = [studio.submit("sheet.slow", sheet) for _ in range(3)]
    until(studio, jobs[0].id, "running")
    assert page.shown(("sheet",), page.jobs(VISITOR)) is jobs[0]
    assert [line_of(page, job) for job in jobs] == [(0, 2), (0, 1), (1, 0)]
    assert "2 behind it" in progress_line(jobs[0], words, *line_of(page, jobs[0]))
    studio.jobs.cancel(jobs[2].id)
    assert page.shown(("sheet",), page.jobs(VISITOR)) is jobs[0], "what was called off hides nothing"
    go.set()
    until(studio, jobs[1].id, "done")
    assert page.shown(("image",), page.jobs(VISITOR)) is None


def test_of_those_that_only_wait_the_first_in_line_is_seen():
    page = Page(types.SimpleNamespace(), Languages(LANGUAGES))
    line = [Job(str(n), "sheet.slow", "", {}, position=place) for n, place in enumerate((3.0, 1.0, 2.0))]
    assert page.shown(("sheet",), line).position == 1.0
    done = Job("9", "sheet.slow", "", {}, state="done")
    assert page.shown(("sheet",), [done, *line]) is done


def test_a_card_tells_what_its_job_is_about(studio):
    page, mira = Page(studio, Languages(LANGUAGES)), new_character("Mira")
    studio.store.put(TABLE, mira.id, mira.row())
    asked = ({"prompt": "a cat <b>" + "x" * 99}, {"character": mira.id}, {"request": {"prompt": "a dog"}}, {})
    said = [card(page, Job("1", "image.starter", "Starter", request), page.words(None)) for request in asked]
    assert "a cat &lt;b&gt;xxx" in said[0] and " …" in said[0]
    assert "Mira" in said[1] and "a dog" in said[2] and "about" not in said[3]
