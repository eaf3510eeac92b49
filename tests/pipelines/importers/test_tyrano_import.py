"""TyranoScript and KAG games as stories: what reads is mapped, the rest is listed, and nothing is run."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import pipelines
from core.catalog import Catalog
from core.errors import StudioError
from core.story.arrivals import recognise, recognise_together
from core.story.check import check
from core.story.expressions import Unclear
from core.story.findings import SEVERE
from core.story.runner import Program, Runner, walk
from pipelines.importers import tyrano
from pipelines.importers.tyrano.expressions import changes_of, condition_of, words_of
from pipelines.importers.tyrano.script import translate

SAMPLE = Path("tests/samples/cave.ks")
CATALOG = Catalog(pipelines)


def written(folder, text, name="first.ks", encoding="utf-8"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


def told(folder, text):
    return tyrano.read(written(folder, text))


def beats(story):
    return [node for scene in story.scenes for node in scene.nodes]


def png(wide=300, high=600):
    out = io.BytesIO()
    Image.new("RGB", (wide, high), "red").save(out, "PNG")
    return out.getvalue()


def project(folder):
    """A game of two scenarios with pictures and music, as the engine lays it out."""
    data = folder / "my game/data"
    written(data / "scenario", """[call storage="tyrano.ks"]
[chara_new name="ada" storage="ada/normal.png" jname="エイダ"]
[chara_face name="ada" face="happy" storage="ada/happy.png"]
[jump storage="scene1.ks" target="*start"]""")
    written(data / "scenario", """*start
[bg storage="room.jpg" time=0][playbgm storage="tune.ogg"]
[chara_show name="ada" left=900]
#エイダ:happy
こんにちは。[p]
[playse storage="bell"]
[button graphic="go.png" target="*end"][button role="load" graphic="load.png"]
[s]
*end
#
おわり。[p]""", "scene1.ks", "cp932")
    written(data / "scenario", "[iscript]\nalert(1)\n[endscript]\n[return]", "tyrano.ks")
    for name, content in {"bgimage/room.jpg": png(), "fgimage/ada/normal.png": png(), "bgm/tune.ogg": b"OggS tune",
                          "fgimage/ada/happy.png": png(), "sound/bell.ogg": b"OggS bell"}.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(content)
    return folder


def test_a_script_plays_as_it_was_written():
    story = tyrano.read(SAMPLE).story
    runner = Runner(Program(story))
    assert runner.beat.text == "Leaves fall. 50% [off]\nand more"
    runner.go_on()
    assert (runner.beat.who, runner.beat.text) == ("ada", 'We have 3 coins, "you".')
    runner.go_on()
    assert runner.beat.text == "Well?" and [one.text for one in runner.beat.answers] == ["Go in", "Wait"]
    runner.answer(1)
    runner.go_on()
    assert runner.beat.text.startswith("We have 2")
    runner.go_on()
    runner.answer(0)
    assert runner.beat.text == "Still rich."
    assert not [one for one in check(story) if one.severity == SEVERE]


def test_programs_are_kept_raw_and_listed_and_what_has_no_counterpart_is_named():
    preview = tyrano.read(SAMPLE)
    raw = [node.text for node in beats(preview.story) if node.type == "raw"]
    assert raw == ["f.hacked = window.location.href; // never run", "alert('hi')"]
    for words in ("iscript", "alert('hi')", "[filter]", "[position]", "drip", "title.ks"):
        assert any(words in one for one in preview.unmapped), words


def test_variables_conditions_macros_and_calls_are_mapped():
    story = tyrano.read(SAMPLE).story
    assert {one.name: (one.kind, one.start, one.scope) for one in story.variables} == {
        "gold": ("whole", 3, "session"), "brave": ("flag", False, "session"), "runs": ("whole", 0, "global"),
        "luck": ("whole", 0, "session")}
    pay = story.scenes[0].nodes[-1].options[2]
    assert (pay.text, pay.when) == ("Pay & pray", "(gold > 4 and not brave) and (runs < 3)")
    assert pay.do == ("gold -= 2", "brave = true")
    found = next(node for node in beats(story) if "found" in node.text)
    assert found.do == ("luck = roll(0, 5) + 1", "gold += 1")
    assert any(node.do == ("runs += 1",) for node in beats(story))
    assert "count" not in [scene.id for scene in story.scenes]


@pytest.mark.parametrize("packed", [False, True])
def test_a_project_brings_its_people_pictures_and_sounds(tmp_path, packed):
    path = project(tmp_path / "p")
    if packed:
        path = tmp_path / "game.zip"
        with zipfile.ZipFile(path, "w") as pack:
            for file in sorted((tmp_path / "p").rglob("*.*")):
                pack.write(file, file.relative_to(tmp_path / "p").as_posix())
    key, preview = recognise(CATALOG, path)
    story, first = preview.story, preview.story.scenes[0].nodes[0]
    assert key == "importers.tyrano" and story.start == story.scenes[0].id and first.text == "こんにちは。"
    assert [one.name for one in story.cast] == ["エイダ"] and set(story.cast[0].looks) == {"neutral", "happy"}
    assert [one.kind for one in first.directives] == ["place", "music", "show"]
    assert (first.directives[2].expression, first.directives[2].at) == ("happy", "far-right")
    assert preview.files[story.places[0].asset] == png()
    choice = story.scenes[0].nodes[1]
    assert [one.text for one in choice.options] == ["go"] and choice.directives[0].kind == "sound"
    assert any("licence is not known" in one for one in preview.unmapped)
    assert walk(Program(story), 1)[-1].startswith("end")


def test_several_scripts_that_name_each_other_are_read_together(tmp_path):
    one = written(tmp_path / "1", "Hello.[p]\n[jump storage=two.ks target=*on]", "one.ks")
    two = written(tmp_path / "2", "Never.[p]\n*on\nGoodbye.[p]", "two.ks")
    _, preview = recognise_together(CATALOG, [one, two])
    program = Program(preview.story)
    assert [program.steps[program.addresses[at]].node.text for at in walk(program, 1)] == ["Hello.", "Goodbye."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_the_usual_encodings_of_such_games_are_read(tmp_path, encoding):
    path = written(tmp_path, "#先生\r\nおはよう、表。[p]\r\n", encoding=encoding)
    story = tyrano.read(path).story
    assert (story.cast[0].name, beats(story)[0].text) == ("先生", "おはよう、表。")


def test_a_game_for_kirikiri_is_read_as_far_as_it_is_the_same_and_that_is_said(tmp_path):
    written(tmp_path / "data/scenario", "@wait time=200\n[image storage=room layer=base page=back]\nWords[[1].[l][r]")
    written(tmp_path / "data/system", "class Window {}", "Initialize.tjs")
    preview = tyrano.read(tmp_path)
    assert beats(preview.story)[0].text == "Words[1]." and "KiriKiri" in preview.unmapped[0]


def test_answers_in_an_if_have_its_condition_and_a_sole_beat_takes_it(tmp_path):
    story = told(tmp_path, """*a
