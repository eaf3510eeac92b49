"""A pool of drawn pictures on disk, with where each face is: drawn once, read by every stage."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from pipelines.starter.artist.recipe import Recipe, sample

SHARD = 1_000
HELD_OUT = 10_000_000  # seeds from here on are never trained on


@dataclass(frozen=True)
class Pool:
    """Pictures `first`, `first` + 1, … by seed; `faces` holds x, y and half width in pixels (0: nobody)."""

    size: int
    first: int
    recipe_of: Callable[[int], Recipe]
    shards: Sequence[numpy.ndarray]
    faces: numpy.ndarray

    def __len__(self) -> int:
        return len(self.faces)

    def recipe(self, index: int) -> Recipe:
        return self.recipe_of(self.first + index)

    def picture(self, index: int) -> numpy.ndarray:
        return self.shards[index // SHARD][index % SHARD]

    def pictures(self, indices: Sequence[int]) -> numpy.ndarray:
        return numpy.stack([self.picture(index) for index in indices])


def draw_shard(work: tuple[Path, int, int, int, Callable[[int], Recipe]]) -> None:
    """Draw one shard to disk; it appears whole or not at all."""
    from pipelines.starter.artist.drawing import draw_and_tell

    path, size, start, count, recipe_of = work
    drawn = [draw_and_tell(recipe_of(start + index), size) for index in range(count)]
    pictures = numpy.stack([picture for picture, _ in drawn])
    faces = numpy.array([(place.x, place.y, place.half) for _, place in drawn], numpy.float32) * size
    for name, rows in (("faces", faces), ("pictures", pictures)):
        target = path.with_suffix(f".{name}.npy")
        unfinished = target.with_suffix(".part.npy")
        numpy.save(unfinished, rows)
        os.replace(unfinished, target)


def open_pool(
    folder: Path, size: int, first: int, count: int, tell: Callable[[str], None],
    recipe_of: Callable[[int], Recipe] = sample,
) -> Pool:
    """The pool, drawing what is missing with as many processes as torch may use threads."""
    kind = "pool" if recipe_of is sample else recipe_of.__name__
    home = folder / f"{kind}-{size}-{first}"
    home.mkdir(parents=True, exist_ok=True)
    starts = range(0, count, SHARD)
    paths = [home / f"{start:07d}" for start in starts]
    sizes = [min(SHARD, count - start) for start in starts]
    wanted = zip(paths, starts, sizes, strict=True)
    missing = [(path, size, first + start, held, recipe_of) for path, start, held in wanted if not holds(path, held)]
    if missing:
        tell(f"drawing {sum(work[3] for work in missing)} pictures of {size} pixels")
        hands = max(1, int(os.environ.get("OMP_NUM_THREADS", "1")))
        if hands > 1 and len(missing) > 1:
            with multiprocessing.get_context("spawn").Pool(hands) as crew:
                crew.map(draw_shard, missing, chunksize=1)
        else:
            for work in missing:
                draw_shard(work)
    shards = [numpy.load(path.with_suffix(".pictures.npy"), mmap_mode="r") for path in paths]
    faces = numpy.concatenate([numpy.load(path.with_suffix(".faces.npy")) for path in paths])
    return Pool(size, first, recipe_of, shards, faces)


def holds(path: Path, count: int) -> bool:
    pictures = path.with_suffix(".pictures.npy")
    return pictures.exists() and len(numpy.load(pictures, mmap_mode="r")) == count
