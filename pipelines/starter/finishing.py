"""The last touch: the decoder learns to draw cleanly what the denoiser leaves, which is never quite clean.

Pictures that are known are made noisy and drawn anew by the denoiser; the decoder sees that and is shown the drawing.
"""

from pathlib import Path
from typing import Any

import numpy

from pipelines.starter import autoencoder, denoiser
from pipelines.starter.artist.captions import full_caption
from pipelines.starter.course import Course, Desk, learn
from pipelines.starter.plan import Plan
from pipelines.starter.pool import Pool
from pipelines.starter.signals import as_signal

STEPS, GUIDANCE = 20, 2.5
FROM, TO = 0.6, 0.85
"""How far along the steps a picture is taken up again: later, and it comes back too much like itself."""
CLEAN_EVERY = 4
"""Each fourth lesson shows the latents as they were, or the decoder would forget them."""


def train(plan: Plan, pool: Pool, held_out: Pool, desk: Desk) -> bool:
    coder, parts = autoencoder.finished(plan, desk), denoiser.finished(plan, desk)
    if coder is None or parts is None:
        desk.tell("finishing: autoencoder and UNet have to be trained first")
        return False
    latents = numpy.load(desk.folder / "latents.npy", mmap_mode="r")
    left = leftovers(plan, pool, latents, parts, desk)
    coder.encoder.requires_grad_(False)
    coder.train()

    def finish(step: int, dice: Any) -> Any:
        source = latents if step % CLEAN_EVERY == 0 else left
        cells, wanted = cuts(pool, plan, source, len(left), dice)
        return autoencoder.difference(coder.decode(cells.to(desk.device)).sample, wanted.to(desk.device))

    course = Course("finishing", {"coder": coder}, plan.finish_steps, plan.coder_rate * 0.5, finish)
    course.look = lambda step: autoencoder.look(course.averaged["coder"], held_out, desk, step)
    return learn(course, desk)


def leftovers(plan: Plan, pool: Pool, latents: numpy.ndarray, parts: denoiser.Parts, desk: Desk) -> numpy.ndarray:
    """Latents of the first pictures, each taken up again by the denoiser somewhere on its way; made once."""
    path = desk.folder / "left.npy"
    if not path.exists():
        spread = denoiser.spread_of(latents)
        rows = []
        for start in range(0, min(plan.finish_pool, len(latents)), 16):
            desk.tell(f"finishing: {start} of {plan.finish_pool} pictures drawn anew")
            stop = min(start + 16, len(latents))
            clean = numpy.asarray(latents[start:stop], numpy.float32) / spread
            words = [full_caption(pool.recipe(index)) for index in range(start, stop)]
            rows.append((drawn_anew(parts, clean, words, start, desk.device) * spread).astype(numpy.float16))
        write(path, numpy.concatenate(rows))
    return numpy.load(path, mmap_mode="r")


def write(path: Path, rows: numpy.ndarray) -> None:
    unfinished = path.with_suffix(".part.npy")
    numpy.save(unfinished, rows)
    unfinished.replace(path)


def drawn_anew(parts: denoiser.Parts, clean: numpy.ndarray, words: list[str], seed: int, device: str) -> numpy.ndarray:
    """Noise up to one of the later steps, and from there to the end as every picture is made."""
    import torch

    dice = torch.Generator().manual_seed(seed)
    sampler = denoiser.schedule()
    sampler.set_timesteps(STEPS)
    first = int(torch.randint(int(STEPS * FROM), int(STEPS * TO), (1,), generator=dice))
    with torch.inference_mode():
        given = torch.from_numpy(clean)
        start = sampler.timesteps[first].repeat(len(given))
        latent = sampler.add_noise(given, torch.randn(given.shape, generator=dice), start).to(device)
        said, unsaid = (denoiser.read_words(parts, text, device) for text in (words, [""] * len(words)))
        sampler.set_begin_index(first)
        for time in sampler.timesteps[first:]:
            plain = parts.unet(latent, time, unsaid).sample
            meant = parts.unet(latent, time, said).sample
            latent = sampler.step(plain + GUIDANCE * (meant - plain), time, latent).prev_sample
    return latent.float().cpu().numpy()


def cuts(pool: Pool, plan: Plan, source: numpy.ndarray, count: int, dice: Any) -> tuple[Any, Any]:
    """Latent cells and the piece of the drawing that they stand for, most of them round eyes and mouth."""
    import torch

    size = plan.crop // 8
    room = pool.size // 8 - size
    cells, wanted = [], []
    for index in torch.randint(count, (plan.coder_batch,), generator=dice).tolist():
        across, down, where = torch.rand(3, generator=dice).tolist()
        x, y, half = pool.faces[index] / 8
        if half and where < autoencoder.FACE_SHARE:
            left, top = x - size / 2 + (across - 0.5) * half, y + 0.35 * half - size / 2 + (down - 0.5) * half
        else:
            left, top = across * (room + 1), down * (room + 1)
        left, top = (int(min(max(value, 0), room)) for value in (left, top))
        cells.append(numpy.asarray(source[index], numpy.float32)[:, top : top + size, left : left + size])
        wanted.append(pool.picture(index)[8 * top : 8 * (top + size), 8 * left : 8 * (left + size)])
    return torch.from_numpy(numpy.stack(cells)), as_signal(numpy.stack(wanted))
