"""A TyranoScript or KAG scenario as a run of tags: words, labels and names are tags too. Nothing is understood here."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

TAG_MOST = 8_000
"""No tag that a person wrote is longer; a bracket that is never closed must not be looked for again and again."""
MARK = re.compile(r"[\[\]\"'`]")
PIECE = re.compile(r"[^\[\\]+")
GIVEN = re.compile(r"([^\s=]+)\s*(?:=\s*(\"[^\"]*\"|'[^']*'|`(?:[^`\\]|\\.)*`|[^\s]*))?")
KEPT = {"iscript": "endscript", "html": "endhtml"}
"""Tags up to whose end everything is foreign: a program, or a page."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, by its name, with what it was given."""

    name: str
    given: dict[str, str] = field(default_factory=dict)
    source: str = ""

    def __getitem__(self, name: str) -> str:
        return self.given.get(name, "")


def text_of(data: bytes) -> str:
    """The words of a scenario: UTF-8, UTF-16 with its mark, else Shift-JIS, as most older games are."""
    from core.archives import decoded

    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return decoded(data)
    for encoding in ("utf-8", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return decoded(data)


def tags_of(text: str, trouble: Callable[[str], object]) -> Iterator[Tag]:
    """The tags of a scenario, in order."""
    lines = iter(text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n"))
    for raw in lines:
        line = raw.strip()
        first = line[:1]
        if line == "/*":
            if not any(one.strip() == "*/" for one in lines):
                trouble("A comment is never closed: what follows it was not read.")
        elif not line or first == ";":
            continue
        elif first == "#":
            name, _, face = line[1:].strip().partition(":")
            yield Tag("chara_ptext", {"name": name.strip(), "face": face.strip()}, line)
        elif first == "*":
            name, _, title = line[1:].partition("|")
            yield Tag("label", {"name": name.strip(), "title": title.strip()}, line)
        else:
            for tag in [_tag(line[1:])] if first == "@" else _pieces(line.removeprefix("_"), trouble):
                if tag.name in KEPT:
                    tag = Tag(tag.name, tag.given, _foreign(lines, KEPT[tag.name], trouble))
                    yield tag
                    break
                yield tag


def _foreign(lines: Iterator[str], end: str, trouble: Callable[[str], object]) -> str:
    """All up to the tag that ends it, as it stands."""
    kept: list[str] = []
    for line in lines:
        if end in line:
            return "\n".join(kept)
        kept.append(line)
    trouble("A program in the script is never closed: what follows it was not read.")
    return "\n".join(kept)


def _pieces(line: str, trouble: Callable[[str], object]) -> Iterator[Tag]:
    at, words = 0, ""
    while at < len(line):
        mark = line[at]
        if mark == "\\" or line.startswith("[[", at):
            words, at = words + line[at + 1 : at + 2], at + 2
        elif mark != "[":
            found = PIECE.match(line, at)
            assert found is not None
            words, at = words + found[0], found.end()
        elif (end := _end(line, at)) > 0:
            if words:
                yield Tag("text", {"val": words})
                words = ""
            yield _tag(line[at + 1 : end])
            at = end + 1
        else:
            trouble(f"The tag “{line[at:at + 60]}” is never closed; it was taken for words.")
            words, at = words + line[at : at + TAG_MOST], at + TAG_MOST
    if words:
        yield Tag("text", {"val": words})


def _end(line: str, at: int) -> int:
    """Where the tag that begins here ends, or 0. Brackets in quotes, and pairs of them, belong to it."""
    deep, quote, most = 0, "", at + TAG_MOST
    for found in MARK.finditer(line, at, most):
        mark = found[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'`":
            quote = mark
        elif mark == "[":
            deep += 1
        else:
            deep -= 1
            if deep == 0:
                return found.start()
    plain = line.find("]", at, most)  # a quote that is not closed, as in [font color="red]
    return plain if plain > 0 and quote else 0


def _tag(inner: str) -> Tag:
    name, _, rest = inner.strip().partition(" ")
    given = {found[1]: _plain(found[2] or "") for found in GIVEN.finditer(rest)}
    return Tag(name.lower(), given, f"[{inner.strip()}]")


def _plain(value: str) -> str:
    if value[:1] in ("\"", "'", "`") and value[-1:] == value[:1] and len(value) > 1:
        value = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] == "`" else value[1:-1]
    return value.strip()
