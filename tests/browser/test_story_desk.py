"""The story desk in a real browser: write, connect, undo, play, check, export; nothing written in a story ever runs."""

import json

import pytest

from core.story import stories
from core.story.model import Story
from core.story.shape import read, write
from tests.stories import cave

pytestmark = pytest.mark.browser
NASTY = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"


@pytest.fixture
def desk(visit, studio):
    """Opens the tab with one story: desk(cave()) gives the page and the story's asset id."""
    def open_desk(story, **look):
        asset = stories.begin(studio, story.title or story.id, story=story)
        page = visit("story", **look)
        page.click(f".story-card .face:has-text({json.dumps(story.title or story.id)})")
        page.wait_for_selector(".graph canvas")
        page.wait_for_selector(".scene .beats")
        return page, asset
    return open_desk


def on_disk(page, studio, asset) -> Story:
    page.wait_for_function("document.querySelector('.kept').textContent === 'Kept'")
    return stories.opened(studio.assets, asset)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_a_story_is_written_from_the_keyboard_and_survives_a_reload(visit, studio):
    page = visit("story")
    page.click("text=New story")
    page.wait_for_selector(".graph canvas")
    page.fill(".beats textarea", "A knock at the door.")
    page.press(".beats textarea", "Enter")
    page.wait_for_selector(".beats li:nth-child(2) textarea:focus")
    page.keyboard.type("Who is there?")
    page.wait_for_function("document.querySelectorAll('.beats > li')[1].querySelector('textarea').value.endsWith('?')")
    page.click("text=Choice >> nth=-1")
    page.wait_for_selector(".options .option")
    page.reload()
    page.click("#tab-story-button")
    page.wait_for_selector(".beats .option")
    said = [area.input_value() for area in page.query_selector_all(".beats > li > textarea")]
    assert said[:2] == ["A knock at the door.", "Who is there?"]


def test_everything_can_be_undone_and_done_again(desk, studio):
    page, asset = desk(cave())
    before = write(on_disk(page, studio, asset))
    page.fill(".beats textarea >> nth=0", "Snow falls.")
    page.click("text=Answer >> nth=-1")
    page.click("[aria-label^='Remove what is chosen']")
    page.wait_for_function("document.querySelectorAll('.stop').length === 2")
    changed = on_disk(page, studio, asset)
    assert [scene.id for scene in changed.scenes] == ["dark", "light"]
    for _ in range(3):
        page.click("[aria-label=Undo]")
        page.wait_for_function("document.querySelector('.kept').textContent === 'Kept'")
    page.wait_for_function("document.querySelectorAll('.stop').length === 3")
    assert write(on_disk(page, studio, asset)) == before
    for _ in range(3):
        page.click("[aria-label=Redo]")
        page.wait_for_function("document.querySelector('.kept').textContent === 'Kept'")
    assert on_disk(page, studio, asset) == changed


def test_scenes_are_added_connected_and_put_in_order_with_the_keys(desk, studio):
    page, asset = desk(cave())
    page.focus(".board")
    press(page, "n")
    page.wait_for_function("document.querySelectorAll('.stop').length === 4")
    story = on_disk(page, studio, asset)
    new = story.scenes[-1]
    assert any(option.to == new.id for node in story.scenes[0].nodes for option in node.options) or \
        story.scenes[0].next == new.id
    page.focus(".stop >> nth=3")
    press(page, "Alt+ArrowLeft")
    page.wait_for_function("document.querySelectorAll('.stop')[2].getAttribute('aria-current') === 'true'")
    assert on_disk(page, studio, asset).timeline.order[2] == new.id


def test_a_scene_that_is_dragged_stays_where_it_was_put(desk, studio):
    alone = read(Story, {"id": "s", "title": "Alone", "scenes": [{"id": "only", "nodes": [{"id": "n", "text": "Hi"}]}]})
    page, asset = desk(alone)
    box = page.locator(".board").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 40, middle[1] + 90, steps=5)
    with page.expect_response(lambda said: said.url.endswith("/edits")):
        page.mouse.up()
    assert on_disk(page, studio, asset).scenes[0].meta["at"] == [40, 90]


def test_it_plays_from_the_scene_that_is_open_with_values_of_ones_own(desk):
    page, _ = desk(cave())
    page.click(".stop:has-text('Into the light')")
    page.click("text=Play from here")
    frame = page.frame_locator("iframe.player")
    frame.locator("#box").wait_for()
    page.wait_for_function("document.querySelector('iframe.player').contentWindow.studionova.game.here.startsWith('light')")
    gold = page.locator(".play .variables li:has-text('gold') input")
    gold.fill("99")
    gold.press("Tab")
    value = "document.querySelector('iframe.player').contentWindow.studionova.game.v.gold"
    assert page.evaluate(value) == 99
    page.click(".play .variables li:has-text('gold') [aria-label='As the story had it']")
    assert page.evaluate(value) == 3


def test_a_finding_leads_to_its_place_and_is_mended_with_a_button(desk, studio):
    broken = read(Story, {"id": "b", "title": "Broken", "scenes": [
        {"id": "a", "title": "Start", "next": "gone", "nodes": [{"id": "n", "text": "Hi"}]}]})
    page, asset = desk(broken)
    page.wait_for_selector(".mode .count:not([hidden])")
    page.click(".mode[data-mode=check]")
    page.click(".findings-list .advice.bad .nb >> nth=-1")
    page.wait_for_selector(".mode .count", state="hidden")
    assert on_disk(page, studio, asset).scenes[0].next != "gone"


def test_what_is_written_in_a_story_never_runs(desk):
    story = read(Story, {
        "id": "x", "title": NASTY, "author": NASTY, "cast": [{"id": "a", "name": NASTY, "notes": NASTY}],
        "places": [{"id": "p", "title": NASTY}], "variables": [{"name": "v", "kind": "text", "start": NASTY}],
        "scenes": [{"id": "s", "title": NASTY, "nodes": [{"id": "n", "who": "a", "text": NASTY}]}]})
    page, _ = desk(story)
    for mode, shown in (("look", ".card-row"), ("play", "iframe.player"), ("check", ".findings-list"),
                        ("export", ".way"), ("write", ".beats")):
        page.click(f".mode[data-mode={mode}]")
        page.wait_for_selector(shown)
    assert page.evaluate("window.hacked === undefined")
    assert page.evaluate("document.querySelector('iframe')?.contentWindow?.hacked === undefined")


def test_an_export_is_made_and_offered(desk):
    page, _ = desk(cave())
    page.click(".mode[data-mode=export]")
    page.click(".way:has-text('One web page') .nb.main")
    page.wait_for_selector(".way a[download]")


def test_the_desk_fits_a_phone_and_everything_in_it_has_a_name(desk):
    page, _ = desk(cave(), width=390, height=844)
    for mode in ("write", "look", "check", "export"):
        page.click(f".mode[data-mode={mode}]")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), mode
        nameless = page.evaluate(
            "[...document.querySelectorAll('#story-desk :is(button, input, select, textarea)')]"
            ".filter((one) => one.offsetParent && !one.textContent.trim() && !one.getAttribute('aria-label')"
            " && !one.labels?.length).map((one) => one.outerHTML)")
        assert nameless == []
