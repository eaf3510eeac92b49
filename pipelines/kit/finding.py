"""Where things lie that a picture needs: weights, LoRAs, characters' words, wildcards and styles."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.characters import answers_to, from_row
from core.errors import BadFile, Missing
from core.prompts import LoraCall, Prompt, Style, apply_styles
from core.requests import ImageRequest
from core.story.concerns import refuse_young_picture
from core.weights.families import name_family
from core.weights.places import belongs, models_in
from core.wordlists import read_styles
from pipelines.kit.family import Family
from pipelines.kit.lora import Worn

MAX_LINES = 20_000


@dataclass(frozen=True)
class Words:
    """What names in a prompt stand for."""

    people: Mapping[str, str]
    wildcards: Mapping[str, Sequence[str]]
    styles: Mapping[str, Style]

    def dress(self, request: ImageRequest) -> tuple[str, str]:
        """The prompt and the negative one with the chosen character and styles in them."""
        prompt = request.prompt
        if request.character and f"@{request.character}".casefold() not in prompt.casefold():
            prompt = f"@{request.character}, {prompt}" if prompt.strip() else f"@{request.character}"
        strange = [name for name in request.styles if name not in self.styles]
        if strange:
            raise Missing(f"There is no style called {strange[0]!r}.", f"There is: {', '.join(self.styles) or 'none'}.")
        return apply_styles(prompt, request.negative, [self.styles[name] for name in request.styles])


def find_words(bench: Bench, family: str) -> Words:
    people = {row["name"]: describe_person(row, family) for row in bench.rows("characters") if row.get("name")}
    lists = {name: _lines(path) for name, path in bench.configs("wildcards", ".txt").items()}
    styles = {style.name: style for path in bench.configs("styles", ".csv").values() for style in read_styles(path)}
    return Words(people, lists, styles)


def refuse_young(bench: Bench, request: ImageRequest, prompt: Prompt) -> None:
    """Before anything is drawn, when wildcards and styles have had their say."""
    named = [one for one in (*prompt.people, request.character, *request.face_people) if one]
    refuse_young_picture(prompt.text, [from_row(row) for row in bench.rows("characters") if "subject" in row
                                       and any(answers_to(row, who) for who in named)])


def describe_person(row: Mapping[str, Any], family: str = "starter") -> str:
    """A character's trigger word, look and LoRA, as they stand in a prompt."""
    if "subject" in row:
        person = from_row(row)
        worn = person.lora_for_family(family)
        return f"{person.words} <lora:{Path(worn.file).stem}:{worn.strength:g}>" if worn else person.words
    look = ", ".join(str(row[key]).strip() for key in ("trigger", "description") if row.get(key))
    worn = row.get("lora")
    return f"{look} <lora:{worn}:{float(row.get('lora_strength') or 1.0):g}>" if worn else look


def find_weights(bench: Bench, family: Family, name: str) -> Path:
    """The model that was named; else the family's own; else the first of the family among the checkpoints."""
    if name:
        return bench.weights(name)
    if family.weights:
        return bench.weights(family.weights)
    for path in _models(bench, "checkpoints"):
        if belongs(path, family.key):
            return path
    raise Missing(f"There is no {name_family(family.key)} model on this computer.",
                  "Put one into models/checkpoints, or name its folder in Settings. The Starter draws without one.")


def find_config(bench: Bench, family: Family) -> Path | None:
    """What a single file needs beside it: the family's small description files, or a whole folder of the family."""
    try:
        return bench.weights(f"descriptions/{family.key}")
    except Missing:
        folders = (path for path in _models(bench, "checkpoints") if path.is_dir())
        return next((path for path in folders if belongs(path, family.key)), None)


def find_loras(bench: Bench, calls: Sequence[LoraCall]) -> tuple[Worn, ...]:
    """The files of the LoRAs in a prompt, by their names, wherever they lie below models/loras.

    What a training made for a character is known by its hash as well: exactly that file is worn, also when another
    of its name lies in a folder that comes first, or when somebody gave it a new name.
    """
    if not calls:
        return ()
    files = _models(bench, "loras")
    known = {path.stem.casefold(): path for path in reversed(files)}
    trained = {Path(str(lora.get("file"))).stem.casefold(): str(lora.get("sha256") or "")
               for row in bench.rows("characters") for lora in row.get("loras") or () if isinstance(lora, Mapping)}
    paths = (_exact(bench, files, trained.get(call.name.casefold(), ""), call, known) for call in calls)
    return tuple(Worn(bench.uses(path, "lora"), call.strength, call.text_strength)
                 for path, call in zip(paths, calls, strict=True))


def _exact(bench: Bench, files: Sequence[Path], sha256: str, call: LoraCall, known: Mapping[str, Path]) -> Path:
    """The file with this hash, looked for under its own name first; without a hash, or without the file, the name."""
    if not sha256:
        return _lora_path(call, known)
    for path in sorted(files, key=lambda file: file.stem.casefold() != call.name.casefold()):
        if path.is_file() and bench.hashes(path).sha256 == sha256:
            return path
    path = _lora_path(call, known)
    bench.note(f"{path.name} is not the file any more that was trained: it was changed or replaced since.")
    return path


def _lora_path(call: LoraCall, known: Mapping[str, Path]) -> Path:
    wanted = call.name.replace("\\", "/").rpartition("/")[2].removesuffix(".safetensors").casefold()
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, 3)
    hint = f"Did you mean {', '.join(known[name].stem for name in near)}?" if near else "Put it into models/loras."
    raise Missing(f"There is no LoRA called {call.name!r} on this computer.", hint)


def _models(bench: Bench, kind: str) -> list[Path]:
    """Models of a kind in all folders, the person's own first."""
    found = (path for folder in bench.folders(kind) for path in models_in(folder))
    return [path for path in dict.fromkeys(found) if path.is_dir() or path.suffix == ".safetensors"]


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")[:4_000_000]
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"The wildcard {path.name} could not be read.", "Save the file as UTF-8 text.") from error
    return [line.strip() for line in text.splitlines()[:MAX_LINES] if line.strip() and not line.startswith("#")]
