"""Lanczos: the honest baseline. Sharp resampling without a model; it adds no detail that was not there."""

from dataclasses import dataclass
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import StudioError, TooBig
from core.requests import UpscaleRequest, knob
from pipelines.kit.provenance import carry_over

CARD = Card(
    name="Lanczos",
    task="upscale",
    about="Quick and faithful: makes pictures larger without inventing detail. Needs no model.",
    licence="MIT-CMU",
    needs=("PIL",),
)
MEGAPIXELS_MAX = 200


@dataclass(frozen=True)
class Options:
    sharpen: float = knob(0.0, "Sharpen", "Crisper edges after enlarging; 0 leaves them as they are.", kind="slider",
                          low=0.0, high=2.0, step=0.1, advanced=True)


def run(request: UpscaleRequest, bench: Bench) -> None:
    if not request.pictures:
        raise StudioError("There is no picture to enlarge.", "Choose or drop one first.")
    for number, asset_id in enumerate(request.pictures):
        with bench.part(number, len(request.pictures)):
            bench.step(number, len(request.pictures), "Enlarging")
            picture = _open(bench, asset_id)
            larger = enlarge(picture, request.scale, float(request.options.get("sharpen", 0.0)))
            bench.step(number, len(request.pictures), "Enlarging")
            bench.save(larger, folder="images", suffix=".png", parents=[asset_id],
                       notes=carry_over(bench, asset_id), title=_title(bench, asset_id))
    bench.step(len(request.pictures), len(request.pictures), "Done")


def enlarge(picture: Any, scale: float, sharpen: float = 0.0) -> Any:
    """The picture `scale` times larger; transparency is kept."""
    from PIL import Image, ImageFilter

    width, height = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if width * height > MEGAPIXELS_MAX * 1_000_000:
        raise TooBig(f"The result would be {width} × {height} pixels.",
                     f"Choose a smaller size; {MEGAPIXELS_MAX} megapixels is the most.")
    larger = picture.resize((width, height), Image.Resampling.LANCZOS)
    if sharpen > 0:
        larger = larger.filter(ImageFilter.UnsharpMask(radius=scale, percent=round(100 * sharpen), threshold=2))
    return larger


def _open(bench: Bench, asset_id: str) -> Any:
    from PIL import Image

    with Image.open(bench.open(asset_id)) as file:
        keeps_alpha = "A" in file.getbands() or "transparency" in file.info
        return file.convert("RGBA" if keeps_alpha else "RGB")


def _title(bench: Bench, asset_id: str) -> str:
    return str(bench.record(asset_id).get("title", ""))
