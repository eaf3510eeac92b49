"""InvokeAI's own note in a picture."""

from collections.abc import Mapping

from core.prompts import LoraCall
from core.recipes.recipe import Recipe, load_json, number, side, whole, words


def read_invokeai(notes: Mapping[str, str]) -> Recipe | None:
    found = load_json(notes.get("invokeai_metadata", ""))
    if not isinstance(found, dict):
        return None
    model = found.get("model")
    model = model if isinstance(model, dict) else {}
    return Recipe(
        tool="InvokeAI",
        prompt=words(found.get("positive_prompt")),
        negative=words(found.get("negative_prompt")),
        seed=whole(found.get("seed")),
        steps=whole(found.get("steps"), 1, 10_000),
        guidance=number(found.get("cfg_scale"), 0, 1000),
        sampler=words(found.get("scheduler")),
        width=side(found.get("width")),
        height=side(found.get("height")),
        model=words(model.get("name") or model.get("model_name")),
        model_hash=words(model.get("hash")),
        strength=number(found.get("strength"), 0, 1),
        loras=tuple(_loras(found.get("loras"))),
        rest={"Version": words(found.get("app_version"))} if found.get("app_version") else {},
    )


def _loras(entries: object) -> list[LoraCall]:
    calls = []
    for entry in entries[:100] if isinstance(entries, list) else ():
        model = entry.get("model", entry.get("lora")) if isinstance(entry, dict) else None
        if isinstance(model, dict):
            strength = number(entry.get("weight", 1.0), -10, 10)
            calls.append(LoraCall(words(model.get("name") or model.get("model_name"))[:200], strength or 0.0))
    return calls
