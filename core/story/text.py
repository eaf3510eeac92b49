"""The marks inside a line: {name} shows a variable, *so* leans, **so** is strong, a backslash makes a mark plain."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

MARKS = re.compile(r"\\([\\{*])|\{([A-Za-z][A-Za-z0-9_]{0,39})\}|(\*\*|\*)")
SPECIAL = re.compile(r"[\\{*]")
RUN = re.compile(r"[^\S\n]{60,}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


def plain_name(words: str, otherwise: str = "story") -> str:
    """Words as part of an id or as a folder: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower())[:40].strip("-") or otherwise


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style; `name` is set where a variable's value stands."""

    text: str = ""
    name: str = ""
    lean: bool = False
    strong: bool = False


def spans(text: str, known: Collection[str]) -> tuple[Span, ...]:
    """The line in pieces. Braces around something unknown stay as they were written."""
    if not SPECIAL.search(text):
        return (Span(text),) if text else ()
    paired = _paired_stars(text)
    made: list[Span] = []
    on: set[str] = set()
    plain, at = "", 0

    def close() -> None:
        nonlocal plain
        if plain:
            made.append(Span(plain, "", "*" in on, "**" in on))
            plain = ""

    for found in MARKS.finditer(text):
        plain += text[at : found.start()]
        at = found.end()
        literal, name, star = found.groups()
        if literal:
            plain += literal
        elif name and name in known:
            close()
            made.append(Span("", name, "*" in on, "**" in on))
        elif star and found.start() in paired:
            close()
            on ^= {star}
        else:
            plain += found[0]
    plain += text[at:]
    close()
    return tuple(made)


def _paired_stars(text: str) -> set[int]:
    """Where stars open and close emphasis; a lonely star, or one among spaces, is just a star."""
    paired: set[int] = set()
    waiting: dict[str, int] = {}
    for found in MARKS.finditer(text):
        star, start, end = found[3], found.start(), found.end()
        if not star:
            continue
        opens = end < len(text) and not text[end].isspace()
        closes = start > 0 and not text[start - 1].isspace()
        if star in waiting and closes:
            paired |= {waiting.pop(star), start}
        elif opens and star not in waiting:
            waiting[star] = start
    return paired


def names_in(text: str) -> Iterator[str]:
    """Everything in braces that could be a variable."""
    if "{" in text:
        for found in MARKS.finditer(text):
            if found[2]:
                yield found[2]


def fill(text: str, known: Collection[str], value_of: Callable[[str], str]) -> str:
    """The line as plain words, with values and without marks."""
    if not SPECIAL.search(text):
        return text
    return "".join(value_of(span.name) if span.name else span.text for span in spans(text, known))


def literal(text: str) -> str:
    """Foreign words that must be shown just as they are, except that *so* still leans."""
    return text.replace("\\", "\\\\").replace("{", "\\{")


def squeezed(text: str) -> str:
    """Without runs of spaces that nobody types: patterns that look for words would go over them again and again."""
    return RUN.sub(" ", text)


def clean(text: str) -> str:
    """Without control characters, which no target can show."""
    return CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
