"""The story desk's routes: edits reach the disk and can be undone, two pages meet, strangers are refused."""

import io
import json
import re
import sys
import threading
import types
import zipfile

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from core.cards import Card
from core.catalog import Entry
from core.story import answers, stories
from core.story.files import to_bytes
from tests.stories import cave
from ui import story_routes

PAPERS = re.compile(r'<script type="application/json" id="provenance">.*?</script>', re.DOTALL)
MIRA, BEN = {"x-studionova-owner": "mira"}, {"x-studionova-owner": "ben"}


@pytest.fixture
def desk(studio) -> TestClient:
    return started(studio)


def started(studio) -> TestClient:
    app = FastAPI(routes=story_routes.routes_of(studio))
    app.add_api_route("/{anything:path}", lambda anything: "Gradio's catch-all")
    return TestClient(app)


@pytest.fixture
def story(studio) -> str:
    return stories.begin(studio, "The Cave", story=cave())


def test_a_new_story_begins_in_the_visitors_language(desk):
    begun = desk.post("/stories/new", json={}, headers={"accept-language": "de-AT,de;q=0.9"}).json()["id"]
    told = desk.get(f"/stories/{begun}").json()["story"]
    assert (told["title"], told["language"], told["scenes"][0]["title"]) == ("Neue Geschichte", "de", "Anfang")


def edit(desk, story, *edits, base=None):
    base = base if base is not None else desk.get(f"/stories/{story}").json()["revision"]
    return desk.post(f"/stories/{story}/edits", json={"edits": list(edits), "base": base})


def test_an_edit_is_on_disk_when_it_is_answered_and_its_undo_brings_back_what_was(desk, studio, story):
    before = to_bytes(stories.opened(studio.assets, story))
    said = edit(desk, story, {"op": "set", "path": ["scenes", "gate", "title"], "value": "The door"}).json()
    assert stories.opened(studio.assets, story).scenes[0].title == "The door" and "story" not in said
    assert edit(desk, story, *said["undo"]).status_code == 200
    assert to_bytes(stories.opened(studio.assets, story)) == before


def test_two_pages_that_write_at_once_lose_nothing_and_hear_of_each_other(desk, studio, story):
    base = desk.get(f"/stories/{story}").json()["revision"]
    edit(desk, story, {"op": "set", "path": ["title"], "value": "Mine"}, base=base)
    said = edit(desk, story, {"op": "set", "path": ["author"], "value": "Me too"}, base=base).json()
    assert (said["story"]["title"], said["story"]["author"]) == ("Mine", "Me too")
    assert said["revision"] == desk.get(f"/stories/{story}/revision").json()["revision"]


@pytest.mark.parametrize("wrong", [
    {}, {"edits": "all"}, {"edits": [{"op": "eval", "path": ["title"]}]}, {"edits": [{"op": "set", "path": "title"}]},
    {"edits": [{"op": "set", "path": []}]}, {"edits": [{"op": "set", "path": ["title"], "value": {"a": 1}}]},
    {"edits": [{"op": "remove", "path": ["scenes", "nowhere"]}]},
    {"edits": [{"op": "set", "path": ["title"] * 13}]}, {"edits": [7] * 3},
])
def test_a_change_that_makes_no_sense_is_refused_in_words_and_changes_nothing(desk, studio, story, wrong):
    before = studio.assets.get(story).path.read_bytes()
    answer = desk.post(f"/stories/{story}/edits", json=wrong)
    assert answer.status_code in (400, 404) and answer.json()["error"]
    assert studio.assets.get(story).path.read_bytes() == before


def test_a_visitor_sees_and_changes_only_stories_of_their_own(desk, studio):
    story = desk.post("/stories/new", json={"title": "Secret"}, headers=MIRA).json()["id"]
    assert [one["title"] for one in desk.get("/stories/list", headers=MIRA).json()] == ["Secret"]
    assert desk.get("/stories/list", headers=BEN).json() == []
    for path in ("", "/check", "/versions", "/concerns", "/player", "/revision", "/files", "/versions/1"):
        assert desk.get(f"/stories/{story}{path}", headers=BEN).status_code == 404, path
    for path, body in (("/edits", {"edits": []}), ("/trash", {}), ("/copy", {}), ("/restore", {"version": "1"}),
                       ("/jobs", {"key": "exporters.html"})):
        assert desk.post(f"/stories/{story}{path}", json=body, headers=BEN).status_code == 404, path
    assert desk.get(f"/stories/{story}", headers=MIRA).json()["story"]["title"] == "Secret"


