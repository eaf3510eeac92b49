"""From nothing to models/starter/, stage by stage: python -m pipelines.starter.train --plan cpu --work FOLDER.

Stop it whenever; the same call goes on from the last save. Each stage waits for the gate of the one before.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.starter import autoencoder, denoiser, finishing, likeness, reading, shipping, upscaling
from pipelines.starter.course import Desk
from pipelines.starter.plan import PLANS, Plan
from pipelines.starter.pool import HELD_OUT, Pool, open_pool

NOT_DONE = 3


def tell(words: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stdout.flush()


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pipelines.starter.train", description=__doc__)
    parser.add_argument("--plan", choices=sorted(PLANS), default="cpu")
    parser.add_argument("--work", type=Path, required=True, help="folder for pictures and checkpoints, outside git")
    parser.add_argument("--stage", choices=sorted(STAGES), action="append", help="only these; all when left out")
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after so long; the next call goes on")
    parser.add_argument("--device", default="", help="cpu, cuda …; the best there is when left out")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--start-from", type=Path, help="an autoencoder folder of the same shape to go on from")
    parser.add_argument("--words-from", type=Path, help="an earlier starter whose UNet and words to go on from")
    parser.add_argument("--target", type=Path, help="write what has been learned there (models/starter)")
    parser.add_argument("--past-gates", action="store_true", help="train the next stage though a gate failed")
    return parser.parse_args(arguments)


def choose_device(wish: str) -> str:
    import torch

    return wish or ("cuda" if torch.cuda.is_available() else "cpu")


def open_pools(plan: Plan, work: Path) -> tuple[Pool, Pool]:
    pool = open_pool(work, plan.size, 0, plan.pool, tell)
    return pool, open_pool(work, plan.size, HELD_OUT, plan.held_out, tell)


def learn_autoencoder(plan: Plan, desk: Desk, wishes: argparse.Namespace) -> bool:
    return autoencoder.train(plan, *open_pools(plan, wishes.work), desk, wishes.start_from)


def learn_reader(plan: Plan, desk: Desk, wishes: argparse.Namespace) -> bool:
    return reading.train(plan, *open_pools(plan, wishes.work), desk)


def learn_unet(plan: Plan, desk: Desk, wishes: argparse.Namespace) -> bool:
    pool, held_out = open_pools(plan, wishes.work)
    if not wishes.past_gates and not autoencoder.passes_gate(plan, held_out, desk):
        return False
    return denoiser.train(plan, pool, desk, wishes.words_from)


def learn_finishing(plan: Plan, desk: Desk, wishes: argparse.Namespace) -> bool:
    return finishing.train(plan, *open_pools(plan, wishes.work), desk)


def learn_likeness(plan: Plan, desk: Desk, wishes: argparse.Namespace) -> bool:
    return likeness.train(plan, desk)


def learn_upscalers(plan: Plan, desk: Desk, wishes: argparse.Namespace) -> bool:
    return all([upscaling.train(plan, scale, desk) for scale in upscaling.SCALES])


# The reader comes first: it judges the autoencoder's gate.
STAGES: dict[str, Callable[[Plan, Desk, argparse.Namespace], bool]] = {
    "reader": learn_reader, "autoencoder": learn_autoencoder, "unet": learn_unet, "finishing": learn_finishing,
    "likeness": learn_likeness,
    "upscalers": learn_upscalers,
}


def main(arguments: list[str] | None = None) -> int:
    wishes = read_arguments(arguments)
    import torch

    if wishes.threads:
        torch.set_num_threads(wishes.threads)
        os.environ.setdefault("OMP_NUM_THREADS", str(wishes.threads))
    plan, device = PLANS[wishes.plan], choose_device(wishes.device)
    desk = Desk(wishes.work / plan.name, device, time.monotonic() + wishes.minutes * 60, tell)
    done = True
    for stage in wishes.stage or STAGES:
        if desk.over:
            return NOT_DONE
        done = STAGES[stage](plan, desk, wishes) and done
    if wishes.target:
        shipping.ship(plan, desk, wishes.target)
    return 0 if done else NOT_DONE


if __name__ == "__main__":
    sys.exit(main())
