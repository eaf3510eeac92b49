"""The page and the real Ren'Py show the same: place, people and where they stand, side by side as pictures."""

import numpy
import pytest
from PIL import Image, ImageDraw

from core.story.model import Story
from core.story.shape import read
from pipelines.exporters.html.page import build
from tests.pipelines.exporters.test_renpy import engine, needs_engine, needs_screen, written

pytestmark = pytest.mark.browser
SIZE = (320, 180)
SHOT = """
init 999 python:
    import os
    def shot_take():
        renpy.screenshot(os.environ["SHOT"])
        renpy.quit()
    config.always_shown_screens.append("shot_timer")
screen shot_timer():
    timer 1.5 action Function(shot_take)
label main_menu:
    return
"""


def put_together(tmp_path):
    """A room that is red at the left and blue at the right, and two people of one colour each."""
    room = Image.new("RGB", (400, 300), "#c03030")
    ImageDraw.Draw(room).rectangle((200, 0, 400, 300), fill="#3030c0")
    room.save(tmp_path / "room.png")
    for name, colour in (("ada", "#30c030"), ("ben", "#f0f040")):
        figure = Image.new("RGBA", (100, 300), (0, 0, 0, 0))
        ImageDraw.Draw(figure).rectangle((20, 60, 80, 300), fill=colour)
        figure.save(tmp_path / f"{name}.png")
    story = read(Story, {
        "id": "s", "title": "Side by side", "assets": [{"id": one} for one in ("room", "ada", "ben")],
        "places": [{"id": "room", "asset": "room"}],
        "cast": [{"id": one, "name": one, "looks": {"neutral": one}} for one in ("ada", "ben")],
        "scenes": [{"id": "a", "next": "@end", "nodes": [{"id": "n", "text": "Side by side.", "directives": [
            {"kind": "place", "place": "room"}, {"kind": "show", "who": "ada", "at": "left"},
            {"kind": "show", "who": "ben", "at": "far-right"}]}]}]})
    return story, {one: tmp_path / f"{one}.png" for one in ("room", "ada", "ben")}


@needs_engine
@needs_screen
def test_the_page_and_the_real_engine_show_the_same_stage(chromium, tmp_path):
    story, files = put_together(tmp_path)
    (tmp_path / "s.html").write_bytes(build(story, files))
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.goto((tmp_path / "s.html").as_uri())
    page.keyboard.press("Enter")
    page.wait_for_selector("#box.done")
    page.wait_for_function("[...document.images].every(i => i.complete)")
    page.screenshot(path=tmp_path / "page.png")
    page.close()

    folder = written(story, tmp_path / "game", files)
    (folder / "game/shot.rpy").write_text(SHOT, encoding="utf-8")
    done = engine(folder, before=("xvfb-run", "-a", "-s", "-screen 0 1920x1080x24"), SDL_VIDEODRIVER="x11",
                  SHOT=str(tmp_path / "renpy.png"))
    assert (tmp_path / "renpy.png").is_file(), done.stdout[-800:] + done.stderr[-800:]

    ours, theirs = (_small(tmp_path / f"{name}.png") for name in ("page", "renpy"))
    upper = slice(12, 108)  # above the words, below the buttons
    assert numpy.abs(ours[upper] - theirs[upper]).mean() < 6
    for colour in ((48, 192, 48), (240, 240, 64)):
        (x, tall), (x2, tall2) = (_found(picture[upper], colour) for picture in (ours, theirs))
        assert abs(x - x2) < 0.02 and abs(tall - tall2) < 0.05, (colour, x, x2, tall, tall2)


def _small(path):
    with Image.open(path) as picture:
        return numpy.asarray(picture.convert("RGB").resize(SIZE, Image.Resampling.BOX)).astype(int)


def _found(picture, colour):
    """Where this colour is (0 to 1 from the left) and how much of the height it takes."""
    near = numpy.abs(picture - colour).sum(-1) < 60
    assert near.any(), "it is not in sight"
    columns, rows = near.any(0).nonzero()[0], near.any(1).nonzero()[0]
    return columns.mean() / SIZE[0], len(rows) / SIZE[1]
