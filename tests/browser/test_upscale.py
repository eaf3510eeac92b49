"""Upscale as a person uses it: a whole folder, and the picture before under the one after."""

import pytest
from PIL import Image

pytestmark = pytest.mark.browser


def test_a_folder_is_taken_whole_and_what_is_no_picture_is_said(visit, studio, tmp_path, until):
    folder = tmp_path / "holiday"
    folder.mkdir()
    for name in ("b.png", "a.jpg"):
        Image.new("RGB", (24, 16), "teal" if name == "b.png" else "red").save(folder / name)
    (folder / "notes.txt").write_text("not a picture")
    (folder / "broken.png").write_bytes(b"\x89PNG but no more")
    page = visit("upscale")
    page.click("#upscale-folder > button")
    page.set_input_files("#upscale-folder-drop input[type=file]", str(folder))
    page.wait_for_selector(".toast-body:has-text('2 pictures are in')")
    page.wait_for_selector("#upscale-pictures figure >> nth=1")
    page.click("#upscale-go")
    page.wait_for_selector("#upscale-slot .done .wipe >> visible=true", timeout=60_000)
    job = studio.jobs.all()[0]
    assert until(studio, job.id, "done") == "done" and len(job.assets) == 2
    page.wait_for_selector("#upscale-go:has-text('· about')")
    for _ in job.assets:  # the price goes with the last picture
        page.locator("#upscale-pictures [data-drop]").first.click()
    page.wait_for_function("document.querySelector('#upscale-go').textContent.trim() === 'Upscale'")


def test_refine_offers_its_own_choices_when_it_is_chosen(visit, picture):
    picture("small")
    page = visit("upscale")
    page.locator("#upscale-way input").click()
    page.get_by_role("option", name="Refine with character").click()
    page.click(".advanced > button >> visible=true")
    page.wait_for_selector("text=How much changes >> visible=true")
