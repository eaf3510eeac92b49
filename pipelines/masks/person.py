"""Where the person is in each photo, so that a training learns them and not the wallpaper: PP-HumanSeg through OpenCV.

Drawn characters before a plain backdrop are found without a model, by the backdrop.
"""

import io
from functools import partial
from typing import Any

from core import datasets
from core.bench import Bench
from core.cards import Card
from core.errors import Missing
from core.photos import open_photo
from core.requests import MasksRequest
from pipelines.kit.matting import cut_out
from pipelines.kit.photographs import amend, open_photos

SEGMENTER = "faces/human_segmentation_pphumanseg_2023mar.onnx"
CARD = Card(
    name="Person masks",
    task="masks",
    about="Finds the person in each photo of a character, so that the background is not learned.",
    licence="Apache-2.0",
    needs=("cv2", "numpy", "scipy"),
    rank=5,
)
SIDE, LONGEST = 192, 768
BACKGROUND = 0.15
"""How much the background still counts: with none of it, what stands behind somebody is guessed wildly."""
LEAST, MOST = 0.04, 0.97


def run(request: MasksRequest, bench: Bench) -> None:
    person, dataset = open_photos(bench, request.character)
    wanted = [photo for photo in dataset.used if request.again or not photo.mask]
    net, found = _segmenter(bench, person.kind), 0
    for number, photo in enumerate(wanted):
        bench.step(number, len(wanted), "Looking for the person")
        mask = find_person(open_photo(bench.open(photo.asset)).picture, net)
        if mask is None:
            continue
        out = io.BytesIO()
        mask.save(out, "PNG")
        kept = bench.save(out.getvalue(), folder="masks", suffix=".png", title=f"{person.name}: mask").id
        amend(bench, person, partial(datasets.change, asset=photo.asset, mask=kept))
        found += 1
    bench.step(len(wanted), len(wanted), "Done")
    bench.note(f"{found} of {len(wanted)} photos have a mask now; the others are learned whole.")


def find_person(picture: Any, net: Any) -> Any:
    """A grey picture, white where the person is; None where nobody can be told from what is behind them."""
    import numpy
    from PIL import Image, ImageFilter

    small = picture.convert("RGB")
    small.thumbnail((LONGEST, LONGEST))
    if net is None:
        cut = cut_out(small)
        alpha = numpy.asarray(cut.picture.getchannel("A"), dtype="float32") / 255 if cut.good else None
    else:
        alpha = _ask(net, small)
    if alpha is None or not LEAST <= float((alpha > 0.5).mean()) <= MOST:
        return None
    counts = BACKGROUND + (1 - BACKGROUND) * alpha
    mask = Image.fromarray((counts * 255).round().astype("uint8"), "L").filter(ImageFilter.GaussianBlur(3))
    return mask.resize(picture.size, Image.Resampling.BILINEAR)


def _ask(net: Any, picture: Any) -> Any:
    """How likely each place belongs to a person, at the size of the picture."""
    import cv2
    import numpy

    pixels = numpy.asarray(picture, dtype="float32")
    net.setInput(cv2.dnn.blobFromImage(pixels, 1 / 127.5, (SIDE, SIDE), (127.5,) * 3))
    answer = net.forward()[0]
    answer = answer - answer.max(0)
    share = numpy.exp(answer)
    return cv2.resize((share[1] / share.sum(0)).astype("float32"), picture.size)


def _segmenter(bench: Bench, kind: str) -> Any:
    """The network, or None for drawn characters, whom it does not know."""
    if kind != "person":
        return None
    import cv2

    try:
        path = bench.weights(SEGMENTER)
    except Missing as missing:
        raise Missing("Masks of people need a small file that is not on this computer.",
                      "Settings, Models gets it (6 MB); it lies in models/faces then.") from missing
    return bench.keep(str(path), lambda: cv2.dnn.readNetFromONNX(str(path)), gb=0.05)
