"""The example extension works as it ships, and the README shows exactly that file."""

from pathlib import Path

from PIL import Image

import pipelines
from core.home import Home
from core.studio import Studio
from tests.conftest import MACHINE

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "configs" / "extensions" / "example_pixel_art.py"


def test_the_readme_shows_the_example_word_for_word():
    body = EXAMPLE.read_text(encoding="utf-8").split('"""', 2)[2]
    assert body.strip() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_a_ticked_extension_makes_a_picture(home: Home, until):
    first = Studio(home, pipelines, {}, MACHINE)
    assert "upscale.example_pixel_art" not in first.catalog.entries
    first.settings.set("extensions.enabled", ["example_pixel_art"])
    first.close()
    studio = Studio(home, pipelines, {}, MACHINE).start()
    picture = studio.assets.save(Image.new("RGB", (2, 3), "red"), folder="images", suffix=".png", record={})
    job = studio.submit("upscale.example_pixel_art", {"pictures": [picture.id], "scale": 3.4})
    assert until(studio, job.id, "done", "failed") == "done", job.error
    with Image.open(studio.assets.get(job.assets[0]).path) as made:
        assert made.size == (6, 9)
    studio.close()


PANEL = '''
TITLE = "Dice"

def panel(page):
    import gradio as gr

    box = gr.Textbox(label="Thrown", elem_id="dice")
    page.on(gr.Button("Throw").click, lambda: str(page.studio.library.count()), None, [box])
'''


def enable(home: Home, **sources: str) -> Studio:
    for name, source in sources.items():
        home.extensions.mkdir(parents=True, exist_ok=True)
        (home.extensions / f"{name}.py").write_text(source, encoding="utf-8")
    first = Studio(home, pipelines, {}, MACHINE)
    first.settings.set("extensions.enabled", list(sources))
    first.close()
    return Studio(home, pipelines, {}, MACHINE)


def test_a_panel_stands_in_the_window_and_a_broken_one_says_why_without_taking_the_window_along(home: Home):
    from ui.window import build_window

    studio = enable(home, dice=PANEL, shards='def panel(page):\n    raise KeyError("nothing")\n')
    shown = build_window(studio).get_config_file()
    labels = [part["props"].get("label") for part in shown["components"]]
    texts = " ".join(str(part["props"].get("value")) for part in shown["components"])
    assert "Thrown" in labels and "Dice" in texts and "shards.py: KeyError" in texts
    studio.close()


def test_without_panels_there_is_no_tab_for_them(studio):
    from ui.window import build_window

    ids = [part["props"].get("elem_id") for part in build_window(studio).get_config_file()["components"]]
    assert "tab-library" in ids and "tab-extensions" not in ids


def test_an_extension_for_a_later_studio_is_skipped_with_the_reason(home: Home):
    studio = enable(home, later='STUDIO = "99.0"\n' + EXAMPLE.read_text(encoding="utf-8"),
                    fitting='STUDIO = "0.1"\n' + EXAMPLE.read_text(encoding="utf-8"))
    assert "wants StudioNova 99.0" in studio.catalog["extensions.later"].unavailable
    assert studio.catalog["upscale.fitting"].unavailable == ""
    studio.close()
