"""The JavaScript of [if] and [eval], as far as our own small language can say it. It is read, and never run.

Whoever asks tells people what could not be said; `Unclear` only carries the place."""

import re
from collections.abc import Callable

from core.story.expressions import LONGEST, Unclear

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,12}(?:\.\d{1,18})?(?:e[-+]?\d{1,2})?)|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>[^\W\d][\w$]*(?:\.[\w$]+|\[(?:\"[^\"\\\]]+\"|'[^'\\\]]+')\])*)"
    r"|(?P<mark>===|!==|[-+*/]=|==|!=|<=|>=|&&|\|\||\+\+|--|[-+*/%<>()!,;=]))")
VARIABLE = re.compile(r"(f|sf|tf)(?:\.([^\W\d][\w$]*)|\[[\"']([^\"'\]]+)[\"']\])")
DICE = re.compile(r"Math\.floor\(\s*Math\.random\(\)\s*\*\s*\(?\s*(\d{1,6})\s*\)?\s*\)")
LEVEL = {"||": 1, "&&": 2, "==": 4, "!=": 4, "===": 4, "!==": 4, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5,
         "*": 6, "/": 6, "%": 6}
SAID = {"||": "or", "&&": "and", "===": "==", "!==": "!="}
NOT, MINUS, ATOM = 3, 7, 8
FUNCTIONS = {**{f"{home}.{name}": name for home in ("Math", "sn") for name in ("floor", "round", "abs", "min", "max")},
             "parseInt": "floor", "Number": "", "String": "", "sn.roll": "roll", "sn.chance": "chance",
             **{f"sn.{name}": "" for name in ("whole", "number", "flag", "text", "show")}}
"""What our language calls them; "" is a wrapping that it does not need."""
PAIRS = {"sn.times": "*", "sn.divide": "/", "sn.remainder": "%", "sn.join": "+"}
DEEPEST = 60
Spell = Callable[[str, str], str]
"""(f, sf or tf; name) to the name of our variable."""


def condition_of(source: str, spell: Spell, scene: Callable[[str], str] = str) -> str:
    """The same condition in our language, or Unclear. `scene` gives the id of the scene at a label."""
    reading = _Reading(source, spell, scene)
    said = reading.level(1)[0]
    reading.need_end(source)
    return said


def changes_of(source: str, spell: Spell, scene: Callable[[str], str] = str) -> list[str]:
    """What `f.x = 1; f.y++` changes, each in our language, or Unclear."""
    reading, made = _Reading(source, spell, scene), list[str]()
    while reading.rest():
        kind, name = reading.next()
        found = VARIABLE.fullmatch(name) if kind == "name" else None
        if not found:
            raise Unclear(source[:60])
        mine, op = spell(found[1], found[2] or found[3]), reading.next()[1]
        if op in ("++", "--"):
            made.append(f"{mine} {op[0]}= 1")
        elif op in ("=", "+=", "-=", "*=", "/="):
            made.append(f"{mine} {op} {reading.level(1)[0]}")
        else:
            raise Unclear(source[:60])
        if reading.rest() and reading.next()[1] not in (";", ","):
            raise Unclear(source[:60])
    return made


def words_of(source: str, spell: Spell) -> str:
    """What `'Pay ' + f.gold` shows, as a line of ours: texts, and variables in braces."""
    from core.story.text import literal

    reading, made = _Reading(source, spell, str), ""
    while True:
        kind, word = reading.next()
        if kind == "text":
            made += literal(_unquoted(word))
        elif word == "String.fromCharCode":
            made += literal(reading.letters())
        else:
            inner = word in ("sn.show", "sn.html") and reading.take("(")
            found = VARIABLE.fullmatch(reading.next()[1] if inner else word)
            if not found:
                raise Unclear(source[:60])
            made += f"{{{spell(found[1], found[2] or found[3])}}}"
            if inner:
                reading.need(")")
        if not reading.take("+"):
            reading.need_end(source)
            return made


def value_of(source: str) -> bool | int | float | str | None:
    """The value that `3`, `-0.5`, `true` or `'Mira'` is; None when it is something else."""
    reading, turned = _Reading(source, _no_name, str), False
    try:
        turned = reading.take("-")
        kind, word = reading.next()
        if kind == "name":
            if word == "String.fromCharCode":
                return reading.letters()
            return word == "true" if word in ("true", "false") and not reading.rest() else None
    except Unclear:
        return None
    if reading.rest() or kind == "mark" or (turned and kind != "number"):
        return None
    if kind == "text":
        return _unquoted(word)
    value = -float(word) if turned else float(word)
    return value if "." in word or "e" in word else int(value)


def _no_name(home: str, name: str) -> str:
    raise Unclear(name)


class _Reading:
    """One pass over the words of an expression; each step gives our text and how strongly it binds."""

    def __init__(self, source: str, spell: Spell, scene: Callable[[str], str]):
        if len(source) > LONGEST:
            raise Unclear(source[:60])
        source = DICE.sub(lambda found: f"sn.roll(0, {max(0, int(found[1]) - 1)})", source)
        self.spell, self.scene, self.at, self.deep = spell, scene, 0, 0
        self.tokens: list[tuple[str, str]] = []
        at, end = 0, len(source.rstrip().rstrip(";"))
        while at < end:
            found = TOKEN.match(source, at)
            if not found:
                raise Unclear(source[:60])
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()

    def next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise Unclear("…")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, mark: str) -> bool:
        there = self.at < len(self.tokens) and self.tokens[self.at] == ("mark", mark)
        self.at += there
        return there

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise Unclear(mark)

    def rest(self) -> bool:
        return self.at < len(self.tokens)

    def need_end(self, source: str) -> None:
        if self.rest():
            raise Unclear(source[:60])

    def level(self, least: int) -> tuple[str, int]:
        """A run of operators that bind at least so strongly."""
        self.deep += 1
        if self.deep > DEEPEST:
            raise Unclear("((…")
        left = self.one()
        while self.rest():
            kind, op = self.tokens[self.at]
            strength = LEVEL.get(op, 0) if kind == "mark" else 0
            if strength < least or not strength:
                break
            self.at += 1
            left = _joined(left, SAID.get(op, op), self.level(strength + 1), strength)
        self.deep -= 1
        return left

    def one(self) -> tuple[str, int]:
        kind, word = self.next()
        if kind == "number":
            return f"{float(word):.9f}".rstrip("0").rstrip("."), ATOM
        if kind == "text":
            return _quoted(_unquoted(word)), ATOM
        if word == "(":
            inside = self.level(1)  # brackets come back where they are needed
            self.need(")")
            return inside
        if word in ("!", "-"):
            said, strength = self.one()
            said = said if strength > NOT else f"({said})"
            return (f"not {said}", NOT) if word == "!" else (f"-{said}", MINUS)
        if kind != "name":
            raise Unclear(word)
        return self.named(word)

    def named(self, word: str) -> tuple[str, int]:
        if word in ("true", "false"):
            return word, ATOM
        if found := VARIABLE.fullmatch(word):
            return self.spell(found[1], found[2] or found[3]), ATOM
        if word == "String.fromCharCode":
            return _quoted(self.letters()), ATOM
        self.need("(")
        if word == "sn.visits":
            label = _unquoted(self.next()[1])
            self.need(")")
            return f'visits("{self.scene(label)}")', ATOM
        inside = [self.level(1)]
        while self.take(","):
            inside.append(self.level(1))
        self.need(")")
        if word in PAIRS and len(inside) == 2:
            return _joined(inside[0], PAIRS[word], inside[1], LEVEL[PAIRS[word]])
        if word not in FUNCTIONS:
            raise Unclear(word)
        if not FUNCTIONS[word]:
            return inside[0]
        return f"{FUNCTIONS[word]}({', '.join(said for said, _ in inside)})", ATOM

    def letters(self) -> str:
        """The text of the numbers of its letters."""
        self.need("(")
        made = b""
        while not self.take(")"):
            kind, word = self.next()
            if kind != "number" or not word.isdigit() or int(word) > 0xFFFF:
                raise Unclear(word)
            made += int(word).to_bytes(2, "little")
            self.take(",")
        return made.decode("utf-16-le", "replace")


def _joined(left: tuple[str, int], op: str, right: tuple[str, int], strength: int) -> tuple[str, int]:
    a = left[0] if left[1] >= strength and not left[1] == strength == LEVEL["=="] else f"({left[0]})"
    b = right[0] if right[1] > strength else f"({right[0]})"
    return f"{a} {op} {b}", strength


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), word[1:-1])


def _quoted(text: str) -> str:
    for quote in ('"', "'"):
        if quote not in text and "\\" not in text and "\n" not in text:
            return f"{quote}{text}{quote}"
    raise Unclear(text[:60])
