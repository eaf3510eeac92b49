"""Image Gen as a person uses it: words, verbs, a painted part, pulled sides, a recipe taken over."""

import pytest
from PIL import Image

from core.recipes.picture import save_settings
from core.requests import ImageRequest

pytestmark = pytest.mark.browser


@pytest.fixture
def drawn(studio, until):
    """A picture that the starter really drew, small and quick."""
    def make(**wishes) -> str:
        asked = ImageRequest(**{"prompt": "a girl with red hair", "steps": 2, "seed": 7, "options": {"small": True},
                                **wishes})
        job = studio.submit("image.starter", asked)
        assert until(studio, job.id, "done", "failed", timeout=120) == "done", job.error
        return job.assets[0]
    return make


def newest(studio):
    return studio.jobs.all()[0]


def test_reproduce_gives_the_same_picture_and_says_so(visit, drawn, studio, until):
    one = drawn()
    page = visit("image")
    page.click("#image-slot .more summary")
    page.click(f"#image-slot [data-make=repeat][data-asset='{one}']")
    page.wait_for_selector("#image-slot .note:has-text('bit for bit')")
    assert newest(studio).request["repeats"] == one and newest(studio).request["seed"] == 7


def test_again_and_vary_begin_at_once_from_the_library(visit, drawn, studio, until):
    one = drawn()
    page = visit("library")
    page.click(f"[data-card='{one}'] .face")
    page.click("#library-side [data-make=vary]")
    page.wait_for_selector("#image-slot .stage >> visible=true")
    page.wait_for_selector("#image-slot .strip button >> nth=3", timeout=60_000)
    assert newest(studio).request["variation"] > 0 and len(newest(studio).assets) == 4


def test_remix_fills_the_form_but_not_the_seed(visit, drawn):
    drawn(prompt="a knight at dusk", negative="rain", steps=3, shape="tall", speed="quality")
    page = visit("image")
    page.click("#image-slot .more summary")
    page.click("#image-slot [data-make=remix]")
    page.wait_for_function("[...document.querySelectorAll('textarea')].some((one) => one.value === 'a knight at dusk')")
    page.click(".advanced > button >> visible=true")
    page.wait_for_function("[...document.querySelectorAll('textarea')].some((one) => one.value === 'rain')")
    assert page.get_by_label("Seed", exact=True).first.input_value() == "-1"


