"""The text that A1111 began and Forge, Civitai and ComfyUI read: written exactly, read without regular expressions."""

import json
from collections.abc import Mapping

from core.prompts import LoraCall, lora_tag, take_loras
from core.recipes.recipe import MAX_WORDS, Recipe, number, side, whole, words
from core.samplers import split_sampler

NEGATIVE = "Negative prompt:"
_KNOWN = ("Steps", "Sampler", "Schedule type", "CFG scale", "Seed", "Size-1", "Size-2", "Model hash", "Model",
          "Denoising strength", "Clip skip", "Lora hashes")


def write_infotext(recipe: Recipe, lora_hashes: Mapping[str, str] | None = None) -> str:
    """Steps stands first and the negative line is always there: Civitai and ComfyUI refuse the text otherwise."""
    size = f"{recipe.width}x{recipe.height}" if recipe.width and recipe.height else None
    hashes = ", ".join(f"{_slug(name)}: {value[:12]}" for name, value in (lora_hashes or {}).items())
    rest = dict(recipe.rest)
    version = rest.pop("Version", None)
    pairs = {
        "Steps": recipe.steps,
        "Sampler": recipe.sampler or None,
        "Schedule type": recipe.schedule or None,
        "CFG scale": None if recipe.guidance is None else f"{recipe.guidance:g}",
        "Seed": recipe.seed,
        "Size": size,
        "Model hash": recipe.model_hash[:10] or None,
        "Model": recipe.model or None,
        "Denoising strength": None if recipe.strength is None else f"{recipe.strength:g}",
        "Clip skip": recipe.clip_skip if (recipe.clip_skip or 0) > 1 else None,
        **rest,
        "Lora hashes": hashes or None,
        "Version": version,
    }
    tags = " ".join(lora_tag(call) for call in recipe.loras)
    prompt = " ".join(part for part in (recipe.prompt, tags) if part)
    line = ", ".join(f"{key}: {_quote(value)}" for key, value in pairs.items() if value not in (None, ""))
    return f"{prompt}\n{NEGATIVE} {recipe.negative}\n{line}".strip()


def read_infotext(text: str, tool: str = "") -> Recipe | None:
    """The recipe in an infotext; None when nothing in it looks like settings."""
    lines = text[: MAX_WORDS * 2].strip().split("\n")
    pairs = read_pairs(lines[-1])
    if len(pairs) < 3:
        pairs = {}
    else:
        lines.pop()
    prompt, negative = _split_negative(lines)
    if not pairs and NEGATIVE not in text:
        return None
    plain, loras = take_loras(prompt)
    sampler, merged = split_sampler(pairs.get("Sampler", ""))
    rest = {key: value for key, value in pairs.items() if key not in _KNOWN}
    return Recipe(
        tool=tool or _tool(pairs),
        prompt=plain,
        negative=negative,
        seed=whole(pairs.get("Seed")),
        steps=whole(pairs.get("Steps"), 1, 10_000),
        guidance=number(pairs.get("CFG scale"), 0, 1000),
        sampler="" if sampler == "Undefined" else sampler,
        schedule=pairs.get("Schedule type", merged),
        width=side(pairs.get("Size-1")),
        height=side(pairs.get("Size-2")),
        model=pairs.get("Model", ""),
        model_hash=pairs.get("Model hash", ""),
        strength=number(pairs.get("Denoising strength"), 0, 1),
        clip_skip=whole(pairs.get("Clip skip"), 1, 24),
        loras=tuple(LoraCall(words(call.name)[:200], call.strength, call.text_strength) for call in loras[:100]),
        rest=dict(list(rest.items())[:200]),
    )


def read_pairs(line: str) -> dict[str, str]:
    """`Key: value, Key: "quoted, value"` in one walk from left to right, whatever the line holds."""
    pairs: dict[str, str] = {}
    place = 0
    while place < len(line):
        comma, colon = line.find(",", place), line.find(":", place)
        if colon < 0:
            break
        if 0 <= comma < colon:
            place = comma + 1
            continue
        key, start = line[place:colon].strip(), colon + 1
        while line[start : start + 1] == " ":
            start += 1
        value, place = _read_value(line, start)
        if _is_key(key):
            _put(pairs, key, value)
    return pairs


def _read_value(line: str, start: int) -> tuple[str, int]:
    if line[start : start + 1] == '"':
        end = start + 1
        while end < len(line) and line[end] != '"':
            end += 2 if line[end] == "\\" else 1
        if end < len(line):
            comma = line.find(",", end)
            try:
                return json.loads(line[start : end + 1]), len(line) if comma < 0 else comma + 1
            except ValueError:
                return line[start + 1 : end], len(line) if comma < 0 else comma + 1
    comma = line.find(",", start)
    end = len(line) if comma < 0 else comma
    return line[start:end].strip(), end + 1


def _put(pairs: dict[str, str], key: str, value: str) -> None:
    width, cross, height = value.partition("x")
    if cross and width.isdigit() and height.isdigit():
        pairs[f"{key}-1"], pairs[f"{key}-2"] = width, height
    else:
        pairs[key] = value


def _is_key(key: str) -> bool:
    return 2 <= len(key) <= 80 and all(sign.isalnum() or sign in "_ -/" for sign in key)


def _split_negative(lines: list[str]) -> tuple[str, str]:
    prompt: list[str] = []
    negative: list[str] = []
    target = prompt
    for line in lines:
        if line.lstrip().startswith(NEGATIVE):
            target, line = negative, line.lstrip()[len(NEGATIVE) :]
        target.append(line.strip())
    return "\n".join(prompt).strip(), "\n".join(negative).strip()


def _tool(pairs: Mapping[str, str]) -> str:
    version = pairs.get("Version", "")
    if version.startswith("StudioNova"):
        return "StudioNova"
    if version.startswith("f") or "neo" in version or any(key.startswith("Module 1") for key in pairs):
        return "Forge"
    return {"ComfyUI": "ComfyUI"}.get(version, "A1111")


def _quote(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(sign in text for sign in ',\n:"') else text


def _slug(name: str) -> str:
    return lora_tag(LoraCall(name))[6:-3]
