"""The window as a person meets it: first visit, a job in the middle, two tabs, keys, languages, a phone."""

import pytest

pytestmark = pytest.mark.browser
TABS = ["Characters", "Training", "Image Gen", "Upscale", "Video", "Story Export", "Library", "Settings"]


def test_the_first_visit_shows_the_tabs_in_the_order_of_the_work(visit):
    page = visit()
    assert [tab.strip() for tab in page.locator("#tabs > .tab-wrapper [role=tab]").all_inner_texts()] == TABS
    assert page.locator("h1").inner_text() == "StudioNova"
    assert "~~" not in page.content()
    for name in ("characters", "training", "image", "upscale", "video", "story", "library", "settings"):
        page.click(f"#tab-{name}-button")
        heading = page.locator(f"#tab-{name} h2, #tab-{name} #library-search").first
        heading.wait_for(state="visible")
        assert page.locator("[data-testid=status-tracker] .error").count() == 0


def test_a_dropped_picture_becomes_larger(visit, photo, studio):
    page = visit("upscale")
    page.set_input_files("#upscale-pictures-drop input[type=file]", str(photo))
    page.wait_for_selector("#upscale-pictures figure img")
    page.click("#upscale-go")
    page.wait_for_selector("#upscale-slot .done .wipe .after")
    job = studio.jobs.all()[0]
    assert job.state == "done" and studio.assets.record(job.assets[0])["width"] == 80
    cut = page.locator("#upscale-slot .wipe input")
    cut.focus()
    cut.press("ArrowLeft")
    assert page.locator("#upscale-slot .wipe").evaluate("node => node.style.getPropertyValue('--cut')") == "49%"


def test_a_click_without_a_picture_says_what_to_do(visit, studio):
    page = visit("upscale")
    page.click("#upscale-go")
    page.wait_for_selector(".toast-body:has-text('Choose or drop one first')")
    assert studio.jobs.all() == []


def test_a_reload_in_the_middle_of_a_job_finds_it_again(brake, visit, picture, studio):
    studio.submit("upscale.slow", {"pictures": [picture()]})
    page = visit("upscale")
    page.wait_for_selector("#upscale-slot [role=progressbar]")
    page.reload()
    page.click("#tab-upscale-button")
    page.wait_for_selector("#upscale-slot [role=progressbar]")
    assert "1 running" in page.locator("#pill").inner_text()
    brake.set()
    page.wait_for_selector("#upscale-slot .done")


def test_two_tabs_see_the_same_job_and_either_can_stop_it(brake, visit, picture, studio, until):
    first = visit("upscale")
    second = visit("library", same=first)
    job = studio.submit("upscale.slow", {"pictures": [picture()]})
    for page in (first, second):
        page.wait_for_selector("#pill .busy")
    second.click("#pill button")
    second.click("#drawer [data-act=cancel]")
    assert until(studio, job.id, "cancelled") == "cancelled"
    first.wait_for_selector("#pill .idle")


def test_closing_the_page_stops_nothing(brake, visit, picture, studio, until):
    page = visit("upscale")
    job = studio.submit("upscale.slow", {"pictures": [picture()]})
    page.wait_for_selector("#upscale-slot [role=progressbar]")
    page.close()
    brake.set()
    assert until(studio, job.id, "done", "cancelled", "failed") == "done"


def test_a_job_can_be_paused_and_goes_on(brake, visit, picture, studio, until):
    page = visit("upscale")
    job = studio.submit("upscale.slow", {"pictures": [picture()]})
    page.click("#upscale-slot [data-act=pause]")
    until(studio, job.id, "paused")
    page.click("#upscale-slot [data-act=resume]")
    assert until(studio, job.id, "running") == "running"


def test_the_keys_do_what_their_list_says(visit, picture):
    picture("by the sea")
    page = visit("upscale")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+8")
    page.wait_for_selector("#tab-settings h2 >> visible=true")
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.closest('#library-search')")
    page.keyboard.type("sea")
    page.wait_for_selector("#library-wall .card")
    page.locator("#tab-library-button").focus()
    page.keyboard.press("j")
    page.wait_for_selector("body.drawer-open #drawer aside")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.body.classList.contains('drawer-open')")


