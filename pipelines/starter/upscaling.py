"""Teaches the upscalers on pictures of many kinds, made smaller in many ways, and measures them against Lanczos."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy

from pipelines.kit import upscaler_net
from pipelines.starter.course import Course, Desk, decibels, learn, learned
from pipelines.starter.patterns import ordinary, pattern
from pipelines.starter.plan import Plan
from pipelines.starter.pool import HELD_OUT

LARGE = 256
PATCH = 32
SCALES = (2, 4)
ORDINARY_SHARE = 0.6


def open_patterns(folder: Path, count: int, tell: Any) -> numpy.ndarray:
    """Large pictures of many kinds, made once."""
    path = folder / f"patterns-{LARGE}-{count}.npy"
    if not path.exists():
        tell(f"making {count} pictures of {LARGE} pixels for the upscalers")
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part.npy")
        numpy.save(unfinished, numpy.stack([pattern(seed, LARGE) for seed in range(count)]))
        unfinished.replace(path)
    return numpy.load(path, mmap_mode="r")


def choose(made: int, photos: int, batch: int, dice: Any) -> list[int]:
    """Which pictures a step looks at; the ordinary ones stand behind the made ones and come round more often."""
    import torch

    chance = torch.rand(batch, 2, generator=dice).tolist()
    return [made + int(place * photos) if photos and kind < ORDINARY_SHARE else int(place * made)
            for kind, place in chance]


def cut(large: Sequence[numpy.ndarray], indices: list[int], edge: int, dice: Any) -> Any:
    """Random squares, turned and mirrored, 0 to 1."""
    import torch

    batch = len(indices)
    corners = torch.randint(LARGE - edge + 1, (batch, 2), generator=dice).tolist()
    turns = torch.randint(8, (batch,), generator=dice).tolist()
    squares = []
    for index, (top, left), turn in zip(indices, corners, turns, strict=True):
        square = numpy.rot90(large[index][top : top + edge, left : left + edge], turn % 4)
        squares.append(square[:, ::-1] if turn > 3 else square)
    return torch.from_numpy(numpy.stack(squares).copy()).permute(0, 3, 1, 2).float() / 255


def shrink(signal: Any, scale: int, dice: Any) -> Any:
    """Made smaller by one of several filters; now and then also grainy or coarse as files are."""
    import torch
    from torch.nn import functional

    way, damage, strength = torch.rand(3, generator=dice).tolist()
    if way < 0.1:
        small = functional.avg_pool2d(signal, scale)
    else:
        mode = "bicubic" if way < 0.9 else "bilinear"
        small = functional.interpolate(signal, scale_factor=1 / scale, mode=mode, antialias=True)
    if damage < 0.05:
        small = small + torch.randn(small.shape, generator=dice) * 0.03 * strength
    elif damage < 0.15:
        small = coarsen(small, int(95 - 35 * strength))
    return (small.clamp(0, 1) * 255).round() / 255


def coarsen(signal: Any, quality: int) -> Any:
    """As a JPEG file of that quality would keep it."""
    import io

    import torch
    from PIL import Image

    rows = []
    for pixels in (signal.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy():
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        rows.append(numpy.asarray(Image.open(file)))
    return torch.from_numpy(numpy.stack(rows)).permute(0, 3, 1, 2).float() / 255


def train(plan: Plan, scale: int, desk: Desk) -> bool:
    """The ×4 network starts from what the ×2 one has learned, where there is one."""
    made, photos = open_patterns(desk.folder.parent, 24 if plan.name == "toy" else 3_000, desk.tell), ordinary(LARGE)
    large = [*made, *photos]
    if not photos:
        desk.tell("no ordinary pictures to learn from: pip install scikit-image (its sample pictures are used)")
    net = upscaler_net.build(plan.upscaler_width, plan.upscaler_layers, scale).to(desk.device)
    inherit(plan, net, scale, desk)

    def closeness(step: int, dice: Any) -> Any:
        wanted = cut(large, choose(len(made), len(photos), plan.upscaler_batch, dice), PATCH * scale, dice)
        small = shrink(wanted, scale, dice)
        error = net(small.to(desk.device)) - wanted.to(desk.device)
        return (error.square() + 1e-6).sqrt().mean() + 2 * error.square().mean()

    steps = plan.upscaler_steps if scale == 2 else plan.upscaler_steps // 4
    course = Course(f"upscale_x{scale}", {"net": net}, steps, 1.5e-3, closeness, decay=0.0)
    course.look = lambda step: report(course.averaged["net"], scale, desk, step)
    return learn(course, desk)


def inherit(plan: Plan, net: Any, scale: int, desk: Desk) -> None:
    before = upscaler_net.build(plan.upscaler_width, plan.upscaler_layers, 2)
    if scale == 2 or not learned("upscale_x2", {"net": before}, desk):
        return
    last = f"body.{len(net.body) - 1}."
    kept = {name: weight for name, weight in before.state_dict().items() if not name.startswith(last)}
    net.load_state_dict(kept, strict=False)


def gain(upscaler: upscaler_net.Upscaler, pictures: Sequence[numpy.ndarray]) -> tuple[float, float]:
    """Mean PSNR of the network and of Lanczos, in dB, on pictures made smaller by the bicubic filter."""
    from PIL import Image

    scale, ours, lanczos = upscaler.scale, [], []
    for picture in pictures:
        high, wide = (edge // scale * scale for edge in picture.shape[:2])
        wanted = picture[:high, :wide]
        small = Image.fromarray(wanted).resize((wide // scale, high // scale), Image.Resampling.BICUBIC)
        made = upscaler_net.enlarge(upscaler, numpy.asarray(small))
        plain = numpy.asarray(small.resize((wide, high), Image.Resampling.LANCZOS))
        for result, scores in ((made, ours), (plain, lanczos)):
            error = (result.astype(numpy.float32) - wanted)[scale:-scale, scale:-scale] / 255
            scores.append(decibels(float(numpy.square(error).mean())))
    return float(numpy.mean(ours)), float(numpy.mean(lanczos))


def held_out(count: int = 16, size: int = 256) -> list[numpy.ndarray]:
    from pipelines.starter.artist.drawing import draw
    from pipelines.starter.artist.recipe import sample

    return [draw(sample(HELD_OUT + index), size) for index in range(count)]


def report(net: Any, scale: int, desk: Desk, step: int) -> None:
    upscaler = upscaler_net.Upscaler(net.eval(), scale, desk.device)
    unseen = [pattern(HELD_OUT + turn, 256) for turn in range(8)]
    for kind, pictures in (("drawings", held_out(8)), ("patterns", unseen)):
        ours, lanczos = gain(upscaler, pictures)
        desk.tell(f"x{scale} at {step} on {kind}: {ours:.2f} dB, Lanczos {lanczos:.2f} dB, {ours - lanczos:+.2f}")


def ship(plan: Plan, scale: int, desk: Desk, target: Path) -> bool:
    net = upscaler_net.build(plan.upscaler_width, plan.upscaler_layers, scale)
    if not learned(f"upscale_x{scale}", {"net": net}, desk):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    upscaler_net.save(net, target)
    return True

