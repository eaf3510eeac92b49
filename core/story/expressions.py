"""The small language of conditions and changes: read into a tree, checked for sense, never evaluated by Python itself.

`gold >= 3 and not met_ada` is a condition; `gold += roll(1, 6)` is a change. How a tree runs is in dialects.py.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from core.errors import StudioError

LIMIT = 1_000_000_000
LONGEST = 2000
DEEPEST = 40
WORDS = {"and", "or", "not", "true", "false", "True", "False"}
CHANCE = {"roll", "chance"}
TAKES = {
    "min": (2, "number"),
    "max": (2, "number"),
    "abs": (1, "number"),
    "round": (1, "number"),
    "floor": (1, "number"),
    "roll": (2, "number"),
    "chance": (1, "flag"),
    "visits": (1, "number"),
}
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,12}(?:\.\d{1,9})?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>\"[^\"\\\n]*\"|'[^'\\\n]*')|(?P<mark><=|>=|==|!=|&&|\|\||[-+*/%<>()!,=]))"
)
SAID = {"number": "a number", "text": "a text", "flag": "a yes or no"}
"""Each kind as people read of it."""
CHANGE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*(\+|-|\*|/)?=(?!=)(.*)", re.DOTALL)


class Unclear(StudioError):
    """A condition or change that cannot be understood."""

    def __init__(self, message: str, hint: str = "Example: gold >= 3 and not met_ada", name: str = "") -> None:
        super().__init__(message, hint)
        self.name = name
        """The variable or scene that is not known, when that is what is wrong."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an expression. `kind` is number, text or flag once it has been checked."""

    op: str
    value: object = None
    parts: tuple["Part", ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A variable and what it becomes."""

    name: str
    part: Part


@lru_cache(maxsize=20_000)
def read_condition(source: str) -> Part:
    """The tree of a condition, or Unclear."""
    return _Reading(source).whole()


@lru_cache(maxsize=20_000)
def read_change(source: str) -> Change:
    """The variable and tree of `name = …`, `name += …`, `name -= …`, `name *= …` or `name /= …`."""
    found = CHANGE.fullmatch(source)
    if not found:
        raise Unclear(f"“{source[:60]}” does not change anything.", "Example: gold += 1")
    name, op, rest = found.groups()
    if name in WORDS or name in TAKES:
        raise Unclear(f"“{name}” is a word of the language and cannot be changed.", "Give the variable another name.")
    part = _Reading(rest).whole()
    return Change(name, Part(op, parts=(Part("name", name), part)) if op else part)


class _Reading:
    """One pass over the words of an expression."""

    def __init__(self, source: str):
        if len(source) > LONGEST:
            raise Unclear(f"The condition is longer than {LONGEST:,} characters.", "Split it into several steps.")
        self.source, self.tokens, self.at, self.depth = source, list(_tokens(source)), 0, 0

    def whole(self) -> Part:
        part = self.either()
        if self.at < len(self.tokens):
            raise Unclear(f"“{self.source.strip()[:60]}”: “{self.tokens[self.at][1]}” is not expected there.")
        return part

    def peek(self, *marks: str) -> str:
        if self.at < len(self.tokens):
            kind, word = self.tokens[self.at]
            if kind in ("mark", "name") and word in marks:
                return word
        return ""

    def take(self, *marks: str) -> str:
        word = self.peek(*marks)
        self.at += bool(word)
        return word

    def either(self) -> Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unclear("The condition has too many brackets inside brackets.", "Split it into several steps.")
        part = self.both()
        while self.take("or", "||"):
            part = Part("or", parts=(part, self.both()))
        self.depth -= 1
        return part

    def both(self) -> Part:
        part = self.negated()
        while self.take("and", "&&"):
            part = Part("and", parts=(part, self.negated()))
        return part

    def negated(self) -> Part:
        turns = 0
        while self.take("not", "!"):
            turns += 1
        part = self.compared()
        return Part("not", parts=(part,)) if turns % 2 else (Part("is", parts=(part,)) if turns else part)

    def compared(self) -> Part:
        left = self.added()
        op = self.take("==", "!=", "<=", ">=", "<", ">")
        if self.peek("="):
            raise Unclear(f"“{self.source.strip()[:60]}”: to compare, write == with two signs.")
        if not op:
            return left
        right = self.added()
        if self.peek("==", "!=", "<=", ">=", "<", ">"):
            raise Unclear("Only two things can be compared at once.", "Example: low < x and x < high")
        return Part(op, parts=(left, right))

    def added(self) -> Part:
        part = self.multiplied()
        while op := self.take("+", "-"):
            part = Part(op, parts=(part, self.multiplied()))
        return part

    def multiplied(self) -> Part:
        part = self.signed()
        while op := self.take("*", "/", "%"):
            part = Part(op, parts=(part, self.signed()))
        return part

    def signed(self) -> Part:
        turns = 0
        while self.take("-"):
            turns += 1
        part = self.atom()
        return Part("minus", parts=(part,)) if turns % 2 else part

    def atom(self) -> Part:
        if self.at >= len(self.tokens):
            raise Unclear(f"“{self.source.strip()[:60]}” ends too early." if self.tokens else "The condition is empty.")
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return _number(word)
        if kind == "text":
            return Part("text", word[1:-1], kind="text")
        if kind == "name":
            return self.named(word)
        if word == "(":
            inside = self.either()
            self.need(")")
            return inside
        raise Unclear(f"“{self.source.strip()[:60]}”: “{word}” is not expected there.")

    def named(self, word: str) -> Part:
        if word.lower() in ("true", "false") and word in WORDS:
            return Part("flag", word.lower() == "true", kind="flag")
        if word in WORDS:
            raise Unclear(f"“{self.source.strip()[:60]}”: something is missing before “{word}”.")
        if not self.take("("):
            return Part("name", word)
        if word not in TAKES:
            raise Unclear(f"There is no function called “{word}”.", f"There are: {', '.join(TAKES)}.")
        inside: list[Part] = []
        if not self.peek(")"):
            inside.append(self.either())
            while self.take(","):
                inside.append(self.either())
        self.need(")")
        if len(inside) != TAKES[word][0]:
            raise Unclear(f"“{word}” takes {TAKES[word][0]} values, not {len(inside)}.")
        return Part("call", word, tuple(inside))

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise Unclear(f"“{self.source.strip()[:60]}”: a “{mark}” is missing.")


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(source.rstrip())
    while at < end:
        found = TOKEN.match(source, at)
        if not found:
            raise Unclear(f"“{source.strip()[:60]}”: “{source[at:end].strip()[:1]}” means nothing here.")
        at = found.end()
        yield str(found.lastgroup), found[str(found.lastgroup)]


def _number(word: str) -> Part:
    value: int | float = float(word) if "." in word else int(word)
    if value > LIMIT:
        raise Unclear(f"{word} is too large.", f"Numbers go up to {LIMIT:,}.")
    return Part("number", int(value) if value == int(value) else value, kind="number")


def names(part: Part) -> Iterator[str]:
    """The variables that it looks at."""
    if part.op == "name":
        yield str(part.value)
    for inner in part.parts:
        yield from names(inner)


def settle(part: Part, kinds: Mapping[str, str], chance: bool = False) -> Part:
    """The same tree with the kind of each part, or Unclear where it makes no sense.

    `kinds` names each variable's kind (number, text, flag); dice are allowed only in changes (`chance`), so that a
    condition can be looked at any number of times.
    """
    if part.op in ("number", "text", "flag"):
        return part
    if part.op == "name":
        kind = kinds.get(str(part.value))
        if kind is None:
            raise Unclear(f"“{part.value}” is not a variable of this story.", "Declare it first.", str(part.value))
        return replace(part, kind="number" if kind == "whole" else kind)
    if part.op == "call":
        return _settle_call(part, kinds, chance)
    inner = tuple(settle(one, kinds, chance) for one in part.parts)
    if part.op in ("and", "or", "not", "is"):
        return replace(part, parts=tuple(_truth(one) for one in inner), kind="flag")
    if part.op in ("==", "!="):
        if inner[0].kind != inner[1].kind:
            raise Unclear(f"This compares {SAID[inner[0].kind]} with {SAID[inner[1].kind]}.",
                          "Compare things of one kind.")
        return replace(part, parts=inner, kind="flag")
    if part.op == "+" and "text" in (inner[0].kind, inner[1].kind):
        return replace(part, op="join", parts=inner, kind="text")
    for one in inner:
        if one.kind != "number":
            raise Unclear(f"“{part.op}” needs numbers, and one side is {SAID[one.kind]}.")
    return replace(part, parts=inner, kind="flag" if part.op in ("<", ">", "<=", ">=") else "number")


def _truth(part: Part) -> Part:
    """Bare numbers and texts in a condition mean “is not zero”, “is not empty”, in every language alike."""
    if part.kind == "flag":
        return part
    nothing = Part("number", 0, kind="number") if part.kind == "number" else Part("text", "", kind="text")
    return Part("!=", parts=(part, nothing), kind="flag")


def _settle_call(part: Part, kinds: Mapping[str, str], chance: bool) -> Part:
    name = str(part.value)
    if name in CHANCE and not chance:
        raise Unclear(
            f"“{name}” throws dice, and a condition may be looked at many times.",
            "Store the throw in a variable first: luck = roll(1, 6)",
        )
    if name == "visits":
        if part.parts[0].op not in ("text", "name"):
            raise Unclear("“visits” takes the id of a scene.", 'Example: visits("cave") > 1')
        return replace(part, parts=(Part("text", part.parts[0].value, kind="text"),), kind="number")
    inner = tuple(settle(one, kinds, chance) for one in part.parts)
    if any(one.kind != "number" for one in inner):
        raise Unclear(f"“{name}” takes numbers.")
    return replace(part, parts=inner, kind=TAKES[name][1])


def condition(source: str, kinds: Mapping[str, str]) -> Part:
    """A checked condition, ready for a dialect."""
    return _truth(settle(read_condition(source), kinds))


def change(source: str, kinds: Mapping[str, str]) -> Change:
    """A checked change, ready for a dialect."""
    raw = read_change(source)
    if raw.name not in kinds:
        raise Unclear(f"“{raw.name}” is not a variable of this story.", "Declare it first.", raw.name)
    part, want = settle(raw.part, kinds, chance=True), kinds[raw.name]
    want = "number" if want == "whole" else want
    if part.kind != want:
        raise Unclear(f"“{raw.name}” holds {SAID[want]}, and this gives it {SAID[part.kind]}.")
    return Change(raw.name, part)
