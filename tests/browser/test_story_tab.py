"""The story desk for two windows at once and for everybody: nothing is lost, each mode passes axe-core."""

import pytest

from core.story import stories
from tests.browser.test_access import serious
from tests.stories import cave

pytestmark = pytest.mark.browser
KEPT = "document.querySelector('.kept').textContent === 'Kept'"


@pytest.fixture
def opened(visit, studio):
    def open_desk(asset="", **look):
        asset = asset or stories.begin(studio, "Cave", story=cave())
        page = visit("story", **look)
        page.click(".story-card .face:has-text('The Cave')")
        page.wait_for_selector(".scene .beats textarea")
        return page, asset
    return open_desk


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_mode_can_be_used_by_everybody(opened, look):
    page, _ = opened(color_scheme=look)
    found = []
    for mode, shown in (("write", ".beats"), ("look", ".card-row"), ("play", "iframe.player"),
                        ("check", ".findings-list > *"), ("export", ".way")):
        page.click(f".mode[data-mode={mode}]")
        page.wait_for_selector(shown)
        found += serious(page, mode)
    assert found == []


def test_what_another_window_wrote_is_not_missed_while_many_changes_wait(opened, visit, studio):
    page, asset = opened()
    other = visit("story", same=page)
    other.click(".story-card .face:has-text('The Cave')")
    other.fill(".scene input.title", "Written elsewhere")
    other.wait_for_function(KEPT)
    page.evaluate("""async (asset) => {
      const { Story } = await import(new URL('stories/page/story.js', document.baseURI).href);
      window.second = await Story.open(asset);
    }""", asset)
    other.fill(".scene input.title", "Written once more")
    with other.expect_response(lambda said: said.url.endswith("/edits")):
        other.press(".scene input.title", "Tab")
    other.wait_for_function(KEPT)
    seen = page.evaluate("""async () => {
      for (const word of ['one', 'two', 'three']) second.change([{ op: 'set', path: ['summary'], value: word }]);
      await second.line;
      await second.look();
      return [second.told.scenes[0].title, second.told.summary];
    }""")
    story = stories.opened(studio.assets, asset)
    assert (story.scenes[0].title, story.summary) == ("Written once more", "three")
    assert seen == ["Written once more", "three"]
