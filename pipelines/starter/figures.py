"""How well the starter does what it is asked: made pictures, read by the attribute reader, as a table."""

import math
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy

from pipelines.kit import attributes
from pipelines.starter.artist.captions import full_caption
from pipelines.starter.artist.recipe import CHOICES, Recipe, sample
from pipelines.starter.pool import HELD_OUT
from pipelines.starter.reading import accuracy, truth

STEPS, GUIDANCE = 20, 3.5


def recipes(count: int) -> list[Recipe]:
    return [sample(HELD_OUT + index) for index in range(count)]


def generate(pipeline: Any, captions: list[str], tell: Callable[[str], None], batch: int = 8) -> list[numpy.ndarray]:
    """One picture per caption, each with a seed of its own."""
    import torch

    pipeline.set_progress_bar_config(disable=True)
    size = int(pipeline.unet.config.sample_size) * 2 ** (len(pipeline.vae.config.block_out_channels) - 1)
    made: list[numpy.ndarray] = []
    for start in range(0, len(captions), batch):
        words = captions[start : start + batch]
        seeds = [torch.Generator().manual_seed(start + row) for row in range(len(words))]
        pictures = pipeline(words, num_inference_steps=STEPS, guidance_scale=GUIDANCE, height=size, width=size,
                            generator=seeds, output_type="np").images
        made += list((pictures * 255).round().astype(numpy.uint8))
        tell(f"{len(made)} of {len(captions)} pictures")
    return made


def agreement(pipeline: Any, reader: attributes.Reader, count: int, tell: Callable[[str], None]) -> dict[str, float]:
    """The share of made pictures in which the reader sees what was asked for, by attribute."""
    asked = recipes(count)
    return accuracy(reader, generate(pipeline, [full_caption(recipe) for recipe in asked], tell), asked)


def variety(read: list[str], name: str) -> float:
    """Entropy of the answers as a share of the entropy of the training set's own choices."""
    return entropy(Counter(read)) / entropy(Counter(getattr(sample(seed), name) for seed in range(3_000)))


def entropy(counts: Counter[str]) -> float:
    total = sum(counts.values())
    return -sum(count / total * math.log(count / total) for count in counts.values()) or 1e-9


def unprompted(pipeline: Any, reader: attributes.Reader, count: int, tell: Callable[[str], None]) -> dict[str, float]:
    """How much varies what the words leave open."""
    dice = random.Random(5)
    words = [dice.choice(("girl", "boy", "woman", "man")) for _ in range(count)]
    read = attributes.read_many(reader, generate(pipeline, words, tell))
    names = ("hair", "hair_colour", "outfit", "place")
    return {name: variety([said[name][0] for said in read if said[name][0] in CHOICES[name]], name) for name in names}


def whole_faces(pictures: list[numpy.ndarray], reader: attributes.Reader, asked: list[Recipe]) -> float:
    """The share with two open eyes where the artist would have drawn two."""
    said = attributes.read_many(reader, pictures)
    two = [read["open_eyes"][0] == "two" for read, recipe in zip(said, asked, strict=True)
           if truth(recipe).get("open_eyes") == "two"]
    return float(numpy.mean(two)) if two else 0.0


def seconds_per_picture(pipeline: Any, turns: int = 5) -> float:
    """Median time of one picture at native size, warm."""
    taken = []
    for _ in range(turns + 1):
        start = time.perf_counter()
        generate(pipeline, ["girl, long red hair, blue eyes, smiling, in a park"], lambda words: None)
        taken.append(time.perf_counter() - start)
    return float(numpy.median(taken[1:]))
