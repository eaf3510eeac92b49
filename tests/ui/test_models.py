"""Models in Settings and over the API: what is here, what can be had, thrown away and brought back, and who may."""

import json
import struct

import pytest
from gradio_client import Client

from core.language import LANGUAGES, Languages
from core.weights.places import bring_back, throw_away
from ui import models
from ui.page import Page

ENGLISH = Languages(LANGUAGES)["en"]


@pytest.fixture
def lora(studio):
    """A LoRA of the person's own, and a file that is none beside it."""
    header = {"unet.mid.attn2.to_k.lora_A.weight": {"dtype": "F32", "shape": [2, 768], "data_offsets": [0, 6144]},
              "__metadata__": {"modelspec.architecture": "stable-diffusion-v1/lora"}}
    raw = json.dumps(header).encode()
    folder = studio.home.models / "loras"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hat.safetensors").write_bytes(struct.pack("<Q", len(raw)) + raw + b"\0" * 6144)
    (folder / "torn.safetensors").write_bytes(b"<html>not found</html>")
    return "loras/hat.safetensors"


def test_the_table_for_programs_says_all_that_counts_before_a_download(studio, lora):
    found = models.table(studio)
    here = {one["name"]: one for one in found["here"]}
    assert here[lora]["family"] == "sd15" and here[lora]["own"] and not here[lora]["trouble"]
    assert "web page" in here["loras/torn.safetensors"]["trouble"]
    for one in found["known"]:
        assert one["size_gb"] > 0 and one["vram_gb"] > 0 and one["licence"] and one["source"].startswith("https://")


def test_the_page_shows_size_memory_licence_and_what_is_wrong(studio, lora):
    page = Page(studio, Languages(LANGUAGES))
    html = models.draw(page, ENGLISH)
    for word in ("hat", "torn", "web page", "Stable Diffusion 1.5", "CreativeML-OpenRAIL-M", "data-act=\"get\""):
        assert word in html, word
    token = throw_away(studio.home, lora)
    gone = models.draw(page, ENGLISH, token)
    assert "<b>hat</b>" not in gone and f'data-token="{token}"' in gone
    bring_back(studio.home, token)
    assert "<b>hat</b>" in models.draw(page, ENGLISH)
    studio.settings.locked = True
    assert 'data-act="trash"' not in models.draw(page, ENGLISH)


def test_a_program_asks_for_models_with_one_argument_or_none(opened, lora):
    client = Client(opened(), verbose=False)
    everything, loras = client.predict(api_name="/models"), client.predict("loras", api_name="/models")
    assert {one["kind"] for one in loras["here"]} == {"loras"} and len(loras["here"]) == 2
    assert len(everything["known"]) > len(loras["known"])
