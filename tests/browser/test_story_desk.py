"""The story desk in a real browser: write, choose, connect, undo, play to the end, check, export; nothing that is
written in a story ever runs. One studio and one page serve all tests of this file; each brings a story of its own."""

import socket
import threading
import types

import pytest

import pipelines
from core.catalog import Entry
from core.home import Home
from core.story import stories
from core.story.edits import Edit
from core.story.model import Story
from core.story.shape import read, write
from core.studio import Studio
from tests.browser.test_access import serious
from tests.conftest import MACHINE
from tests.stories import cave

pytestmark = pytest.mark.browser
NASTY = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
KEPT = "document.querySelector('.kept').textContent === 'Kept'"
GAME = "document.querySelector('iframe.player').contentWindow.studionova"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The studio and where it answers."""
    from ui.server import Door, serve
    from ui.window import build_window, look

    folder = tmp_path_factory.mktemp("desk")
    with pytest.MonkeyPatch.context() as patch, socket.socket() as probe:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        studio = Studio(Home(folder / "home"), pipelines, {}, MACHINE).start()
        serving = serve(build_window(studio), studio, Door(port=port, browser=False), look(), folder / "uploads")
        yield studio, serving.url
        serving.close()
        studio.close()


@pytest.fixture(scope="module")
def studio(served):
    return served[0]


@pytest.fixture(scope="module")
def window(chromium, served):
    """One page with the tab open, and what went wrong in it so far."""
    context, wrong = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en"), []
    context.add_init_script("localStorage.setItem('studionova.toured', 'yes')")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: wrong.append(asked.url) if not asked.url.startswith((served[1], "data:", "blob:"))
            else None)
    arrive(page, served[1])
    yield page, wrong
    context.close()


def arrive(page, url):
    page.goto(url)
    page.wait_for_selector("#pill button")
    page.click("#tab-story-button")
    page.wait_for_selector(".story-wall, .graph canvas")


@pytest.fixture
def desk(window, studio):
    """Opens a story: desk(cave()) gives the page and the story's asset id."""
    page, wrong = window

    def open_desk(story):
        asset = stories.begin(studio, story.title or story.id, story=story)
        shelf(page)
        page.click(f".story-card[data-story='{asset}'] .face")
        page.wait_for_selector(".graph canvas")
        page.wait_for_selector(".scene .beats")
        page.wait_for_function("(id) => sessionStorage.getItem('studionova.story') === id", arg=asset)
        return page, asset
    yield open_desk
    said, wrong[:] = list(wrong), []
    assert said == []


def shelf(page):
    """Back to all stories, as they are now."""
    page.evaluate("document.querySelectorAll('#story-desk dialog[open]').forEach((one) => one.close())")
    if page.locator(".story-wall").count():  # anew
        page.locator(".story-card .face").last.click()
    page.click("[aria-label='All stories']")
    page.wait_for_selector(".story-wall")


def on_disk(page, studio, asset) -> Story:
    page.wait_for_function(KEPT)
    return stories.opened(studio.assets, asset)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def test_a_story_is_written_from_the_keyboard_and_survives_a_reload(desk, studio, served):
    page, _ = desk(cave())
    shelf(page)
    page.click("text=New story")
    page.wait_for_selector(".scene .beats")
    page.fill(".beats textarea", "A knock at the door.")
    page.press(".beats textarea", "Enter")
    page.wait_for_selector(".beats li:nth-child(2) textarea:focus")
    page.keyboard.type("@Ada")
    page.wait_for_selector(".names [role=option]:has-text('somebody new')")
    press(page, "Enter")
    page.wait_for_function("document.querySelectorAll('.beats > li')[1].querySelector('select').value === 'ada'")
    page.wait_for_selector(".beats li:nth-child(2) textarea:focus")
    page.keyboard.type("Is it @a")
    page.wait_for_selector(".names [role=option]:has-text('Ada')")
    press(page, "Tab")
    page.keyboard.type("?")
    page.click(".scene .verbs >> text=Choice")
    page.wait_for_selector(".options .option")
    page.fill(".scene input.title", "The door, in the middle of a wor")  # and no time to leave the field
    page.reload()
    arrive(page, served[1])
    page.wait_for_selector(".beats .option")
    said = [area.input_value() for area in page.query_selector_all(".beats > li > textarea")]
    assert said[:2] == ["A knock at the door.", "Is it Ada?"]
    assert page.input_value(".scene input.title") == "The door, in the middle of a wor"


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
        page.wait_for_function(KEPT)
    page.wait_for_function("document.querySelectorAll('.stop').length === 3")
    assert write(on_disk(page, studio, asset)) == before
    for _ in range(3):
        page.click("[aria-label=Redo]")
        page.wait_for_function(KEPT)
    assert on_disk(page, studio, asset) == changed


