"""Enlarging 1, 4 and 16 megapixels: speed against a plain tiled loop over the same network, memory, seams, and what the
fading of tiles costs.

python -m tests.bench.upscale. CPU seconds; spandrel's own model of the same file is the other side where installed.
Memory is the most that a fresh process held beside the picture that is given and the one that is made.
"""

import importlib.util
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
from PIL import Image

from pipelines.kit import tiles, upscaler_net
from pipelines.kit.peaks import Peak
from pipelines.upscale import spandrel
from pipelines.upscale.studio import CUT

FILE = Path(__file__).parents[2] / "models" / "starter" / "companions" / "upscale_x2.safetensors"
BENCH: Any = SimpleNamespace(device="cpu", step=lambda *given: frozenset(), note=lambda sentence: None)


def soft(width: int, height: int) -> Image.Image:
    """A smooth picture, in which a seam would show."""
    y, x = numpy.mgrid[0:height, 0:width]
    plane = 127 + 60 * numpy.sin(x / 37) + 60 * numpy.cos(y / 53)
    return Image.fromarray(numpy.stack([plane, plane[::-1], plane], 2).astype("uint8"))


def ours(net: Any, picture: Image.Image, cut: tiles.Cut = CUT) -> Image.Image:
    return tiles.by_tiles(lambda part: upscaler_net.enlarge(net, part), net.scale, picture, BENCH, cut)


def plain(model: Any, scale: int, picture: Image.Image, tile: int = 512, lap: int = 32) -> Image.Image:
    """The loop that everybody writes: tiles of 512 that lie over each other, written into one large tensor."""
    import torch

    signal = torch.from_numpy(numpy.array(picture)).permute(2, 0, 1)[None].float() / 255
    height, width = signal.shape[2:]
    out = torch.zeros(1, 3, height * scale, width * scale)
    with torch.inference_mode():
        for top in range(0, height, tile - lap):
            for left in range(0, width, tile - lap):
                bottom, right = min(top + tile, height), min(left + tile, width)
                made = model(signal[:, :, top:bottom, left:right])
                out[:, :, top * scale:bottom * scale, left * scale:right * scale] = made
    return Image.fromarray((out[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy())


def other(net: Any) -> tuple[str, Any]:
    if importlib.util.find_spec("spandrel") is None:
        return "plain torch loop", net.net
    import spandrel
    from safetensors.torch import load_file

    return "spandrel loop", spandrel.ModelLoader().load_from_state_dict(load_file(FILE)).eval()


def largest_step(made: Image.Image, scale: int, tile: int = CUT.tile) -> float:
    """Across borders of tiles against inside them, between pixels that stand alike in what the network made of one."""
    signal = numpy.asarray(made.convert("L"), "float32")
    steps = numpy.abs(numpy.diff(signal, axis=1)).max(axis=0)[scale - 1::scale]
    borders = [left // scale - 1 for left in range(tile * scale, made.width, tile * scale)]
    return float(steps[borders].max() / numpy.delete(steps, borders).max())


def held(way: str, side: int) -> None:
    """Says how many MB this process held at most beside the pictures; for a fresh one."""
    import psutil
    import torch

    torch.set_num_threads(1)
    net, picture = upscaler_net.load(FILE), soft(side, side)
    ways = {"studio": lambda: ours(net, picture), "plain": lambda: plain(net.net, net.scale, picture),
            "faded": lambda: ours(net, picture, spandrel.CUT)}
    upscaler_net.enlarge(net, numpy.asarray(soft(64, 64)))
    before = psutil.Process().memory_info().rss
    with Peak("cpu") as peak:
        made = ways[way]()
    say(f"{(peak.gb * 2**30 - before - made.width * made.height * 4) / 1e6:.0f}")  # Pillow keeps 4 bytes a pixel


def measure(way: str, side: int) -> int:
    script = f"from tests.bench.upscale import held; held({way!r}, {side})"
    made = subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True)
    return int(made.stdout.rsplit(maxsplit=1)[-1])


def cost(act: Any, *given: Any) -> float:
    before = time.process_time()
    act(*given)
    return time.process_time() - before


def main() -> None:
    import torch

    torch.set_num_threads(1)
    net = upscaler_net.load(FILE)
    name, model = other(net)
    large = soft(2048, 2048)
    ours(net, soft(256, 256))
    taken = [(cost(ours, net, large), cost(plain, model, net.scale, large)) for _ in range(3)]
    ratio = statistics.median(theirs / mine for mine, theirs in taken)
    say(f"4 MP x{net.scale}: studio {statistics.median(a for a, _ in taken):.1f} s, {name} "
        f"{statistics.median(b for _, b in taken):.1f} s; throughput {ratio:.2f} x (goal at least 1)")
    say(f"4 MP: largest step across borders {largest_step(ours(net, large), net.scale):.2f} of that inside "
        "(goal at most 1)")
    for cut in (replace(spandrel.CUT, fade=0), spandrel.CUT):
        seconds = cost(ours, net, large, cut)
        say(f"4 MP, {cut}: {seconds:.1f} s, step {largest_step(ours(net, large, cut), net.scale, cut.tile):.2f}")
    for way in ("studio", "faded", "plain"):
        sides = ", ".join(f"{side * side / 1e6:.0f} MP {measure(way, side)} MB" for side in (1024, 2048, 4096))
        say(f"{way}: memory beside the pictures: {sides}")


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
