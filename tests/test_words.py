"""The law of words: every task, setting and folder is in the README; every word of the window is in every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.language import LANGUAGES, read_table
from core.requests import REQUESTS
from core.settings import DEFAULTS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODES = sorted(path.stem for path in LANGUAGES.glob("*.toml"))
ENGLISH = {key: word for key, word in read_table(LANGUAGES / "en.toml").items() if not key.startswith("phrases.")}
HIDDEN = {"sharing.password_hash"}
"""What the studio keeps for itself: no person sets these."""
SAYS = frozenset({"words", "mark"})


def used() -> Iterator[tuple[str, str]]:
    """(place, pattern) of every key that the window asks for; a computed part of a key matches anything."""
    for path in sorted((ROOT / "ui").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for key in _strings(node.args[0]) if name in SAYS else ():
                yield f"{path.name}:{node.lineno}", key


def _strings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values)


def test_every_key_that_the_window_uses_is_there():
    unknown = [f"{place} {key}" for place, key in used() if not any(re.fullmatch(key, known) for known in ENGLISH)]
    assert unknown == []


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_every_word_and_no_other(code):
    own = {key for key in read_table(LANGUAGES / f"{code}.toml") if not key.startswith("phrases.")}
    assert own == set(ENGLISH)


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_keeps_its_blanks_and_is_plain_text(code):
    for key, word in read_table(LANGUAGES / f"{code}.toml").items():
        if key in ENGLISH:
            assert set(re.findall(r"{(\w+)}", word)) == set(re.findall(r"{(\w+)}", ENGLISH[key])), key
        assert word.strip() and not re.search(r"[<>\"`$]|~~|&", word), f"{key} has to be plain text"


def test_english_spanish_japanese_and_german_are_there():
    assert {"en", "es", "ja", "de"} <= set(CODES)


@pytest.mark.parametrize("task", sorted(REQUESTS))
def test_every_task_is_in_the_readme(task):
    assert re.search(rf"`{task}`|pipelines/{task}/", README), f"say in the README what `{task}` does"


@pytest.mark.parametrize("name", sorted(f"{branch}.{leaf}" for branch, leaves in DEFAULTS.items() for leaf in leaves))
def test_every_setting_is_in_the_readme(name):
    assert name in HIDDEN or f"`{name}`" in README, f"say in the README what the setting {name} changes"


@pytest.mark.parametrize("folder", ["core", "pipelines", "ui", "configs", "models", "outputs", "tests"])
def test_every_folder_is_in_the_readme(folder):
    assert f"`{folder}/`" in README
