"""The Ren'Py export: real lint finds nothing, and the real engine walks the runner's paths."""

import json
import os
import re
import shutil
import signal
import subprocess
import wave
from pathlib import Path

import pytest

from core.story.chance import draw, pick
from core.story.model import Story, first_scene, line_key
from core.story.paths import Paths
from core.story.runner import WALKER, Program, Runner, walk
from core.story.shape import read
from pipelines.exporters.html import page
from pipelines.exporters.renpy.project import build, files, needs_letters
from pipelines.exporters.renpy.script import Script
from tests.stories import bound, cave, gathered

HERE = Path(__file__).parent
ENGINE = shutil.which("renpy") or ("/usr/games/renpy" if Path("/usr/games/renpy").exists() else None)
needs_engine = pytest.mark.skipif(ENGINE is None, reason="Ren'Py is not installed")
needs_screen = pytest.mark.skipif(not shutil.which("xvfb-run"), reason="Xvfb is not installed")


def written(story, folder, pictures=None):
    for name, data in files(story, pictures or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def engine(folder, *words, before=(), **more):
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    own = {"HOME": str(home), "BROWSER": "true", "PYTHONPATH": str(HERE / "renpy_shim"), "SDL_AUDIODRIVER": "dummy"}
    command = [*before, str(ENGINE), "--savedir", str(home / "saves"), str(folder), *words]
    # A session of its own: what is too slow is ended with all that it started, the screen and the engine behind it.
    with subprocess.Popen(command, env={**os.environ, **own, **more}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, start_new_session=True) as running:
        try:
            said, wrong = running.communicate(timeout=180)
        except BaseException:
            os.killpg(running.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, running.returncode, said, wrong)


def lint(story, folder):
    done = engine(written(story, folder), "lint", "--error-code")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]


@needs_engine
def test_lint_finds_nothing_with_pictures_sounds_and_two_languages(tmp_path):
    from PIL import Image

    Image.new("RGB", (64, 48), "teal").save(tmp_path / "p.png")
    with wave.open(str(tmp_path / "s.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    value = {"id": "s", "title": "50% {off} [x]", "languages": {"pt-BR": {"a.n": "Olá, 10%", "a.c.o": "Sim",
                                                                               "cast.ada": 'Âda [x] 5% "q" \\'}},
             "assets": [
                 {"id": "p"}, {"id": "m", "kind": "music"}, {"id": "s", "kind": "sound"}, {"id": "v", "kind": "voice"},
                 {"id": "read", "kind": "voice", "meta": {"line": "a.n"}}],
             "places": [{"id": "room", "asset": "p"}], "cast": [
                 {"id": "ada", "name": 'Ada "1" {x}', "looks": {"happy arms-crossed": "p"}}], "scenes": [
                 {"id": "a", "nodes": [
                     {"id": "n", "who": "ada", "text": "Sale: 50% off [now] {x} \"q\" \\\\", "directives": [
                         {"kind": "place", "place": "room", "transition": "dissolve"},
                         {"kind": "show", "who": "ada", "expression": "happy", "at": "left", "transition": "fade"},
                         {"kind": "camera", "move": "zoom-in", "seconds": 1.5}, {"kind": "wait", "seconds": 0.1},
                         {"kind": "picture", "asset": "p"}, {"kind": "music", "asset": "m", "seconds": 2},
                         {"kind": "sound", "asset": "s"}, {"kind": "voice", "asset": "v"}, {"kind": "music"}]},
                     {"id": "c", "type": "choice", "text": "Yes?", "options": [{"id": "o", "text": "Yes 100%"}]}]}]}
    story = read(Story, value)
    folder = written(story, tmp_path / "game", {
        "p": tmp_path / "p.png", **{name: tmp_path / "s.wav" for name in ("m", "s", "v", "read")}})
    assert sorted(path.name for path in (folder / "game/audio").iterdir()) == ["sn_m.wav", "sn_s.wav", "sn_v.wav"]
    assert [path.suffix for path in (folder / "game/voice").iterdir()] == [".wav"]
    done = engine(folder, "lint", "--error-code")
    assert done.returncode == 0, done.stdout + done.stderr


@needs_engine
def test_the_window_speaks_the_languages_of_the_story_and_takes_its_font(tmp_path):
    font = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if font is None:
        pytest.skip("the font DejaVu Sans is not on this computer")
    story = read(Story, {"id": "s", "title": "Hallo", "language": "de", "languages": {"ja": {"a.n": "やあ"}, "es": {}},
                         "assets": [{"id": "f", "kind": "font"}],
                         "scenes": [{"id": "a", "nodes": [{"id": "n", "text": "Hallo"}]}]})
    folder = written(story, tmp_path / "game", {"f": font})
    assert 'new "Anfangen"' in (folder / "game/tl/None/window.rpy").read_text("utf-8")
    assert 'new "はじめる"' in (folder / "game/tl/ja/window.rpy").read_text("utf-8")
    assert "fonts/sn_f.ttf" in (folder / "game/letters.rpy").read_text("utf-8")
    done = engine(folder, "lint", "--error-code")
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    assert not needs_letters(story)
    assert needs_letters(read(Story, {"id": "s", "scenes": [{"id": "a", "nodes": [{"id": "n", "text": "やあ"}]}]}))


