"""How strongly and when the words of a prompt count: `(a:1.2)`, `[a]`, `BREAK`, and `[a:b:0.5]` over the steps.

Linear in the text, without recursion. Turning pieces into embeddings is torch's work: `pipelines/kit/words.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_DEPTH = 24
STRONGEST = 10.0
STEP = 1.1

NUMBER = re.compile(r"\s*[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*\Z")
_BREAK = re.compile(r"\s*\bBREAK\b\s*")
_ESCAPED = re.compile(r"\\[\\()\[\]{}|:]")
_MARKS = re.compile(r"\\[\\()\[\]{}|:]|[()\[\]]|:|\||[^\\()\[\]:|]+|\\", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A stretch of words and how strongly it counts (1.0 is plain)."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class Phase:
    """The words that hold for the steps before `until` (counted from 0)."""

    until: int
    text: str


# --- phases: words that change while the picture is drawn ------------------------------------------------


def phases(text: str, steps: int) -> tuple[Phase, ...]:
    """Resolve `[a:b:0.5]`, `[a:0.5]`, `[a::0.5]` and `[a|b]` into the words of each stretch of steps."""
    steps = max(1, steps)
    if "[" not in text:
        return (Phase(steps, text),)
    tree = _grow(text)
    found: list[Phase] = []
    for step in range(steps):
        words = _words_at(tree, step, steps)
        if found and found[-1].text == words:
            found[-1] = Phase(step + 1, words)
        else:
            found.append(Phase(step + 1, words))
    return tuple(found)


@dataclass
class _Bracket:
    """An open `[`: its fields so far, and what separates them."""

    fields: list[list] = field(default_factory=lambda: [[]])
    marks: list[str] = field(default_factory=list)
    rounds: int = 0


def _grow(text: str) -> list:
    """Words as a tree: strings, and tuples for brackets that change with the steps; all else stays text."""
    stack = [_Bracket()]
    for mark in _MARKS.findall(text):
        top = stack[-1]
        if mark == "[" and len(stack) <= MAX_DEPTH:
            stack.append(_Bracket())
        elif mark == "]" and len(stack) > 1:
            stack.pop()
            stack[-1].fields[-1].extend(_close(top))
        elif mark in (":", "|") and len(stack) > 1 and not top.rounds:
            top.fields.append([])
            top.marks.append(mark)
        else:
            top.rounds = max(0, top.rounds + (mark == "(") - (mark == ")"))
            top.fields[-1].append(mark)
    while len(stack) > 1:
        top = stack.pop()
        stack[-1].fields[-1].extend(["[", *_rejoin(top)])
    return stack[0].fields[0]


def _close(bracket: _Bracket) -> list:
    fields, marks = bracket.fields, set(bracket.marks)
    last = fields[-1][0] if len(fields[-1]) == 1 and isinstance(fields[-1][0], str) else ""
    if marks == {":"} and len(fields) in (2, 3) and NUMBER.match(last):
        before = fields[0] if len(fields) == 3 else []
        return [("when", before, fields[-2], last.strip())]
    if marks == {"|"}:
        return [("turns", fields)]
    return ["[", *_rejoin(bracket), "]"]


def _rejoin(bracket: _Bracket) -> list:
    joined = list(bracket.fields[0])
    for mark, part in zip(bracket.marks, bracket.fields[1:], strict=True):
        joined += [mark, *part]
    return joined


def _words_at(tree: list, step: int, steps: int) -> str:
    out, waiting = [], [iter(tree)]
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        elif isinstance(node, str):
            out.append(node)
        elif node[0] == "turns":
            waiting.append(iter(node[1][step % len(node[1])]))
        else:
            moment = float(node[3]) * steps if "." in node[3] else float(node[3])
            waiting.append(iter(node[1] if step < round(moment) else node[2]))
    return "".join(out)


# --- weights ---------------------------------------------------------------------------------------------


def weigh(text: str) -> tuple[tuple[Piece, ...], ...]:
    """Read `(a)`, `(a:1.2)`, `[a]` and escapes as weighted pieces; `BREAK` starts a new group of pieces."""
    marks = _MARKS.findall(text)
    factors = _bracket_factors(marks)
    weights, words = [1.0], list[str]()
    groups: list[list[Piece]] = [[]]

    def end_piece() -> None:
        for number, part in enumerate(_BREAK.split("".join(words))):
            if number:
                groups.append([])
            _add_piece(groups[-1], part, weights[-1])
        words.clear()

    for index, mark in enumerate(marks):
        factor = factors.get(index)
        if factor is None:
            words.append(mark[1] if _ESCAPED.fullmatch(mark) else mark)
        elif factor == "skip":
            continue
        else:
            end_piece()
            if isinstance(factor, str):
                weights.pop()
            else:
                weights.append(max(-STRONGEST, min(STRONGEST, weights[-1] * factor)))
    end_piece()
    return tuple(tuple(group) for group in groups if group) or ((Piece(""),),)


def _add_piece(group: list[Piece], text: str, weight: float) -> None:
    weight = round(weight, 6)
    if group and group[-1].weight == weight:
        group[-1] = Piece(group[-1].text + text, weight)
    elif text:
        group.append(Piece(text, weight))


def _bracket_factors(marks: list[str]) -> dict[int, float | str]:
    """What each bracket does: multiplies, ends, or is skipped; one that closes nothing is plain text."""
    factors: dict[int, float | str] = {}
    order: list[int] = []
    for index, mark in enumerate(marks):
        if mark in ("(", "["):
            order.append(index)
            factors[index] = STEP if mark == "(" else 1 / STEP
        elif mark in (")", "]") and order and marks[order[-1]] == ("(" if mark == ")" else "["):
            start = order.pop()
            factors[index] = "end"
            stated = mark == ")" and index - start > 2 and marks[index - 2] == ":"
            if stated and NUMBER.match(marks[index - 1]):
                factors[start] = float(marks[index - 1])
                factors[index - 2] = factors[index - 1] = "skip"
    return factors


def is_weighted(text: str) -> bool:
    return any(piece.weight != 1.0 for group in weigh(text) for piece in group)


def plain_words(text: str) -> str:
    """The words alone, for families that were never taught weights."""
    first = phases(text, 1)[-1].text
    return " ".join("".join(piece.text for piece in group).strip() for group in weigh(first)).strip()


def find_slips(text: str) -> tuple[str, ...]:
    """What a person probably did not mean to write, said before the picture is made."""
    slips = []
    for left, right, meaning in (("(", ")", "stronger"), ("[", "]", "weaker")):
        depth = stray = 0
        for mark in _MARKS.findall(text):
            if mark == left:
                depth += 1
            elif mark == right:
                depth, stray = (depth - 1, stray) if depth else (0, stray + 1)
        if depth:
            slips.append(f"A {left} is never closed, so everything after it counts as {meaning}.")
        if stray:
            slips.append(f"A {right} closes nothing and was read as a plain character.")
    return tuple(slips)
