"""The window as Gradio sees it, without a browser: its size, its connections, and what it leaves open."""

import gradio as gr
import pytest
from gradio_client import Client

from core.jobs import Job
from core.language import LANGUAGES, Languages
from ui import strip, theme, words
from ui.server import Door, serve
from ui.window import TABS, build_window, look

MOST = 250


@pytest.fixture
def window(studio):
    return build_window(studio)


@pytest.fixture
def config(window):
    return window.get_config_file()


def test_no_page_holds_a_connection_while_it_rests(window):
    assert window.get_config_file()["connect_heartbeat"] is False


def test_the_page_stays_light(config):
    assert len(config["components"]) <= MOST, "draw lists with gr.render or as HTML"


def test_no_event_of_the_window_is_part_of_the_public_api(config):
    assert [one["api_name"] for one in config["dependencies"] if one["api_visibility"] == "public"] == []


def test_the_tabs_stand_in_the_order_of_the_work(config):
    shown = [one["props"]["id"] for one in config["components"] if one["type"] == "tabitem"]
    assert shown == [name for name, _ in TABS]


def test_a_number_beyond_its_limits_gets_a_sentence_and_no_traceback_of_gradio(window):
    """Gradio refuses one before our own code sees it, also while it is still being typed."""
    limited = [fn.fn.__qualname__ for fn in window.fns.values() if fn.fn is not None and fn.preprocess
               and any(event in ("change", "click", "release") for _, event in fn.targets)
               and any(isinstance(one, (gr.Number, gr.Slider)) and one.visible is not False for one in fn.inputs)]
    assert limited == []


def test_every_visible_control_has_a_label(config):
    inputs = {"textbox", "dropdown", "radio", "checkbox", "slider", "number", "file", "checkboxgroup"}
    bare = [one["props"] for one in config["components"] if one["type"] in inputs
            and one["props"].get("visible", True) and not one["props"].get("label")]
    assert bare == []


def test_the_served_page_carries_the_words_of_who_asks(studio, window, tmp_path, monkeypatch, free_port):
    import httpx

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    serving = serve(window, studio, Door(port=free_port, browser=False), look(), tmp_path / "uploads")
    try:
        for language, library in (("de", "Bibliothek"), ("ja-JP,ja;q=0.9", "ライブラリ"), ("fr", "Library")):
            page = httpx.get(serving.url, headers={"accept-language": language}).text
            assert library in page and "~~" not in page
        chosen = httpx.get(f"{serving.url}config", headers={"cookie": f"{words.COOKIE}=es"}).text
        assert "Biblioteca" in chosen and "~~" not in chosen
        assert Client(serving.url, verbose=False).predict(api_name="/capabilities")
    finally:
        serving.close()


def test_a_page_that_saw_everything_is_told_nothing(studio, window):
    page = studio_page(studio)
    first = strip.look_around(page, "", None)
    assert "pill" in first[3]
    again = strip.look_around(page, first[0], None)
    assert all(one.get("__type__") == "update" and "value" not in one for one in again)


def test_only_what_changed_is_sent_again(studio):
    page = studio_page(studio)
    seen = strip.look_around(page, "", None)[0]
    studio.jobs.changed()
    _, _, _, pill, drawer = strip.look_around(page, seen, None)
    assert isinstance(pill, dict) and isinstance(drawer, dict)


def test_the_pill_counts_what_runs_and_what_waits():
    english = Languages(LANGUAGES)["en"]
    jobs = [Job("1", "a.b", "A", {}, state="running"), *(Job(str(n), "a.b", "A", {}) for n in (2, 3))]
    assert "1 running · 2 waiting" in strip.pill(jobs, english)
    assert "Nothing running" in strip.pill([], english)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(look):
    colours = {"light": theme.LIGHT, "dark": theme.DARK}[look]
    for text, ground in theme.PAIRS:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for edge in ("edge", "focus"):
        assert contrast(colours[edge], colours["surface"]) >= 3.0, edge


def studio_page(studio):
    from ui.page import Page

    return Page(studio, Languages(LANGUAGES))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_result_that_was_thrown_away_breaks_no_page(studio, window, until):
    from PIL import Image

    picture = studio.assets.save(Image.new("RGB", (8, 8)), folder="images", suffix=".png", record={}).id
    job = studio.submit("upscale.lanczos", {"pictures": [picture]})
    until(studio, job.id, "done")
    page = studio_page(studio)
    with gr.Blocks():
        slot = strip.slot(page, "upscale", ("upscale",))
    english = Languages(LANGUAGES)["en"]
    assert "wipe" in slot.draw(studio.jobs.get(job.id), english)
    studio.assets.trash([picture])
    assert "wipe" not in slot.draw(studio.jobs.get(job.id), english)
    studio.assets.trash(studio.jobs.get(job.id).assets)
    assert "empty" in slot.draw(studio.jobs.get(job.id), english)
    assert strip.look_around(page, "", None)
