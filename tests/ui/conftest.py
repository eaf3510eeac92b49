"""A studio that answers over real HTTP, for tests that knock at its door."""

import gradio as gr
import pytest
from PIL import Image

from core.passwords import hash_password
from ui.server import Door, serve


@pytest.fixture
def opened(studio, tmp_path, monkeypatch, free_port):
    """Serves the studio behind a door and closes it again: opened(password="…")."""
    made = []
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))

    def open_door(password: str = "") -> str:
        with gr.Blocks(analytics_enabled=False) as blocks:
            gr.Markdown("a page")
        door = Door(port=free_port, may_move_port=True, browser=False, shared=bool(password),
                    password_hash=hash_password(password) if password else "")
        made.append(serve(blocks, studio, door, {}, tmp_path / "uploads"))
        return made[0].url

    yield open_door
    for serving in made:
        serving.close()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.new("RGB", (12, 10), "teal").save(path)
    return path
