"""SwarmUI writes JSON where A1111 writes lines."""

from collections.abc import Mapping

from core.prompts import LoraCall
from core.recipes.recipe import Recipe, load_json, number, side, whole, words
from core.samplers import COMFYUI_SCHEDULES, find_sampler


def read_swarm(notes: Mapping[str, str]) -> Recipe | None:
    whole_note = load_json(notes.get("parameters", "") or notes.get("UserComment", ""))
    found = whole_note.get("sui_image_params") if isinstance(whole_note, dict) else None
    if not isinstance(found, dict):
        return None
    sampler = find_sampler(words(found.get("sampler")))
    schedule = words(found.get("scheduler"))
    return Recipe(
        tool="SwarmUI",
        prompt=words(found.get("prompt")),
        negative=words(found.get("negativeprompt")),
        seed=whole(found.get("seed")),
        steps=whole(found.get("steps"), 1, 10_000),
        guidance=number(found.get("cfgscale"), 0, 1000),
        sampler=sampler.name if sampler else words(found.get("sampler")),
        schedule=COMFYUI_SCHEDULES.get(schedule, schedule),
        width=side(found.get("width")),
        height=side(found.get("height")),
        model=words(found.get("model")),
        loras=tuple(_loras(found)),
        rest={"Version": words(found["swarm_version"])} if "swarm_version" in found else {},
    )


def _loras(found: Mapping[str, object]) -> list[LoraCall]:
    names, strengths = _list(found.get("loras")), _list(found.get("loraweights"))
    strengths += ["1"] * (len(names) - len(strengths))
    return [LoraCall(words(name)[:200], number(value, -10, 10) or 0.0)
            for name, value in zip(names, strengths, strict=False)][:100]


def _list(value: object) -> list:
    if isinstance(value, str):
        return [part.strip() for part in value[:20_000].split(",") if part.strip()]
    return list(value) if isinstance(value, list) else []
