"""Stories as TyranoScript: what is written says the same, and comes back as a story that plays the same."""

import io
import random
import zipfile
from pathlib import Path
from types import MappingProxyType

import pytest
from PIL import Image

from core.story.check import check
from core.story.findings import SEVERE
from core.story.model import Story
from core.story.runner import Program, Runner
from core.story.shape import read, write
from core.story.text import clean
from pipelines.exporters.tyrano import unsaid
from pipelines.exporters.tyrano.project import build, files
from pipelines.importers import tyrano
from pipelines.importers.tyrano.script import translate
from tests.stories import cave, thrown

NONE = MappingProxyType({})


def again(story):
    made = files(story, NONE)
    return translate("", {name: made[f"data/scenario/{name}"].decode()
                          for name in ("first.ks", "story.ks", "studionova.ks")})


def plain(words):
    return " ".join(clean(words).split())


def seen(story, seed, most=60):
    """What a player reads and may answer, answering by a die of its own."""
    runner, dice, path = Runner(Program(story), seed), random.Random(seed), []
    while (beat := runner.beat) and len(path) < most:
        said = plain(beat.text)
        if said or beat.answers:
            path.append((bool(beat.who and said), said, tuple(plain(one.text) or "…" for one in beat.answers)))
        if beat.answers:
            runner.answer(dice.randrange(len(beat.answers)))
        else:
            runner.go_on()
    return path


def test_the_cave_comes_back_with_its_scenes_lines_choices_variables_and_conditions():
    story, same = cave(), again(cave()).story
    assert same.title == "The Cave" and [one.id for one in same.scenes] == ["gate", "dark", "light"]
    assert [one.title for one in same.scenes] == [one.title for one in story.scenes]
    for old, new in zip(story.scenes, same.scenes, strict=True):
        assert [(one.id, one.type, one.who, one.text, one.by) for one in new.nodes] == [
            (one.id, one.type, one.who, one.text, one.by) for one in old.nodes]
        assert [[way.weight if one.by == "chance" else way.text for way in one.options] for one in new.nodes] == [
            [way.weight if one.by == "chance" else way.text for way in one.options] for one in old.nodes]
    assert {one.name: one for one in same.variables} == {one.name: one for one in story.variables}
    assert same.timeline.seed == 7
    assert same.scenes[0].nodes[2].options[1].when == "tries < 2"
    assert same.scenes[2].nodes[0].when == 'brave and visits("gate") < 3'
    assert [one.name for one in same.cast] == ["Ada", "Ben"] and same.cast[0].color == "#c2410c"
    for seed in range(30):
        assert seen(same, seed) == seen(story, seed)


@pytest.mark.parametrize("seed", [seed for seed in range(60) if any(one.nodes for one in thrown(seed, 3).scenes)][:40])
def test_any_story_comes_back_and_plays_the_same(seed):
    story = thrown(seed, 3)
    same = again(story).story
    assert not [one for one in check(same) if one.severity == SEVERE and one.kind != "circle"]
    for start in (1, 9):
        assert seen(same, start) == seen(story, start)


