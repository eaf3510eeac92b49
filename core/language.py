"""The words of the interface: one table per language, English below each of them, word by word.

A page is written once with marks where words belong (`~~library.search~~`); `fill` puts the visitor's words in.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from core.errors import BadFile
from core.home import PROGRAM

LANGUAGES = PROGRAM / "configs" / "languages"
FALLBACK = "en"
PHRASES = "phrases"
"""The section whose keys are English sentences themselves: labels and phases that pipelines bring along."""
BLANK = "{}"
"""In a phrase: a name or a number that is put in. A translation that needs another order counts them: {2}, {1}."""
_MARK = re.compile(r"~~(=?)(.+?)~~")


class Words:
    """One language. `words("library.search")` gives the sentence, `words("jobs.waiting", count=2)` fills it in."""

    def __init__(self, code: str, table: Mapping[str, str], phrases: Mapping[str, str]) -> None:
        self.code = code
        self._table = table
        self._phrases = phrases
        shaped = [(_shape(english), said) for english, said in phrases.items() if BLANK in english]
        self._shapes = sorted(shaped, key=lambda one: -len(one[0].pattern))

    def __call__(self, key: str, **values: object) -> str:
        """The sentence for a key; the key itself where no language knows it, so that a slip is seen at once."""
        sentence = self._table.get(key, key)
        return sentence.format(**values) if values else sentence

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def section(self, name: str) -> tuple[str, ...]:
        """The keys below one heading, for a part of the page that takes all of them along."""
        return tuple(key.removeprefix(f"{name}.") for key in self._table if key.startswith(f"{name}."))

    def phrase(self, english: str) -> str:
        """An English label, phase or refusal in this language, or as it is. One that was made from a name or a number
        is known by its shape: a phrase with `{}` for each of them. Of several lines each is a phrase of its own."""
        said = self._phrases.get(english)
        if said is not None or " " not in english:
            return english if said is None else said
        if "\n" in english:
            return "\n".join(map(self.phrase, english.split("\n")))
        for shape, said in self._shapes:
            found = shape.fullmatch(english)
            if found:
                return _put(said, [self.phrase(given) for given in found.groups()])
        return english


class Languages:
    """All languages of a folder, read once when the studio opens."""

    def __init__(self, folder: Path) -> None:
        tables = {path.stem: read_table(path) for path in sorted(folder.glob("*.toml"))}
        if FALLBACK not in tables:
            raise BadFile(f"{FALLBACK}.toml is missing in {folder.name}.", "Put it back; every other language rests "
                                                                           "on it.")
        below, sentences = _split(tables[FALLBACK])
        self._words = {}
        for code, table in tables.items():
            own, phrases = _split(table)
            self._words[code] = Words(code, below | own, sentences | phrases)

    def __getitem__(self, code: str) -> Words:
        return self._words.get(code, self._words[FALLBACK])

    @property
    def names(self) -> dict[str, str]:
        """Each code with the language's name in itself."""
        return {code: words("language.name") for code, words in self._words.items()}

    def written_in(self, code: str, reader: Words) -> Words:
        """What is put into something that is written in this language; the reader's words where it is not spoken."""
        return self._words.get(code.partition("-")[0], reader)

    def choose(self, chosen: str = "", setting: str = "", accepted: str = "") -> Words:
        """The visitor's own choice, else the studio's setting, else what the browser asks for, else English."""
        for code in (chosen, setting, *_ranked(accepted)):
            if code in self._words:
                return self._words[code]
        return self._words[FALLBACK]


@cache
def shipped() -> Languages:
    """The studio's own languages, read once: that takes a quarter of a second."""
    return Languages(LANGUAGES)


def mark(key: str) -> str:
    """A place in the page for the word with this key."""
    return f"~~{key}~~"


def phrase_mark(english: str) -> str:
    """A place in the page for an English label that a pipeline or a request brings along."""
    return f"~~={english}~~" if english else ""


def fill(page: str, words: Words, escape: Callable[[str], str] = str) -> str:
    """The page with this language's words where marks were."""
    def put(found: re.Match[str]) -> str:
        if found[1]:
            return escape(words.phrase(json.loads(f'"{found[2]}"')))
        return escape(words(found[2]))
    return _MARK.sub(put, page)


def read_table(path: Path) -> dict[str, str]:
    """A language file as one flat table, "section.key" to sentence; phrases keep their section in front."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"The language file {path.name} cannot be read: {error}.", "Mend that line.") from error
    return {f"{section}.{key}": sentence for section, keys in tree.items() for key, sentence in keys.items()}


def _split(table: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    start = f"{PHRASES}."
    return ({key: value for key, value in table.items() if not key.startswith(start)},
            {key[len(start):]: value for key, value in table.items() if key.startswith(start)})


def _shape(english: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, english.split(BLANK))), re.DOTALL)


def _put(said: str, given: Sequence[str]) -> str:
    """The given names and numbers in the blanks, in their order or as counted."""
    order = iter(given)
    return re.sub(r"{(\d?)}", lambda blank: given[int(blank[1]) - 1] if blank[1] else next(order), said)


def _ranked(accepted: str) -> list[str]:
    """The codes of an Accept-Language header, best first, without regions."""
    ranked = []
    for place, part in enumerate(accepted.split(",")[:20]):
        code, _, weight = part.strip().partition(";q=")
        try:
            ranked.append((-float(weight or 1), place, code.split("-")[0].lower()))
        except ValueError:
            continue
    return [code for _, _, code in sorted(ranked)]
