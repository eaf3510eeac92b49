"""Tags in the order in which they run: what stands between [if] and [endif] inside it, macros and calls set apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.importers.tyrano.tags import Tag

DEEPEST = 30
OPENS, ENDS = {"if": "endif", "ignore": "endignore", "macro": "endmacro"}, ("endif", "endignore", "endmacro")


@dataclass(frozen=True, slots=True)
class Branch:
    """[if] with its ways: each a condition ("" is else) and what happens then."""

    ways: tuple[tuple[str, tuple["Tag | Branch", ...]], ...]


Run = tuple[Tag | Branch, ...]
Open = list[tuple[Tag, list[tuple[str, list[Any]]]]]


class Runs:
    """The files of a game by name, and its macros."""

    def __init__(self, trouble: Callable[[str], object]):
        self.trouble = trouble
        self.files: dict[str, Run] = {}
        self.macros: dict[str, Run] = {}

    def learn(self, name: str, tags: list[Tag]) -> None:
        root: list[Tag | Branch] = []
        stack: Open = []
        into: list[Any] = root
        for tag in tags:
            if tag.name in OPENS and len(stack) < DEEPEST:
                test = f"!({tag['exp']})" if tag.name == "ignore" else tag["exp"]
                stack.append((tag, [(test, [])]))
                into = stack[-1][1][0][1]
            elif tag.name in ("elsif", "else") and stack and stack[-1][0].name == "if":
                stack[-1][1].append((tag["exp"], []))
                into = stack[-1][1][-1][1]
            elif tag.name in ENDS and stack and OPENS[stack[-1][0].name] == tag.name:
                into = self.close(stack, root)
            elif tag.name in (*ENDS, *OPENS, "elsif", "else"):
                self.trouble(f"“{tag.source[:60]}” stands where nothing began; it was left out.")
            else:
                into.append(tag)
        while stack:
            self.trouble(f"“{stack[-1][0].source[:60]}” is never closed; it was closed at the end of its file.")
            self.close(stack, root)
        self.files[name] = tuple(root)

    def close(self, stack: Open, root: list[Any]) -> list[Any]:
        """What stood in the innermost, put where it began; gives where it goes on."""
        tag, ways = stack.pop()
        into = stack[-1][1][-1][1] if stack else root
        if tag.name == "macro":
            self.macros.setdefault(tag["name"].lower(), tuple(ways[0][1]))
        else:
            into.append(Branch(tuple((test, tuple(inner)) for test, inner in ways)))
        return into

    def file(self, storage: str) -> str:
        """The file that a script means, also without its folder."""
        storage += "" if "." in storage.rsplit("/", 1)[-1] else ".ks"
        low = storage.lower()
        return next((one for one in self.files if one.lower() == low or one.lower().endswith(f"/{low}")), storage)

    def called(self, file: str, label: str) -> Run | None:
        """What a call runs up to its [return], if that is a plain run of tags."""
        made: list[Tag | Branch] = []
        begun = not label
        for one in self.files.get(file, ()):
            if isinstance(one, Tag) and one.name == "label":
                begun = begun or one["name"] == label
                if made:
                    return None
            elif begun and isinstance(one, Tag) and one.name in ("return", "s"):
                return tuple(made) if one.name == "return" else None
            elif begun:
                made.append(one)
        return None


def filled(one: Tag | Branch, given: Mapping[str, str]) -> Tag | Branch:
    """A tag of a macro with what the macro was given: `%name` and `%name|otherwise`."""
    if isinstance(one, Branch):
        return Branch(tuple((test, tuple(filled(inner, given) for inner in run)) for test, run in one.ways))
    if one.name == "text":
        return one
    told = dict(given) | one.given if "*" in one.given else dict(one.given)
    for key, value in told.items():
        if value.startswith("%"):
            name, _, otherwise = value[1:].partition("|")
            told[key] = given.get(name.strip(), otherwise)
    return Tag(one.name, {key: value for key, value in told.items() if key != "*"}, one.source)
