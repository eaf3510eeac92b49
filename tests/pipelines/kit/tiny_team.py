"""The tiny lesson learned by as many processes as were launched; the first writes what came out.

`torchrun --nproc_per_node 2 -m tests.pipelines.kit.tiny_team FOLDER`
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch

from pipelines.kit.team import join
from pipelines.kit.training import Desk, train
from tests.pipelines.kit.tiny_lesson import PLAN, make_lesson


def main(folder):
    torch.set_num_threads(1)
    team = join()
    lesson = make_lesson()
    outcome = train(lesson, replace(PLAN, accumulate=1), Desk(Path(folder) / "saves"), team)
    total = {name: float(p.double().sum()) for name, p in lesson.weights.items()}
    (Path(folder) / f"rank{team.rank}.json").write_text(json.dumps([team.size, outcome.losses, total]))


if __name__ == "__main__":
    main(sys.argv[1])
