"""Stories over the network, by gradio_client: each endpoint works with its first argument alone, once it was asked."""

import zipfile
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from core.story import stories
from tests.stories import cave

SAMPLES = Path("tests/samples").resolve()


@pytest.fixture
def client(opened):
    return Client(opened(), verbose=False)


def test_a_story_comes_in_is_checked_played_and_written_for_others(client, opened, studio):
    seen = client.predict(handle_file(SAMPLES / "log.md"), "", True, api_name="/import_story")
    assert seen["importer"] == "importers.transcript" and seen["scenes"] == 2
    made = client.predict(handle_file(SAMPLES / "log.md"), api_name="/import_story")
    assert made["state"] == "done" and made["error"] is None
    assert made["story"] in [one["id"] for one in client.predict(api_name="/stories")]
    assert client.predict(made["story"], api_name="/check_story")["errors"] == 0
    assert client.predict(made["story"], api_name="/play")["beats"][0]["text"]
    with pytest.raises(Exception, match="(?s)Real people who are shown have said yes.*promise=True"):
        client.predict(made["story"], api_name="/export_story")
    spoken = Client(client.src, verbose=False, headers={"accept-language": "de"})
    with pytest.raises(Exception, match="(?s)Echte Menschen, die zu sehen sind, haben zugestimmt.*promise=True"):
        spoken.predict(made["story"], api_name="/export_story")
    with pytest.raises(Exception, match="say yes to"):
        client.predict("exporters.html", {"story": made["story"]}, api_name="/submit")
    out = client.predict(made["story"], promise=True, api_name="/export_story")
    assert client.predict(made["story"], "bundle", api_name="/export_story")["state"] == "done", "asked for once"
    assert out["state"] == "done", out["error"]
    record = studio.assets.record(made["story"])
    assert record["pipeline"] == "importers.transcript" and record["imported"] is True


def test_answers_lead_the_way_and_the_same_answers_lead_it_again(client, studio):
    story = stories.begin(studio, "The Cave", story=cave())
    first = client.predict("The Cave", api_name="/play")
    assert [one["id"] for one in first["beats"][-1]["answers"]] == ["in", "wait", "pay"] and not first["ended"]
    rest = client.predict(story, ["wait", "in"], 7, api_name="/play")
    assert rest["ended"] and rest["variables"]["brave"] and rest["log"] == ["wait", "in"]
    assert client.predict(story, ["wait", "in"], 7, api_name="/play") == rest
    there = client.predict(story, [], 7, "light", {"gold": 99}, api_name="/play")
    assert there["variables"]["gold"] == 99 and there["ended"]


def test_a_finding_is_mended_on_demand(client, studio):
    from core.story.model import Story
    from core.story.shape import read

    broken = read(Story, {"id": "b", "title": "Broken", "scenes": [{"id": "a", "next": "gone", "nodes": [
        {"id": "n", "text": "Hi"}]}]})
    stories.begin(studio, "Broken", story=broken)
    found = client.predict("Broken", api_name="/check_story")
    assert found["errors"] == 1 and found["findings"][0]["fixes"]
    assert client.predict("Broken", [0], api_name="/check_story")["errors"] == 0


def test_a_story_gets_pictures_and_they_can_be_swapped(client, studio):
    pytest.importorskip("skia")
    story = stories.begin(studio, "The Cave", story=cave())
    values = {"pipeline": "image.avatar", "candidates": 2, "what": "backgrounds"}
    made = client.predict(story, values, api_name="/illustrate_story")
    assert made["state"] == "done" and made["assets"], made["error"]
    before = client.predict(story, api_name="/swap_picture")["bg-forest"]
    after = client.predict(story, "bg-forest", api_name="/swap_picture")["bg-forest"]
    assert after["file"] != before["file"] and after["file"] in before["candidates"]


def test_a_pack_around_a_story_is_opened_and_rubbish_gets_a_sentence(client, tmp_path):
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as pack:
        pack.write(SAMPLES / "cave.twee", "stories/cave.twee")
        pack.writestr("read me.pdf", b"x")
    made = client.predict(handle_file(tmp_path / "pack.zip"), api_name="/import_story")
    assert made["importer"] == "importers.twine" and any("Of the pack only" in one for one in made["notices"])
    (tmp_path / "x.jsonl").write_bytes(b"nothing")
    with pytest.raises(Exception, match="no messages"):
        client.predict(handle_file(tmp_path / "x.jsonl"), api_name="/import_story")
    with pytest.raises(Exception, match="no story called"):
        client.predict("nobody", api_name="/play")


def test_behind_a_password_nobody_sees_the_stories_of_others(opened, studio):
    url = opened("open sesame")
    mira, tom = (Client(url, auth=(name, "open sesame"), verbose=False) for name in ("mira", "tom"))
    story = mira.predict(handle_file(SAMPLES / "log.md"), api_name="/import_story")["story"]
    assert [one["id"] for one in mira.predict(api_name="/stories")] == [story]
    assert story not in [one["id"] for one in tom.predict(api_name="/stories")]
    with pytest.raises(Exception, match="no story called"):
        tom.predict(story, api_name="/play")
    assert httpx.get(f"{url}status").status_code == 401
