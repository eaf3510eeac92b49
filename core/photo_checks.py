"""What is wrong with the photos of a dataset, why it matters, and the one click that mends it. Warns, seldom blocks.

Measures with Pillow alone; who is in a photo is measured by likeness pipelines and only judged here.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.datasets import Dataset, Photo

SMALL_SIDE, BLURRED, DARK, BRIGHT, SAME_BITS = 0.75, 0.012, 0.09, 0.93, 5
FEW, TOO_FEW, MANY = 8, 3, 400
THUMB = 256


@dataclass(frozen=True)
class Finding:
    """One thing to know. `repair` is a word that `mend` understands; "" when only a person can mend it."""

    kind: str
    asset: str
    sentence: str
    repair: str = ""
    blocks: bool = False
    other: str = ""
    """The photo it is compared with."""


def measure(picture: Any, thumb: int = THUMB) -> dict[str, Any]:
    """Figures of one upright photo: sharpness, brightness, contrast, and a hash that near twins share."""
    from PIL import Image, ImageFilter, ImageStat

    small = picture.copy()
    small.thumbnail((thumb, thumb), Image.Resampling.BILINEAR, reducing_gap=2.0)
    grey = small.convert("L")
    edges = grey.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    inner = edges.crop((1, 1, max(2, edges.width - 1), max(2, edges.height - 1)))
    stat = ImageStat.Stat(grey)
    spread = stat.stddev[0] / 255
    return {"sharpness": round(ImageStat.Stat(inner).stddev[0] / 255, 5), "brightness": round(stat.mean[0] / 255, 4),
            "contrast": round(spread, 4), "hash": _difference_hash(grey)}


def check(dataset: Dataset, resolution: int) -> list[Finding]:
    """All findings, the gravest first. Photos that are not used and findings that were waived stay silent."""
    photos = dataset.used
    found = [*_count(photos), *_seldom_left_out([f for p in photos for f in _each(p, resolution)], len(photos)),
             *_twins(photos), *_framing(photos), *_faces(photos), *_odd(photos)]
    waived = {(p.asset, kind) for p in photos for kind in p.waived}
    return sorted((f for f in found if (f.asset, f.kind) not in waived), key=lambda f: not f.blocks)


def mend(dataset: Dataset, finding: Finding) -> Dataset:
    """The dataset after the one click that a finding offers."""
    from core.datasets import change, crop_around

    photo = next((p for p in dataset.photos if p.asset == finding.asset), None)
    if photo is None:
        return dataset
    if finding.repair == "leave out":
        return change(dataset, photo.asset, use=False)
    if finding.repair == "crop to face":
        face = max(photo.facts["faces"], key=lambda f: (f[2] - f[0]) * (f[3] - f[1]))
        return change(dataset, photo.asset, crop=crop_around(tuple(face), photo.width, photo.height))
    if finding.repair == "accept":
        return change(dataset, photo.asset, waived=(*photo.waived, finding.kind))
    return dataset


def mend_all(dataset: Dataset, findings: Iterable[Finding]) -> Dataset:
    """Every repair that is offered, in order."""
    for finding in findings:
        if finding.repair and finding.repair != "accept":
            dataset = mend(dataset, finding)
    return dataset


def _count(photos: Sequence[Photo]) -> list[Finding]:
    count = len(photos)
    if count == 0:
        return [Finding("count", "", "There are no photos yet. Add 10 to 30.", blocks=True)]
    if count < TOO_FEW:
        return [Finding("count", "", "One photo can only teach one view: other poses will be guessed. Add more if you "
                        "can." if count == 1 else f"{count} photos can only teach few views: other poses will be "
                        "guessed. Add more if you can.")]
    if count < FEW:
        return [Finding("count", "", f"{count} photos will do, but 10 to 30 make the likeness steadier.")]
    if count > MANY:
        return [Finding("count", "", f"{count} photos are more than a character needs: the best 100 learn as well "
                        "and faster.")]
    return []


def _each(photo: Photo, resolution: int) -> list[Finding]:
    facts, found = photo.facts, []
    left, top, right, bottom = photo.crop
    side = min(photo.width * (right - left), photo.height * (bottom - top))
    if photo.height and side < resolution * SMALL_SIDE:
        found.append(Finding("small", photo.asset, f"Only {side:.0f} pixels on its short side; {resolution} are "
                             "learned. It will look soft.", "leave out"))
    if facts.get("sharpness", 1.0) < BLURRED:
        found.append(Finding("blurred", photo.asset, "It looks blurred.", "leave out"))
    if facts.get("brightness", 0.5) < DARK:
        found.append(Finding("dark", photo.asset, "It is very dark.", "leave out"))
    if facts.get("brightness", 0.5) > BRIGHT and facts.get("contrast", 1.0) < 0.12:
        found.append(Finding("bright", photo.asset, "It is washed out by light.", "leave out"))
    if not photo.caption.strip():
        found.append(Finding("caption", photo.asset, "It has no caption, so everything in it will be taken for the "
                             "character.", "caption"))
    return found


def _seldom_left_out(found: Sequence[Finding], photos: int) -> list[Finding]:
    """What most of the photos have is how they are: leaving it out would leave nobody to learn from."""
    often = Counter(one.kind for one in found)
    return [replace(one, repair="accept") if one.repair == "leave out" and often[one.kind] * 2 > photos else one
            for one in found]


def _odd(photos: Sequence[Photo]) -> list[Finding]:
    """What had to be done to open a photo: a moving one has only its first frame here."""
    return [Finding("odd", photo.asset, note, "accept") for photo in photos for note in photo.facts.get("notes", ())]


def _twins(photos: Sequence[Photo]) -> list[Finding]:
    """Pairs that are almost the same; the less sharp one of each is offered to be left out."""
    found, gone = [], set()
    for a, b in near_pairs([(p.asset, str(p.facts.get("hash", ""))) for p in photos]):
        first, second = photos[a], photos[b]
        softer, other = sorted((first, second), key=lambda p: p.facts.get("sharpness", 0.0))
        if softer.asset not in gone and other.asset not in gone:
            gone.add(softer.asset)
            found.append(Finding("twin", softer.asset, "Two photos are almost the same. Keep the sharper one?",
                                 "leave out", other=other.asset))
    return found


def near_pairs(hashes: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """Places of pictures whose hashes differ in few bits. Equal pieces are looked up, so thousands take a moment."""
    numbers = [int(text, 16) if text else None for _, text in hashes]
    piece = 64 // (SAME_BITS + 1)
    shelves: dict[tuple[int, int], list[int]] = {}
    for place, number in enumerate(numbers):
        if number is not None:
            for n in range(SAME_BITS + 1):
                shelves.setdefault((n, number >> (n * piece) & ((1 << piece) - 1)), []).append(place)
    pairs = set()
    for places in shelves.values():
        for i, a in enumerate(places[:200]):
            for b in places[i + 1:200]:
                if (numbers[a] ^ numbers[b]).bit_count() <= SAME_BITS:  # type: ignore[operator]
                    pairs.add((a, b))
    return sorted(pairs)


def _framing(photos: Sequence[Photo]) -> list[Finding]:
    """All from one distance is the commonest reason for a character that only works in one framing."""
    shares = [max((_height(f) for f in p.facts["faces"]), default=0.0) / p.height
              for p in photos if p.facts.get("faces") and p.height]
    if len(shares) < 6:
        return []
    if min(shares) > 0.45:
        return [Finding("framing", "", "All photos are close-ups. Add some from farther away, or the body will be "
                        "guessed.")]
    if max(shares) < 0.15:
        return [Finding("framing", "", "The face is small in every photo. Add close-ups, or crop some to the face.")]
    return []


def _faces(photos: Sequence[Photo]) -> list[Finding]:
    """Who is in the photos, as far as somebody looked: of faces only where they were looked for."""
    found = [Finding("stranger", photo.asset, "This may be somebody else: it is less like the others than they are "
                     "like each other.", "leave out") for photo in photos if photo.facts.get("stranger")]
    looked = [p for p in photos if "faces" in p.facts]
    with_face = sum(bool(p.facts["faces"]) for p in looked)
    for photo in looked:
        faces = [face for face in photo.facts["faces"] if _is_learned(face, photo)]
        if not faces and with_face * 2 > len(looked):
            found.append(Finding("no face", photo.asset, "No face was found in it.", "accept"))
        if len(faces) > 1:
            found.append(Finding("two people", photo.asset, f"{len(faces)} faces are in it. Whose likeness should be "
                                 "learned?", "crop to face"))
    return found


def _is_learned(face: Sequence[float], photo: Photo) -> bool:
    """Whether the middle of a face (in pixels) lies in the part that is learned."""
    left, top, right, bottom = photo.crop
    return (left * photo.width <= (face[0] + face[2]) / 2 <= right * photo.width
            and top * photo.height <= (face[1] + face[3]) / 2 <= bottom * photo.height)


def _height(face: Sequence[float]) -> float:
    return face[3] - face[1]


def _difference_hash(grey: Any) -> str:
    """64 bits that say where it gets brighter from left to right; near twins differ in a few."""
    from PIL import Image

    tiny = list(grey.resize((9, 8), Image.Resampling.BOX).tobytes())
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (tiny[row * 9 + column] > tiny[row * 9 + column + 1])
    return f"{bits:016x}"


def strangers(likenesses: Mapping[str, float]) -> set[str]:
    """Photos that are far less like the rest than usual: below the median by 2.5 times the usual spread."""
    values = sorted(likenesses.values())
    if len(values) < 5:
        return set()
    middle = values[len(values) // 2]
    spread = sorted(abs(v - middle) for v in values)[len(values) // 2] * 1.4826
    floor = middle - max(0.08, 2.5 * spread)
    return {asset for asset, value in likenesses.items() if value < floor and math.isfinite(value)}
