"""Characters over the API, as `gradio_client` calls them: the first argument alone is enough."""

import pytest
from PIL import Image

from core import casting, characters


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
    assert studio.jobs.get(made["job"]).key == "caption.reader", "a drawn one is described without being asked"
    real = client.predict("Ada", [handle_file(str(tmp_path / "a.png"))], "", "given", api_name="/create_character")
    assert real["job"] == "" and len(studio.jobs.all()) == 1, "people are not described by the reader of drawings"
    kept = client.predict("Mira", api_name="/export_character")
    path = studio.assets.get(kept["id"]).path
    again = client.predict(handle_file(str(path)), api_name="/import_character")
    assert again["name"] == "Mira 2" and again["photos"] == 1
    assert len(studio.store.rows(characters.TABLE)) == 3


def test_a_training_says_beforehand_what_it_costs(client, studio):
    casting.meet_example(studio)
    answer = client.predict("Mira", {"effort": "quick"}, api_name="/train_lora")
    studio.jobs.cancel(answer["job"])
    told = answer["forecast"]
    assert told["seconds"] > 1 and told["fits"] and told["memory_gb"] > 0 and told["disk_gb"] > 0
    assert not told["measured"]


def test_training_without_photos_and_pictures_of_nobody_are_refused_in_words(client, studio):
    client.predict("Mira", api_name="/create_character")
    with pytest.raises(Exception, match="no photos to learn from"):
        client.predict("Mira", api_name="/train_lora")
    picture = studio.assets.save(Image.new("RGB", (64, 64)), folder="images", suffix=".png", record={}).id
    with pytest.raises(Exception, match="do not say who is in them"):
        client.predict([picture], api_name="/score_likeness")
