"""Twine: Twee 3 files and Twine HTML. Links become choices; code is kept as raw parts and never run."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

from core.archives import read_text
from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import ImportRequest
from core.story.draft import Draft, Preview, bring_in
from core.story.text import literal, squeezed

CARD = Card(
    name="Twine story",
    task="importers",
    about="Reads Twee 3 files and Twine HTML: passages become scenes and links become choices.",
    licence="MIT",
    reads=(".twee", ".html"),
)
FILE_MB = 50
HEADER = re.compile(r"^::[ \t]*+((?:\\.|[^\[{\\\n])*+)(?:\[([^\]\n]*)\])?[ \t]*+(\{.*\})?[ \t]*$", re.MULTILINE)
LINK = re.compile(r"\[\[([^\[\]\n]{1,1000})\]\]")
CODE = re.compile(r"<<[^<>\n]{0,2000}>>|\([a-z-]{1,30}:[^()\n]{0,2000}\)")
TAG_END = re.compile(r"""((?:[^>"']|"[^"]*"|'[^']*')*+)>""")
ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
SKIPPED = {"StoryTitle", "StoryData", "StoryInit", "StoryCaption", "StoryMenu", "StoryAuthor", "StorySubtitle"}

Passage = tuple[str, set[str], str]


def run(request: ImportRequest, bench: Bench) -> None:
    bring_in(read, request, bench)


def read(path: Path, title: str = "") -> Preview:
    """What the Twine story would become. Nothing is kept."""
    text = squeezed(read_text(path, FILE_MB, "Take the pictures out of it.").replace("\r\n", "\n").replace("\r", "\n"))
    html = "<tw-storydata" in text
    name, start, passages = _from_html(text) if html else _from_twee(text)
    if not passages:
        raise BadFile(f"There are no passages in “{path.name}”.", "Choose a Twee file, or HTML that Twine wrote.")
    draft, scenes = Draft(title or name or path.stem), {}
    for passage, tags, _ in passages:
        if passage in scenes:
            draft.trouble(f"Two passages are called “{passage}”; the first was taken.")
        elif tags & {"script", "stylesheet"} or passage in SKIPPED:
            if passage not in ("StoryTitle", "StoryData"):
                draft.trouble(f"“{passage}” is code or style and was left out.")
        else:
            scenes[passage] = draft.scene(passage)
    done: set[str] = set()
    for passage, _, body in passages:
        if passage in scenes and passage not in done:
            done.add(passage)
            _fill(draft, scenes, passage, body)
    if start in scenes:
        draft.more["start"] = scenes[start]["id"]
    return draft.preview()


def _fill(draft: Draft, scenes: dict[str, dict[str, Any]], passage: str, body: str) -> None:
    scene, options = scenes[passage], []
    code = CODE.findall(body)
    if code:
        draft.trouble(f"“{passage}” holds {len(code)} pieces of Twine code; they are kept as raw parts.")
        draft.add(scene, type="raw", text="\n".join(code), meta={"language": "twine"})
        body = CODE.sub("", body)
    for found in LINK.finditer(body):
        words, target = _link(found[1])
        known = scenes.get(target)
        if known is None:
            draft.trouble(f"“{passage}” links to “{target}”, which is not there; the link ends the story.")
        options.append({"id": f"o{len(options) + 1}", "text": literal(words), "to": known["id"] if known else "@end"})
    plain = re.sub(r"^[ \t]*+(?:[-*][ \t]*+)?\[\[[^\[\]\n]*\]\][ \t]*$", "", body, flags=re.MULTILINE)
    plain = LINK.sub(lambda found: _link(found[1])[0], plain)
    for paragraph in re.split(r"\n\s*\n", plain):
        if paragraph.strip():
            draft.add(scene, text=literal(re.sub(r"''(.+?)''", r"**\1**", paragraph)))
    if options:
        draft.add(scene, type="choice", options=options)
    scene["next"] = "@end"


def _link(inner: str) -> tuple[str, str]:
    """(words, passage) of [[a]], [[a->b]], [[b<-a]] and [[a|b]]."""
    if "->" in inner:
        words, target = inner.rsplit("->", 1)
    elif "<-" in inner:
        target, words = inner.split("<-", 1)
    elif "|" in inner:
        words, target = inner.rsplit("|", 1)
    else:
        words = target = inner
    return words.strip()[:2000] or "…", target.strip()


def _from_twee(text: str) -> tuple[str, str, list[Passage]]:
    heads, made, title, start = list(HEADER.finditer(text)), [], "", ""
    for at, head in enumerate(heads):
        body = text[head.end():heads[at + 1].start() if at + 1 < len(heads) else len(text)].strip()
        name = re.sub(r"\\(.)", r"\1", head[1]).strip()
        if name == "StoryTitle":
            title = body
        elif name == "StoryData":
            start = _start(body)
        made.append((name, set((head[2] or "").split()), body))
    return title, start or "Start", made


def _start(body: str) -> str:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(data.get("start", "")) if isinstance(data, dict) else ""


def _from_html(text: str) -> tuple[str, str, list[Passage]]:
    """Passages by their tags alone: what else is in the page is passed by, and a page's whole parser is not needed."""
    story = _attributes(text.partition("<tw-storydata")[2])
    passages, start = [], ""
    for piece in text.split("<tw-passagedata")[1:]:
        has, head = _attributes(piece), TAG_END.match(piece)
        body = piece[head.end():].partition("</tw-passagedata")[0] if head else ""
        passages.append((has.get("name", ""), set(has.get("tags", "").split()), unescape(body)))
        if has.get("pid") == story.get("startnode", ""):
            start = has.get("name", "")
    return story.get("name", ""), start, passages


def _attributes(text: str) -> dict[str, str]:
    """Of the tag in which this text begins."""
    head = TAG_END.match(text)
    found = ATTRIBUTE.finditer(head[1]) if head else ()
    return {each[1].lower(): unescape(each[2] or each[3] or "") for each in found}
