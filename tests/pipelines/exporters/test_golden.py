"""What exporters write, word for word. After a change on purpose: `python -m tests.pipelines.exporters.test_golden`."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from core.story.model import Story
from core.story.runner import Program, walk
from core.story.shape import read
from pipelines.exporters import ink, vn
from pipelines.exporters.html import page
from pipelines.exporters.renpy.project import files
from pipelines.exporters.tyrano.project import files as tyrano_files
from pipelines.importers import vn as vn_importer
from tests.stories import cave, stories

GOLDEN = Path("tests/samples/golden")
INKJS = next((str(path) for path in Path.home().glob("node_modules/inkjs/dist/ink.js")), "")


def staged() -> Story:
    """The cave with people, a picture, sounds, and a second language, so that each exporter has something to say."""
    from core.story.shape import write

    value = write(cave())
    value["assets"] = [{"id": "p", "file": "x/p.png"}, {"id": "tune", "kind": "music", "file": "x/tune.ogg"}]
    value["cast"][0] |= {"looks": {"happy arms-crossed": "p"}}
    value["places"][0] |= {"asset": "p"}
    value["scenes"][0]["nodes"][1]["directives"] = [
        {"kind": "show", "who": "ada", "expression": "happy", "at": "left", "transition": "dissolve"},
        {"kind": "music", "asset": "tune"}, {"kind": "camera", "move": "zoom-in", "seconds": 1.5}]
    value["languages"] = {"de": {"gate.n1": "Blätter fallen.", "gate.n3.in": "Hinein"}}
    return read(Story, value)


def written() -> dict[str, str]:
    story = staged()
    given = {one.id: Path("tests/samples/cave.rpy") for one in story.assets}
    project = files(replace(story, assets=()), {}) | {
        name: data for name, data in files(story, given).items() if name.endswith(("script.rpy", "definitions.rpy"))}
    made = {name.rsplit("game/", 1)[-1].replace("/", "-"): data.decode() for name, data in project.items()
            if name.endswith(("script.rpy", "definitions.rpy"))}
    page_data = re.sub(r"\s+$", "", page.script(replace(story, assets=()), {}))
    scenario = {f"tyrano-{name.rsplit('/', 1)[-1]}": data.decode()
                for name, data in tyrano_files(story, given).items() if name.endswith(("first.ks", "story.ks"))}
    return made | scenario | {"page.js": page_data + "\n", "cave.ink.json": ink.build(story).decode(),
                   "cave.vn.json": vn.build(story).decode()}


@pytest.mark.parametrize("name", ["script.rpy", "definitions.rpy", "tl-de-script.rpy", "page.js", "cave.ink.json",
                                  "cave.vn.json", "tyrano-first.ks", "tyrano-story.ks"])
def test_an_exporter_writes_what_it_wrote(name):
    assert written()[name] == (GOLDEN / name).read_text(encoding="utf-8")


@settings(max_examples=30)
@given(stories())
def test_ink_leads_only_where_something_is(story):
    told = json.loads(ink.build(story))
    knots = told["root"][-1]

    def there(path: str) -> bool:
        at = knots
        for step in path.split("."):
            at = at.get(step) if isinstance(at, dict) else at[-1].get(step) if isinstance(at[-1], dict) else None
            if at is None:
                return False
        return True

    waiting = [told["root"]]
    while waiting:
        one = waiting.pop()
        for inner in one.values() if isinstance(one, dict) else one:
            if isinstance(inner, dict | list):
                waiting.append(inner)
        if isinstance(one, dict):
            for key in ("->", "*", "CNT?"):
                assert key not in one or there(one[key]), one


@pytest.mark.skipif(not (INKJS and shutil.which("node")), reason="inkjs is not installed in the home folder")
def test_inks_own_player_tells_the_same_story(tmp_path):
    (tmp_path / "cave.json").write_bytes(ink.build(cave()))
    done = subprocess.run(["node", "tests/pipelines/exporters/play_ink.js", INKJS, str(tmp_path / "cave.json"), "1",
                           "2", "0"], capture_output=True, text=True, timeout=60)
    told = json.loads(done.stdout)
    assert told["errors"] == [] and told["state"]["gold"] == 1 and told["told"][4] == ["You wait.", []]


@settings(max_examples=40)
@given(stories())
def test_visual_novel_json_comes_back_and_plays_the_same(tmp_path_factory, story):
    path = tmp_path_factory.mktemp("v") / "s.vn.json"
    path.write_bytes(vn.build(story))
    again = vn_importer.read(path).story
    for seed in (1, 9):
        assert walk(Program(again), seed, 40) == walk(Program(story), seed, 40)


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for file, text in written().items():
        (GOLDEN / file).write_text(text, encoding="utf-8")
