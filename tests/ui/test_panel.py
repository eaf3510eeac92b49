"""What people drop on the window: pictures, films, sounds, packs, folders, and what is none of these."""

import types
import wave

import pytest
from PIL import Image

from core.errors import BadFile, Refused
from core.language import LANGUAGES, Languages
from core.requests import UpscaleRequest
from ui import panel, upscale
from ui.page import Page

VISITOR = types.SimpleNamespace(headers={"accept-language": "de"})


@pytest.fixture
def page(studio):
    return Page(studio, Languages(LANGUAGES))


def test_a_sound_and_a_film_come_into_the_library_like_a_picture(page, studio, tmp_path):
    picture, film, sound = tmp_path / "a.png", tmp_path / "b.webm", tmp_path / "c.wav"
    Image.new("RGB", (8, 8)).save(picture)
    film.write_bytes(b"a film")
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\0" * 8)
    ids = [panel.bring_all_in(page, str(one), VISITOR) for one in (picture, film, sound)]
    assert [studio.library.entry(one).kind for (one,) in ids] == ["image", "video", "audio"]


def test_how_a_picture_was_made_names_a_pipelines_own_options_as_its_form_does(studio):
    from core.search import Lineage
    from ui import wall

    asset = studio.assets.save(b"x", folder="images", suffix=".png", record={"pipeline": "image.starter"})
    way = studio.catalog.entries["image.starter"]
    record = {"pipeline": way.key, "request": {"options": {"small": True}}, "shape_of_options": way.options}
    html = wall.detail(studio.library.entry(asset.id), record, Lineage(asset.id, {}, ()), Languages(LANGUAGES)["de"])
    assert "<dt>Klein lassen</dt><dd>ja</dd>" in html


def test_what_is_no_picture_is_said_in_the_visitors_words_and_the_others_come(page, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr("gradio.Warning", said.append)
    drawing = tmp_path / "drawing.svg"
    drawing.write_text("<svg/>")
    assert panel.bring_all_in(page, str(drawing), VISITOR) == []
    assert len(said) == 1 and "drawing.svg" in said[0] and "Bild" in said[0]


def test_of_a_folder_only_what_is_wanted_is_taken_and_nothing_is_said_of_the_rest():
    files = ["/f/b.JPG", "/f/a.heic", "/f/metadata.json", "/f/Thumbs.db", "/f/film.mp4"]
    assert panel.in_folder(files) == ["/f/a.heic", "/f/b.JPG"]
    assert panel.in_folder(files, panel.SEEN)[-1] == "/f/film.mp4"
    with pytest.raises(BadFile):
        panel.in_folder(["/f/metadata.json"])


def test_the_button_of_upscale_refuses_at_once_where_nothing_lies():
    upscale.check(UpscaleRequest(pictures=("a",)), VISITOR)
    with pytest.raises(Refused, match="no picture"):
        upscale.check(UpscaleRequest(), VISITOR)
