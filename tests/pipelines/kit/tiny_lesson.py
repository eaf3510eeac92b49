"""A lesson small enough to run hundreds of times: two layers, eight pairs in two buckets. Also runs as a child process.

`python tiny_lesson.py FOLDER STEPS KILL_AT` trains, and dies by SIGKILL in the middle of step KILL_AT.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch

from pipelines.kit.learner import Plan
from pipelines.kit.training import Desk, Lesson, train

PLAN = Plan(steps=12, seed=7, batch=2, accumulate=2, learning_rate=1e-2, ema=0.9, warmup=2)


def make_lesson(plan=PLAN, poison_at=None, hungry=0):
    torch.set_num_threads(1)
    start = torch.Generator().manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Dropout(0.1), torch.nn.Tanh(), torch.nn.Linear(16, 6))
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.randn(p.shape, generator=start) * 0.3)
    data = torch.randn(8, 6, generator=start)
    appetite = {"left": hungry}

    def loss(draw):
        if len(draw.pairs) > 1 and appetite["left"]:
            appetite["left"] -= 1
            raise torch.OutOfMemoryError("out of memory")
        clean = data[list(draw.pairs)]
        clean = torch.where(torch.tensor(draw.happens("flip", 0.5))[:, None], clean.flip(-1), clean)
        t = torch.tensor(draw.uniform("time"))[:, None]
        noise = draw.noise((6,))
        wrong = ((net((1 - t) * clean + t * noise) - (noise - clean)) ** 2).mean()
        return wrong * float("nan") if draw.step == poison_at else wrong

    return Lesson(dict(net.named_parameters()), [[0, 1, 2, 3, 4], [5, 6, 7]], loss, about="tiny", dropout=True)


def weights(lesson):
    return {name: p.detach().clone() for name, p in lesson.weights.items()}


def main(folder, steps, kill_at):
    lesson = make_lesson()
    inner = lesson.loss

    def deadly(draw):
        if draw.step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return inner(draw)

    desk = Desk(Path(folder), orders=lambda step, steps: frozenset({"save"}), keep=2)
    train(replace(lesson, loss=deadly), replace(PLAN, steps=steps), desk)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
