"""The studio's own upscaler, in the box: adds crisp detail to drawings and photos without a download.

Works tile by tile with a margin that is computed and thrown away, so that no seam shows and memory stays flat.
"""

from collections.abc import Iterator
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import StudioError, TooBig
from core.requests import UpscaleRequest
from pipelines.kit import upscaler_net
from pipelines.kit.provenance import carry_over

CARD = Card(
    name="Studio upscaler",
    task="upscale",
    about="The studio's own small model: crisper than plain enlarging, for drawings first. Nothing to download.",
    licence="CC0-1.0",
    rank=1,
    needs=("torch", "PIL", "numpy"),
    weights=("starter/companions/upscale_x2.safetensors", "starter/companions/upscale_x4.safetensors"),
)
TILE, MARGIN = 192, 20
"""The network sees 18 pixels around each one; the margin covers that."""
MEGAPIXELS_MAX = 200


def run(request: UpscaleRequest, bench: Bench) -> None:
    if not request.pictures:
        raise StudioError("There is no picture to enlarge.", "Choose or drop one first.")
    for number, asset_id in enumerate(request.pictures):
        picture = _open(bench, asset_id)
        larger = _enlarge(picture, request.scale, bench, (number, len(request.pictures)))
        bench.save(larger, folder="images", suffix=".png", parents=[asset_id],
                   notes=carry_over(bench, asset_id),
                   title=str(bench.record(asset_id).get("title", "")))
    bench.step(1, 1, "Done")


def _open(bench: Bench, asset_id: str) -> Any:
    from PIL import Image

    with Image.open(bench.open(asset_id)) as file:
        keeps_alpha = "A" in file.getbands() or "transparency" in file.info
        return file.convert("RGBA" if keeps_alpha else "RGB")


def _enlarge(picture: Any, scale: float, bench: Bench, place: tuple[int, int]) -> Any:
    """The model's fixed size, then down to the wanted one; transparency is enlarged beside it."""
    from PIL import Image

    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if size[0] * size[1] > MEGAPIXELS_MAX * 1_000_000:
        raise TooBig(f"The result would be {size[0]} × {size[1]} pixels.",
                     f"Choose a smaller size; {MEGAPIXELS_MAX} megapixels is the most.")
    net = _net(bench, 2 if scale <= 2 else 4)
    larger = _by_tiles(net, picture.convert("RGB"), bench, place)
    larger = larger.resize(size, Image.Resampling.LANCZOS) if larger.size != size else larger
    if picture.mode == "RGBA":
        larger.putalpha(picture.getchannel("A").resize(size, Image.Resampling.LANCZOS))
    return larger


def _net(bench: Bench, scale: int) -> upscaler_net.Upscaler:
    path = bench.weights(f"starter/companions/upscale_x{scale}.safetensors")
    return bench.keep(str(path), lambda: upscaler_net.load(path, bench.device), gb=0.01)


def _by_tiles(net: upscaler_net.Upscaler, picture: Any, bench: Bench, place: tuple[int, int]) -> Any:
    import numpy
    from PIL import Image

    pixels = numpy.asarray(picture)
    height, width = pixels.shape[:2]
    whole = Image.new("RGB", (width * net.scale, height * net.scale))
    corners = list(_corners(width, height))
    for done, (left, top) in enumerate(corners):
        number, count = place
        bench.step(number * len(corners) + done, count * len(corners), "Enlarging")
        x, y = max(0, left - MARGIN), max(0, top - MARGIN)
        part = pixels[y:top + TILE + MARGIN, x:left + TILE + MARGIN]
        larger = Image.fromarray(upscaler_net.enlarge(net, part))
        sides = (left - x, top - y, min(left + TILE, width) - x, min(top + TILE, height) - y)
        box = [side * net.scale for side in sides]
        whole.paste(larger.crop(box), (left * net.scale, top * net.scale))
    return whole


def _corners(width: int, height: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            yield left, top
