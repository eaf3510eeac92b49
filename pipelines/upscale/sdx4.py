"""Stable Diffusion ×4: enlarges by drawing what could be there, guided by a few words; piece by piece, sewn softly."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import BadFile, Missing, StudioError
from core.fitting import Plan, choose, plan, weigh
from core.requests import UpscaleRequest, knob
from core.weights.places import models_in
from pipelines.kit import memory, refining, sampling, tiles
from pipelines.kit.provenance import carry_over

CARD = Card(
    name="Stable Diffusion ×4",
    task="upscale",
    about="Draws the detail anew, so it invents; slow, and wants a card. Not for likenesses: Refine keeps those.",
    licence="CreativeML-OpenRAIL++-M",
    lane="gpu",
    rank=8,
    needs=("torch", "diffusers", "transformers"),
    weights=("upscalers",),
    can=("preview",),
)
SCALE, TILE = 4, 128
MEGAPIXELS = TILE * TILE * SCALE**2 / 1e6


@dataclass(frozen=True)
class Options:
    prompt: str = knob("", "What it shows", "A few words help it to invent the right detail.", kind="text")
    steps: int = knob(30, "Steps", "More steps take longer.", kind="slider", low=1, high=100, step=1)
    guidance: float = knob(4.0, "Guidance", "How strictly the words are followed.", kind="slider", low=0.0, high=20.0,
                           step=0.5)
    noise: int = knob(20, "Freedom", "How much it may invent.", kind="slider", low=0, high=350, step=5)
    seed: int = knob(1, "Seed", "The same seed gives the same result.", kind="seed", low=0, high=2**31 - 1)


def run(request: UpscaleRequest, bench: Bench) -> None:
    if not request.pictures:
        raise StudioError("There is no picture to enlarge.", "Choose or drop one first.")
    path = bench.uses(_find(bench))
    options = Options(**request.options)
    for number, asset_id in enumerate(request.pictures):
        with bench.part(number, len(request.pictures)), tiles.measured(bench):
            picture = tiles.open_for_enlarging(bench, asset_id)
            size = tiles.final_size(picture, request.scale)
            tiles.final_size(picture, SCALE)
            larger = _within_memory(path, picture.convert("RGB"), options, bench,
                                    (number, len(request.pictures)))
            bench.save(tiles.finish(picture, larger, size), folder="images", suffix=".png", parents=[asset_id],
                       notes=carry_over(bench, asset_id),
                       title=str(bench.record(asset_id).get("title", "")), seed=options.seed)
    bench.step(1, 1, "Done")


def _find(bench: Bench) -> Path:
    folders = (path for folder in bench.folders("upscalers") for path in models_in(folder) if path.is_dir())
    for path in folders:
        if "StableDiffusionUpscalePipeline" in (path / "model_index.json").read_text(encoding="utf-8"):
            return path
    raise Missing("Stable Diffusion ×4 is not on this computer.", "Get it under Settings, Models.")


def _within_memory(path: Path, picture: Any, options: Options, bench: Bench, place: tuple[int, int]) -> Any:
    """One step down the memory ladder for each time that memory ran out, and float32 for invalid numbers."""
    weights, room = weigh(path), replace(memory.room(bench.device, bench.standing_gb), packs=False)
    chosen = choose(weights, room, MEGAPIXELS)
    while True:
        try:
            return _draw(_load(path, bench, chosen), picture, options, bench, place)
        except FloatingPointError as error:
            if chosen.bits == 32:
                raise _only_invalid(path) from error
            following = replace(chosen, way="full", bits=32, device_gb=chosen.device_gb * 2)
            bench.note("The first try gave invalid numbers, so it was enlarged again in full precision.")
        except (RuntimeError, MemoryError) as error:
            if not memory.ran_out(error):
                raise
            if chosen.bits == 32 and room.half:  # what is precise enough does not fit, and what fits was not
                raise _only_invalid(path) from error
            following = plan(memory.next_way(chosen.way, weights, room), weights, room, MEGAPIXELS)
            bench.note(memory.SAID[following.way])
        bench.drop(_key(path, chosen))
        chosen = following
        memory.tidy(bench.device)


def _only_invalid(path: Path) -> BadFile:
    return BadFile(f"{path.name} gives only invalid numbers.", "Get it again, or choose another way of enlarging.")


def _key(path: Path, chosen: Plan) -> str:
    return f"{path}:sdx4:{chosen.bits}:{chosen.way}"


def _load(path: Path, bench: Bench, chosen: Plan) -> Any:
    def build() -> Any:
        import diffusers

        bench.step(0, 0, "Loading the model")
        dtype = memory.dtype_of(chosen.bits, bench.device)
        try:
            pipe = diffusers.StableDiffusionUpscalePipeline.from_pretrained(
                path, dtype=dtype, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            if memory.ran_out(error):
                raise
            raise BadFile(f"{path.name} could not be loaded.", "It may be incomplete; get it again.") from error
        return memory.place(pipe, bench.device, chosen.way)

    return bench.keep(_key(path, chosen), build, gb=chosen.device_gb)


def _draw(pipe: Any, picture: Any, options: Options, bench: Bench, place: tuple[int, int]) -> Any:
    import numpy
    import torch
    from PIL import Image

    side = (max(8, picture.width), max(8, picture.height))
    small = picture.resize(side, Image.Resampling.LANCZOS) if side != picture.size else picture
    large = (side[0] * SCALE, side[1] * SCALE)
    quilt = refining.Quilt(small.resize(large, Image.Resampling.LANCZOS))
    boxes = refining.cut_tiles(side, (TILE, TILE))
    number, count = place
    for done, box in enumerate(boxes):
        def after_step(step: int, timestep: Any, latents: Any, done: int = done) -> None:
            at = (number * len(boxes) + done) * options.steps + step + 1
            bench.step(at, count * len(boxes) * options.steps, "Enlarging", quilt.picture)

        with torch.no_grad():
            piece = pipe(prompt=options.prompt, image=_padded(small.crop(box)), num_inference_steps=options.steps,
                         guidance_scale=options.guidance, noise_level=options.noise,
                         generator=sampling.make_generator(options.seed + done), output_type="np",
                         callback=after_step, callback_steps=1).images[0]
        if not numpy.isfinite(piece).all():
            raise FloatingPointError
        wide, high = (box[2] - box[0]) * SCALE, (box[3] - box[1]) * SCALE
        quilt.add(tuple(side * SCALE for side in box), (piece[:high, :wide] * 255).round())
    return quilt.picture()


def _padded(piece: Any) -> Any:
    """Sides that the model can halve; the edge is repeated, and cut off again afterwards."""
    import numpy
    from PIL import Image

    more = [(-side) % 8 for side in piece.size]
    pixels = numpy.pad(numpy.asarray(piece), ((0, more[1]), (0, more[0]), (0, 0)), mode="edge")
    return Image.fromarray(pixels)
