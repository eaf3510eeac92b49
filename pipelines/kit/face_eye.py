"""The eye for real faces: YuNet finds them, SFace tells them apart, both through OpenCV, on this computer alone."""

from collections.abc import Sequence
from typing import Any

from core.bench import Bench
from core.errors import Missing

FINDER, TELLER = "faces/face_detection_yunet_2023mar.onnx", "faces/face_recognition_sface_2021dec.onnx"
EYE = "sface-1"
STRANGER = 0.363
"""Cosine likeness that strangers seldom reach with SFace, as its makers published it."""
SIDE = 960
"""Longest side on which faces are looked for."""
SURE = 0.7


class Eye:
    """Both networks, loaded once for a job. `faces` are rows of length one; `boxes` in pixels of the picture."""

    def __init__(self, bench: Bench) -> None:
        import cv2

        try:
            finder, teller = bench.weights(FINDER), bench.weights(TELLER)
        except Missing as missing:
            raise Missing("Likeness of real faces needs two small files that are not on this computer.",
                          "Settings, Models gets both (39 MB); they lie in models/faces then.") from missing
        self._finder = cv2.FaceDetectorYN.create(str(finder), "", (320, 320), SURE)
        self._teller = cv2.FaceRecognizerSF.create(str(teller), "")
        self.boxes: list[tuple[float, float, float, float]] = []

    def faces(self, picture: Any) -> list[list[float]]:
        """Every face of a picture as the network tells faces apart, the largest first."""
        import numpy

        small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE))
        pixels = numpy.ascontiguousarray(numpy.asarray(small)[:, :, ::-1])
        self._finder.setInputSize(small.size)
        found = self._finder.detect(pixels)[1]
        rows = sorted([] if found is None else list(found), key=lambda row: -float(row[2] * row[3]))
        ratio = picture.width / small.width
        self.boxes = [tuple(float(v) * ratio for v in (r[0], r[1], r[0] + r[2], r[1] + r[3])) for r in rows]
        return [unit(self._teller.feature(self._teller.alignCrop(pixels, row)).ravel()) for row in rows]


def unit(row: Sequence[float]) -> list[float]:
    length = sum(float(v) ** 2 for v in row) ** 0.5 or 1.0
    return [float(v) / length for v in row]