[if exp="f.x == 1"]Hi.[p][endif]
[if exp="f.x == 2"][glink text="A" target=*a][else][glink text="B" target=*a][endif]
[glink text="C" target=*a][s]""").story
    assert (beats(story)[0].text, beats(story)[0].when) == ("Hi.", "x == 1")
    assert [(one.text, one.when) for one in beats(story)[1].options] == [("A", "x == 2"), ("B", "not x == 2"),
                                                                        ("C", "")]


def spell(home, name):
    return name if home == "f" else f"{home}_{name}"


@pytest.mark.parametrize(("source", "said"), [
    ("f.a === 1 && !(sf.b > 2 || tf.c)", "a == 1 and not (sf_b > 2 or tf_c)"),
    ("!f.a == f.b", "(not a) == b"), ("f['a'] != 'x\"y'", "a != 'x\"y'"), ("f.a - (f.b - 1) * -2 > 0", None),
    ("Math.max(f.a, 3) >= Math.floor(f.b)", "max(a, 3) >= floor(b)"), ("(f.a == 1) == true", "(a == 1) == true"),
    ("!(f.a || f.b)", "not (a or b)")])
def test_conditions_are_said_in_our_language(source, said):
    assert condition_of(source, spell) == (said or "a - (b - 1) * -2 > 0")


@pytest.mark.parametrize("source", [
    "alert(1)", "f.a ? 1 : 2", "f.a.b", "f.a.push(1)", "window.x", "f.a = 1", "f.a == `x`", "(" * 500, "f.a ==", "",
    "this", "f['a'", "f.a == '\\u0041\\n\"\\''", "eval('x')", "f.a; alert(1)", "TYRANO.kag.stat.f.a", "!" * 5000])
def test_what_only_the_engine_could_say_is_refused(source):
    with pytest.raises(Unclear):
        condition_of(source, spell)


def test_changes_and_shown_values_are_said_in_our_language():
    assert changes_of("f.a = 1; f.b++, sf.c -= f.a * 2;", spell) == ["a = 1", "b += 1", "sf_c -= a * 2"]
    assert words_of("'Pay {' + sn.show(f.a) + ' now'", spell) == "Pay \\{{a} now"
    for source in ("f.a", "f.a = 1; alert(1)", "f.a == 1"):
        with pytest.raises(Unclear):
            changes_of(source, spell)


LONG = 100_000
HOSTILE = {
    "empty": "", "label": "*", "nothing": "[s]", "open tag": "[font color=\"red\nHi.[p]",
    "open if": "[if exp='f.x']Hi[p]",
    "stray": "[endif][else][endmacro]Hi.[p]", "open script": "Hi.[p]\n[iscript]\nalert(1)",
    "open comment": "Hi[p]\n/*\n",
    "round": "*a\n[jump target=*b]\n*b\n[jump target=*a]\nx[p]", "twice": "*a\nx[p]\n*a\n[jump target=*a]",
    "deep": "[if exp='f.x']" * 200 + "Hi.[p]" + "[endif]" * 200, "brackets": "[" * LONG, "pairs": "[]" * 5000 + "x[p]",
    "quotes": "[a \"" * (LONG // 4), "slashes": "\\" * LONG, "names": "#" + ":" * LONG + "\nx[p]", "at": "@" * LONG,
    "spaces": "[a" + " " * LONG + "b]x[p]", "equals": "x[p][b" + "=" * LONG + "]", "line": "x" * 10_000_000 + "[p]",
    "macro": "[macro name=m][m][m][endmacro][m]x[p]", "call": "*a\n[call target=*a]\n[return]\nx[p]",
    "exp": "[eval exp=\"" + "(" * 7000 + "\"]x[p]", "many": "".join(f"*l{n}\nx[p]\n" for n in range(3000)),
    "links": "[link target=*gone]a[endlink]" * 300 + "[s]", "nul": "\x00\x1b*a\n\ufeffx[p]",
    "else": "[else]" * 4000 + "x",
    "names of objects": "*constructor\n*__proto__\n[eval exp='f.__proto__ = 1']x[p][jump target=*toString]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_strange_scripts_give_a_story_or_a_sentence_in_a_moment(tmp_path, name):
    path = written(tmp_path, HOSTILE[name])
    try:
        walk(Program(tyrano.read(path).story), 1, 20)
    except StudioError as said:
        assert said.message
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"\xff\xfe", b"\xfe\xff\xd8\x00", bytes(range(256)) * 40])
def test_rubbish_for_bytes_is_no_crash(tmp_path, data):
    (tmp_path / "a.ks").write_bytes(data)
    try:
        assert tyrano.read(tmp_path / "a.ks").story
    except StudioError as said:
        assert said.message


def test_a_pack_that_leads_outside_is_refused_and_leaves_nothing(tmp_path):
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as pack:
        pack.writestr("data/scenario/../../../evil.ks", "x[p]")
    with pytest.raises(StudioError, match="leads outside"):
        tyrano.read(tmp_path / "p.zip")
    assert [one.name for one in tmp_path.iterdir()] == ["p.zip"]


PARTS = ["[p]", "[l][r]", "*a\n", "*b|B\n", "#Ada:happy\n", "#\n", "words ", "[if exp=\"f.x > 1\"]",
         "[endif]", "[else]",
         "[glink text=Go target=*a]", "[link target=*b]On[endlink]", "[s]\n", "[jump target=*b]",
         "[eval exp=\"f.x++\"]",
         "[jump target=*a cond=\"f.x\"]", "[elsif exp=\"f.y == 'z'\"]", "\n", "[macro name=m]", "[endmacro]", "[m a=1]",
         "[bg storage=x.jpg]", "[call target=*a]", "[return]", "[emb exp=\"f.x\"]",
         "@wait time=9\n", "[font bold=true]"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=25))
def test_any_mixture_of_tags_becomes_a_story_without_errors_or_a_sentence(parts):
    try:
        story = translate("t", {"s.ks": "".join(parts)}).story
    except StudioError as said:
        assert said.message
        return
    assert not [one for one in check(story) if one.severity == SEVERE and one.kind != "circle"], "".join(parts)
    walk(Program(story), 1, 50)
