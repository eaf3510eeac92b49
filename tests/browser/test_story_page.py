"""The exported page in a real browser: it plays by keyboard, resumes, fits a phone, and its words never run."""

import pytest

from core.story.model import Story
from core.story.shape import read
from pipelines.exporters.html.page import build
from tests.stories import cave

pytestmark = pytest.mark.browser
NASTY = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"


def opened(chromium, path, story, **look):
    path.write_bytes(build(story, {}))
    page = chromium.new_page(**look)
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or problems.append(request.url))
    page.goto(path.as_uri())
    return page, problems


def test_it_plays_by_keyboard_and_goes_on_after_a_reload(chromium, tmp_path):
    page, problems = opened(chromium, tmp_path / "cave.html", cave(), viewport={"width": 390, "height": 800})
    page.keyboard.press("Enter")
    page.wait_for_selector("#box.done")
    assert page.inner_text("#said", timeout=5000).strip() == "Leaves fall."
    page.keyboard.press("Space")
    page.wait_for_function("studionova.game.here === 'gate#n2'")
    page.wait_for_selector("#box.done")
    page.keyboard.press("Space")
    page.wait_for_selector(".way >> text=Pay 3")
    page.keyboard.press("3")
    page.wait_for_function("studionova.game.v.gold === 1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    page.click("#go")
    assert page.evaluate("[studionova.game.here, studionova.game.v.gold]") == ["gate#n2", 1]
    page.keyboard.press("m")
    page.wait_for_selector("dialog[open] >> text=Text speed")
    page.keyboard.press("Escape")
    assert problems == []
    page.close()


def test_markup_in_a_story_is_only_words(chromium, tmp_path):
    story = read(Story, {"id": "s", "title": NASTY, "cast": [{"id": "a", "name": NASTY}], "scenes": [
        {"id": "x", "nodes": [{"id": "n", "who": "a", "text": NASTY}, {"id": "c", "type": "choice", "options": [
            {"id": "o", "text": NASTY}]}]}]})
    page, problems = opened(chromium, tmp_path / "nasty.html", story)
    page.keyboard.press("Enter")
    page.wait_for_selector("#box.done")
    page.keyboard.press("Space")
    page.wait_for_selector(".way")
    assert page.evaluate("window.hacked === undefined") and NASTY in page.inner_text(".way")
    assert problems == []
    page.close()
