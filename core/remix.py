"""Going on from a picture: its recipe, our own or another tool's, becomes wishes for the next one.

Nothing is submitted here, and nothing of a stranger's recipe is believed without a bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from core.errors import Refused
from core.prompts import lora_tag
from core.recipes.picture import read_recipe
from core.recipes.recipe import Recipe
from core.requests import SHAPES, ImageRequest
from core.samplers import SCHEDULES, find_sampler

HOW = ("all", "remix", "prompt")
"""Everything; everything but the seeds; the words alone."""
WORDS = ("prompt", "negative", "styles", "character")
SEEDS = ("seed", "choice_seed", "variation_seed")
NOT_AGAIN = ("repeats",)
FAR_BACK = 8
"""So many steps are gone back from an enlarged picture to the one that was drawn."""
VARIATIONS, STRAY = 4, 0.3
REDRAWN = 0.5
"""How much changes when a picture that nobody drew here is varied."""


class HasAssets(Protocol):
    """What is asked of the studio's assets."""

    def record(self, asset_id: str) -> dict[str, Any]: ...

    def get(self, asset_id: str) -> Any: ...


@dataclass(frozen=True)
class Wish:
    """What to ask for next. `pipeline` is "" where the recipe does not say which of ours made it."""

    pipeline: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    tool: str = ""
    """Who made the picture: "StudioNova", "ComfyUI" …; "" when it does not say."""
    notices: tuple[str, ...] = ()

    def taken(self, how: str) -> "Wish":
        """The part of it that was asked for: all, remix or prompt."""
        if how not in HOW:
            raise Refused(f"{how!r} is no way of going on from a picture.", f"It can be: {', '.join(HOW)}.")
        if how == "prompt":
            kept = {name: value for name, value in self.values.items() if name in WORDS}
            return Wish("", kept, self.tool, self.notices)
        left_out = SEEDS if how == "remix" else ()
        return Wish(self.pipeline, {name: value for name, value in self.values.items() if name not in left_out},
                    self.tool, self.notices)


def wish_of(assets: HasAssets, asset_id: str) -> Wish:
    """How to make this picture again: from its sidecar, else from what the file itself says."""
    record = drawn(assets, asset_id)
    if record is not None:
        return from_record(record)
    recipe = read_recipe(assets.get(asset_id).path)
    return Wish() if recipe is None else from_recipe(recipe)


def drawn(assets: HasAssets, asset_id: str) -> dict[str, Any] | None:
    """The record of the picture that was drawn, also for one that was only enlarged or mended afterwards."""
    for _ in range(FAR_BACK):
        record = assets.record(asset_id)
        if str(record.get("pipeline", "")).startswith("image."):
            return record
        parents = [one for one in record.get("parents") or [] if isinstance(one, str)]
        if not parents or not record.get("pipeline"):
            return None
        asset_id = parents[0]
    return None


def from_record(record: Mapping[str, Any]) -> Wish:
    """From a sidecar of ours: the whole request, with the seeds that were rolled."""
    known = {f.name for f in fields(ImageRequest)} - set(NOT_AGAIN)
    asked = record.get("request")
    values = {name: value for name, value in asked.items() if name in known} if isinstance(asked, Mapping) else {}
    values |= {name: record[name] for name in ("seed", "variation_seed") if isinstance(record.get(name), int)}
    return Wish(str(record.get("pipeline", "")), values | {"count": 1}, "StudioNova")


def from_recipe(recipe: Recipe) -> Wish:
    """From another tool's picture, as far as the words mean the same here."""
    tags = [tag for tag in map(lora_tag, recipe.loras) if tag not in recipe.prompt]
    values: dict[str, Any] = {"prompt": " ".join(filter(None, [recipe.prompt, *tags])), "negative": recipe.negative}
    for name, value, most in (("seed", recipe.seed, 2**63 - 1), ("steps", recipe.steps, 150),
                              ("clip_skip", recipe.clip_skip, 12)):
        if value is not None and value <= most:
            values[name] = value
    if recipe.guidance is not None and 0 <= recipe.guidance <= 30:
        values["guidance"] = recipe.guidance
    sampler = find_sampler(recipe.sampler) if recipe.sampler else None
    if sampler is not None:
        values["sampler"] = sampler.name
    if recipe.schedule in SCHEDULES:
        values["schedule"] = recipe.schedule
    if recipe.width and recipe.height:
        values |= {"shape": nearest_shape(recipe.width, recipe.height), "width": recipe.width, "height": recipe.height}
    notices = () if sampler or not recipe.sampler else (
        f"The sampler {recipe.sampler[:40]!r} is not here; the model's own is used.",)
    return Wish("", values, recipe.tool, notices)


def nearest_shape(width: int, height: int) -> str:
    """The word for a picture of these sides."""
    ratios = dict(zip(SHAPES, (1.0, 0.8, 1.25, 0.58, 1.72), strict=True))
    ratio = max(0.05, min(20.0, width / max(1, height)))
    return min(SHAPES, key=lambda name: max(ratios[name] / ratio, ratio / ratios[name]))


# --- the next picture -------------------------------------------------------------------------------------------


def again(record: Mapping[str, Any]) -> Wish:
    """The same wishes with fresh dice."""
    wish = from_record(record).taken("remix")
    return Wish(wish.pipeline, wish.values, wish.tool)


def repeat(record: Mapping[str, Any]) -> Wish:
    """The same picture, bit for bit; the pipeline says so, or what is different."""
    wish = from_record(record)
    return Wish(wish.pipeline, {**wish.values, "repeats": str(record.get("id", ""))}, wish.tool)


def vary(record: Mapping[str, Any]) -> Wish:
    """Several pictures near this one. Only a picture drawn from words alone can stray by its noise."""
    wish = from_record(record)
    values = {**wish.values, "count": VARIATIONS}
    if values.get("picture"):
        return Wish(wish.pipeline, {name: value for name, value in values.items() if name not in SEEDS}, wish.tool)
    values.pop("variation_seed", None)
    return Wish(wish.pipeline, {**values, "variation": values.get("variation") or STRAY}, wish.tool)


def vary_given(asset_id: str, wish: Wish, pipeline: str) -> Wish:
    """Several pictures near one that nobody drew here: each drawn over it."""
    words = {name: value for name, value in wish.values.items() if name in WORDS}
    return Wish(pipeline, {**words, "picture": asset_id, "strength": REDRAWN, "count": VARIATIONS}, wish.tool)


def tell_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a repeated picture may not be the same, in words."""
    said = []
    old, new = _hashes(before), _hashes(now)
    same = {*old.values()} & {*new.values()} - {""}  # whatever they are called
    old, new = ({name: sha256 for name, sha256 in each.items() if sha256 not in same} for each in (old, new))
    said += [f"{name} is another file now." for name in old if name in new and old[name] != new[name]]
    said += [f"{name} was used then and is not now." for name in old if name not in new]
    said += [f"{name} is used now and was not then." for name in new if name not in old]
    if before.get("device") and now.get("device") and before["device"] != now["device"]:
        said.append(f"It was drawn on {before['device']}, and now on {now['device']}.")
    return tuple(said)


def _hashes(record: Mapping[str, Any]) -> dict[str, str]:
    return {str(one.get("name")): str(one.get("sha256")) for one in record.get("weights") or []
            if isinstance(one, Mapping)}
