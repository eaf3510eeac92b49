"""The law of words: every task, setting and folder is in the README; every word of the window is in every language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipelines
from core.catalog import Catalog
from core.knobs import knobs, spoken
from core.language import BLANK, FALLBACK, LANGUAGES, read_table
from core.requests import REQUESTS
from core.settings import DEFAULTS
from core.weights.families import NAMES
from core.weights.known import read_known
from tests.capabilities import renewed

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODES = sorted(path.stem for path in LANGUAGES.glob("*.toml"))
ENGLISH = {key: word for key, word in read_table(LANGUAGES / "en.toml").items() if not key.startswith("phrases.")}
HIDDEN = {"sharing.password_hash", "tavern.key"}
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


PROPER = frozenset({
    "BLIP", "Florence-2", "Qwen-VL", "Chroma", "FLUX.1", "FLUX.2 Klein", "Krea 2", "Qwen-Image", "Stable Diffusion 1.5",
    "Stable Diffusion 3.5", "Stable Diffusion ×4", "SDXL", "Z-Image Turbo", "Lanczos", "Canny", "AdamW",
    "Adafactor", "Prodigy", "SillyTavern", "Z-Image", "LoRAs", "ControlNet", "IP-Adapter"})
"""Names that are the same in every language."""
REFUSALS = frozenset({"StudioError", "Refused", "Missing", "BadFile", "TooBig", "Cancelled", "Unclear"})
FOUND = {"Fix": slice(1), "Finding": slice(2, 3), "Concern": slice(1, 3)}
"""Where the words are of what the check and the look at licences find in a story."""
STORY_CHECKS = ("core/story/check", "core/story/concerns")
TERMINAL = ("core/launcher/", "core/serverless.py", "core/hosts.py", "pipelines/starter/", "pipelines/demo.py",
            "pipelines/train/__main__.py")
"""What speaks in a terminal only."""


def on_cards_and_forms() -> Iterator[tuple[str, str]]:
    """(place, English) of what pipelines, requests and known models say of themselves."""
    entries = list(Catalog(pipelines, {}, ()))
    for entry in entries:
        yield from ((entry.key, text) for text in (entry.card.name, entry.card.about))
    yield from ((one.key, one.about) for one in read_known().values())
    yield from (("families", said) for said in NAMES.values() if said.startswith(("a ", "an ", "the ")))
    for shape in (*REQUESTS.values(), *(entry.options for entry in entries if entry.options)):
        for f in knobs(shape):
            yield from ((shape.__name__, text) for text in (f.metadata["label"], f.metadata.get("help", "")) if text)
            yield from ((shape.__name__, spoken(f, choice)) for choice in f.metadata.get("choices") or ()
                        if str(choice).islower())


SENTENCE = re.compile("[A-Z“{].* .*[.?!]")
NOT_TOLD = ("core/library.py", "pipelines/caption/qwen_vl.py")
"""What speaks to SQLite, or to a model."""


def in_sentences() -> Iterator[tuple[str, str]]:
    """(place, English) of all that reads like a sentence, wherever it stands: people will meet it somewhere."""
    for path in (path for room in ("core", "ui", "pipelines") for path in sorted((ROOT / room).rglob("*.py"))):
        place = path.relative_to(ROOT).as_posix()
        if place.startswith((*TERMINAL, *NOT_TOLD)):
            continue
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        passed = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
        passed |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in passed:
                yield from ((f"{place}:{node.lineno}", text) for text in _shapes(node)
                            if SENTENCE.fullmatch(text) and re.search("[A-Za-z]{3}", text))


def on_the_way() -> Iterator[tuple[str, str]]:
    """(place, English) of refusals with their hints, phases, notes and reasons why not; `{}` for what is put in."""
    for room in ("core", "ui", "pipelines"):
        for path in sorted((ROOT / room).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if place.startswith(TERMINAL):
                continue
            for node in ast.walk(_with_constants(ast.parse(path.read_text(encoding="utf-8")))):
                for text in _said(node) if isinstance(node, ast.Call) else _reasons(node):
                    if re.search("[A-Za-z]{3}", text):
                        yield f"{place}:{node.lineno}", text
                for text in _found(node) if place.startswith(STORY_CHECKS) else ():
                    if re.search("[A-Za-z]{3}", text):
                        yield f"{place}:{node.lineno}", text


def _with_constants(tree: ast.Module) -> ast.Module:
    """The module with its sentences in place of the names that it gave them at the top."""
    known = {one.targets[0].id: one.value for one in tree.body if isinstance(one, ast.Assign)
             and isinstance(one.targets[0], ast.Name) and isinstance(one.value, ast.Constant)}

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return known.get(node.id, node) if isinstance(node.ctx, ast.Load) else node

    return Put().visit(tree)


def _said(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    given = call.args[:2] if name in REFUSALS else call.args[2:3] if name == "step" else \
        call.args[:1] if name in ("note", "written") or name == "append" and _is_notes(call.func) else ()
    for node in given:
        yield from _shapes(node)


def _found(node: ast.AST) -> Iterator[str]:
    """What the check of a story says, in place or put into `words` first, and the words of what mends it."""
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "words":
        yield from _shapes(node.value)
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in FOUND:
        for given in node.args[FOUND[node.func.id]]:
            yield from _shapes(given)


def _is_notes(func: ast.AST) -> bool:
    """Whether this is the `append` of what will be told in the window."""
    return isinstance(func, ast.Attribute) and getattr(func.value, "id", "") in ("notes", "notices")


def _reasons(node: ast.AST) -> Iterator[str]:
    """What a module's `why_not` gives back."""
    if isinstance(node, ast.FunctionDef) and node.name == "why_not":
        for one in ast.walk(node):
            yield from _shapes(one.value) if isinstance(one, ast.Return) and one.value else ()


def _shapes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else BLANK for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _shapes(node.body)
        yield from _shapes(node.orelse)


@pytest.mark.parametrize("code", [code for code in CODES if code != FALLBACK])
def test_every_card_form_refusal_phase_note_and_sentence_is_said_in_every_language(code):
    own = {key.removeprefix("phrases.") for key in read_table(LANGUAGES / f"{code}.toml")}
    missing = [f"{place}: {text}" for place, text in (*on_cards_and_forms(), *on_the_way(), *in_sentences())
               if text not in own and text not in PROPER and f"{text.partition(': ')[0]}: {BLANK}" not in own]
    assert missing == [], f"say these in configs/languages/{code}.toml, at the end, as \"English\" = \"…\""


@pytest.mark.parametrize("code", [code for code in CODES if code != FALLBACK])
def test_every_phrase_keeps_its_blanks(code):
    for key, said in read_table(LANGUAGES / f"{code}.toml").items():
        if key.startswith("phrases.") and BLANK in key:
            numbered = {int(n) for n in re.findall(r"{(\d)}", said)}
            count = key.count(BLANK)
            assert said.count(BLANK) == count or numbered <= set(range(1, count + 1)) and numbered, key


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


def test_the_readme_shows_the_capability_matrix_as_the_catalog_has_it():
    assert renewed(README) == README, "run: python -m tests.capabilities"
