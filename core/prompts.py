"""The prompt language of the picture-making world: choices, wildcards, people, LoRAs, styles.

Every function takes linear time; hostile text gets a sentence or stays text, and never hangs.
How strongly and when words count is read by `core/emphasis.py`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.emphasis import NUMBER, STRONGEST, find_slips
from core.errors import TooBig

MAX_CHARACTERS = 20_000
MAX_CHOICES = 2_000
MAX_DEPTH = 24

_LORA = re.compile(r"<(?:lora|lyco):([^<>:]+)(?::([^<>]*))?>", re.IGNORECASE)
_WILDCARD = re.compile(r"__([\w./-]{1,100}?)__")
_HOW_MANY = re.compile(r"\s*(\d{1,3})(?:-(\d{1,3}))?\$\$(?:([^{}|$]{0,20})\$\$)?")
_SHARE = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)::")


@dataclass(frozen=True)
class LoraCall:
    name: str
    strength: float = 1.0
    text_strength: float | None = None


@dataclass(frozen=True)
class Style:
    name: str
    prompt: str = ""
    negative: str = ""


@dataclass(frozen=True)
class Prompt:
    """A prompt after its choices were made: words to draw, LoRAs to wear, people meant, what to say."""

    text: str
    loras: tuple[LoraCall, ...] = ()
    people: tuple[str, ...] = ()
    notices: tuple[str, ...] = field(default=())


def read_prompt(
    text: str,
    seed: int = 0,
    wildcards: Mapping[str, Sequence[str]] | None = None,
    people: Mapping[str, str] | None = None,
) -> Prompt:
    """Choices, then people, then LoRA tags: a choice may name a person, and a person may wear a LoRA."""
    check_length(text)
    chosen = choose(text, seed, wildcards)
    named, met, strangers = name_people(chosen, people or {})
    check_length(named)
    words, loras = take_loras(named)
    notices = [f"Nobody here is called @{name}; the word was left as it is." for name in strangers]
    return Prompt(words, loras, met, (*notices, *find_slips(words)))


def check_length(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise TooBig(
            f"This prompt has {len(text):,} characters; {MAX_CHARACTERS:,} is the most a picture can use.",
            "Shorten it to what should be seen. Models rarely listen past the first few hundred words.",
        )


# --- choices ---------------------------------------------------------------------------------------------


def choose(text: str, seed: int = 0, wildcards: Mapping[str, Sequence[str]] | None = None) -> str:
    """Resolve `{a|b}`, `{2::a|b}`, `{2$$a|b|c}` and `__name__` with a seed of their own."""
    if "{" not in text and "}" not in text and "__" not in text:
        return text
    return _Chooser(random.Random(seed), wildcards or {}).resolve(text, 0)


class _Chooser:
    """One pass of choosing: the dice, and how many throws are left before the text counts as runaway."""

    def __init__(self, dice: random.Random, wildcards: Mapping[str, Sequence[str]]) -> None:
        self.dice = dice
        self.wildcards = wildcards
        self.left = MAX_CHOICES

    def resolve(self, text: str, depth: int) -> str:
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            raise TooBig(
                "The choices in this prompt lead to one another without end.",
                "Look for a wildcard that names itself, or use fewer {a|b} groups.",
            )
        pairs = _pair_braces(text)
        out, length, place = [], 0, 0
        while place < len(text):
            mark = text[place]
            if mark == "\\" and text[place + 1 : place + 2] in ("{", "}"):
                piece, place = text[place + 1], place + 2
            elif mark == "\\":
                piece, place = text[place : place + 2], place + 2
            elif place in pairs:
                piece, place = self.pick(text[place + 1 : pairs[place]], depth), pairs[place] + 1
            elif mark == "_" and (found := _WILDCARD.match(text, place)):
                piece, place = self.draw(found, depth), found.end()
            else:
                piece, place = mark, place + 1
            out.append(piece)
            length += len(piece)
            if length > MAX_CHARACTERS:
                check_length("".join(out))
        return "".join(out)

    def pick(self, inside: str, depth: int) -> str:
        count, joiner = 1, ", "
        if how_many := _HOW_MANY.match(inside):
            low, high = int(how_many[1]), int(how_many[2] or how_many[1])
            count = self.dice.randint(min(low, high), max(low, high))
            joiner = ", " if how_many[3] is None else how_many[3]
            inside = inside[how_many.end() :]
        options = _split_options(inside)
        shares = []
        for index, option in enumerate(options):
            share = _SHARE.match(option)
            shares.append(float(share[1]) if share else 1.0)
            options[index] = option[share.end() :] if share else option
        taken: list[str] = []
        while options and len(taken) < count:
            if sum(shares) <= 0:
                shares = [1.0] * len(options)
            index = self.dice.choices(range(len(options)), shares)[0]
            taken.append(self.resolve(options.pop(index), depth + 1))
            shares.pop(index)
        return joiner.join(taken)

    def draw(self, found: re.Match[str], depth: int) -> str:
        options = self.wildcards.get(found[1]) or self.wildcards.get(found[1].lower())
        return self.resolve(self.dice.choice(list(options)), depth + 1) if options else found[0]


def _pair_braces(text: str) -> dict[int, int]:
    pairs, waiting, place = {}, [], 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == "{":
            waiting.append(place)
        elif text[place] == "}" and waiting:
            pairs[waiting.pop()] = place
        place += 1
    return pairs


def _split_options(inside: str) -> list[str]:
    options, depth, start, place = [], 0, 0, 0
    while place < len(inside):
        mark = inside[place]
        if mark == "\\":
            place += 1
        elif mark in "{[(<":
            depth += 1
        elif mark in "}])>":
            depth = max(0, depth - 1)
        elif mark == "|" and depth == 0:
            options.append(inside[start:place])
            start = place + 1
        place += 1
    return [*options, inside[start:]]


# --- people, LoRAs, styles -------------------------------------------------------------------------------


def name_people(text: str, people: Mapping[str, str]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Put a character's own words where `@name` stands; also who was met, and which names nobody has."""
    if "@" not in text:
        return text, (), ()
    known = {name.casefold(): name for name in people}
    names = sorted(map(re.escape, people), key=len, reverse=True)
    anyone = "|".join(names) or "(?!)"
    pattern = re.compile(rf"(?<![\w@])@(?:({anyone})(?!\w)|(\w[\w-]{{0,60}}))", re.IGNORECASE)
    met: dict[str, None] = {}
    strangers: dict[str, None] = {}

    def put(found: re.Match[str]) -> str:
        if found[1] is None:
            strangers[found[2]] = None
            return found[0]
        name = known.get(found[1].casefold(), found[1])
        met[name] = None
        return people[name]

    return pattern.sub(put, text), tuple(met), tuple(strangers)


