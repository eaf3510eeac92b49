"""`python -m tests.bench.photos [count]`: checking many photos: photos a second, and memory from end to end."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image, ImageDraw

from core import datasets, photo_checks
from core.casting import as_photo

GROUP = 100


def make(folder: Path, kinds: int = 40) -> list[Path]:
    """Photos of a phone's size in files; few on disk, opened again and again."""
    made = []
    for number in range(kinds):
        picture = Image.linear_gradient("L").resize((1536, 2048)).convert("RGB").rotate(number * 9)
        pen = ImageDraw.Draw(picture)
        for line in range(0, 1536, 40 + number * 3):
            pen.line((line, 0, 1536 - line, 2048), (line % 255, number * 6, 90), 5)
        made.append(folder / f"{number}.jpg")
        picture.save(made[-1], quality=88)
    return made


def main(count: int = 2000) -> None:
    process, seconds, memory = psutil.Process(), [], []
    with tempfile.TemporaryDirectory() as folder:
        files = make(Path(folder))
        photos: list[datasets.Photo] = []
        began = time.perf_counter()
        for number in range(count):
            if number % GROUP == 0:
                started = time.perf_counter()
            path = files[number % len(files)]
            photos.append(as_photo(str(number), path, str(number)))
            if number % GROUP == GROUP - 1:
                seconds.append(time.perf_counter() - started)
                memory.append(process.memory_info().rss / 2**20)
        measured = time.perf_counter() - began
        dataset = datasets.new_dataset("", photos)
        began = time.perf_counter()
        found = photo_checks.check(dataset, 512)
        checked = time.perf_counter() - began
    sys.stdout.write(f"{count} photos of 3 megapixels\n"
                     f"opened and measured   {count / measured:8.1f} photos/s  (wanted 20)\n"
                     f"median of {GROUP}         {GROUP / statistics.median(seconds):8.1f} photos/s\n"
                     f"all checks at once    {checked:8.2f} s, {len(found)} findings\n"
                     f"memory first/last     {memory[0]:8.0f} / {memory[-1]:.0f} MB\n")


if __name__ == "__main__":
    main(*(int(given) for given in sys.argv[1:2]))
