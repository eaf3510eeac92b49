"""The measures of a head: width, length, turn. One unit is half its width, its middle the origin."""

import math
import random
from dataclasses import dataclass

import skia

from pipelines.starter.artist.pen import trace
from pipelines.starter.artist.recipe import MASCULINE, OLD, Recipe

TURN_RADIANS = 0.19
ROUNDNESS = 0.72
TURNS = {"front": 0, "left": -1, "right": 1}


@dataclass(frozen=True)
class Head:
    recipe: Recipe
    yaw: int
    chin: float
    jaw: float
    eye_width: float
    eye_height: float
    brow: float
    gaze: float

    @property
    def masculine(self) -> bool:
        return self.recipe.who in MASCULINE

    @property
    def old(self) -> bool:
        return self.recipe.who in OLD

    def turned(self, x: float) -> float:
        """Where a point of the front view lies when the head is turned: it wanders round the ball."""
        angle = math.asin(max(-1.0, min(1.0, x * ROUNDNESS))) + self.yaw * TURN_RADIANS
        return math.sin(angle) / ROUNDNESS

    def squeeze(self, x: float) -> float:
        """How narrow a thing at `x` becomes by the turn."""
        angle = math.asin(max(-1.0, min(1.0, x * ROUNDNESS)))
        return math.cos(angle + self.yaw * TURN_RADIANS) / math.cos(angle)

    def face(self) -> skia.Path:
        middle, jaw, chin = 0.2 * self.yaw, self.jaw, self.chin
        left, right = -1.0 + 0.05 * (self.yaw < 0), 1.0 - 0.05 * (self.yaw > 0)
        return trace(
            (left, -0.1), (left, -0.75, -0.6, -1.1, 0.0, -1.1), (0.6, -1.1, right, -0.75, right, -0.1),
            (right, 0.46, right * 0.86, 0.7, middle + jaw * 0.6, chin - 0.13),
            (middle + 0.2, chin + 0.04, middle - 0.2, chin + 0.04, middle - jaw * 0.6, chin - 0.13),
            (left * 0.86, 0.7, left, 0.46, left, -0.1),
        )


MEASURES = {  # chin, jaw, eye width, eye height, brow thickness
    "girl": (1.06, 0.56, 1.06, 1.06, 0.05), "boy": (1.08, 0.66, 0.98, 0.9, 0.085),
    "woman": (1.13, 0.54, 1.0, 0.88, 0.055), "man": (1.17, 0.86, 0.88, 0.7, 0.11),
    "grandmother": (1.08, 0.68, 0.86, 0.74, 0.05), "grandfather": (1.14, 0.86, 0.82, 0.66, 0.12),
}


def measure(recipe: Recipe, dice: random.Random) -> Head:
    chin, jaw, width, height, brow = MEASURES[recipe.who]
    return Head(recipe, TURNS[recipe.view], chin, jaw, width, height, brow, dice.uniform(-0.03, 0.03))
