"""Every random choice of a training, as a pure function of (seed, place): nothing to save, so nothing to lose.

No generator lives longer than one call. That is what makes a resumed run equal an unbroken one, bit for bit.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


def key(*place: int | str) -> int:
    """One number for one place in a run. The same on every machine, every Python and every device."""
    text = "/".join(str(part) for part in place)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def uniform(*place: int | str) -> float:
    """A number in [0, 1)."""
    return (key(*place) >> 10) / float(1 << 53)


def shuffled(things: Sequence[Any], *place: int | str) -> list[Any]:
    """The things in an order of their own for this place."""
    return random.Random(key(*place)).sample(list(things), len(things))


def noise(shape: Sequence[int], *place: int | str) -> Any:
    """Standard normal noise, always drawn on the processor so that every device sees the same."""
    import torch

    return torch.randn(*shape, generator=torch.Generator().manual_seed(key(*place)), dtype=torch.float32)


def batches(buckets: Sequence[Sequence[int]], size: int, seed: int, epoch: int) -> list[tuple[int, ...]]:
    """One pass over the pairs: full batches, each from one bucket; a bucket's rest is filled from its own start."""
    made = []
    for number, bucket in enumerate(buckets):
        order = shuffled(bucket, seed, "order", epoch, number)
        for start in range(0, len(order), size):
            part = order[start:start + size]
            fill = (order[i % len(order)] for i in range(size - len(part)))
            made.append(tuple([*part, *fill]))
    return shuffled(made, seed, "batches", epoch)


@dataclass(frozen=True)
class Draw:
    """One micro-batch: which pairs, and everything that chance decides about them.

    `slots` number the samples within the step, over all processes and micro-batches; a Draw split in two halves
    therefore draws exactly what the whole would have drawn.
    """

    seed: int
    step: int
    pairs: tuple[int, ...]
    slots: tuple[int, ...]

    def uniform(self, what: str) -> list[float]:
        return [uniform(self.seed, what, self.step, slot) for slot in self.slots]

    def happens(self, what: str, share: float) -> list[bool]:
        """For each pair, whether a thing that befalls `share` of all pairs befalls it now."""
        return [value < share for value in self.uniform(what)]

    def noise(self, shape: Sequence[int], what: str = "noise") -> Any:
        """Noise for each pair of the micro-batch; `shape` is that of one pair."""
        import torch

        return torch.stack([noise(shape, self.seed, what, self.step, slot) for slot in self.slots])

    def parts(self, count: int) -> list["Draw"]:
        """The same draw in `count` smaller pieces (fewer when there are fewer pairs)."""
        size = -(-len(self.pairs) // count)
        return [replace(self, pairs=self.pairs[i:i + size], slots=self.slots[i:i + size])
                for i in range(0, len(self.pairs), size)]


def draw(buckets: Sequence[Sequence[int]], size: int, seed: int, step: int, place: Mapping[str, int]) -> Draw:
    """The micro-batch number `micro` of `of` in a step, where `of` counts all processes and accumulations."""
    number = step * place["of"] + place["micro"]
    a_pass = sum(-(-len(bucket) // size) for bucket in buckets)
    epoch, within = divmod(number, a_pass)
    pairs = batches(buckets, size, seed, epoch)[within]
    first = place["micro"] * size
    return Draw(seed, step, pairs, tuple(range(first, first + size)))