def test_scenes_are_added_moved_found_chosen_together_and_put_in_order(desk, studio):
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
    with page.expect_response(lambda said: said.url.endswith("/edits")):
        page.drag_and_drop(".stop >> nth=2", ".stop >> nth=0", target_position={"x": 4, "y": 10})
    assert on_disk(page, studio, asset).timeline.order[0] == new.id

    page.focus(".board")
    press(page, "Control+a")
    page.wait_for_selector(".inspect[data-kind=many]")
    with page.expect_response(lambda said: said.url.endswith("/edits")):
        press(page, "Alt+ArrowDown")
    assert all(scene.meta["at"] for scene in on_disk(page, studio, asset).scenes)
    press(page, "Delete")
    page.wait_for_selector(".stop", state="detached")
    page.click("[aria-label=Undo]")
    page.wait_for_function("document.querySelectorAll('.stop').length === 4")

    page.fill(".seek input", "leaves fall")
    page.wait_for_selector(".hits [role=option]:has-text('Leaves fall')")
    page.press(".seek input", "Enter")
    page.wait_for_selector(".beat.shown")
    assert page.input_value(".beat.shown textarea") == "Leaves fall."


def test_a_scene_and_a_line_that_are_dragged_stay_where_they_were_put(desk, studio):
    alone = read(Story, {"id": "s", "title": "Alone", "scenes": [{"id": "only", "next": "@end", "nodes": [
        {"id": "n", "text": "Hi"}, {"id": "m", "text": "Ho"}, {"id": "o", "text": "Hum"}]}]})
    page, asset = desk(alone)
    box = page.locator(".board").bounding_box()
    at = box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 + 10  # its ending is above, at the right
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 40, at[1] + 90, steps=5)
    with page.expect_response(lambda said: said.url.endswith("/edits")):
        page.mouse.up()
    assert on_disk(page, studio, asset).scenes[0].meta["at"] == [40, 90]
    with page.expect_response(lambda said: said.url.endswith("/edits")):
        page.drag_and_drop(".beats > li:nth-child(3) .drag", ".beats > li:nth-child(1)",
                           target_position={"x": 60, "y": 3})
    assert [node.id for node in on_disk(page, studio, asset).scenes[0].nodes] == ["o", "n", "m"]
    page.focus(".beats > li:nth-child(1) .drag")
    with page.expect_response(lambda said: said.url.endswith("/edits")):
        press(page, "ArrowDown")
    assert [node.id for node in on_disk(page, studio, asset).scenes[0].nodes] == ["n", "o", "m"]


def test_two_scenes_moved_at_once_go_back_one_by_one_and_a_later_scene_can_be_played_from(desk, studio):
    page, asset = desk(cave())

    def placed(number):
        return on_disk(page, studio, asset).scenes[number].meta.get("at")

    before = [placed(0), placed(1)]
    for stop in (1, 2):
        page.click(f".timeline li:nth-child({stop}) .stop")
        page.focus(".board")
        with page.expect_response(lambda said: said.url.endswith("/edits")):
            press(page, "Alt+ArrowRight")
    moved = [placed(0), placed(1)]
    assert moved[0] != before[0] and moved[1] != before[1]
    press(page, "Control+z")
    page.wait_for_function(KEPT)
    assert [placed(0), placed(1)] == [moved[0], before[1]]
    press(page, "Control+z")
    page.wait_for_function(KEPT)
    assert [placed(0), placed(1)] == before
    page.click(".mode[data-mode=play]")
    page.click(".mode[data-mode=write]")
    page.focus(".board")
    with page.expect_response(lambda said: said.url.endswith("/edits")):
        press(page, "n")
    page.click(".mode[data-mode=play]")
    assert page.locator(".play .side select >> nth=0").locator("option").count() == len(
        on_disk(page, studio, asset).scenes) + 1


