"""How many pictures the artist draws in a second on one core: python -m tests.bench.starter_artist"""

import statistics
import sys
import time

from pipelines.starter.artist.drawing import draw
from pipelines.starter.artist.recipe import sample

GOAL_PER_CORE = 50  # a hundred a second on two cores at training size


def measure(size: int, count: int = 200) -> float:
    seconds = []
    for seed in range(count):
        start = time.process_time()
        draw(sample(seed), size)
        seconds.append(time.process_time() - start)
    return 1.0 / statistics.median(seconds)


def main() -> None:
    sys.stdout.write("size  pictures/s on one core (median)  ratio to the goal of 50\n")
    for size in (64, 128, 192, 256, 512):
        speed = measure(size)
        sys.stdout.write(f"{size:>4}  {speed:>10.0f}  {speed / GOAL_PER_CORE:>28.1f}x\n")


if __name__ == "__main__":
    main()
