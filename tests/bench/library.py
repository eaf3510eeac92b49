"""The Library at 100,000 assets: search as a person types, first page, rebuild from sidecars, cost of one more."""

import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from core.library import Library
from core.search import Query
from core.sidecars import first_number_at, id_of

COUNT, FEW = 100_000, 1_000
WORDS = [
    "red",
    "blue",
    "green",
    "amber",
    "violet",
    "silver",
    "hair",
    "eyes",
    "coat",
    "beach",
    "forest",
    "night",
    "city",
    "rain",
    "snow",
    "smile",
    "tears",
    "laughing",
    "rooftop",
    "café",
    "library",
    "train",
    "station",
    "garden",
    "mountain",
    "river",
    "moon",
    "sunset",
    "portrait",
    "half",
    "close",
    "wide",
    "Mira",
    "Tom",
    "Ada",
    "Ben",
]


def record(number: int, chance: random.Random) -> dict:
    prompt = " ".join(chance.choices(WORDS, k=12))
    return {
        "kind": "image",
        "created": 1_700_000_000 + number,
        "title": f"picture {number}",
        "bytes": 1000,
        "width": 512,
        "height": 512,
        "request": {"prompt": prompt},
        "characters": [chance.choice(WORDS[-4:])],
        "pipeline": "image.starter",
        "seed": number,
        "sha256": f"{number:064x}",
        "schema": 1,
    }


def lay_out(outputs: Path, count: int) -> list[tuple[str, dict, str]]:
    """Real sidecars on disk, each beside a one-byte file."""
    chance, first, rows = random.Random(1), first_number_at(1_700_000_000.0), []
    for number in range(count):
        asset_id = id_of(first + number * 4096)
        folder = outputs / "images" / f"day{number // 1000:03}"
        if number % 1000 == 0:
            folder.mkdir(parents=True)
        story = {**record(number, chance), "id": asset_id}
        (folder / f"{asset_id}.png").write_bytes(b"x")
        (folder / f"{asset_id}.png.json").write_text(json.dumps(story), encoding="utf-8")
        rows.append((asset_id, story, f"images/{folder.name}/{asset_id}.png"))
    return rows


def timed(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] * 1000


def add_times(library: Library, rows: list, start: int) -> list[float]:
    chance, first = random.Random(start), first_number_at(1_800_000_000.0)
    new = [(id_of(first + (start + n) * 4096), record(n, chance), f"images/x/{start}-{n}.png") for n in range(200)]
    return [timed(lambda row=row: library.add(*row)) for row in new]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs"
        rows = lay_out(outputs, COUNT)
        library = Library(outputs / "library.sqlite")
        small = Library(outputs / "small.sqlite")
        for asset_id, story, path in rows[:FEW]:
            small.add(asset_id, story, path)
        rebuild = timed(lambda: library.rebuild(outputs))
        assert library.count() == COUNT
        typed = [word[:length] for word in WORDS for length in range(1, len(word) + 1)]
        search = [timed(lambda text=text: library.search(Query(text=text))) for text in typed]
        both = [
            timed(lambda a=a, b=b: library.search(Query(text=f"{a} {b[:3]}")))
            for a, b in zip(WORDS, WORDS[1:], strict=False)
        ]
        page = [timed(lambda: library.search(Query())) for _ in range(50)]
        few, many = add_times(small, rows, 0), add_times(library, rows, 500)
        say("search as you type, p95", f"{p95(search + both):.1f} ms", "under 50 ms")
        say("first page, p95", f"{p95(page):.1f} ms", "under 150 ms")
        say("rebuild from sidecars", f"{COUNT / rebuild:.0f} files/s", "3,000 or better")
        say("adding one, 100,000 against 1,000", f"{statistics.median(many) / statistics.median(few):.2f} ×", "about 1")
        library.close()
        small.close()


def say(what: str, figure: str, aim: str) -> None:
    sys.stdout.write(f"{what:<36} {figure:>14}   ({aim})\n")


if __name__ == "__main__":
    main()
