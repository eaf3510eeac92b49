"""Two processes learn what one would have learned with twice the accumulation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.kit.training import Desk, train
from tests.pipelines.kit.tiny_lesson import PLAN, make_lesson

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_two_launched_processes_agree_with_one(tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2",
               "-m", "tests.pipelines.kit.tiny_team", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True,
                          text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    size, losses, totals = json.loads((tmp_path / "rank0.json").read_text())
    assert size == 2 and json.loads((tmp_path / "rank1.json").read_text())[2] == totals
    lesson = make_lesson()
    alone = train(lesson, PLAN, Desk(tmp_path / "alone"))
    assert losses == pytest.approx(alone.losses, rel=1e-4)
    for name, p in lesson.weights.items():
        assert float(p.double().sum()) == pytest.approx(totals[name], abs=1e-3)
