"""Fooocus's own scheme (its A1111 scheme is read as infotext)."""

from collections.abc import Mapping

from core.prompts import LoraCall
from core.recipes.recipe import Recipe, load_json, number, side, whole, words
from core.samplers import COMFYUI_SCHEDULES, find_sampler


def read_fooocus(notes: Mapping[str, str]) -> Recipe | None:
    found = load_json(notes.get("parameters", "") or notes.get("UserComment", ""))
    if not isinstance(found, dict) or "base_model" not in found:
        return None
    sizes = words(found.get("resolution"))[:40].strip("() ").replace("×", ",").split(",")
    sampler = find_sampler(words(found.get("sampler")))
    schedule = words(found.get("scheduler"))
    return Recipe(
        tool="Fooocus",
        prompt=words(found.get("prompt")),
        negative=words(found.get("negative_prompt")),
        seed=whole(found.get("seed")),
        steps=whole(found.get("steps"), 1, 10_000),
        guidance=number(found.get("guidance_scale"), 0, 1000),
        sampler=sampler.name if sampler else words(found.get("sampler")),
        schedule=COMFYUI_SCHEDULES.get(schedule, schedule),
        width=side(sizes[0]),
        height=side(sizes[-1]),
        model=words(found.get("base_model")),
        model_hash=words(found.get("base_model_hash")),
        loras=tuple(_loras(found.get("loras"))),
        rest={name: words(found[key]) for key, name in (("styles", "Styles"), ("version", "Version")) if key in found},
    )


def _loras(entries: object) -> list[LoraCall]:
    return [
        LoraCall(words(entry[0])[:200], number(entry[1], -10, 10) or 0.0)
        for entry in (entries[:100] if isinstance(entries, list) else ())
        if isinstance(entry, list) and len(entry) >= 2
    ]
