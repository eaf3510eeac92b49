"""The stack of compiled Ink, with expressions in words where ink would have values."""

from dataclasses import dataclass
from typing import Any

from core.story.text import literal
from pipelines.importers.ink_json.tree import Container, Place, find

TURNING = "@turning"
UNKNOWN = "@unknown"
PAIRS = {"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=",
         ">=": ">=", "&&": "and", "||": "or", "MIN": "min", "MAX": "max"}
FLAGS = frozenset({"==", "!=", "<", ">", "<=", ">=", "and", "or"})
ALONE = {"!": "not", "_": "-", "FLOOR": "floor", "INT": "floor", "FLOAT": "", "CEILING": "0 - floor(0 - "}
TAKEN = {"pop": 1, "seq": 2, "POW": 2, "?": 2, "!?": 2, "L^": 2, "visit": 0, "turn": 0, "turns": 1, "choiceCnt": 0,
         "void": 0, "readc": 1, "srnd": 1, "lrnd": 1, "range": 3}
"""What has no words here: how many values each takes from the stack."""
WORDS_MOST = 1900


@dataclass(frozen=True)
class Value:
    """An expression in our words. `kind`: number, text, flag, words (of a line), place, or "" where it is open."""

    text: str
    kind: str = ""
    place: Place | None = None


class Stack:
    """What expressions are made on. `open` is how many texts are being gathered now."""

    def __init__(self, whole: Any, here: Container):
        self.whole, self.here = whole, here
        self.values: list[Value] = []
        self.texts: list[str] = []

    @property
    def open(self) -> int:
        return len(self.texts)

    def pop(self) -> Value:
        return self.values.pop() if self.values else Value(UNKNOWN)

    def pop_place(self) -> Place | None:
        return self.pop().place

    def push(self, text: str, kind: str = "") -> None:
        self.values.append(Value(text if len(text) <= WORDS_MOST else UNKNOWN, kind))

    def take(self, piece: Any) -> None:
        """One piece: a value, an operation, or a part of a text."""
        if isinstance(piece, bool):
            self.push(str(piece).lower(), "flag")
        elif isinstance(piece, int | float):
            self.push(repr(piece) if piece >= 0 else f"({piece!r})", "number")
        elif isinstance(piece, dict):
            self.named(piece)
        elif piece == "str" or piece == "#":
            self.texts.append("")
        elif piece == "/str" and self.texts:
            self.push(self.texts.pop(), "words")
        elif self.texts and piece.startswith("^"):
            self.write(literal(piece[1:]))
        elif self.texts and piece == "out":
            value = self.pop()
            self.write("{" + value.text + "}" if value.text in self.whole.kinds else value.text)
        else:
            self.operate(piece)

    def write(self, words: str) -> None:
        """More of the text that is being gathered; beyond WORDS_MOST it is given up anyway."""
        if len(self.texts[-1]) <= WORDS_MOST:
            self.texts[-1] += words

    def named(self, piece: dict[str, Any]) -> None:
        if "VAR?" in piece:
            name = str(piece["VAR?"])
            kind = self.whole.kinds.get(name, "")
            self.push(name, "number" if kind in ("whole", "number") else kind)
        elif "CNT?" in piece:
            place = find(str(piece["CNT?"]), self.whole.root, self.here)
            self.push(f'visits("{self.whole.scene_at(place)}")' if place else UNKNOWN, "number")
        elif "^->" in piece:
            self.values.append(Value(UNKNOWN, "place", find(str(piece["^->"]), self.whole.root, self.here)))
        elif "^var" in piece or "f()" in piece or "x()" in piece:
            self.push(UNKNOWN)

    def operate(self, piece: str) -> None:
        if piece in ALONE:
            self.alone(piece)
        elif piece in PAIRS:
            self.pair(PAIRS[piece])
        elif piece == "rnd":
            most, least = _plain(self.pop()), _plain(self.pop())
            self.push(f"roll({least}, {most})", "number")
        elif piece == "du":
            self.values += self.values[-1:]
        elif piece in TAKEN:
            for _ in range(TAKEN[piece]):
                self.pop()
            if piece != "pop":
                self.push(TURNING if piece == "seq" else UNKNOWN)

    def alone(self, piece: str) -> None:
        one = _plain(self.pop())
        if ALONE[piece] == "floor" and one.startswith("floor("):
            one = one[6:-1]
        made = f"{ALONE[piece]}({one})" if ALONE[piece] else one
        self.push(f"({made}))" if piece == "CEILING" else made, "flag" if piece == "!" else "number")

    def pair(self, mark: str) -> None:
        right, left = self.pop(), self.pop()
        kind = "flag" if mark in FLAGS else "text" if "words" in (left.kind, right.kind) else "number"
        if TURNING in (left.text, right.text):
            self.push(TURNING)
        elif mark in ("and", "or"):
            self.push(f"({_truth(left)} {mark} {_truth(right)})", kind)
        elif mark in ("min", "max"):
            self.push(f"{mark}({_plain(left)}, {_plain(right)})", kind)
        else:
            self.push(f"({_plain(left)} {mark} {_plain(right)})", kind)

    def tell(self, place: Place | None) -> None:
        """The words of a container that an answer shares with the line after it."""
        for piece in place[0].pieces if place else ():
            if isinstance(piece, dict) and "->" in piece:
                return
            if not isinstance(piece, Container):
                self.take(piece)


def start_of(value: Value) -> bool | int | float | str | None:
    """The plain value of an expression that is one; None for all others."""
    if value.kind == "words":
        return value.text
    if value.kind == "flag" and value.text in ("true", "false"):
        return value.text == "true"
    try:
        number = float(value.text.strip("()"))
    except ValueError:
        return None
    return int(number) if number.is_integer() and "." not in value.text and "e" not in value.text else number


def _plain(value: Value) -> str:
    if value.kind != "words":
        return value.text
    mark = "'" if '"' in value.text else '"'
    return f"{mark}{value.text}{mark}"


def _truth(value: Value) -> str:
    return f"({value.text} != 0)" if value.kind == "number" else value.text
