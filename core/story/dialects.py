"""A checked expression as a Python function, as Ren'Py text and as JavaScript text: one meaning in all.

What makes them equal: numbers stay within a thousand million, so sums are exact everywhere; products, quotients and
remainders go through named helpers; dividing by zero gives zero; whole numbers round down when stored.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from core.story.chance import draw
from core.story.expressions import LIMIT, Part
from core.story.model import Variable

LONGEST_TEXT = 2000
SMALLEST = 1e-9
COMPARE = {"==": "===", "!=": "!==", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


def clamp(value: Any) -> Any:
    return -LIMIT if value < -LIMIT else LIMIT if value > LIMIT else value


def times(a: Any, b: Any) -> Any:
    return clamp(a * b)


def divide(a: Any, b: Any) -> Any:
    return clamp(a / b) if abs(b) >= SMALLEST else 0


def remainder(a: Any, b: Any) -> Any:
    return a - b * math.floor(a / b) if abs(b) >= SMALLEST else 0


def show(value: Any) -> str:
    """A value as the reader sees it: 3, 2.5, yes; at most two decimals, the same in every language."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    hundredths = math.floor(abs(value) * 100 + 0.5)
    tail = f"{hundredths % 100:02d}".rstrip("0")
    return ("-" if value < 0 and hundredths else "") + str(hundredths // 100) + (f".{tail}" if tail else "")


def fit(value: Any, kind: str) -> Any:
    """What a variable of this kind stores when it is given this value."""
    if kind == "text":
        return value[:LONGEST_TEXT]
    if kind == "flag":
        return bool(value)
    value = clamp(value)
    return math.floor(value) if kind == "whole" else value


def to_python(part: Part) -> Callable[[Any], Any]:
    """A function of the playing state (`variables`, `visits`, `seed`)."""
    op = part.op
    if op in ("number", "text", "flag"):
        constant = part.value
        return lambda state: constant
    if op == "name":
        name = part.value
        return lambda state: state.variables[name]
    if op == "call":
        return _python_call(part)
    inner = [to_python(one) for one in part.parts]
    if len(inner) == 1:
        only = inner[0]
        return {"not": lambda s: not only(s), "is": only, "minus": lambda s: -only(s)}[op]
    a, b = inner
    return {
        "and": lambda s: a(s) and b(s),
        "or": lambda s: a(s) or b(s),
        "==": lambda s: a(s) == b(s),
        "!=": lambda s: a(s) != b(s),
        "<": lambda s: a(s) < b(s),
        ">": lambda s: a(s) > b(s),
        "<=": lambda s: a(s) <= b(s),
        ">=": lambda s: a(s) >= b(s),
        "+": lambda s: a(s) + b(s),
        "-": lambda s: a(s) - b(s),
        "*": lambda s: times(a(s), b(s)),
        "/": lambda s: divide(a(s), b(s)),
        "%": lambda s: remainder(a(s), b(s)),
        "join": lambda s: (show(a(s)) + show(b(s)))[:LONGEST_TEXT],
    }[op]


def _python_call(part: Part) -> Callable[[Any], Any]:
    if part.value == "visits":
        scene = part.parts[0].value
        return lambda state: state.visits.get(scene, 0)
    inner = [to_python(one) for one in part.parts]
    a, b = inner[0], inner[-1]
    return {
        "min": lambda s: min(a(s), b(s)),
        "max": lambda s: max(a(s), b(s)),
        "abs": lambda s: abs(a(s)),
        "floor": lambda s: math.floor(a(s)),
        "round": lambda s: math.floor(a(s) + 0.5),
        "roll": lambda s: throw(s, a(s), b(s)),
        "chance": lambda s: throw_percent(s, a(s)),
    }[str(part.value)]


def throw(state: Any, low: Any, high: Any) -> int:
    low, high = math.floor(low), math.floor(high)
    low, high = min(low, high), max(low, high)
    state.seed, number = draw(state.seed)
    return low + math.floor(number * (high - low + 1))


def throw_percent(state: Any, percent: Any) -> bool:
    state.seed, number = draw(state.seed)
    return number * 100 < percent


def to_javascript(part: Part) -> str:
    """An expression over `v` (variables), `n` (visits) and `f` (the player's helpers)."""
    return _written(part, JavaScript())


def to_renpy(part: Part, spell: Callable[[str], str]) -> str:
    """A Ren'Py expression; `spell` gives a variable's name there."""
    return _written(part, RenPy(spell))


def to_tyrano(part: Part, spell: Callable[[str], str]) -> str:
    """A JavaScript expression that may stand in a TyranoScript tag; `spell` gives a variable's name there."""
    return _written(part, Tyrano(spell))


class JavaScript:
    """How JavaScript says it."""

    flags = ("false", "true")
    words = {"and": "&&", "or": "||", "not": "!", **COMPARE}
    helper = "f."

    def name(self, name: str) -> str:
        return f"v.{name}"

    def text(self, text: str) -> str:
        # "</script>" and U+2028 must not end the script that holds this text
        return json.dumps(text).replace("<", "\\u003c")


class Tyrano(JavaScript):
    """How it says it inside a tag, whose values can hold neither backslashes nor backquotes."""

    helper = "sn."

    def __init__(self, spell: Callable[[str], str]):
        self.spell = spell

    def name(self, name: str) -> str:
        return self.spell(name)

    def text(self, text: str) -> str:
        if not re.search(r"[\x00-\x1f'\"`\\\u2028\u2029]", text):
            return f"'{text}'"
        letters = text.encode("utf-16-le")
        codes = ", ".join(str(letters[at] + 256 * letters[at + 1]) for at in range(0, len(letters), 2))
        return f"String.fromCharCode({codes})"


class RenPy:
    """How Ren'Py says it."""

    flags = ("False", "True")
    words = {"and": "and", "or": "or", "not": "not ", **{mark: mark for mark in COMPARE}}
    helper = "sn."

    def __init__(self, spell: Callable[[str], str]):
        self.name = spell

    def text(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=False)


def _written(part: Part, say: Any) -> str:
    op, inner = part.op, [_written(one, say) for one in part.parts]
    if op == "number":
        return repr(part.value)
    if op == "flag":
        return say.flags[bool(part.value)]
    if op == "text":
        return say.text(str(part.value))
    if op == "name":
        return say.name(str(part.value))
    if op == "call":
        return f"{say.helper}{part.value}({', '.join(inner)})"
    if op in ("*", "/", "%", "join"):
        helper = {"*": "times", "/": "divide", "%": "remainder", "join": "join"}[op]
        return f"{say.helper}{helper}({', '.join(inner)})"
    wrapped = [text if _simple(one) else f"({text})" for one, text in zip(part.parts, inner, strict=True)]
    if op == "not":
        return f"{say.words['not']}{wrapped[0]}"
    if op == "is":
        return inner[0]
    if op == "minus":
        return f"-{wrapped[0]}"
    return f"{wrapped[0]} {say.words.get(op, op)} {wrapped[1]}"


def _simple(part: Part) -> bool:
    return part.op in ("number", "text", "flag", "name", "call", "*", "/", "%", "join")


def starting(variable: Variable) -> Any:
    """The value that a variable begins with, made to fit its kind."""
    value = variable.start
    if variable.kind == "text":
        return value[:LONGEST_TEXT] if isinstance(value, str) else ""
    if isinstance(value, str):
        value = 0
    return fit(value if variable.kind == "flag" else (value + 0), variable.kind)
