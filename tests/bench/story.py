"""Stories, timed: `python -m tests.bench.story [lint]`. With `lint`, Ren'Py's lint reads 50 random stories."""

import gc
import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from core.story.check import check
from core.story.files import parse, to_bytes
from core.story.model import Story
from core.story.runner import Program, walk
from core.story.shape import read
from pipelines.exporters.html import page
from pipelines.exporters.renpy import project
from pipelines.importers import sillytavern
from tests.stories import large, stories

LEAST_SECONDS = 0.3
"""What is quick is done often, or the clock's own grain would count as growth."""


def seconds(work: Callable[[], object], times: int = 5) -> float:
    taken: list[float] = []
    while len(taken) < times or sum(taken) < LEAST_SECONDS:
        gc.collect()
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def figures(nodes: int) -> dict[str, float]:
    """Median seconds of each piece of work on a story of this many beats."""
    story = read(Story, large(nodes))
    value = to_bytes(story)
    program = Program(story)
    return {
        "load and validate": seconds(lambda: parse(value)),
        "json.loads alone (the alternative)": seconds(lambda: json.loads(value)),
        "write": seconds(lambda: to_bytes(story)),
        "check": seconds(lambda: check(story)),
        "make ready to play": seconds(lambda: Program(story)),
        "1,000 walks of 200 steps": seconds(lambda: [walk(program, seed, 200) for seed in range(1000)], 1),
        "HTML export": seconds(lambda: page.build(story, {})),
        "Ren'Py export": seconds(lambda: project.build(story, {})),
    }


def chat(messages: int) -> tuple[float, float, float, float]:
    """(seconds, MB of the file, MB of the story, most MB beside the story) of a SillyTavern chat."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.write('{"user_name": "Mira"}\n')
            for number in range(messages):
                said = {"name": ("Ada", "Mira")[number % 2], "mes": f"Line {number}. " + "word " * 30}
                file.write(json.dumps(said) + "\n")
        taken = seconds(lambda: sillytavern.read(path), 1)
        tracemalloc.start()
        preview = sillytavern.read(path)
        story, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del preview
        return taken, path.stat().st_size / 1e6, story / 1e6, (peak - story) / 1e6


def lint(count: int = 50) -> int:
    """How many of this many random stories Ren'Py's lint finds an error in."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    from tests.pipelines.exporters.test_renpy import engine, written

    bad, seen = [], []

    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @seed(50)
    @given(stories())
    def one(story: Story) -> None:
        with tempfile.TemporaryDirectory() as folder:
            done = engine(written(story, Path(folder) / "game"), "lint", "--error-code")
            seen.append(story)
            if done.returncode:
                bad.append(done.stdout)

    one()
    sys.stdout.write(f"lint: {len(bad)} of {len(seen)} random stories have errors\n{''.join(bad)[:3000]}")
    return len(bad)


def main() -> None:
    sizes = (1000, 10_000, 20_000)
    tables = {size: figures(size) for size in sizes}
    head = "".join(f"{size:>12,}" for size in sizes)
    sys.stdout.write(f"{'processor seconds, median':38}{head}{'per node ×':>12}\n")
    for name in tables[sizes[0]]:
        row = [tables[size][name] for size in sizes]
        growth = (row[-1] / sizes[-1]) / (row[0] / sizes[0])
        sys.stdout.write(f"{name:38}" + "".join(f"{one:12.3f}" for one in row) + f"{growth:12.2f}\n")
    for messages in (10_000, 100_000):
        taken, size, story, beside = chat(messages)
        sys.stdout.write(f"SillyTavern, {messages:,} messages: {taken:.2f} s; file {size:.0f} MB, "
                         f"story {story:.0f} MB, memory beside it {beside:.2f} MB\n")
    player = [(page.HERE / name).stat().st_size for name in ("player.js", "player.css")]
    sys.stdout.write(f"HTML player: {sum(player) / 1000:.1f} kB\n")
    if "lint" in sys.argv:
        lint()


if __name__ == "__main__":
    main()