def test_the_panel_shows_and_changes_all_of_what_is_chosen(desk, studio):
    page, asset = desk(cave())
    panel = page.locator(".inspect")
    panel.get_by_label("Group of branches").fill("main")
    panel.get_by_label("Note for yourself").fill("begin slowly")
    page.click(".beats > li:nth-child(2) textarea")
    page.wait_for_selector(".inspect[data-kind=beat]")
    panel.get_by_label("On the stage").last.select_option("camera")
    panel.get_by_label("Movement").select_option("pan-left")
    panel.get_by_label("On the stage").last.select_option("show")
    panel.get_by_label("face").select_option("surprised")
    panel.get_by_label("Only when").fill("gold > 1")
    panel.get_by_label("Changes", exact=True).fill("gold += 1; gold += 2")
    page.click(".option textarea >> nth=0")
    page.wait_for_selector(".inspect[data-kind=option]")
    panel.get_by_label("How likely").fill("3")
    panel.get_by_label("Leads to").select_option("@end")
    page.click(".option textarea >> nth=0")
    story = on_disk(page, studio, asset)
    node, option = story.scenes[0].nodes[1], next(node for node in story.scenes[0].nodes if node.options).options[0]
    assert story.timeline.groups["gate"] == "main" and story.scenes[0].meta["note"] == "begin slowly"
    assert [(one.kind, one.move, one.expression) for one in node.directives[-2:]] == [
        ("camera", "pan-left", ""), ("show", "", "surprised")]
    assert (node.when, node.do, option.weight, option.to) == ("gold > 1", ("gold += 1", "gold += 2"), 3, "@end")

    page.locator(".board").click(position={"x": 30, "y": 400})
    page.wait_for_selector(".inspect[data-kind=story]")
    panel.get_by_text("Somebody", exact=True).click()
    page.fill("dialog.asking input", "Old Tom")
    press(page, "Enter")
    page.wait_for_selector(".inspect[data-kind=person]")
    panel.get_by_label("Who is this? How do they look?").fill("a ferryman")
    panel.get_by_label("Voice").fill("deep")
    page.locator(".board").click(position={"x": 30, "y": 400})
    page.wait_for_selector(".inspect[data-kind=story]")
    panel.get_by_text("Place", exact=True).last.click()
    page.fill("dialog.asking input", "The ferry")
    press(page, "Enter")
    page.wait_for_selector(".inspect[data-kind=place]")
    panel.get_by_label("What is seen there?").fill("a raft in fog")
    press(page, "Tab")
    story = on_disk(page, studio, asset)
    tom = next(one for one in story.cast if one.name == "Old Tom")
    assert (tom.notes, tom.voice) == ("a ferryman", "deep")
    assert story.places[-1].title == "The ferry" and story.places[-1].prompt == "a raft in fog"


def test_whoever_is_cast_brings_their_voice(desk, studio):
    for row in ({"id": "vera", "name": "Vera", "voice": "warm"}, {"id": "igor", "name": "Igor", "voice": "raspy"}):
        studio.store.put("characters", row["id"], row)
    page, asset = desk(cave())
    page.click("[data-mode=look]")
    one = on_disk(page, studio, asset).cast[0]
    for who, heard in (("vera", "warm"), ("igor", "raspy")):
        page.select_option(f"select[data-key='cast/{one.id}/character']", who)
        now = on_disk(page, studio, asset).cast[0]
        assert (now.character, now.voice) == (who, heard)
    page.fill(f"input[data-key='cast/{one.id}/voice']", "a whisper")
    page.select_option(f"select[data-key='cast/{one.id}/character']", "vera")
    assert on_disk(page, studio, asset).cast[0].voice == "a whisper", "what was typed is nobody else's"
    for who in ("vera", "igor"):
        studio.store.drop("characters", who)


