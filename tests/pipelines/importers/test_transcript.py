"""Logs of all kinds: who speaks in them, and where a scene ends."""

import json

import pytest

from core.errors import BadFile
from pipelines.importers import transcript

TEXT = """==============================================================
Guild: The Cave
Channel: Text / rp
==============================================================

[12-Nov-21 05:38 PM] ada
Hello there.
Come in.

{Attachments}
https://cdn.example/x.png

[12-Nov-21 05:40 PM] Mira K. (pinned)
Hi: you!

[13-Nov-21 09:00 AM] ada
Good morning.

==============================================================
Exported 3 message(s)
==============================================================
"""
CSV = """AuthorID,Author,Date,Content,Attachments,Reactions
"1","ada#1234","2021-11-12T17:38:00.0000000+00:00","Hello there.
Come in.","",""
"2","Mira K.","2021-11-12T17:40:00.0000000+00:00","Hi: you!","https://x",""
"1","ada#1234","2021-11-13T09:00:00.0000000+00:00","Good morning.","",""
"""
ROWS = [("2021-11-12T17:38:00+00:00", "ada", "Hello there.\nCome in."),
        ("2021-11-12T17:40:00+00:00", "Mira K.", "Hi: you!"),
        ("2021-11-13T09:00:00+00:00", "ada", "Good morning.")]
JSON = json.dumps({"messages": [{"timestamp": when, "content": words, "author": {"name": who}, "attachments": [{}]}
                                for when, who, words in ROWS]})


def read(tmp_path, text, name="log.txt"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return transcript.read(path)


def told(preview):
    names = {one.id: one.name for one in preview.story.cast}
    return [[(names.get(node.who, ""), node.text) for node in scene.nodes] for scene in preview.story.scenes]


@pytest.mark.parametrize(("name", "text"), [("a.txt", TEXT), ("a.csv", CSV), ("a.discord.json", JSON)])
def test_each_kind_of_discord_export_tells_the_same_and_a_night_parts_two_scenes(tmp_path, name, text):
    seen = read(tmp_path, text, name)
    assert told(seen) == [[("ada", "Hello there.\nCome in."), ("Mira K.", "Hi: you!")], [("ada", "Good morning.")]]
    assert any("Attached files" in one for one in seen.unmapped)


@pytest.mark.parametrize(("line", "who", "words"), [
    ("Mira: Hello", "Mira", "Hello"), ("[10:32] **Mira**: Hello", "Mira", "Hello"),
    ("12/05/2023, 10:21 - Mira K.: Hello", "Mira K.", "Hello"), ("2023-05-12 10:21 - Mira: Hello", "Mira", "Hello"),
    ("“Come in,” said Mira, and smiled.", "Mira", "“Come in,” said Mira, and smiled."),
    ('"Why?" Old Ben asked.', "Old Ben", '"Why?" Old Ben asked.'),
    ("«Entra», dijo Mira.", "Mira", "«Entra», dijo Mira."),
    ("“Come in,” she said.", "", "“Come in,” she said."),
    ("“Come in,” said The wind.", "", "“Come in,” said The wind."),
    ("Then he told me this: run", "", "Then he told me this: run"), ("The rain began.", "", "The rain began.")])
def test_who_speaks_is_found_or_it_is_the_narrator(tmp_path, line, who, words):
    assert told(read(tmp_path, line))[0] == [(who, words)]


def test_a_long_name_that_speaks_again_is_a_name(tmp_path):
    seen = told(read(tmp_path, "The Old King of Thorn: Go.\nMira: No.\nThe Old King of Thorn: Go!"))
    assert [who for who, _ in seen[0]] == ["The Old King of Thorn", "Mira", "The Old King of Thorn"]


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "", 'Author,Date,Content\n"' + "x" * 200_000])
def test_another_table_is_refused_in_words(tmp_path, text):
    with pytest.raises(BadFile):
        read(tmp_path, text, "a.csv")