def take_loras(text: str) -> tuple[str, tuple[LoraCall, ...]]:
    """Take `<lora:name:0.8>` out of the words; a tag with a bad number counts as strength 1."""
    if "<" not in text:
        return text, ()
    calls: dict[str, LoraCall] = {}
    for name, numbers in _LORA.findall(text):
        name, strengths = name.strip(), _strengths(numbers)
        calls[name] = LoraCall(name, *strengths)
    if not calls:
        return text, ()
    words = re.sub(r"[ \t]{2,}", " ", _LORA.sub("", text))
    words = re.sub(r"(?:, ?){2,}", ", ", words).strip(" \t\n,")
    return words, tuple(call for call in calls.values() if call.name)


def scale_loras(calls: Sequence[LoraCall], share: float) -> tuple[LoraCall, ...]:
    """All LoRAs stronger or weaker by the same share; at 0 none is left."""
    if share == 0:
        return ()
    return tuple(LoraCall(call.name, call.strength * share,
                          None if call.text_strength is None else call.text_strength * share) for call in calls)


def _strengths(numbers: str) -> tuple[float, float | None]:
    found = [part.rpartition("=")[2] for part in numbers.split(":")[:2]] if numbers else []
    values = [max(-STRONGEST, min(STRONGEST, float(part))) for part in found if NUMBER.match(part)]
    if len(values) == 2:
        return values[1], values[0]
    return (values[0] if values else 1.0), None


def lora_tag(call: LoraCall) -> str:
    """The tag as every reader of pictures understands it: a clean name and one number."""
    name = re.sub(r"[^\w.-]+", "_", call.name, flags=re.ASCII).strip("_") or "lora"
    return f"<lora:{name}:{call.strength:g}>"


def apply_styles(prompt: str, negative: str, styles: Iterable[Style]) -> tuple[str, str]:
    """A style with `{prompt}` in it wraps the words; one without is added after them."""
    for style in styles:
        prompt = _wear(prompt, style.prompt)
        negative = _wear(negative, style.negative)
    return prompt, negative


def _wear(words: str, style: str) -> str:
    if "{prompt}" in style:
        return style.replace("{prompt}", words)
    return ", ".join(part for part in (words.strip().rstrip(","), style.strip()) if part)