def test_a_story_is_translated_beside_its_lines_and_its_world_is_written(desk, studio):
    page, asset = desk(cave())
    page.click("[data-mode=look]")
    page.select_option("[aria-label='Add a language …']", "de")
    page.fill("[aria-label='Deutsch: The Cave']", "Die Höhle")
    page.fill("[aria-label='Deutsch: Leaves fall.']", "Blätter fallen.")
    page.fill("[aria-label='Rules']", "Nobody swims\n\nLamps burn")
    page.click(".world .nb:has-text('A fact')")
    page.fill(".lore [aria-label='Words that call for it, with commas between']", "lamp, light")
    press(page, "Tab")
    story = on_disk(page, studio, asset)
    assert story.languages == {"de": {"title": "Die Höhle", "gate.n1": "Blätter fallen."}}
    assert story.world.rules == ("Nobody swims", "Lamps burn") and story.world.lore[0].keys == ("lamp", "light")
    assert page.locator(".tongues .table li").count() == page.locator(".tongues .table textarea").count() > 5
    assert page.locator("[aria-label='Deutsch: Leaves fall.']").count() == 1, "no line goes away from under the pen"
    page.select_option("[aria-label='Which lines']", "all")
    page.select_option("[aria-label='Which lines']", "open")
    page.wait_for_selector("[aria-label='Deutsch: Leaves fall.']", state="detached")
    for _ in range(6):
        page.click("[aria-label='Undo']")
    page.wait_for_selector(".tongues .table", state="detached")
    assert on_disk(page, studio, asset) == stories.version(studio.assets, asset, stories.versions(
        studio.assets, asset)[-1].stem)


def test_it_plays_to_the_end_with_values_of_ones_own(desk):
    page, _ = desk(cave())
    page.click(".stop:has-text('Into the light')")
    page.click("text=Play from here")
    frame = page.frame_locator("iframe.player")
    frame.locator("#box").wait_for()
    page.wait_for_function(f"{GAME}.game.here.startsWith('light')")
    gold = page.locator(".play .variables li:has-text('gold') input")
    gold.fill("99")
    gold.press("Tab")
    value = f"{GAME}.game.v.gold"
    assert page.evaluate(value) == 99
    page.click(".play .variables li:has-text('gold') [aria-label='As the story had it']")
    assert page.evaluate(value) == 3
    gold.fill("50")
    gold.press("Tab")
    page.click("text=Again with these values")
    page.wait_for_function(f"{GAME} && {GAME}.game.here && {value} === 50")
    page.select_option(".play .side select >> nth=0", "")
    page.wait_for_function(f"{GAME} && {GAME}.game.here === 'gate#n1'")
    for _ in range(12):
        frame.locator("#skip").click()
        frame.locator(".way >> nth=0").wait_for()
        if frame.locator(".end").count():
            break
        frame.locator(".way >> nth=-1").click()
    frame.locator(".end >> text=The end").wait_for()
    assert page.evaluate(f"{GAME}.game.here") == ""
    frame.locator("#log").click()
    frame.locator("dialog li >> text=Leaves fall.").wait_for()
    press(page, "Escape")
    frame.locator("dialog[open]").wait_for(state="hidden")
    press(page, "Escape")
    page.wait_for_selector(".mode[data-mode=write][aria-selected=true]")


def test_findings_are_marked_in_the_graph_and_mended_with_a_button(desk, studio):
    broken = read(Story, {"id": "b", "title": "Broken", "scenes": [
        {"id": "a", "title": "Start", "next": "gone", "nodes": [{"id": "n", "text": "Hi"}]},
        {"id": "b", "title": "Lost", "nodes": [{"id": "n", "text": "Who?"}]}]})
    page, asset = desk(broken)
    page.wait_for_selector(".mode .count:not([hidden])")
    page.wait_for_selector(".graph .marked:has-text('not reached')")
    assert "leads nowhere" in page.inner_text(".graph .marked")
    page.click(".mode[data-mode=check]")
    page.click(".findings-list .advice.bad .nb >> nth=-1")
    page.wait_for_selector(".findings-list .advice.bad", state="detached")
    assert on_disk(page, studio, asset).scenes[0].next != "gone"


