"""The one-page export: same paths as the runner, inert words, small player."""

import json
import shutil
import subprocess

import pytest
from hypothesis import given, settings

from core.story.model import Story
from core.story.runner import Program, walk
from core.story.shape import read
from pipelines.exporters.html import page
from tests.stories import cave, stories

PLAYER = (page.HERE / "player.js").read_text(encoding="utf-8")


def test_the_player_is_under_thirty_kilobytes():
    assert len(PLAYER.encode()) + len((page.HERE / "player.css").read_bytes()) < 30_000


def test_a_page_holds_no_address_and_no_unescaped_story_text():
    story = read(Story, {"id": "s", "title": "</title><script>alert(1)</script>", "scenes": [
        {"id": "a", "nodes": [{"id": "n", "text": "</script><script>alert(2)</script><img src=x onerror=alert(3)>"}]}]})
    made = page.build(story, {}).decode()
    assert "<script>alert" not in made and "<img" not in made and made.count("<script>") == 2
    assert "http://" not in made and "https://" not in made and "default-src 'none'" in made


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_any_story_walks_the_same_paths_in_javascript():
    cases = []

    seeds = (1, 77, 4_000_000_000)

    @settings(max_examples=80, database=None)
    @given(stories())
    def gather(story):
        program = Program(story)
        cases.append((page.script(story, {}), [walk(program, seed, 80) for seed in seeds]))

    gather()
    lines = [f"{{{data} out.push({list(seeds)}.map(seed => StudioNova.walk(STORY, seed, 80)));}}" for data, _ in cases]
    source = PLAYER.replace("globalThis.document && STORY", "false") + "\nconst out = [];\n" + "\n".join(lines)
    done = subprocess.run(["node", "-"], input=source + "\nconsole.log(JSON.stringify(out));", capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-800:]
    assert json.loads(done.stdout) == [paths for _, paths in cases]


def test_the_same_story_gives_the_same_page():
    assert page.build(cave(), {}) == page.build(cave(), {})
