"""The tiny lesson, learned by as many processes as were launched (`-m tests.pipelines.kit.team_lesson FOLDER`).

The leader writes the losses and the weights into the folder that is named; all others write nothing.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from pipelines.kit.team import join
from pipelines.kit.training import Desk, train
from tests.pipelines.kit.tiny_lesson import PLAN, make_lesson, weights


def main(folder):
    team, lesson = join(), make_lesson()
    outcome = train(lesson, replace(PLAN, steps=6, accumulate=2 // team.size), Desk(Path(folder)), team)
    if team.leads:
        told = {"size": team.size, "losses": outcome.losses, "weights": [p.tolist() for p in weights(lesson).values()]}
        (Path(folder) / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
