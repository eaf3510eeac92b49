"""A Ren'Py project that is read again: ours leads everywhere, and what leads nowhere is found without the engine."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings

from pipelines.exporters.renpy.project import files
from pipelines.exporters.renpy.proof import counted, flaws
from tests.pipelines.exporters.test_golden import staged
from tests.stories import stories


@settings(max_examples=30)
@given(stories())
def test_what_is_written_leads_everywhere(story):
    assert list(flaws(files(story, {}))) == []


def test_what_leads_nowhere_or_is_there_twice_is_named():
    story = staged()
    project = files(story, {one.id: Path("tests/samples/cave.rpy") for one in story.assets})
    assert list(flaws(project)) == [] and "3 pictures on the stage" in counted(project)
    script = project["game/script.rpy"].decode()
    for broken, word in ((script.replace("label scene_dark:", "label scene_gone:"), "label “scene_dark”"),
                         (script + "\nlabel start:\n    return\n", "“start” is there 2 times"),
                         (script + "\nlabel more:\n    show bg attic with Dissolve(0.5)\n", "picture “bg attic”"),
                         (script + "\nlabel more:\n    play music 'audio/sn_gone.ogg'\n", "file “audio/sn_gone.ogg”"),
                         (script.replace("id line_gate_n1", "id line_else"), "line “line_gate_n1”")):
        found = list(flaws({**project, "game/script.rpy": broken.encode()}))
        assert any(word in one for one in found), (word, found)


def test_names_of_the_cast_are_translated_too():
    story = replace(staged(), languages={"de": {"cast.ada": 'Ada "die Kühne"'}})
    told = files(story, {})["game/tl/de/script.rpy"].decode()
    assert 'old "Ada"\n    new "Ada \\"die Kühne\\""' in told