def test_only_stories_are_opened_here_and_only_parts_of_the_page_are_given_out(desk, studio):
    from PIL import Image

    picture = studio.assets.save(Image.new("RGB", (4, 4)), folder="images", suffix=".png", record={}).id
    assert desk.get(f"/stories/{picture}").status_code == 404
    assert desk.get("/stories/page/desk.js").headers["content-type"].startswith("text/javascript")
    for name in ("cytoscape.LICENSE", "..%2fwindow.js", "..%2f..%2fserver.py", "nothing.js"):
        given = desk.get(f"/stories/page/{name}")
        assert given.status_code == 404 or "Gradio" in given.text, name


def test_a_story_is_thrown_away_and_comes_back_whole(desk, studio, story):
    before = studio.assets.get(story).path.read_bytes()
    token = desk.post(f"/stories/{story}/trash", json={}).json()["token"]
    assert story not in [one["id"] for one in desk.get("/stories/list").json()]
    assert desk.post("/stories/back", json={"token": token}).json() == {"id": story}
    assert studio.assets.get(story).path.read_bytes() == before


def test_a_file_from_elsewhere_is_shown_before_it_is_kept(desk, studio):
    text = b"## The door\nAda: Open it?\nBen: Yes.\n"
    seen = desk.post("/stories/arrivals?name=../../log.md", content=text).json()
    assert seen["id"] == "" and seen["scenes"] == 1 and seen["cast"] == ["Ada", "Ben"]
    there = len(desk.get("/stories/list").json())
    kept = desk.post("/stories/arrivals?name=log.md&keep=true", content=text).json()
    assert len(desk.get("/stories/list").json()) == there + 1
    assert desk.get(f"/stories/{kept['id']}").json()["story"]["title"]
    refused = desk.post("/stories/arrivals?name=movie.avi", content=b"RIFF")
    assert refused.status_code == 400 and "no kind of story" in refused.json()["error"]


def test_a_registered_program_takes_a_game_apart_at_home_only(desk, studio):
    path = "/stories/arrivals?name=data.xp3"
    assert "configs/extractors.toml" in desk.post(path, content=b"XP3").json()["error"]
    program = "import sys; open(sys.argv[2] + '/a.ks', 'w').write('Taken out.[p]')"
    (studio.home.root / "configs/extractors.toml").write_text(
        f"['.xp3']\nname = 'my unpacker'\ncommand = {[sys.executable, '-c', program, '{file}', '{folder}']!r}")
    said = desk.post(path, content=b"XP3").json()
    assert said["lines"] == ["Taken out."] and "whose work is this" in said["unmapped"][0]
    studio.settings.locked = True
    refused = desk.post(path, content=b"XP3")
    assert refused.status_code == 400 and "shared" in refused.json()["error"]


def test_an_earlier_version_comes_back_and_the_present_one_is_kept(desk, studio, story):
    edit(desk, story, {"op": "set", "path": ["title"], "value": "Second"})
    versions = desk.get(f"/stories/{story}/versions").json()
    seen = desk.get(f"/stories/{story}/versions/{versions[-1]:013d}").json()["story"]
    assert seen["title"] == "The Cave" and desk.get(f"/stories/{story}").json()["story"]["title"] == "Second"
    assert studio.assets.record(story)["title"] == "Second", "the Library calls it what it is called now"
    assert desk.get(f"/stories/{story}/versions/0000000000001").status_code == 404
    back = desk.post(f"/stories/{story}/restore", json={"version": f"{versions[-1]:013d}"}).json()
    assert back["story"]["title"] == "The Cave"
    assert len(desk.get(f"/stories/{story}/versions").json()) == len(versions) + 1