def test_an_earlier_version_is_looked_at_and_restored_and_the_shelf_copies_and_brings_back(desk, studio):
    page, asset = desk(cave())
    page.fill(".beats textarea >> nth=0", "Snow falls.")
    page.fill("input.title >> nth=0", "The cave, once more")
    press(page, "Tab")
    on_disk(page, studio, asset)
    page.click("[aria-label='Earlier versions']")
    page.click(".versions .jump >> nth=-1")
    page.wait_for_selector("dialog .old >> text=Leaves fall.")
    assert "1 changed" in page.inner_text("dialog.arrival")
    page.click("text=Go back to this one")
    page.wait_for_function("document.querySelector('.beats textarea').value === 'Leaves fall.'")
    story = on_disk(page, studio, asset)
    assert story.title == "The Cave" and len(stories.versions(studio.assets, asset)) == 2
    page.click("[aria-label=Undo]")  # what was undone belongs to another story now
    assert on_disk(page, studio, asset) == story

    shelf(page)
    card = page.locator(".story-card").first
    page.wait_for_selector(".story-card")
    count = page.locator(".story-card").count()
    card.hover()
    card.locator("[aria-label=Duplicate]").click()
    page.wait_for_function("(n) => document.querySelectorAll('.story-card').length === n", arg=count + 1)
    page.locator(".story-card").first.hover()
    page.locator(".story-card").first.locator("[aria-label='Throw away']").click()
    page.wait_for_function("(n) => document.querySelectorAll('.story-card').length === n", arg=count)
    page.click(".told .nb")
    page.wait_for_function("(n) => document.querySelectorAll('.story-card').length === n", arg=count + 1)
    page.set_input_files(".shelf input[type=file]", {
        "name": "talk.md", "mimeType": "text/markdown", "buffer": b"## Door\nAda: Open?\nBen: Yes.\n"})
    page.wait_for_selector("dialog.arrival .lines >> text=Ben: Yes.")
    page.click("text=Leave it")


def test_what_is_written_in_a_story_never_runs(desk):
    story = read(Story, {
        "id": "x", "title": NASTY, "author": NASTY, "cast": [{"id": "a", "name": NASTY, "notes": NASTY}],
        "places": [{"id": "p", "title": NASTY}], "variables": [{"name": "v", "kind": "text", "start": NASTY}],
        "scenes": [{"id": "s", "title": NASTY, "meta": {"note": NASTY}, "nodes": [
            {"id": "n", "who": "a", "text": NASTY, "meta": {"note": NASTY}, "directives": [
                {"kind": "place", "place": "p"}, {"kind": "show", "who": "a"}]}]}]})
    page, _ = desk(story)
    page.fill(".seek input", "onerror")
    page.wait_for_selector(".hits [role=option]")
    page.click(".beats textarea")
    page.wait_for_selector(".inspect .direction")
    for mode, shown in (("look", ".card-row"), ("play", "iframe.player"), ("check", ".findings-list"),
                        ("export", ".way"), ("write", ".beats")):
        page.click(f".mode[data-mode={mode}]")
        page.wait_for_selector(shown)
    assert page.evaluate("window.hacked === undefined")
    assert page.evaluate("document.querySelector('iframe')?.contentWindow?.hacked === undefined")


def test_an_export_waits_for_the_first_yes_and_is_made_and_offered(desk, studio):
    page, _ = desk(cave())
    page.click(".mode[data-mode=export]")
    assert page.locator(".way:has-text('One web page') .nb.main").is_disabled()
    page.check("#story-promise")
    page.click("text=Keep my answer")
    page.wait_for_selector(".promise", state="detached")
    page.click(".way:has-text('One web page') .nb.main")
    page.wait_for_selector(".way a[download]")
    assert any(row["what"] == "promise" for row in studio.store.rows("acknowledgements"))


