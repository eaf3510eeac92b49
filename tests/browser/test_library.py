"""The Library as a person uses it."""

import pytest

from core.sidecars import first_number_at, id_of

pytestmark = pytest.mark.browser


def cards(page) -> int:
    return page.locator("#library-wall .card").count()


def test_typing_finds_and_clearing_brings_back(visit, picture):
    picture("a lighthouse at dusk")
    picture("a red bicycle")
    page = visit("library")
    page.wait_for_function("document.querySelectorAll('#library-wall .card').length === 2")
    field = page.locator("#library-search textarea, #library-search input").first
    field.press_sequentially("light")
    page.wait_for_function("document.querySelectorAll('#library-wall .card').length === 1")
    field.fill("")
    page.wait_for_function("document.querySelectorAll('#library-wall .card').length === 2")


def test_what_is_thrown_away_comes_back_with_undo(visit, picture, studio):
    kept = picture("a cat")
    page = visit("library")
    page.click(f"[data-card='{kept}'] .face")
    page.click("#library-side [data-act=trash]")
    page.wait_for_selector("#library-wall [data-act=undo]")
    assert cards(page) == 0 and studio.library.entry(kept) is None
    page.click("#library-wall [data-act=undo]")
    page.wait_for_selector(f"[data-card='{kept}']")
    assert studio.assets.get(kept).path.is_file()


def test_the_trash_shows_each_deletion_and_puts_it_back(visit, picture, studio):
    studio.assets.trash([picture("one"), picture("two")])
    page = visit("library")
    page.locator("#library-kind label", has_text="Trash").click()
    page.click("#library-wall [data-act=restore]")
    page.wait_for_selector("#library-wall .empty")
    assert studio.library.count() == 2


def test_a_star_a_tag_and_a_board_are_kept_in_the_sidecar(visit, picture, studio):
    one = picture("a cat")
    page = visit("library")
    page.click(f"[data-card='{one}'] .face")
    page.click("#library-side [data-act=star]")
    page.wait_for_selector("#library-side [data-act=unstar]")
    for act, word in (("tag", "soft"), ("board", "Summer")):
        field = page.locator(f"#library-side input[data-act={act}]")
        field.fill(word)
        field.press("Enter")
        page.wait_for_selector(f"#library-side .chip:has-text('{word}')")
    record = studio.assets.record(one)
    assert record["starred"] is True and record["tags"] == ["soft"] and record["boards"] == ["Summer"]


def test_several_become_a_contact_sheet_and_stand_side_by_side(visit, picture, studio, until):
    ids = [picture(colour, colour) for colour in ("red", "green", "blue")]
    page = visit("library")
    for one in ids[:2]:
        page.check(f"[data-card='{one}'] input[data-pick]", force=True)
    assert page.locator("[data-count]").inner_text() == "2"
    page.click(".bulk [data-act=compare]")
    page.wait_for_selector("#library-compare figure >> nth=1")
    page.click("#library-compare [data-act=uncompare]")
    page.click(".bulk [data-act=sheet]")
    page.wait_for_selector(".toast-body")
    job = studio.jobs.all()[0]
    assert until(studio, job.id, "done") == "done"
    assert sorted(studio.assets.record(job.assets[0])["parents"]) == sorted(ids[:2])


def test_how_this_was_made_leads_to_parents_and_children(visit, picture, studio, until):
    before = picture("small")
    job = studio.submit("upscale.lanczos", {"pictures": [before], "scale": 3.0})
    until(studio, job.id, "done")
    page = visit("library")
    page.click(f"[data-card='{job.assets[0]}'] .face")
    page.wait_for_selector("#library-side .facts")
    told = page.locator("#library-side .facts").inner_text()
    assert "Lanczos" in told and "Sharpen" in told and "{" not in told
    page.click(f"#library-side .family [data-asset='{before}']")
    page.wait_for_selector(f"#library-side article[data-asset='{before}'] .family [data-asset='{job.assets[0]}']")


def test_a_picture_goes_from_the_library_to_upscale(visit, picture):
    one = picture("small")
    page = visit("library")
    page.click(f"[data-card='{one}'] .face")
    page.click("#library-side [data-act=upscale]")
    page.wait_for_selector(f"#upscale-pictures img[src='thumb/{one}'] >> visible=true")


