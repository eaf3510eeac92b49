"""How a page follows the job that a click began."""

import threading
import types

from core.characters import TABLE, new_character
from core.jobs import Job
from core.language import LANGUAGES, Languages
from ui.page import Page, Slot
from ui.strip import card, follow

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


def test_a_card_tells_what_its_job_is_about(studio):
    page, mira = Page(studio, Languages(LANGUAGES)), new_character("Mira")
    studio.store.put(TABLE, mira.id, mira.row())
    asked = ({"prompt": "a cat <b>" + "x" * 99}, {"character": mira.id}, {"request": {"prompt": "a dog"}}, {})
    said = [card(page, Job("1", "image.starter", "Starter", request), page.words(None)) for request in asked]
    assert "a cat &lt;b&gt;xxx" in said[0] and " …" in said[0]
    assert "Mira" in said[1] and "a dog" in said[2] and "about" not in said[3]
