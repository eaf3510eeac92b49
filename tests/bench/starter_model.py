"""The starter's figures: python -m tests.bench.starter_model [--count 500]. The model card quotes it."""

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy

from pipelines.kit import attributes, likeness_net, upscaler_net
from pipelines.starter import autoencoder, figures, likeness, reading, upscaling
from pipelines.starter.artist.drawing import draw
from pipelines.starter.artist.recipe import sample
from pipelines.starter.course import Desk
from pipelines.starter.patterns import photo
from pipelines.starter.plan import CPU
from pipelines.starter.pool import HELD_OUT

STARTER = Path(__file__).parents[2] / "models" / "starter"
GOALS = {"hair_colour": 0.95, "hair": 0.85, "place": 0.97, "expression": 0.65, "eyes": 0.60, "outfit_colour": 0.88,
         "accessory": 0.80}


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--work", type=Path, default=Path("outputs/starter-bench"))
    wishes = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    companions(wishes.count, wishes.work)
    model(wishes.count)


def companions(count: int, work: Path) -> None:
    asked = figures.recipes(count)
    drawn = [draw(recipe, CPU.size) for recipe in asked]
    reader = attributes.load(STARTER / "companions" / "reader.safetensors")
    say(f"attribute reader on {count} held-out drawings (goal .97 each)")
    for name, share in reading.accuracy(reader, drawn, asked).items():
        say(f"  {name:<18}{share:.3f}")
    encoder = likeness_net.load(STARTER / "companions" / "likeness.safetensors")
    desk = Desk(work / "bench", "cpu", float("inf"), say)
    same, strangers, doubles = likeness.scores(encoder, likeness.open_unseen(CPU, desk))
    say(f"likeness AUC {likeness.area_under_curve(same, strangers):.4f} against strangers (goal .97), "
        f"{likeness.area_under_curve(same, doubles):.4f} against near doubles; threshold {encoder.threshold:.3f}, "
        f"reached by {float((same > encoder.threshold).mean()):.3f} of pairs of one person")
    for scale in upscaling.SCALES:
        upscaler = upscaler_net.load(STARTER / "companions" / f"upscale_x{scale}.safetensors")
        for kind, pictures in sorted(picture_kinds().items()):
            ours, lanczos = upscaling.gain(upscaler, pictures)
            say(f"x{scale} on {len(pictures)} {kind}: {ours:.2f} dB, Lanczos {lanczos:.2f} dB, "
                f"{ours - lanczos:+.2f} (goal +1)")


def picture_kinds() -> dict:
    """Held-out drawings, and the public-domain samples that scikit-image ships, where it is installed."""
    kinds = {"drawings": upscaling.held_out(24)}
    photos = [photo(name) for name in ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")]
    if None in photos:
        say("ordinary pictures are left out: pip install scikit-image")
        return kinds
    return {**kinds, "ordinary pictures": [numpy.asarray(picture) for picture in photos]}


def model(count: int) -> None:
    from diffusers import StableDiffusionPipeline

    start = time.perf_counter()
    pipeline = StableDiffusionPipeline.from_pretrained(STARTER, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    say(f"load {time.perf_counter() - start:.1f} s; picture {figures.seconds_per_picture(pipeline):.2f} s "
        f"({figures.STEPS} steps, one thread, median; goal 2 s on two cores)")
    drawn = numpy.stack([draw(sample(HELD_OUT + index), CPU.size) for index in range(64)])
    say(f"autoencoder {autoencoder.fidelity(pipeline.vae, drawn, 'cpu'):.2f} dB on 64 held-out drawings (goal 28)")
    reader = attributes.load(STARTER / "companions" / "reader.safetensors")
    say(f"agreement of {count} made pictures with their words")
    for name, share in figures.agreement(pipeline, reader, count, lambda words: None).items():
        say(f"  {name:<18}{share:.3f}   {'goal ' + str(GOALS[name]) if name in GOALS else ''}")
    say(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB (goal 1.5)")


if __name__ == "__main__":
    main()
