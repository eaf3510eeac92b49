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
    shot_seen = [-1, 0]
    def shot_take():
        if renpy.get_screen("say") is None or not store._last_say_what:
            return None
        number = int(store._last_say_what.split()[-1])
        shot_seen[:] = [number, shot_seen[1] + 1 if number == shot_seen[0] else 0]
        if shot_seen[1] != 2:  # not yet at rest, or already taken and on the way to the next line
            return None
        renpy.screenshot("%s%d.png" % (os.environ["SHOT"], number))
        if number + 1 == int(os.environ["SHOTS"]):
            renpy.quit()
        return True
    config.always_shown_screens.append("shot_timer")
screen shot_timer():
    timer 0.4 repeat True action Function(shot_take)
label main_menu:
    return
"""
TOLD = [
    [{"kind": "place", "place": "room"}, {"kind": "show", "who": "ada", "at": "left"},
     {"kind": "show", "who": "ben", "at": "far-right"}],
    [{"kind": "camera", "move": "zoom-in", "seconds": 0.1}],
    [{"kind": "camera", "move": "pan-right", "seconds": 0.1}, {"kind": "camera", "move": "shake", "seconds": 0.1}],
    [{"kind": "camera", "move": "reset", "seconds": 0.1}, {"kind": "show", "who": "ada", "at": "center"},
     {"kind": "hide", "who": "ben", "transition": "dissolve", "seconds": 0.1}],
    [{"kind": "picture", "asset": "hall", "transition": "fade", "seconds": 0.1}, {"kind": "wait", "seconds": 0.1}],
    [{"kind": "picture", "transition": "slide-left", "seconds": 0.1}],
    [{"kind": "place", "place": "hall", "transition": "flash", "seconds": 0.1}],
]
"""What happens on the stage, line by line: each is looked at in both players when it has come to rest."""


def put_together(tmp_path):
    """A room that is red at the left and blue at the right, and two people of one colour each."""
    room = Image.new("RGB", (400, 300), "#c03030")
    ImageDraw.Draw(room).rectangle((200, 0, 400, 300), fill="#3030c0")
    room.save(tmp_path / "room.png")
    for name, colour in (("ada", "#30c030"), ("ben", "#f0f040")):
        figure = Image.new("RGBA", (100, 300), (0, 0, 0, 0))
        ImageDraw.Draw(figure).rectangle((20, 60, 80, 300), fill=colour)
        figure.save(tmp_path / f"{name}.png")
    hall = Image.new("RGB", (400, 300), "#707070")
    ImageDraw.Draw(hall).rectangle((150, 40, 250, 140), fill="#f0f0f0")
    hall.save(tmp_path / "hall.png")
    names = ("room", "hall", "ada", "ben")
    story = read(Story, {
        "id": "s", "title": "Side by side", "assets": [{"id": one} for one in names],
        "places": [{"id": one, "asset": one} for one in ("room", "hall")],
        "cast": [{"id": one, "name": one, "looks": {"neutral": one}} for one in ("ada", "ben")],
        "scenes": [{"id": "a", "next": "@end", "nodes": [
            {"id": f"n{n}", "text": f"Side by side {n}", "directives": told} for n, told in enumerate(TOLD)]}]})
    return story, {one: tmp_path / f"{one}.png" for one in names}


def shown_by_the_page(chromium, story, files, folder):
    (folder / "s.html").write_bytes(build(story, files))
    page = chromium.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.goto((folder / "s.html").as_uri())
    for number in range(len(TOLD)):
        page.keyboard.press("Enter")
        page.wait_for_selector("#box.done")
        page.wait_for_function("[...document.images].every(i => i.complete)")
        page.screenshot(path=folder / f"page{number}.png")
    page.close()


def shown_by_the_engine(story, files, folder):
    game = written(story, folder / "game", files)
    (game / "game/shot.rpy").write_text(SHOT, encoding="utf-8")
    done = engine(game, before=("xvfb-run", "-a", "-s", "-screen 0 1920x1080x24"), SDL_VIDEODRIVER="x11",
                  SHOT=str(folder / "renpy"), SHOTS=str(len(TOLD)))
    assert (folder / f"renpy{len(TOLD) - 1}.png").is_file(), done.stdout[-800:] + done.stderr[-800:]


@needs_engine
@needs_screen
def test_the_page_and_the_real_engine_show_the_same_stage(chromium, tmp_path):
    story, files = put_together(tmp_path)
    shown_by_the_page(chromium, story, files, tmp_path)
    shown_by_the_engine(story, files, tmp_path)
    upper = slice(12, 108)  # above the words, below the buttons
    pairs = [tuple(_small(tmp_path / f"{name}{number}.png")[upper] for name in ("page", "renpy"))
             for number in range(len(TOLD))]
    far = [numpy.abs(ours - theirs).mean() for ours, theirs in pairs]
    assert max(far) < 6, far
    for number in range(1, len(TOLD)):
        assert numpy.abs(pairs[number][0] - pairs[number - 1][0]).mean() > 6, f"nothing changed with line {number}"
    for colour in ((48, 192, 48), (240, 240, 64)):
        (x, tall), (x2, tall2) = (_found(picture, colour) for picture in pairs[0])
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
