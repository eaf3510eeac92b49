"""`python -m tests.bench.likeness [people]`: does likeness tell Mira from other drawn people, and each of them too?

AUC of the studio's own score (calibrated by leaving one photo out): pictures of the character that are not among her
photos against pictures of others. Then the same for other characters, each with five photos as their measure.
"""

import statistics
import sys
import time
from dataclasses import replace

from core.home import PROGRAM
from core.likeness import calibrate, judge
from core.photos import open_photo
from pipelines.kit import likeness_net
from pipelines.starter.artist.demo import MIRA
from pipelines.starter.artist.drawing import draw
from pipelines.starter.artist.recipe import sample, settle
from pipelines.starter.likeness import HELD_OUT, IDENTITY, SHOTS, area_under_curve, portrait

STARTER = PROGRAM / "models" / "starter"
SIDE = 128


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(people=200, others=20):
    import numpy

    eye = likeness_net.load(STARTER / "companions" / "likeness.safetensors")

    def rows(pictures):
        return [list(map(float, row)) for row in likeness_net.embed(eye, pictures)]

    def scores(measure, seen):
        return numpy.array([judge(measure, [row], "x").raw for row in seen])

    photos = [open_photo(path).picture for path in sorted((STARTER / "demo").glob("*.png"))]
    began = time.perf_counter()
    mine = rows(photos)
    say(f"{1000 * (time.perf_counter() - began) / len(photos):.0f} ms for a picture")
    measure = calibrate(mine, "drawn-1", eye.threshold)
    traits = {name: getattr(MIRA, name) for name in IDENTITY}
    herself = rows([draw(settle(replace(sample(number + 77, places=0.0), **traits)), SIDE) for number in range(100)])
    first = HELD_OUT // SHOTS
    strangers = rows([draw(portrait((first + 2 * number) * SHOTS), SIDE) for number in range(people)])
    hers, theirs = scores(measure, herself), scores(measure, strangers)
    points = [judge(measure, [row], "x").score for row in herself]
    say(f"Mira in 100 new pictures against {people} other people: AUC {area_under_curve(hers, theirs):.4f} (goal .95)")
    say(f"  she scores {statistics.median(points)} in the middle, {sum(p >= 50 for p in points)} of 100 resemble her; "
        f"{sum(judge(measure, [row], 'x').score >= 50 for row in strangers)} of {people} others do")
    alone = [judge(calibrate(mine[:n] + mine[n + 1:], "drawn-1", eye.threshold), [row], "x").score
             for n, row in enumerate(mine)]
    say(f"  each of her photos judged by the others: {sorted(alone)}")
    curves = []
    for number in range(others):
        shots = rows([draw(portrait((first + 2 * number) * SHOTS + shot), SIDE) for shot in range(SHOTS)])
        own = calibrate(shots[:-1], "drawn-1", eye.threshold)
        rest = [row for place, row in enumerate(strangers) if place != number]
        curves.append(area_under_curve(scores(own, shots[-1:]), scores(own, rest)))
    say(f"{others} other people by five photos each against {people - 1}: AUC {statistics.mean(curves):.4f} in the "
        f"mean, {min(curves):.4f} at the least")


if __name__ == "__main__":
    main(*(int(given) for given in sys.argv[1:3]))