def test_a_change_whose_answer_was_lost_is_not_made_twice(desk, studio, story):
    base = desk.get(f"/stories/{story}").json()["revision"]
    asked = {"edits": [{"op": "add", "path": ["cast"], "value": {"id": "cid", "name": "Cid"}}], "base": base,
             "once": "1"}
    first = desk.post(f"/stories/{story}/edits", json=asked).json()
    again = desk.post(f"/stories/{story}/edits", json=asked).json()
    assert {name: again[name] for name in first} == first
    assert [one.id for one in stories.opened(studio.assets, story).cast].count("cid") == 1
    edit(desk, story, {"op": "set", "path": ["title"], "value": "Other"})
    late = started(studio).post(f"/stories/{story}/edits", json=asked).json()  # the studio was closed meanwhile
    assert late["story"]["title"] == "Other" and late["undo"] == first["undo"]


def test_a_change_that_was_begun_when_the_studio_stopped_is_made_when_it_is_asked_for_again(desk, studio, story):
    before = studio.assets.get(story).path.read_bytes()
    asked = {"edits": [{"op": "set", "path": ["author"], "value": "Mira"}], "once": "1"}
    desk.post(f"/stories/{story}/edits", json=asked)
    studio.assets.rewrite(story, before, {})  # as if the power had gone before the story was written
    with (stories.past(studio.assets, story) / answers.FILE).open("a") as torn:
        torn.write('{"once": "2", "bef')
    started(studio).post(f"/stories/{story}/edits", json=asked)
    assert stories.opened(studio.assets, story).author == "Mira"


def test_answers_do_not_pile_up(studio, story):
    kept = answers.Answers(studio.assets)
    for number in range(5 * answers.MOST):
        kept.keep(story, str(number), "then", [])
    file = stories.past(studio.assets, story) / answers.FILE
    assert len(file.read_text().splitlines()) <= 2 * answers.MOST and kept.find(story, str(number), "now")


def test_a_chat_and_its_branches_that_come_together_become_one_branching_story(desk, studio):
    def chat(*lines):
        return "\n".join(json.dumps({"name": "Ada", "mes": line} if line else {"user_name": "Mira"})
                         for line in ("", *lines)).encode()

    told = [("file", ("a.jsonl", chat("Hi.", "Left."))), ("file", ("../a.jsonl", chat("Hi.", "Right.")))]
    seen = desk.post("/stories/arrivals?keep=true", files=told).json()
    story = stories.opened(studio.assets, seen["id"])
    assert seen["scenes"] == 3 and [one.text for node in story.scenes[0].nodes for one in node.options] == [
        "Left.", "Right."]
    assert desk.post("/stories/arrivals", data={"file": "words"}, files={"other": b"x"}).status_code == 400


def test_a_variable_is_renamed_and_a_line_moved_by_edits_that_the_page_makes_its_own(desk, studio, story):
    edits = desk.post(f"/stories/{story}/rename", json={"variable": "gold", "name": "coins"}).json()
    edit(desk, story, *edits)
    assert "gold" not in {one.name for one in stories.opened(studio.assets, story).variables}
    assert desk.post(f"/stories/{story}/rename", json={"variable": "gold", "name": "coins"}).status_code == 404
    node = stories.opened(studio.assets, story).scenes[0].nodes[0].id
    edit(desk, story, *desk.post(f"/stories/{story}/move", json={"scene": "gate", "node": node, "to": "dark"}).json())
    told = {one.id: [each.id for each in one.nodes] for one in stories.opened(studio.assets, story).scenes}
    assert node not in told["gate"] and told["dark"][-1].startswith(node)


def test_no_story_leaves_before_the_first_yes_which_is_kept_with_its_time(desk, studio, story):
    said = desk.post(f"/stories/{story}/jobs", json={"key": "exporters.html"})
    assert said.status_code == 400 and "say yes" in said.json()["error"]
    assert desk.get("/stories/promise").json() == {"when": 0.0}
    when = desk.post("/stories/promise", json={}).json()["when"]
    assert desk.post("/stories/promise", json={}).json() == desk.get("/stories/promise").json() == {"when": when}
    assert desk.get("/stories/promise", headers=MIRA).json() == {"when": 0.0}
    row = next(row for row in studio.store.rows("acknowledgements") if row["what"] == "promise")
    assert row["version"] == 1 and row["when"] == when > 0


