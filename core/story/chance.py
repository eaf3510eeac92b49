"""One 32-bit seeded generator (mulberry32) that gives the same numbers here, in Ren'Py and in JavaScript."""

from collections.abc import Sequence

MASK = 0xFFFFFFFF


def draw(state: int) -> tuple[int, float]:
    """The next state and a number from 0 up to, not including, 1."""
    state = (state + 0x6D2B79F5) & MASK
    mixed = ((state ^ (state >> 15)) * (state | 1)) & MASK
    mixed ^= (mixed + (((mixed ^ (mixed >> 7)) * (mixed | 61)) & MASK)) & MASK
    return state, (mixed ^ (mixed >> 14)) / 4294967296


def pick(number: float, weights: Sequence[float]) -> int:
    """Which of the weights a number from 0 to 1 falls on; all-zero weights count as equal; -1 of none."""
    total = 0.0
    for weight in weights:  # not sum(): since Python 3.12 it rounds differently from JavaScript
        total += weight
    if total <= 0:
        return int(number * len(weights)) if weights else -1
    aim, passed, last = number * total, 0.0, -1
    for index, weight in enumerate(weights):
        if weight > 0:
            passed += weight
            last = index
            if aim < passed:
                return index
    return last
