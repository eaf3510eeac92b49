"""The code around YuNet, SFace, PP-HumanSeg and WD14 against networks of the same shape, through the real OpenCV."""

import math

import numpy
import pytest
from PIL import Image

from core import casting, characters, datasets
from core.requests import CaptionRequest, LikenessRequest, MasksRequest
from pipelines.kit.face_eye import FINDER, TELLER
from pipelines.masks.person import BACKGROUND, SEGMENTER
from tests import onnx_files as onnx

cv2 = pytest.importorskip("cv2")
WARM, COLD = (255, 255, 120), (90, 90, 255)


def finder(path):
    """Twelve answers as YuNet gives them; a cell of 32 pixels that is bright is a face of 64."""
    nodes, weights, made = [], {}, {}
    face = {"cls": [0.0], "obj": [1.0], "bbox": [0.5, 0.5, math.log(2), math.log(2)],
            "kps": [0.2, 0.3, 0.8, 0.3, 0.5, 0.5, 0.3, 0.8, 0.7, 0.8]}
    for stride in (8, 16, 32):
        for name, values in face.items():
            answer, count = f"{name}_{stride}", len(values)
            weight = numpy.zeros((count, 3, stride, stride))
            if answer == "cls_32":
                weight[:] = 1 / (3 * stride * stride * 255)
            bias = values if stride == 32 else [0.0] * count
            weights |= {f"w{answer}": weight, f"b{answer}": bias, f"s{answer}": numpy.array([1, -1, count])}
            nodes += [onnx.node("Conv", ["input", f"w{answer}", f"b{answer}"], [f"c{answer}"], strides=[stride, stride],
                                kernel_shape=[stride, stride]),
                      onnx.node("Transpose", [f"c{answer}"], [f"t{answer}"], perm=[0, 2, 3, 1]),
                      onnx.node("Reshape", [f"t{answer}", f"s{answer}"], [answer])]
            made[answer] = (1, "n", count)
    order = [f"{name}_{stride}" for name in face for stride in (8, 16, 32)]
    return onnx.write(path, nodes, weights, {"input": (1, 3, "h", "w")}, {name: made[name] for name in order})


def teller(path):
    """The mean colours of sixteen places stand for a face."""
    nodes = [onnx.node("AveragePool", ["data"], ["pooled"], kernel_shape=[28, 28], strides=[28, 28]),
             onnx.node("Flatten", ["pooled"], ["fc1"], axis=1)]
    return onnx.write(path, nodes, {}, {"data": (1, 3, 112, 112)}, {"fc1": (1, 48)})


def photo(studio, colour, size=320, wide=32):
    picture, at = Image.new("RGB", (size, size + 32), "black"), size // 64 * 32
    if colour:
        picture.paste(colour, (at, at, at + wide, at + wide))
    return studio.assets.save(picture, folder="images", suffix=".png", record={}).id


def ended(studio, until, key, request):
    job = studio.submit(key, request)
    assert until(studio, job.id, "done", "failed", timeout=90) == "done", job.error
    return job


def test_faces_are_found_and_told_apart_and_where_there_is_none_nothing_is_guessed(studio, until):
    finder(studio.home.models / FINDER)
    teller(studio.home.models / TELLER)
    person = casting.create(studio, "Ada", [photo(studio, WARM, 320 + 32 * n) for n in range(3)], whose="given")[0]
    shown = (person.photos[0], photo(studio, COLD), photo(studio, None))
    job = ended(studio, until, "likeness.faces", LikenessRequest(pictures=shown, character="Ada"))
    rated = [studio.assets.record(asset).get("likeness", {}).get("Ada") for asset in shown]
    assert rated[0] >= 80 > rated[1] and rated[2] is None and "Can't tell" in job.notices[2]
    kept = characters.find(studio.store.rows("characters"), "Ada")
    boxes = datasets.from_row(studio.store.get(datasets.TABLE, kept.dataset)).photos[0].facts["faces"]
    assert len(boxes) == 1 and 40 < boxes[0][2] - boxes[0][0] < 90


def test_the_person_is_masked_and_the_background_counts_little(studio, until):
    weights = {"w": numpy.array([[[[0.0]]] * 3, [[[8.0]]] * 3]), "b": [0.0, 0.0]}
    onnx.write(studio.home.models / SEGMENTER, [onnx.node("Conv", ["x", "w", "b"], ["y"], kernel_shape=[1, 1])],
               weights, {"x": (1, 3, 192, 192)}, {"y": (1, 2, 192, 192)})
    person = casting.create(studio, "Ada", [photo(studio, WARM, wide=96), photo(studio, None)], whose="given")[0]
    job = ended(studio, until, "masks.person", MasksRequest(character="Ada"))
    masked, whole = datasets.from_row(studio.store.get(datasets.TABLE, person.dataset)).photos
    assert "1 of 2 photos" in job.notices[0] and whole.mask == ""
    with Image.open(studio.assets.get(masked.mask).path) as mask:
        assert mask.size == (320, 352) and mask.getpixel((200, 200)) > 240
        assert abs(mask.getpixel((5, 5)) - 255 * BACKGROUND) < 8


def test_tags_are_the_sure_ones_of_the_ordinary_kind(studio, until):
    folder = studio.home.models / "captioners" / "wd14"
    nodes = [onnx.node("ReduceMean", ["x"], ["m"], axes=[1, 2], keepdims=0), onnx.node("MatMul", ["m", "w"], ["l"]),
             onnx.node("Sigmoid", ["l"], ["y"])]
    # Blue before red: the first column looks at blue alone.
    weights = {"w": numpy.array([[-0.1, 0.1, 0.1, -0.1], [0.0, 0.0, 0.0, 0.0], [0.1, 0.0, -0.1, 0.1]])}
    onnx.write(folder / "model.onnx", nodes, weights, {"x": (1, 448, 448, 3)}, {"y": (1, 4)})
    (folder / "selected_tags.csv").write_text(
        "tag_id,name,category,count\n1,red_sky,0,9\n2,blue_sky,0,9\n3,rating,9,9\n4,^_^,0,9\n")
    red = studio.assets.save(Image.new("RGB", (64, 64), "red"), folder="images", suffix=".png", record={}).id
    person = casting.create(studio, "Ada", [red])[0]
    ended(studio, until, "caption.wd14", CaptionRequest(character="Ada"))
    said = datasets.from_row(studio.store.get(datasets.TABLE, person.dataset)).photos[0].caption
    assert said.split(", ") == ["red sky", "^_^"] or said.split(", ") == ["red sky", "^_^", "blue sky"]
