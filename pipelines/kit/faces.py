"""Where the faces are: YuNet for photos when it is here, the studio's own eye for drawings, or what a person marked."""

from collections.abc import Sequence
from typing import Any

from core.bench import Bench
from core.errors import Missing
from pipelines.kit.refining import Box

YUNET = ("faces/face_detection_yunet_2023mar.onnx", "faces/yunet.onnx")
DRAWN_EYE = "starter/companions/likeness.safetensors"
SURE = 0.6
"""YuNet's own word for a face that counts."""
CELL = 16
"""One answer of the drawn eye stands for so many pixels of what it looks at."""
FACE_CELLS = 3.2
"""How large a head is where the eye looks at a portrait, in cells."""
NEARLY = 0.7
"""A second place draws the eye this much less than the first, at most, and is a face too."""
MOST = 8


def find_faces(bench: Bench, picture: Any, marked: Any = None) -> list[Box]:
    """Boxes of faces from left to right. What a person marked counts alone."""
    if marked is not None:
        return boxes_of(marked.resize(picture.size))
    found = _by_yunet(bench, picture)
    return sorted(found if found is not None else _by_drawn_eye(bench, picture))[:MOST]


def boxes_of(mask: Any) -> list[Box]:
    """One box for each spot of white that hangs together."""
    import numpy
    from scipy import ndimage

    groups, _ = ndimage.label(numpy.asarray(mask.convert("L")) > 127)
    places = ndimage.find_objects(groups)
    boxes = [(across.start, down.start, across.stop, down.stop) for down, across in places]
    return sorted(box for box in boxes if (box[2] - box[0]) * (box[3] - box[1]) >= 16)[:MOST]


def grow(box: Box, size: tuple[int, int], by: float) -> Box:
    """A square around a box, larger by a share of it, inside the picture."""
    side = min(max(box[2] - box[0], box[3] - box[1]) * (1 + 2 * by), *size)
    left = max(0, min(size[0] - side, (box[0] + box[2] - side) / 2))
    top = max(0, min(size[1] - side, (box[1] + box[3] - side) / 2))
    return round(left), round(top), round(left + side), round(top + side)


def _by_yunet(bench: Bench, picture: Any) -> list[Box] | None:
    """None where OpenCV or the weights are not there, or where nothing was found that it knows as a face."""
    import importlib.util

    if importlib.util.find_spec("cv2") is None:
        return None
    path = next(filter(None, (_weights(bench, name) for name in YUNET)), None)
    if path is None:
        return None
    import cv2
    import numpy

    eye = cv2.FaceDetectorYN.create(str(path), "", picture.size, SURE)
    _, rows = eye.detect(numpy.ascontiguousarray(numpy.asarray(picture.convert("RGB"))[:, :, ::-1]))
    boxes = [(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h in ([] if rows is None else rows[:, :4])]
    return boxes or None


def _by_drawn_eye(bench: Bench, picture: Any) -> list[Box]:
    from pipelines.kit import likeness_net

    path = _weights(bench, DRAWN_EYE)
    if path is None:
        return []
    eye = bench.keep(str(path), lambda: likeness_net.load(path, bench.device), gb=0.01)
    return peaks(_interest(eye, picture), picture.size)


def _interest(eye: Any, picture: Any) -> Any:
    """How much each place draws the eye; the whole picture is looked at, its short side as the eye knows it."""
    import numpy
    import torch

    ratio = eye.size / min(picture.size)
    size = [max(CELL, round(side * ratio / CELL) * CELL) for side in picture.size]
    pixels = numpy.asarray(picture.convert("RGB").resize(size))
    with torch.inference_mode():
        signal = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float().to(eye.device) / 127.5 - 1
        return eye.net.gaze(eye.net.trunk(signal)).mean(1)[0].float().cpu().numpy()


def peaks(interest: Any, size: tuple[int, int]) -> list[Box]:
    """A box around each place that draws the eye, the strongest first taken, none within another's head."""
    import numpy
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(interest, 0.8, mode="nearest")
    cell = size[0] / smooth.shape[1], size[1] / smooth.shape[0]
    least, boxes, taken = float(smooth.max()) - NEARLY, [], []
    for place in numpy.argsort(smooth, axis=None)[::-1]:
        y, x = divmod(int(place), smooth.shape[1])
        if smooth[y, x] < least or len(taken) >= MOST:
            break
        if all(abs(y - b) >= FACE_CELLS or abs(x - a) >= FACE_CELLS for a, b in taken):
            taken.append((x, y))
            half = FACE_CELLS * min(cell) / 2
            middle = x * cell[0], (y + 0.7) * cell[1]  # the eye's cells begin at their middle
            boxes.append(tuple(round(max(0, min(limit, value))) for value, limit in (
                (middle[0] - half, size[0]), (middle[1] - half, size[1]), (middle[0] + half, size[0]),
                (middle[1] + half, size[1]))))
    return boxes


def _weights(bench: Bench, name: str) -> Any:
    try:
        return bench.weights(name)
    except Missing:
        return None


def who_is_who(names: Sequence[str], count: int) -> list[str]:
    """A name for each face from left to right; one name serves all, and faces beyond the list keep the whole prompt."""
    if len(names) == 1:
        return [names[0]] * count
    return [*names, *[""] * count][:count]