def test_a_try_needs_no_promise_for_nothing_leaves(desk, studio, story, until):
    said = desk.post(f"/stories/{story}/jobs", json={"key": "exporters.vn", "values": {"dry_run": True}}).json()
    until(studio, said["job"], "done", "failed")
    told = desk.get(f"/stories/jobs/{said['job']}", headers={"accept-language": "de"}).json()
    assert told["assets"] == [] and "Nichts steht im Weg." in told["notices"]
    sly = desk.post(f"/stories/{story}/jobs", json={"key": "exporters.vn", "values": {"dry_run": "yes"}})
    assert sly.status_code == 400 and "say yes" in sly.json()["error"]


def test_a_pack_is_looked_at_and_its_files_wait_for_a_yes(desk, studio):
    picture, out = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(picture, "PNG")
    told = {"id": "s", "title": "Pack", "assets": [{"id": "p", "file": "assets/p.png", "title": "Sea"}],
            "places": [{"id": "sea", "asset": "p"}],
            "scenes": [{"id": "a", "next": "@end", "nodes": [{"id": "n", "text": "Hm."}]}]}
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr("story.json", json.dumps(told))
        pack.writestr("assets/p.png", picture.getvalue())
    seen = desk.post("/stories/arrivals?name=p.zip", content=out.getvalue()).json()
    assert seen["asks"] and [one["kind"] for one in seen["concerns"]] == ["licence"]
    refused = desk.post("/stories/arrivals?name=p.zip&keep=true", content=out.getvalue())
    assert refused.status_code == 400 and "somebody else" in refused.json()["error"]
    come = desk.post("/stories/arrivals?name=p.zip&keep=true&yes=true&language=ja", content=out.getvalue()).json()
    assert desk.get(f"/stories/{come['id']}").json()["story"]["language"] == "ja" and not come["asks"]
    (one,) = desk.get(f"/stories/{come['id']}/concerns").json()
    assert one["asks"] and one["assets"] == ["p"] and one["fixes"]
    assert desk.post(f"/stories/{come['id']}/waive", json={"id": one["id"], "why": ""}).status_code == 400
    assert desk.post(f"/stories/{come['id']}/waive", json={"id": "gone", "why": "x"}).status_code == 404
    desk.post(f"/stories/{come['id']}/waive", json={"id": one["id"], "why": "I drew it."})
    (passed,) = desk.get(f"/stories/{come['id']}/concerns").json()
    assert passed["waived"] == "I drew it." and not passed["asks"]
    desk.post(f"/stories/{come['id']}/waive", json={"id": one["id"], "again": True})
    assert desk.get(f"/stories/{come['id']}/concerns").json()[0]["asks"]
    edit(desk, come["id"], *one["fixes"][0]["edits"])
    assert desk.get(f"/stories/{come['id']}/concerns").json() == []


def test_pictures_and_sounds_come_in_as_what_they_are_and_are_found_again(desk, studio, story):
    picture, sprite = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "A secret camera"
    Image.new("RGB", (40, 30), "teal").save(picture, "JPEG", exif=exif)
    Image.new("RGBA", (20, 30), (255, 0, 0, 0)).save(sprite, "PNG")
    bring = f"/stories/{story}/files?kind="
    for content, name in ((picture, "../../bay.jpg"), (sprite, "ghost.png")):
        said = desk.post(f"{bring}picture&name={name}", content=content.getvalue()).json()
        path = studio.assets.get(said["id"]).path
        assert said["title"] in ("bay", "ghost") and path.suffix == ".png" and b"secret" not in path.read_bytes()
    with Image.open(path) as kept:
        assert kept.mode == "RGBA" and kept.getpixel((3, 3))[3] == 0
    assert {"bay", "ghost"} <= {one["title"] for one in desk.get(f"/stories/{story}/files?find=").json()}
    sound = desk.post(f"{bring}music&name=song.mp3", content=b"ID3" + bytes(40)).json()
    assert [one["id"] for one in desk.get(f"/stories/{story}/files?kind=music&find=song").json()] == [sound["id"]]
    for kind, content in (("music", b"<html>"), ("picture", b"RIFF"), ("sound", b"RIFF1234AVI "), ("font", b"OggS")):
        assert desk.post(f"{bring}{kind}&name=x", content=content).status_code == 400, kind
    assert desk.post(f"{bring}picture&name=x", content=picture.getvalue(), headers=BEN).status_code == 404


