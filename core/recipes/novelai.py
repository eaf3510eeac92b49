"""NovelAI's comment in a PNG."""

from collections.abc import Mapping

from core.recipes.recipe import Recipe, load_json, number, side, whole, words


def read_novelai(notes: Mapping[str, str]) -> Recipe | None:
    found = load_json(notes.get("Comment", "")) if notes.get("Software") == "NovelAI" else None
    if not isinstance(found, dict):
        return None
    return Recipe(
        tool="NovelAI",
        prompt=words(found.get("prompt") or notes.get("Description", "")),
        negative=words(found.get("uc")),
        seed=whole(found.get("seed")),
        steps=whole(found.get("steps"), 1, 10_000),
        guidance=number(found.get("scale"), 0, 1000),
        sampler=words(found.get("sampler")),
        width=side(found.get("width")),
        height=side(found.get("height")),
        model=words(notes.get("Source")),
    )