def test_the_language_changes_without_a_restart_and_stays(visit):
    page = visit("settings", language="fr")
    assert page.locator("#tab-library-button").inner_text().strip() == "Library"
    page.click("#settings-language input")
    page.locator("#settings-language [role=option]", has_text="Deutsch").click()
    page.wait_for_function("document.querySelector('#tab-library-button')?.innerText.trim() === 'Bibliothek'")
    assert page.locator("html").get_attribute("lang") == "de"
    again = visit(same=page)
    assert again.locator("#tab-settings-button").inner_text().strip() == "Einstellungen"
    again.wait_for_function("document.querySelector('#pill').innerText.includes('Nichts')")


def test_a_visitor_reads_what_their_browser_asks_for(visit):
    assert visit(language="ja-JP").locator("#tab-library-button").inner_text().strip() == "ライブラリ"


@pytest.mark.parametrize("tab", ["characters", "upscale", "library", "settings"])
def test_on_a_phone_nothing_runs_out_at_the_side(visit, picture, tab):
    for colour in ("red", "green", "blue"):
        picture(colour, colour)
    page = visit(tab, width=390, height=844)
    page.wait_for_timeout(300)
    wide = page.evaluate("""() => [...document.querySelectorAll('.gradio-container *')].filter(node =>
        node.getBoundingClientRect().right > innerWidth + 1 && node.offsetParent !== null
        && !node.closest('.tab-wrapper, #drawer, .table, .strip, .skip')).map(node => node.outerHTML.slice(0, 90))""")
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_the_tabs_stay_on_one_line_when_the_last_is_open(visit):
    page = visit("settings", width=390, height=844)
    tops = page.evaluate("""() => [...document.querySelectorAll('#tabs > .tab-wrapper button[role=tab]')]
        .map(node => node.getBoundingClientRect().top)""")
    assert len(tops) == 8 and len(set(tops)) == 1


def test_the_look_can_be_chosen_and_is_kept(visit):
    page = visit("settings", color_scheme="light")
    page.locator("#settings-look label", has_text="Dark").click()
    page.wait_for_selector("body.dark")
    page.reload()
    page.wait_for_selector("body.dark")


def test_seven_open_tabs_do_not_block_the_eighth(visit):
    """Six connections an origin is all a browser has: a page must hold none of them while it rests."""
    page = visit()
    for _ in range(7):
        visit(same=page)


def test_who_was_met_the_open_tab_and_what_was_typed_outlive_a_reload(visit):
    """And the example of Image Gen fills the form with its words; another tab of the browser begins afresh."""
    page = visit("image")
    page.click("#image-slot [data-make=example]")
    page.wait_for_function("document.querySelector('#tab-image textarea').value.includes('rooftop')")
    page.fill("#tab-image textarea >> nth=0", "a fox reading a map")
    page.locator("#tab-image label", has_text="Quality").click()
    page.click("#tab-training-button")
    page.click("#training-slot [data-act=meet]")
    page.wait_for_function("document.querySelector('#who input')?.value === 'Mira'")
    page.wait_for_function("Object.values(localStorage).some((kept) => kept.length > 80)")
    page.wait_for_function("sessionStorage.getItem('studionova.drafts')?.includes('quality')")
    page.reload()
    page.wait_for_function("document.querySelector('#who input')?.value === 'Mira'")
    page.wait_for_selector("#tab-training-button[aria-selected=true]")
    page.click("#tab-image-button")
    page.wait_for_function("document.querySelector('#tab-image textarea').value === 'a fox reading a map'")
    page.wait_for_selector("#tab-image label.selected:has-text('Quality')")
    other = visit("image", same=page)
    assert other.input_value("#tab-image textarea >> nth=0") == ""


def test_the_first_visit_is_shown_around_once(visit):
    page = visit(tour=True)
    page.wait_for_selector("#tour >> visible=true")
    for expected in ("characters", "image", "library", "jobs"):
        page.click("#tour [data-tour=next]")
        page.wait_for_selector(f"#tour [data-step={expected}] >> visible=true")
    page.wait_for_selector("#drawer aside >> visible=true")
    page.click("#tour [data-tour=next]")
    page.wait_for_selector("#tour", state="hidden")
    page.reload()
    page.wait_for_selector("#pill button")
    page.click("#tab-settings-button")
    assert page.locator("#tour").is_hidden()
    page.click("[data-tour=begin]")
    page.wait_for_selector("#tour [data-step=welcome] >> visible=true")
