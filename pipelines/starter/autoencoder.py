"""The autoencoder: learns crops, looks twice at faces, keeps broad colours right; then the decoder learns alone."""

from pathlib import Path
from typing import Any

import numpy

from pipelines.starter import reading
from pipelines.starter.course import Course, Desk, decibels, learn, learned
from pipelines.starter.plan import Plan
from pipelines.starter.pool import Pool
from pipelines.starter.signals import as_pictures, as_signal

FACE_SHARE = 0.6
NOISE = 0.15


def build(plan: Plan) -> Any:
    from diffusers import AutoencoderKL

    levels = len(plan.coder_blocks)
    return AutoencoderKL(
        block_out_channels=plan.coder_blocks, down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels, latent_channels=plan.latent, sample_size=plan.size,
        layers_per_block=plan.coder_layers, mid_block_add_attention=False, norm_num_groups=8,
        use_quant_conv=False, use_post_quant_conv=False,
    )


def crops(pool: Pool, plan: Plan, batch: int, dice: Any) -> Any:
    """Square crops as −1 to 1, most of them round eyes and mouth, mirrored half the time."""
    import torch

    indices = torch.randint(len(pool), (batch,), generator=dice).tolist()
    chances = torch.rand(batch, 4, generator=dice).tolist()
    room, cut = pool.size - plan.crop, []
    for index, (across, down, where, mirror) in zip(indices, chances, strict=True):
        x, y, half = pool.faces[index]
        if half and where < FACE_SHARE:
            left = x - plan.crop / 2 + (across - 0.5) * half * 1.4
            top = y + 0.35 * half - plan.crop / 2 + (down - 0.5) * half
        else:
            left, top = across * room, down * room
        left, top = (int(min(max(value, 0), room)) for value in (left, top))
        piece = pool.picture(index)[top : top + plan.crop, left : left + plan.crop]
        cut.append(piece[:, ::-1] if mirror < 0.5 else piece)
    return as_signal(numpy.stack(cut))


def difference(made: Any, wanted: Any) -> Any:
    """L1, squares for the dark, edges for lines, and broad colour on 4 × 4 means."""
    from torch.nn import functional

    error = made - wanted
    across = (error[..., :, 1:] - error[..., :, :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    broad = functional.avg_pool2d(error, 4).abs().mean()
    return error.abs().mean() + 2 * error.square().mean() + 0.5 * (across + down) + 2 * broad


def train(plan: Plan, pool: Pool, held_out: Pool, desk: Desk, start_from: Path | None = None) -> bool:
    """Both halves together, then the decoder alone on what the encoder has settled on."""
    import torch

    coder = begin(plan, start_from).to(desk.device)

    def both(step: int, dice: Any) -> Any:
        wanted = crops(pool, plan, plan.coder_batch, dice)
        chance = torch.rand(wanted.shape[0], 1, 1, 1, generator=dice)
        wanted, chance = wanted.to(desk.device), chance.to(desk.device)
        spread = coder.encode(wanted).latent_dist
        noise = torch.randn(spread.mean.shape, generator=dice).to(desk.device)
        latent = spread.mean + noise * chance * NOISE * spread.mean.detach().std()
        return difference(coder.decode(latent).sample, wanted) + 1e-4 * spread.mean.square().mean()

    course = Course("autoencoder", {"coder": coder}, plan.coder_steps, plan.coder_rate, both)
    course.look = lambda step: look(course.averaged["coder"], held_out, desk, step)
    course.look_every = 250
    if not learn(course, desk):
        return False
    return train_decoder(plan, pool, held_out, desk)


def train_decoder(plan: Plan, pool: Pool, held_out: Pool, desk: Desk) -> bool:
    coder = build(plan).to(desk.device)
    learned("autoencoder", {"coder": coder}, desk)
    coder.encoder.requires_grad_(False)

    def decoder_alone(step: int, dice: Any) -> Any:
        import torch

        wanted = crops(pool, plan, plan.coder_batch, dice).to(desk.device)
        with torch.no_grad():
            latent = coder.encode(wanted).latent_dist.mean
        return difference(coder.decode(latent).sample, wanted)

    course = Course("decoder", {"coder": coder}, plan.decoder_steps, plan.coder_rate * 0.5, decoder_alone)
    course.look = lambda step: look(course.averaged["coder"], held_out, desk, step)
    return learn(course, desk)


def begin(plan: Plan, start_from: Path | None) -> Any:
    """A new autoencoder, or one that goes on from a diffusers folder of the same shape."""
    from diffusers import AutoencoderKL

    if start_from is None:
        return build(plan)
    return AutoencoderKL.from_pretrained(start_from, local_files_only=True)


def finished(plan: Plan, desk: Desk) -> Any:
    """The best autoencoder there is so far, ready to read and write; None before the first save."""
    coder = build(plan).to(desk.device)
    for name in ("finishing", "decoder", "autoencoder"):
        if learned(name, {"coder": coder}, desk):
            return coder.eval()
    return None


def rebuild(coder: Any, pictures: numpy.ndarray, device: str, batch: int = 16) -> numpy.ndarray:
    """What comes back of pictures after encoding and decoding."""
    import torch

    made = []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            signal = as_signal(pictures[start : start + batch]).to(device)
            made.append(as_pictures(coder.decode(coder.encode(signal).latent_dist.mean).sample))
    return numpy.concatenate(made)


def fidelity(coder: Any, pictures: numpy.ndarray, device: str) -> float:
    """Mean PSNR in dB over pictures."""
    made = rebuild(coder, pictures, device)
    errors = ((made.astype(numpy.float32) - pictures) / 255.0) ** 2
    return float(numpy.mean([decibels(float(error.mean())) for error in errors]))


def look(coder: Any, held_out: Pool, desk: Desk, step: int) -> None:
    """A sheet of drawings above what the autoencoder makes of them, and the figure."""
    from PIL import Image

    pictures = held_out.pictures(range(min(32, len(held_out))))
    desk.tell(f"autoencoder at {step}: {fidelity(coder, pictures, desk.device):.2f} dB on held-out drawings")
    shown = pictures[:10]
    sheet = numpy.vstack([numpy.hstack(list(shown)), numpy.hstack(list(rebuild(coder, shown, desk.device)))])
    desk.folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(desk.folder / "autoencoder.png")


def passes_gate(plan: Plan, held_out: Pool, desk: Desk) -> bool:
    """28 dB, and eye colour and expression read from what comes back within .05 of the drawings."""
    coder, reader = finished(plan, desk), reading.finished(plan, desk)
    if coder is None or reader is None:
        desk.tell("gate: autoencoder and reader have to be trained first")
        return False
    count = min(len(held_out), 250)
    drawn = held_out.pictures(range(count))
    recipes = [held_out.recipe(index) for index in range(count)]
    made = rebuild(coder, drawn, desk.device)
    before, after = (reading.accuracy(reader, pictures, recipes) for pictures in (drawn, made))
    lost = {name: before[name] - after[name] for name in ("eyes", "expression") if name in before}
    sharp = fidelity(coder, drawn[:64], desk.device)
    desk.tell(f"gate: {sharp:.2f} dB (28 wanted), lost in reading: {lost} (.05 allowed)")
    return sharp >= 28.0 and all(loss <= 0.05 for loss in lost.values())