def test_a_part_is_painted_and_only_that_changes(visit, drawn, studio, until):
    import numpy

    one = drawn()
    page = visit("image")
    page.click(f"#image-slot [data-make=part][data-asset='{one}']")
    canvas = page.locator("#image-painter canvas >> visible=true")
    canvas.wait_for()
    page.wait_for_function("document.querySelector('#image-painter canvas').width > 20")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5, steps=4)
    page.mouse.up()
    page.keyboard.press("[")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    page.click("#image-go")
    page.wait_for_selector(f"#image-slot .stage.done:not(:has([data-asset='{one}']))", timeout=60_000)
    job = newest(studio)
    assert until(studio, job.id, "done", "failed", timeout=120) == "done", job.error
    before, after = (numpy.asarray(Image.open(studio.assets.get(which).path).convert("RGB"))
                     for which in (one, job.assets[0]))
    changed = (before != after).any(axis=2)
    assert changed.any() and not changed[: before.shape[0] // 5].any(), "the top was never painted"


def test_nothing_painted_is_said_before_anything_runs(visit, drawn, studio):
    one = drawn()
    page = visit("image")
    page.click(f"#image-slot [data-make=part][data-asset='{one}']")
    page.wait_for_selector("#image-painter canvas >> visible=true")
    page.click("#image-go")
    page.wait_for_selector(".toast-body:has-text('Nothing is marked')")
    assert len(studio.jobs.all()) == 1


def test_a_side_that_is_pulled_extends_the_picture(visit, drawn, studio, until):
    one = drawn()
    page = visit("image")
    page.click("#image-slot .more summary")
    page.click(f"#image-slot [data-make=extend][data-asset='{one}']")
    page.wait_for_selector("#image-sides .handle.left >> visible=true")
    page.wait_for_function("document.querySelector('#image-sides .sheet').style.width")
    page.click("#image-sides .handle.left")
    page.click("#image-go")
    page.wait_for_selector(f"#image-slot .stage.done:not(:has([data-asset='{one}']))", timeout=60_000)
    job = newest(studio)
    assert until(studio, job.id, "done", "failed", timeout=120) == "done", job.error
    assert Image.open(studio.assets.get(job.assets[0]).path).size == (160, 128)


def test_a_strangers_picture_is_dropped_and_its_words_are_taken(visit, tmp_path):
    infotext = "a lighthouse, <b>storm</b>\nNegative prompt: people\nSteps: 20, Sampler: Euler a, CFG scale: 6, " \
               "Seed: 5, Size: 512x768"
    path = tmp_path / "theirs.png"
    Image.new("RGB", (64, 96), "navy").save(path, **save_settings(".png", {"parameters": infotext}, b""))
    page = visit("image")
    page.locator("#image-task label", has_text="From a picture").click()
    page.set_input_files("#image-given-drop input[type=file]", str(path))
    page.wait_for_selector("#image-recipe .recipe")
    assert "a lighthouse, <b>storm</b>" in page.locator("#image-recipe .recipe").inner_text()
    page.click("#image-recipe [data-make=prompt]")
    page.wait_for_function("[...document.querySelectorAll('textarea')].some((one) => one.value.includes('storm'))")


def test_a_grid_of_exchanged_words_shows_its_sheet_first(visit, studio, until):
    page = visit("image")
    page.locator("textarea >> visible=true").first.fill("a girl with red hair")
    page.click("#image-many > button")
    assert page.locator("#many-x").bounding_box()["width"] > 120, "two in a row, not six"
    page.locator("#many-x input").click()
    page.get_by_role("option", name="Words", exact=True).click()
    page.locator("#image-many textarea >> visible=true").first.fill("red, blue")
    page.click(".advanced > button >> visible=true")
    page.get_by_label("How", exact=True).click()
    page.get_by_role("option", name="Avatar maker").click()
    page.click("#image-go")
    page.wait_for_selector("#image-slot .stage.done .strip button >> nth=2", timeout=60_000)
    first = page.locator("#image-slot figure [data-make]").first.get_attribute("data-asset")
    assert studio.assets.record(first)["pipeline"] == "grid.table"
    assert newest(studio).request["pipeline"] == "image.avatar"


def test_values_without_an_axis_are_not_passed_over(visit, studio):
    page = visit("image")
    page.click("#image-many > button")
    page.locator("#image-many textarea >> visible=true").first.fill("1, 2")
    page.click("#image-go")
    page.wait_for_selector(".toast-body:has-text('belong to nothing')")
    assert studio.jobs.all() == []


def test_a_word_list_is_written_in_the_window_and_lies_in_the_home(visit, studio, home):
    page = visit("image")
    page.click("#image-lists > button")
    page.locator("#lists-text textarea").press_sequentially("red\nblue\n")  # all at once is quicker than it is opened
    with page.expect_response(lambda answer: "/queue/data" in answer.url):
        page.locator("#lists-name input").fill("colours")
        page.keyboard.press("Enter")
    page.click("#lists-keep")
    page.wait_for_selector(".toast-body:has-text('colours has 2')")
    assert (home.root / "configs/wildcards/colours.txt").read_text().split() == ["red", "blue"]


def test_a_picture_dragged_onto_the_tab_is_the_start_picture(visit, drawn, tmp_path):
    one = drawn()
    page = visit("image")
    page.wait_for_selector("#image-slot .stage.done")
    page.evaluate("""(url) => {
        const hand = new DataTransfer();
        hand.setData("text/uri-list", url);
        const slot = document.querySelector("#image-slot .canvas");
        for (const name of ["dragover", "drop"])
            slot.dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: hand }));
    }""", f"{page.url}file/{one}")
    page.wait_for_selector(f"#image-given img[src='thumb/{one}'] >> visible=true")


def test_a_running_job_can_be_stopped_in_words_where_its_picture_will_stand(visit, studio, until):
    studio.submit("image.starter", ImageRequest(prompt="a girl", count=64))
    page = visit("image")
    page.click("#image-slot .working [data-act=cancel] >> visible=true")
    assert until(studio, newest(studio).id, "cancelled") == "cancelled"