def staged(folder) -> tuple[Story, dict[str, Path]]:
    """The cave with a face, a place, music, a voice and a picture over it all."""
    value = write(cave())
    given = {"face": ".png", "wood": ".png", "tune": ".ogg", "hello": ".ogg", "sun": ".png", "letters": ".ttf"}
    kinds = {"tune": "music", "hello": "voice", "letters": "font"}
    value["assets"] = [{"id": name, "kind": kinds.get(name, "picture"), "file": name + ending}
                       for name, ending in given.items()]
    value["assets"][3]["meta"] = {"line": "gate.n2"}
    value["cast"][0]["looks"] = {"happy arms-crossed": "face"}
    value["places"][0]["asset"] = "wood"
    value["scenes"][0]["nodes"][1]["directives"] = [
        {"kind": "show", "who": "ada", "expression": "happy", "pose": "arms-crossed", "at": "left",
         "transition": "dissolve"}, {"kind": "music", "asset": "tune"}, {"kind": "camera", "move": "shake"},
        {"kind": "wait", "seconds": 1.5}, {"kind": "picture", "asset": "sun"}]
    value["scenes"][2]["nodes"][0]["directives"] = [
        {"kind": "picture"}, {"kind": "hide", "who": "ada"}, {"kind": "music"}, {"kind": "camera", "move": "zoom-in"}]
    value["languages"] = {"de": {"gate.n1": "Blätter fallen."}}
    for name, ending in given.items():
        (folder / f"{name}{ending}").write_bytes(name.encode())
    for name in ("face", "wood", "sun"):
        Image.new("RGB", (300, 600), "red").save(folder / f"{name}.png")
    return read(Story, value), {name: folder / f"{name}{ending}" for name, ending in given.items()}


def test_people_places_pictures_and_sounds_travel_there_and_back(tmp_path):
    story, given = staged(tmp_path)
    (tmp_path / "game.zip").write_bytes(build(story, given, {"LICENCES.txt": b"mine"}))
    with zipfile.ZipFile(tmp_path / "game.zip") as pack:
        names = set(pack.namelist())
        assert Image.open(io.BytesIO(pack.read("data/bgimage/sn_cave.png"))).getpixel((0, 0)) == (31, 41, 55)
        script = pack.read("data/scenario/story.ks").decode()
    assert {"data/fgimage/face.png", "data/bgimage/forest.png", "data/bgimage/sun.png", "data/bgm/tune.ogg",
            "data/sound/voice/hello.ogg", "READ ME.txt", "LICENCES.txt"} <= names
    assert "[playse storage=`voice/hello.ogg` buf=`1`]" in script and "[reset_camera time=10]" in script
    preview = tyrano.read(tmp_path / "game.zip")
    same = preview.story
    told = [(one.kind, one.expression, one.pose, one.at, one.move, one.seconds)
            for one in same.scenes[0].nodes[1].directives]
    assert told == [("show", "happy", "arms-crossed", "left", "", 0.0), ("music", "", "", "", "", 0.0),
                    ("camera", "", "", "", "shake", 0.4), ("wait", "", "", "", "", 1.5),
                    ("picture", "", "", "", "", 0.0), ("voice", "", "", "", "", 0.0)]
    assert [one.kind for one in same.scenes[2].nodes[0].directives] == ["picture", "hide", "music", "camera"]
    assert preview.files[same.cast[0].looks["happy arms-crossed"]] == given["face"].read_bytes()
    assert [one.id for one in same.places] == ["forest", "cave"] and same.places[0].asset and not same.places[1].asset


def test_what_the_engine_cannot_say_is_told(tmp_path):
    sentences = " ".join(unsaid(staged(tmp_path)[0]))
    assert "one language" in sentences and "font" in sentences and "camera" in sentences and "raw" not in sentences
    assert unsaid(cave()) == []


def test_a_line_cannot_become_a_tag_a_label_or_a_program():
    words = ["*gate", "#ben", ";gone", "@jump target=*x", "[eval exp=alert(1)]", "_x", "/*", "a\\[b", "endscript",
             "<b onclick=alert(1)>", "&alert(1)", "%x", "`+alert(1)+`"]
    value = {"id": "s", "scenes": [{"id": "constructor", "nodes": [
        *({"id": f"n{at}", "text": one} for at, one in enumerate(words)),
        {"id": "q", "type": "choice", "options": [{"id": f"o{at}", "text": one} for at, one in enumerate(words)]}]}]}
    story = read(Story, value)
    assert seen(again(story).story, 1) == seen(story, 1)
    script = files(story, NONE)["data/scenario/story.ks"].decode()
    assert "text=`&'&lt;b onclick=alert(1)&gt;'`" in script and "text=`&'&amp;alert(1)'`" in script
    assert "*constructor-scene#n0" in script
