"""Every upscaler that spandrel knows (Real-ESRGAN, SwinIR, HAT, DAT, SPAN, RealPLKSR, ATD …), from your own files.

spandrel needs torchvision, which has to come from where torch came; so it is no part of what is installed for all.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import BadFile, Missing, StudioError
from core.requests import UpscaleRequest, knob
from core.weights.places import ENDINGS, models_in
from pipelines.kit import tiles
from pipelines.kit.provenance import carry_over
from pipelines.kit.weight_files import read_weights

CARD = Card(
    name="Upscaler models",
    task="upscale",
    about="Real-ESRGAN, SwinIR, HAT, DAT and all others that spandrel loads; get one under Settings, Models.",
    licence="MIT; each model has its own",
    lane="gpu",
    rank=4,
    needs=("torch", "torchvision", "spandrel", "PIL", "numpy"),
    weights=("upscalers",),
)
CUT = tiles.Cut(tile=512, margin=32, fade=16)


@dataclass(frozen=True)
class Options:
    model: str = knob("", "Model", "The name of a file in models/upscalers; empty takes the first.", kind="text")


def run(request: UpscaleRequest, bench: Bench) -> None:
    if not request.pictures:
        raise StudioError("There is no picture to enlarge.", "Choose or drop one first.")
    path = bench.uses(find_upscaler(bench, str(request.options.get("model", ""))))
    row = next((row for row in bench.rows("weights") if row.get("name") and path.stem in str(row.get("source"))), {})
    weights = [{"name": path.stem, "sha256": bench.hashes(path).sha256, "licence": row.get("licence", "")}]
    for number, asset_id in enumerate(request.pictures):
        with bench.part(number, len(request.pictures)), tiles.measured(bench):
            picture = tiles.open_for_enlarging(bench, asset_id)
            size = tiles.final_size(picture, request.scale)
            larger = _enlarge(path, picture.convert("RGB"), bench, (number, len(request.pictures)))
            bench.save(tiles.finish(picture, larger, size), folder="images", suffix=".png", parents=[asset_id],
                       notes=carry_over(bench, asset_id),
                       title=str(bench.record(asset_id).get("title", "")), weights=weights)
    bench.step(1, 1, "Done")


def find_upscaler(bench: Bench, name: str) -> Path:
    found = [path for folder in bench.folders("upscalers") for path in models_in(folder)
             if path.is_file() and path.suffix in ENDINGS]
    wanted = [path for path in found if name in (path.stem, path.name)] if name else found
    if wanted:
        return wanted[0]
    there = ", ".join(path.stem for path in found[:8])
    raise Missing(f"There is no upscaler called {name!r} here." if name else "There is no upscaler model here.",
                  f"There is: {there}." if there else "Get one under Settings, Models.")


def _enlarge(path: Path, picture: Any, bench: Bench, place: tuple[int, int]) -> Any:
    """In full precision when numbers became invalid in half."""
    half = bench.device.startswith("cuda")
    while True:
        model = _load(path, bench, half)
        try:
            return tiles.by_tiles(lambda part, model=model: _apply(model, part), model.scale, picture, bench,
                                  CUT, place)
        except FloatingPointError as error:
            if not half:
                raise BadFile(f"{path.stem} gives only invalid numbers.", "Choose another upscaler.") from error
            half = False
            bench.note("The first try gave invalid numbers, so it was enlarged again in full precision.")


def _load(path: Path, bench: Bench, half: bool) -> Any:
    def build() -> Any:
        import spandrel

        bench.step(0, 0, "Loading the model")
        try:
            model = spandrel.ModelLoader().load_from_state_dict(read_weights(path))
        except (spandrel.UnsupportedModelError, RuntimeError, KeyError, ValueError) as error:
            raise BadFile(f"{path.stem} is no upscaler that can be read.", "Choose another file.") from error
        fits = isinstance(model, spandrel.ImageModelDescriptor) and model.input_channels == 3 and \
            model.output_channels == 3
        if not fits:
            raise BadFile(f"{path.stem} does something else than enlarging pictures.", "Choose an upscaler.")
        model = model.eval().to(bench.device)
        return model.half() if half and model.supports_half else model

    return bench.keep(f"{path}:{half}", build, gb=path.stat().st_size / 2**30)


def _apply(model: Any, pixels: Any) -> Any:
    import numpy
    import torch

    signal = torch.from_numpy(numpy.ascontiguousarray(pixels)).permute(2, 0, 1)[None].to(model.device, model.dtype)
    with torch.inference_mode():
        made = model(signal / 255)[0].float()
    if not torch.isfinite(made).all():
        raise FloatingPointError
    return (made.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
