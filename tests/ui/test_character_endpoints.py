"""Characters over the API, as `gradio_client` calls them: the first argument alone is enough."""

import pytest
from PIL import Image

from core import characters


@pytest.fixture
def client(studio, tmp_path, monkeypatch, free_port):
    gradio_client = pytest.importorskip("gradio_client")
    from ui.server import Door, serve
    from ui.window import build_window, look

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    serving = serve(build_window(studio), studio, Door(port=free_port, browser=False), look(), tmp_path / "uploads")
    yield gradio_client.Client(serving.url, verbose=False)
    serving.close()


def test_a_character_is_made_exported_and_brought_back(client, studio, tmp_path):
    from gradio_client import handle_file

    Image.linear_gradient("L").resize((600, 640)).convert("RGB").save(tmp_path / "a.png")
    made = client.predict("Mira", [handle_file(str(tmp_path / "a.png"))], api_name="/create_character")
    assert made["trigger"] == "zwmira" and made["photos"] == 1 and made["findings"]
    kept = client.predict("Mira", api_name="/export_character")
    path = studio.assets.get(kept["id"]).path
    again = client.predict(handle_file(str(path)), api_name="/import_character")
    assert again["name"] == "Mira 2" and again["photos"] == 1
    assert len(studio.store.rows(characters.TABLE)) == 2


def test_training_without_photos_and_pictures_of_nobody_are_refused_in_words(client, studio):
    client.predict("Mira", api_name="/create_character")
    with pytest.raises(Exception, match="no photos to learn from"):
        client.predict("Mira", api_name="/train_lora")
    picture = studio.assets.save(Image.new("RGB", (64, 64)), folder="images", suffix=".png", record={}).id
    with pytest.raises(Exception, match="do not say who is in them"):
        client.predict([picture], api_name="/score_likeness")