def test_the_desk_plays_the_page_that_an_export_makes(desk, story):
    page = desk.get(f"/stories/{story}/player")
    assert page.headers["content-type"].startswith("text/html") and "script-src 'sha256-" in page.text


def test_findings_come_with_changes_that_mend_them(desk, studio, story):
    edit(desk, story, {"op": "set", "path": ["scenes", "gate", "next"], "value": "gone"})
    found = next(one for one in desk.get(f"/stories/{story}/check").json() if one["severity"] == "error")
    assert edit(desk, story, *found["fixes"][0]["edits"]).status_code == 200
    assert all(one["severity"] != "error" for one in desk.get(f"/stories/{story}/check").json())


def test_a_page_that_comes_back_finds_the_jobs_about_its_story_in_its_own_language(desk, studio, until, story):
    free, module = threading.Event(), types.ModuleType("slow")
    module.CARD = Card("Slow", "illustrate", "for a test", "MIT")

    def run(request, bench):
        bench.step(1, 2, "Drawing")
        free.wait(20)
        bench.note("3 pictures were made.")
    module.run = run
    slow = Entry("illustrate.slow", module.CARD, module)
    studio.catalog.entries = {**studio.catalog.entries, slow.key: slow}
    job = desk.post(f"/stories/{story}/jobs", json={"key": "illustrate.slow"}).json()["job"]
    assert desk.get(f"/stories/{story}/jobs").json() == [{"id": job, "key": "illustrate.slow"}]
    assert desk.get(f"/stories/{story}/jobs", headers=MIRA).status_code == 404
    free.set()
    until(studio, job, "done", "failed")
    assert desk.get(f"/stories/{story}/jobs").json() == []
    ended = desk.get(f"/stories/jobs/{job}", headers={"accept-language": "de"}).json()
    assert (ended["phase"], ended["notices"]) == ("Malt", ["3 Bilder wurden gemacht."])


def test_an_export_becomes_a_job_and_no_other_job_can_be_asked_for(desk, studio, until, story):
    assert {one["key"] for one in desk.get("/stories/exporters").json()} >= {"exporters.html", "exporters.renpy"}
    desk.post("/stories/promise", json={})
    job = desk.post(f"/stories/{story}/jobs", json={"key": "exporters.html"}).json()["job"]
    until(studio, job, "done", "failed")
    ended = desk.get(f"/stories/jobs/{job}").json()
    assert desk.post(f"/stories/jobs/{job}/stop", headers=MIRA).status_code == 404
    assert desk.post(f"/stories/jobs/{job}/stop").json()["state"] == "done", "what has ended cannot be stopped"
    made = studio.assets.get(ended["assets"][0]).path
    assert ended["state"] == "done" and made.suffix == ".html"
    pages = desk.get(f"/stories/{story}/player").text, made.read_text("utf-8")
    shown, given = (PAPERS.sub("", page) for page in pages)
    assert shown == given, "the preview is the page that is given away"
    assert desk.post(f"/stories/{story}/jobs", json={"key": "image.starter"}).status_code == 400


def test_a_refusal_is_told_in_the_language_that_is_set_for_the_studio(desk, studio):
    studio.settings.set("general.language", "es")
    told = desk.get("/stories/no-such-story").json()["error"]
    assert told and told == desk.get("/stories/no-such-story", headers={"accept-language": "de"}).json()["error"]
    studio.settings.set("general.language", "")
    assert told != desk.get("/stories/no-such-story").json()["error"]