def plan(story, seeds, most, doors=()):
    script = Script(story, {}, {})
    lines, questions, menus = {}, [], {}
    for scene in story.scenes:
        for node in scene.nodes:
            key, address = line_key(scene.id, node.id), f"{scene.id}#{node.id}"
            lines[script.lines(key)] = address
    list(script.text())
    for scene in story.scenes:
        for node in scene.nodes:
            key, address = line_key(scene.id, node.id), f"{scene.id}#{node.id}"
            if node.type == "choice":
                questions.append(address)
                weights = [one.weight for one in node.options]
                menus[script.labels(f"menu {key}")] = {"address": address, "weights": weights}
    fresh = Program(story).fresh
    kept = {one.name: fresh[one.name] for one in story.variables if one.scope == "global"}
    starts = [script.labels(door) for door in doors or [first_scene(story)] * len(seeds)]
    return {"doors": starts, "seeds": seeds, "most": most, "lines": lines, "questions": questions, "menus": menus,
            "globals": kept, "fresh": {script.variables(name): fresh[name] for name in fresh if name not in kept}}


def walked(story, folder, seeds, most=40, doors=()):
    written(story, folder)
    (folder / "game/drive.rpy").write_bytes((HERE / "drive.rpy").read_bytes())
    path = folder / "game/script.rpy"
    begin = "label start:\n    $ drive_next()\n    jump expression drive['door']\n"
    script = path.read_text(encoding="utf-8").replace("label start:\n", begin, 1)
    path.write_text(re.sub(r"^( +)return$", r"\1jump start", script, flags=re.MULTILINE), encoding="utf-8")
    wanted = folder / "plan.json"
    wanted.write_text(json.dumps(plan(story, seeds, most, doors)))
    done = engine(folder, before=("xvfb-run", "-a", "-s", "-screen 0 1280x800x24"), DRIVE_PLAN=str(wanted),
                  SDL_VIDEODRIVER="x11")
    traceback = folder / "traceback.txt"
    assert Path(f"{wanted}.out").exists(), traceback.read_text() if traceback.exists() else done.stderr
    return json.loads(Path(f"{wanted}.out").read_text())


@needs_engine
@needs_screen
def test_the_real_engine_walks_the_same_paths(tmp_path):
    seeds = [1, 2, 3, 99, 4_000_000_000]
    story = cave()
    assert walked(story, tmp_path / "cave", seeds) == [walk(Program(story), one, 40) for one in seeds]


def rings(story):
    """Whether it can go round without a word for ever, which the check calls an error and Ren'Py a crash."""
    return any(Paths(story, lambda source: None if source.strip() else True).quiet_circles())


def gets_stuck(story, seed, door, most=30):
    """Whether this walk ends in a circle of beats that are all passed by: conditions decide that, so it has to be gone.

    The runner gives up on such a circle; Ren'Py stops with an error, and there is nothing to compare."""
    runner, walker = Runner(Program(story), seed, at=door), seed ^ WALKER
    for _ in range(most):
        if not runner.here:
            break
        if weights := runner.weights:
            walker, number = draw(walker)
            runner.answer(pick(number, weights))
        else:
            runner.go_on()
    return runner.stuck


@needs_engine
@needs_screen
def test_fifty_random_stories_pass_lint_and_walk_the_same_in_all_three_players(tmp_path):
    story, doors = bound([one for one in gathered(90) if not rings(one)][:60])
    lint(story, tmp_path / "lint" / "game")
    seeds = [(number * 2_654_435_761) % 2**32 for number in range(len(doors))]
    good = [(seed, door) for seed, door in zip(seeds, doors, strict=True) if not gets_stuck(story, seed, door)][:50]
    assert len(good) == 50
    seeds, doors = [seed for seed, _ in good], [door for _, door in good]
    ways = [walk(Program(story), seed, 30, door) for seed, door in zip(seeds, doors, strict=True)]
    assert sum(map(len, ways)) > 150, "the stories have something in them"
    assert walked(story, tmp_path / "walk" / "game", seeds, 30, doors) == ways
    if shutil.which("node"):
        player = (page.HERE / "player.js").read_text("utf-8").replace("globalThis.document && STORY", "false")
        source = player + page.script(story, {}) + "const out = [" + ",".join(
            f"StudioNova.walk(STORY, {seed}, 30, {json.dumps(door)})" for seed, door in zip(seeds, doors, strict=True))
        done = subprocess.run(["node", "-"], input=source + "]; console.log(JSON.stringify(out));", text=True,
                              capture_output=True, timeout=60)
        assert json.loads(done.stdout) == ways, done.stderr[-500:]


def test_the_same_story_gives_the_same_zip_and_no_line_id_twice():
    assert build(cave(), {}) == build(cave(), {})
    lines = [line.split(" id ")[1] for line in Script(cave(), {}, {}).text() if " id line_" in line]
    assert len(lines) == len(set(lines)) == 7


def test_raw_parts_come_out_as_comments_only():
    story = read(Story, {"id": "s", "scenes": [{"id": "a", "nodes": [
        {"id": "r", "type": "raw", "text": "python:\n    import os\rimport sys\u2028x"}]}]})
    assert all(line.strip().startswith("#") for line in Script(story, {}, {}).text() if "import" in line)