def test_pictures_are_brought_in_by_drop(visit, photo, studio):
    page = visit("library")
    page.set_input_files("#library-drop input[type=file]", str(photo))
    page.wait_for_selector("#library-wall .card")
    assert studio.library.search("holiday").total == 1


def test_a_title_full_of_tags_stays_text(visit, picture):
    one = picture('<img src=x onerror="document.title=1"> "quoted" ${1+1}')
    page = visit("library")
    page.click(f"[data-card='{one}'] .face")
    page.wait_for_selector("#library-side h3")
    assert page.locator("#library-side h3").inner_text().startswith("<img src=x")
    assert page.title() == "StudioNova"


def test_a_new_picture_appears_by_itself_and_ticks_stay_on_theirs(visit, picture, studio):
    old = picture("old", "red")
    page = visit("library")
    page.check(f"[data-card='{old}'] input[data-pick]", force=True)
    job = studio.submit("upscale.lanczos", {"pictures": [old]})
    page.wait_for_selector("#library-wall .card >> nth=1")
    assert page.is_checked(f"[data-card='{old}'] input[data-pick]")
    assert not page.is_checked(f"[data-card='{studio.jobs.get(job.id).assets[0]}'] input[data-pick]")
    page.click(f"[data-card='{old}'] .face")
    page.click("#library-side [data-act=trash]")
    page.wait_for_selector("#library-wall [data-act=undo]")
    assert page.locator("#library-wall input[data-pick]:checked").count() == 0


def test_a_card_is_dragged_over_a_tab_into_a_picture_field(visit, picture):
    one = picture("small")
    page = visit("upscale")
    page.click("#tab-library-button")
    page.wait_for_selector(f"[data-card='{one}'] .face")
    page.hover(f"[data-card='{one}'] .face")
    page.mouse.down()
    page.hover("#tab-upscale-button")
    page.mouse.move(*middle(page, "#tab-upscale-button", 2))
    page.wait_for_selector("#upscale-pictures-drop >> visible=true")
    page.mouse.move(*middle(page, "#upscale-pictures-drop"), steps=4)
    page.mouse.up()
    page.wait_for_selector(f"#upscale-pictures img[src='thumb/{one}'] >> visible=true")


def middle(page, selector: str, beside: int = 0) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2 + beside, box["y"] + box["height"] / 2


def test_the_wall_is_a_window_that_walks_over_everything(visit, studio):
    for number in range(450):
        studio.library.add(id_of(first_number_at(1_700_000_000 + number)), {"title": f"n{number}", "kind": "bundle"},
                           f"images/n{number}.txt")
    page = visit("library")
    page.wait_for_selector("#library-wall [data-card] >> nth=59")
    for _ in range(7):
        said = page.locator("#library-wall .shelf-head p").inner_text()
        page.click("#library-wall [data-act=more]")
        page.wait_for_function("(said) => document.querySelector('#library-wall .shelf-head p').innerText !== said",
                               arg=said)
    assert cards(page) <= 360 and page.locator("[aria-label='n0']").count() == 1
    assert page.locator("#library-wall [data-act=more]").count() == 0
    page.click("#library-wall [data-act=earlier]")
    page.wait_for_function("document.querySelectorAll('#library-wall .card').length >= 360")


def test_only_what_is_new_is_shown_when_asked(visit, picture, studio):
    new = picture("new")
    studio.library.add(id_of(first_number_at(1_700_000_000)), {"title": "old", "kind": "bundle"}, "images/old.txt")
    page = visit("library")
    page.wait_for_selector("#library-wall .card >> nth=1")
    page.click("#library-filters > button")
    page.click("#library-since input")
    page.locator("ul[role=listbox] li", has_text="last week").click()
    page.wait_for_function("document.querySelectorAll('#library-wall .card').length === 1")
    assert page.locator(f"[data-card='{new}']").count() == 1


def test_a_family_is_told_over_several_steps(visit, picture):
    oldest = picture("oldest")
    middle_one = picture("middle", "red", parents=[oldest])
    youngest = picture("youngest", "blue", parents=[middle_one])
    page = visit("library")
    page.click(f"[data-card='{youngest}'] .face")
    page.wait_for_selector(f"#library-side .family .family [data-asset='{oldest}']")
    page.click(f"#library-side .family .family [data-asset='{oldest}']")
    page.wait_for_selector(f"#library-side article[data-asset='{oldest}'] .family .family [data-asset='{youngest}']")
