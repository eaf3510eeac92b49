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
