"""The studio's own upscaler, in the box: adds crisp detail to drawings and photos without a download.

Works tile by tile with a margin that is computed and thrown away, so that no seam shows and memory stays flat.
"""

from core.bench import Bench
from core.cards import Card
from core.errors import StudioError
from core.requests import UpscaleRequest
from pipelines.kit import tiles, upscaler_net
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
CUT = tiles.Cut(tile=192, margin=20)
"""The network sees 18 pixels around each one; the margin covers that."""


def run(request: UpscaleRequest, bench: Bench) -> None:
    if not request.pictures:
        raise StudioError("There is no picture to enlarge.", "Choose or drop one first.")
    for number, asset_id in enumerate(request.pictures):
        with bench.part(number, len(request.pictures)), tiles.measured(bench):
            picture = tiles.open_for_enlarging(bench, asset_id)
            size = tiles.final_size(picture, request.scale)
            net = _net(bench, 2 if request.scale <= 2 else 4)
            larger = tiles.by_tiles(lambda part, net=net: upscaler_net.enlarge(net, part), net.scale,
                                    picture.convert("RGB"), bench, CUT, (number, len(request.pictures)))
            bench.save(tiles.finish(picture, larger, size), folder="images", suffix=".png", parents=[asset_id],
                       notes=carry_over(bench, asset_id),
                       title=str(bench.record(asset_id).get("title", "")))
    bench.step(1, 1, "Done")


def _net(bench: Bench, scale: int) -> upscaler_net.Upscaler:
    path = bench.weights(f"starter/companions/upscale_x{scale}.safetensors")
    return bench.keep(str(path), lambda: upscaler_net.load(path, bench.device), gb=0.01)
