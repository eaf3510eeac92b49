"""Roleplay logs: plain text, Markdown, messengers and Discord exports. Speakers are found by how lines begin, in prose
by who is said to say it; a pause of hours begins a scene."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from core.archives import read_text
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Draft, Preview, bring_in
from core.story.text import literal

CARD = Card(
    name="Chat or roleplay log",
    task="importers",
    about="Reads “Name: words” logs (text, Markdown, messengers) and Discord exports (JSON, text, CSV) and splits them "
          "into scenes.",
    licence="MIT",
    reads=(".txt", ".md", ".discord.json", ".csv"),
)
FILE_MB = 100
TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?"
STAMP = rf"\d{{1,4}}[-/.](?:\d{{1,2}}|[A-Za-z]{{3}})[-/.]\d{{1,4}},?\s+{TIME}"
SPEAKER = re.compile(
    rf"(?:\[[^\]\n]{{1,40}}\]\s*|{STAMP}\s+-\s+)?(?:\*\*|__)?([^\W\d_][\w .'’-]{{0,39}}?)(?:\*\*|__)?"
    r"\s*:(?:\*\*)?\s+(.*)", re.DOTALL)
SURE_WORDS = 2
"""A name of more words than this speaks at least twice; else it is the beginning of a sentence."""
SAID = ("said|asked|whispered|replied|answered|shouted|cried|murmured|muttered|called|sighed|added|yelled|dijo|"
        "preguntó|susurró|respondió|gritó|sagte|fragte|flüsterte|rief|antwortete|murmelte|dit|demanda|murmura|répondit|cria")
NAME = r"[A-ZÀ-ÖØ-Þ]\w{1,30}(?: [A-ZÀ-ÖØ-Þ]\w{1,30})?"
PROSE = re.compile(rf"[“\"«„»][^“”\"«»„]{{1,2000}}[”\"»“«]\s*,?\s*(?:(?:{SAID})\s+({NAME})|({NAME})\s+(?:{SAID})\b).*")
NOBODY = frozenset({"He", "She", "They", "It", "We", "You", "The", "Er", "Sie", "Es", "Der", "Die", "Él", "Ella", "Il",
                    "Elle", "El", "La", "Le"})
DISCORD = re.compile(rf"\[({STAMP})\]\s+(\S.{{0,79}}?)(?: \(pinned\))?")
DISCORD_EXTRAS = re.compile(r"\{(?:Attachments|Embed|Reactions|Stickers)\}")
RULE = re.compile(r"={20,}")
DATES = ("%d-%b-%y %I:%M %p", "%m/%d/%Y %I:%M %p", "%m/%d/%y %I:%M %p", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M",
         "%Y-%m-%d %H:%M")
PAUSE = timedelta(hours=6)
COLUMNS = ("Author", "Date", "Content")
BREAK = re.compile(r"\s*(?:[-*_]\s*){3,}\s*")
HEADING = re.compile(r"\s*#{1,3}\s+(.+)")
CHOICE = re.compile(r"\s*>\s+(.+)")
SCENE_LINES = 60
ATTACHED = "Attached files stay where they are: only words are imported."
Row = tuple[str, str, str]
Message = tuple[datetime | None, str, str]
"""When, who, and the words."""


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the log would become. Nothing is kept."""
    text, draft = read_text(path, FILE_MB), Draft(title or path.stem)
    rows = _rows(text, path.suffix.lower(), draft)
    scene, count = None, 0
    for kind, who, words in rows:
        if kind == "scene" or scene is None or len(scene["nodes"]) >= SCENE_LINES:
            following = draft.scene(words if kind == "scene" and words else f"Scene {len(draft.scenes) + 1}")
            if scene is not None:
                scene["next"] = following["id"]
            scene = following
        if kind == "choice":
            if not (scene["nodes"] and scene["nodes"][-1].get("type") == "choice"):
                draft.add(scene, type="choice", options=[])
            options = scene["nodes"][-1]["options"]
            options.append({"id": f"o{len(options) + 1}", "text": literal(words)[:2000]})
        elif kind == "line":
            count += 1
            draft.add(scene, who=draft.person(who), text=literal(words))
    if scene is None or not count:
        raise BadFile(f"There is nothing to read in “{path.name}”.", "A log has lines such as “Mira: Hello.”")
    scene["next"] = "@end"
    return draft.preview()


