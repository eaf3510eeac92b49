"""Refine: a picture drawn again larger, piece by piece, by the model that draws its character, LoRA and all.

Nothing else keeps a likeness as well while adding detail; plain enlarging stays truer to what is there.
"""

from dataclasses import dataclass
from typing import Any

from core import remix
from core.bench import Bench
from core.cards import Card
from core.errors import Missing, StudioError, TooBig
from core.requests import ImageRequest, UpscaleRequest, knob

CARD = Card(
    name="Refine with character",
    task="upscale",
    about="Draws the picture again larger, with the character's LoRA: new detail that still looks like them. Slow.",
    licence="MIT",
    lane="gpu",
    rank=4,
    needs=("torch", "diffusers", "transformers", "PIL"),
    can=("preview",),
)
FIRST = "image.starter"
LARGEST = 4.0


@dataclass(frozen=True)
class Options:
    change: float = knob(0.3, "How much changes", "Low keeps every line; high invents more detail.", kind="slider",
                         low=0.05, high=0.7, step=0.05)
    words: str = knob("", "What is in the picture", "Empty takes the picture's own words, or the character's.",
                      kind="text")


def run(request: UpscaleRequest, bench: Bench) -> None:
    if not request.pictures:
        raise StudioError("There is no picture to enlarge.", "Choose or drop one first.")
    if request.scale > LARGEST:
        raise TooBig(f"Refining goes up to {LARGEST:g} times at once.", "Choose a smaller size, or refine the result.")
    for number, asset_id in enumerate(request.pictures):
        with bench.part(number, len(request.pictures)):
            key, asked = plan(request, asset_id, bench)

            def tell(share: float, phase: str, number: int = number) -> None:
                bench.step(round((number + share) * 100), len(request.pictures) * 100, phase or "Drawing larger")

            tell(0.0, "")
            bench.run(key, asked, tell)
    bench.step(1, 1, "Done")


def plan(request: UpscaleRequest, asset_id: str, bench: Bench) -> tuple[str, ImageRequest]:
    """Who draws, and what is asked: the words that the picture was drawn with, unless others were given."""
    known = remix.wish_of(_Records(bench), asset_id)
    values = dict(known.taken("prompt").values)
    options = request.options
    if options.get("words"):
        values = {"prompt": str(options["words"])}
    if request.character:
        values["character"] = request.character
    key = next((key for key in (known.pipeline, FIRST) if key and "picture" in (bench.able(key) or ())), "")
    if not key:
        raise Missing("No model here can draw over a picture.", "Settings shows what is missing.")
    fitting = {name: value for name, value in values.items() if name in ("prompt", "negative", "character")}
    return key, ImageRequest(**fitting, picture=asset_id, strength=0.0, enlarge=request.scale,
                             enlarge_strength=float(options.get("change", 0.3)))


class _Records:
    """The bench's records and files as remix asks for them."""

    def __init__(self, bench: Bench) -> None:
        self.record = bench.record
        self._open = bench.open

    def get(self, asset_id: str) -> Any:
        from types import SimpleNamespace

        return SimpleNamespace(path=self._open(asset_id))
