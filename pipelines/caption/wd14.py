"""Tags by WD14: what anime models were taught with. Looks, clothes, pose and place as short words, no sentences."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.bench import Bench
from core.cards import Card
from core.errors import BadFile
from core.requests import CaptionRequest, knob
from pipelines.kit.captioning import describe_photos

CARD = Card(
    name="WD14 tagger",
    task="caption",
    about="Names what a drawing shows in tags; its model.onnx and selected_tags.csv go into models/captioners/wd14.",
    licence="Apache-2.0",
    needs=("cv2", "numpy"),
    weights=("captioners/wd14",),
    rank=6,
)
GENERAL = "0"
"""The category of ordinary tags; ratings and the names of known characters are other ones, and are left out."""


@dataclass(frozen=True)
class Options:
    sure: float = knob(0.35, "How sure", "Tags below this are left out.", kind="slider", low=0.1, high=0.95, step=0.05,
                       advanced=True)


@dataclass(frozen=True)
class Tagger:
    """The network and what each of its answers means: (place, word)."""

    net: Any
    tags: Sequence[tuple[int, str]]
    side: int

    def read(self, picture: Any, sure: float) -> str:
        """The tags of a picture, the surest first, with spaces where the list has underscores."""
        answers = self._answers(picture)
        seen = sorted(((float(answers[place]), word) for place, word in self.tags if answers[place] >= sure),
                      reverse=True)
        return ", ".join(word for _, word in seen)

    def _answers(self, picture: Any) -> Any:
        """Padded to a square on white, blue before red, from 0 to 255, colours last: as it was trained."""
        import numpy
        from PIL import Image

        square = Image.new("RGB", (max(picture.size),) * 2, "white")
        square.paste(picture, ((square.width - picture.width) // 2, (square.height - picture.height) // 2))
        pixels = numpy.asarray(square.resize((self.side, self.side), Image.Resampling.BICUBIC), dtype="float32")
        self.net.setInput(numpy.ascontiguousarray(pixels[None, :, :, ::-1]))
        return self.net.forward().reshape(-1)


def run(request: CaptionRequest, bench: Bench) -> None:
    path = bench.weights(CARD.weights[0])
    tagger = bench.keep(str(path), lambda: load(path), gb=0.5)
    describe_photos(request, bench, lambda picture: tagger.read(picture, float(request.options["sure"])))


def load(path: Path, side: int = 448) -> Tagger:
    import cv2

    try:
        with (path / "selected_tags.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        tags = [(place, row["name"].replace("_", " ") if len(row["name"]) > 3 else row["name"])
                for place, row in enumerate(rows) if row["category"] == GENERAL]
        net = cv2.dnn.readNetFromONNX(str(path / "model.onnx"))
    except (OSError, KeyError, UnicodeDecodeError, csv.Error, cv2.error) as error:
        raise BadFile("The WD14 tagger in models/captioners/wd14 could not be read.",
                      "It needs model.onnx and selected_tags.csv of the same version.") from error
    return Tagger(net, tags, side)