def _rows(text: str, ending: str, draft: Draft) -> Iterator[Row]:
    """(kind, speaker, words), from whatever kind of log it is."""
    if ending in (".json", ".csv"):
        return _paused(_messages(text, draft) if ending == ".json" else _table(text, draft))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if any(DISCORD.fullmatch(line) for line in lines[:200]):
        return _paused(_paragraphs(lines, draft))
    return _lines(lines)


def _lines(lines: list[str]) -> Iterator[Row]:
    """A line that begins with no name goes on with the narrator, unless somebody is said to say it."""
    spoken = Counter(found[1].strip() for line in lines if (found := SPEAKER.fullmatch(line)))
    for line in lines:
        if not line.strip():
            continue
        if BREAK.fullmatch(line[:200]):
            yield "scene", "", ""
        elif found := HEADING.fullmatch(line):
            yield "scene", "", found[1].strip()[:300]
        elif found := CHOICE.fullmatch(line):
            yield "choice", "", found[1]
        elif (found := SPEAKER.fullmatch(line)) and _speaks(found[1].strip(), spoken):
            yield "line", found[1].strip(), found[2]
        else:
            yield "line", _told_speaker(line.strip()), line.strip()


def _speaks(name: str, spoken: Counter[str]) -> bool:
    return len(name.split()) <= SURE_WORDS or spoken[name] > 1


def _told_speaker(line: str) -> str:
    """In “Hello,” said Mira. it is Mira."""
    found = PROSE.fullmatch(line)
    name = (found[1] or found[2]) if found else ""
    return "" if name.split(" ")[0] in NOBODY else name


def _paused(said: Iterable[Message]) -> Iterator[Row]:
    """Messages as lines; a new scene begins where nobody wrote for hours."""
    before = None
    for when, who, words in said:
        if when and before and when.replace(tzinfo=None) - before.replace(tzinfo=None) > PAUSE:
            yield "scene", "", ""
        before = when or before
        yield "line", who, words


def _messages(text: str, draft: Draft) -> Iterator[Message]:
    """A Discord export as JSON."""
    try:
        rows = list(json.loads(text)["messages"])
    except (ValueError, RecursionError, KeyError, TypeError) as wrong:
        raise BadFile("This JSON is not a Discord export.", "Use DiscordChatExporter with the JSON format.") from wrong
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("content"), str):
            draft.trouble("Something in the export is not a message and was passed by.")
            continue
        author = row.get("author") if isinstance(row.get("author"), dict) else {}
        if row.get("attachments"):
            draft.trouble(ATTACHED)
        if row["content"].strip():
            yield _date(str(row.get("timestamp") or "")), str(author.get("nickname") or author.get("name") or ""), (
                row["content"])


def _table(text: str, draft: Draft) -> Iterator[Message]:
    """A Discord export as CSV."""
    try:
        rows = list(csv.DictReader(text.splitlines(keepends=True)))
    except csv.Error as wrong:
        raise BadFile("This table cannot be read.", "Use DiscordChatExporter with the JSON format.") from wrong
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise BadFile("This table is not a Discord export.", f"It has the columns {', '.join(COLUMNS)}.")
    for row in rows:
        if row.get("Attachments"):
            draft.trouble(ATTACHED)
        if (row["Content"] or "").strip():
            yield _date(row["Date"] or ""), re.sub(r"#\d{1,4}$", "", row["Author"] or ""), row["Content"]


def _paragraphs(lines: Iterable[str], draft: Draft) -> Iterator[Message]:
    """A Discord export as text: a line with time and author, the words below it, and what was attached."""
    head, words, extra = None, list[str](), False
    for line in [*lines, "[1-1-1 0:00] end"]:
        found = DISCORD.fullmatch(line)
        if found or RULE.fullmatch(line):
            if head and (said := "\n".join(words).strip()):
                yield _date(head[1]), head[2], said
            head, words, extra = found, [], False
        elif head and (extra := extra or bool(DISCORD_EXTRAS.fullmatch(line.strip()))):
            draft.trouble(ATTACHED)
        elif head:
            words.append(line)


def _date(told: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(told)
    for form in DATES:
        with suppress(ValueError):
            return datetime.strptime(told, form)
    return None