@pytest.fixture
def brush(studio):
    """An illustrator that works on until it is let go."""
    real, free = studio.catalog["illustrate.pictures"], threading.Event()

    def run(request, bench):
        for number in range(10_000):
            bench.step(min(number, 99), 100, "Drawing")
            if free.wait(0.05):
                break
        bench.change_story(request.story, [Edit("set", ("summary",), "As it was drawn.")])
        bench.note("1 pictures were made.")

    slow = types.ModuleType("slow")
    slow.CARD, slow.run, slow.CUTTER = real.card, run, real.module.CUTTER
    whole = studio.catalog.entries
    studio.catalog.entries = {**whole, real.key: Entry(real.key, real.card, slow)}
    yield free
    free.set()
    studio.catalog.entries = whole


def test_the_pill_hears_of_a_drawing_at_once_and_a_page_that_is_loaded_anew_follows_it(desk, studio, served, brush):
    page, asset = desk(cave())
    page.click("[data-mode=look]")
    page.evaluate("addEventListener('studionova-job', () => { window.announced = true; })")
    page.click("text=Illustrate the story")
    page.wait_for_function("window.announced")
    page.wait_for_selector("#pill .pill.busy")
    page.wait_for_selector(".work-line .says:has-text('Drawing')")
    page.reload()
    arrive(page, served[1])
    page.click("[data-mode=look]")
    page.wait_for_selector(".work-line .says:has-text('Drawing')")
    assert page.locator("button:has-text('Illustrate the story')").is_disabled()
    brush.set()
    page.wait_for_selector(".work-line .says:has-text('1 pictures were made.')")
    page.wait_for_function("document.querySelector('.look textarea[data-key=summary]').value === 'As it was drawn.'")
    assert page.locator("button:has-text('Illustrate the story')").is_enabled()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_mode_can_be_used_by_everybody_and_fits_a_phone(desk, look):
    page, _ = desk(cave())
    page.emulate_media(color_scheme=look)
    found = []
    for mode, shown in (("write", ".beats"), ("look", ".card-row"), ("play", "iframe.player"),
                        ("check", ".findings-list > *"), ("export", ".way")):
        page.click(f".mode[data-mode={mode}]")
        page.wait_for_selector(shown)
        if mode == "write":
            page.click(".beats textarea >> nth=0")
        found += serious(page, mode)
        if look == "light":
            page.set_viewport_size({"width": 390, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), mode
            if mode == "write":
                page.click(".beats [aria-label=More] >> nth=0")
                page.wait_for_selector(".inspect.open >> visible=true")
                page.click(".inspect [aria-label=Close]")
                page.wait_for_selector(".inspect", state="hidden")
            page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    assert found == []


def test_nothing_is_lost_between_two_windows_and_while_the_studio_is_away(desk, studio, served):
    page, asset = desk(cave())
    other = page.context.new_page()
    arrive(other, served[1])
    other.click(f".story-card[data-story='{asset}'] .face")
    other.wait_for_selector(".scene input.title")
    other.fill(".scene input.title", "Written elsewhere")
    other.wait_for_function(KEPT)
    page.evaluate("""async (asset) => {
      const { Story } = await import(new URL('stories/page/story.js', document.baseURI).href);
      window.second = await Story.open(asset);
    }""", asset)
    with other.expect_response(lambda said: said.url.endswith("/edits")):
        other.fill(".scene input.title", "Written once more")
    other.wait_for_function(KEPT)
    other.close()
    seen = page.evaluate("""async () => {
      for (const word of ['one', 'two', 'three']) second.change([{ op: 'set', path: ['summary'], value: word }]);
      await second.line;
      await second.look();
      return [second.told.scenes[0].title, second.told.summary];
    }""")
    story = stories.opened(studio.assets, asset)
    assert (story.scenes[0].title, story.summary) == ("Written once more", "three")
    assert seen == ["Written once more", "three"]

    page.evaluate("""() => {
      const away = window.fetch;
      window.fetch = (where, how) => String(where).endsWith('/edits') ? Promise.reject(new TypeError('away'))
        : away(where, how);
      window.back = () => { window.fetch = away; };
    }""")
    page.fill(".beats textarea >> nth=0", "Written in the tunnel.")
    page.wait_for_selector(".kept.away")
    page.evaluate("window.back()")
    assert on_disk(page, studio, asset).scenes[0].nodes[0].text == "Written in the tunnel."

