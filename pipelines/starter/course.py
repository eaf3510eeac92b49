"""One stage of learning that can be stopped at any step and goes on from its last save; every draw follows the step."""

import copy
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAVE_SECONDS = 150
AVERAGE = 0.999


@dataclass
class Course:
    """What is learned: `loss(step, dice)` with `dice` a generator that belongs to that step alone."""

    name: str
    modules: dict[str, Any]
    steps: int
    rate: float
    loss: Callable[[int, Any], Any]
    averaged: dict[str, Any] = field(default_factory=dict)
    look: Callable[[int], None] = lambda step: None
    look_every: int = 500
    decay: float = 0.01


@dataclass(frozen=True)
class Desk:
    """Where it works: folder, device, when to stop (in `time.monotonic`), whom to tell."""

    folder: Path
    device: str
    deadline: float
    tell: Callable[[str], None]

    @property
    def over(self) -> bool:
        return time.monotonic() > self.deadline


def pace(step: int, steps: int) -> float:
    """The share of the rate at a step: a short rise, then level, then a straight fall over the last 40 %."""
    rise = min(1.0, (step + 1) / max(1, min(100, steps // 20)))
    return rise * min(1.0, max(0.02, (steps - step) / max(1.0, steps * 0.4)))


def dice_for(name: str, step: int) -> Any:
    import torch

    seed = int.from_bytes(f"{name} {step}".encode(), "big") % (2**63 - 1)
    return torch.Generator().manual_seed(seed)


def half_precision(device: str) -> bool:
    """bf16 where it is quick: on cards, and on processors that multiply it in hardware."""
    import torch

    if device != "cpu":
        return True
    return "AMX" in torch.backends.cpu.get_cpu_capability() or reads_flag("avx512_bf16")


def reads_flag(flag: str) -> bool:
    path = Path("/proc/cpuinfo")
    return path.exists() and flag in path.read_text(encoding="utf-8", errors="replace")


def learn(course: Course, desk: Desk) -> bool:
    """Learn until the steps or the time run out; True when the course is done."""
    import torch

    weights = [weight for module in course.modules.values() for weight in module.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=course.rate, betas=(0.9, 0.99), weight_decay=course.decay)
    for name, module in course.modules.items():
        course.averaged[name] = copy.deepcopy(module).requires_grad_(False)
    step = restore(course, optimizer, desk)
    kind = desk.device.split(":")[0]
    half = half_precision(desk.device)
    saved = told = time.monotonic()
    smooth = 0.0
    start, since = step, time.monotonic()
    while step < course.steps and not desk.over:
        for group in optimizer.param_groups:
            group["lr"] = course.rate * pace(step, course.steps)
        with torch.autocast(kind, torch.bfloat16, enabled=half):
            loss = course.loss(step, dice_for(course.name, step))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        follow(course, step)
        step += 1
        if step % 10 == 1 or step == course.steps:
            smooth = float(loss.detach()) if not smooth else 0.9 * smooth + 0.1 * float(loss.detach())
        now = time.monotonic()
        if now - told > 20 or step == course.steps:
            told = now
            speed = (step - start) / (now - since)
            desk.tell(f"{course.name} {step}/{course.steps} loss {smooth:.4f} {speed:.2f} steps/s")
        if step % course.look_every == 0 or step == course.steps:
            course.look(step)
        if now - saved > SAVE_SECONDS or step == course.steps:
            saved = now
            keep(course, optimizer, step, desk)
    keep(course, optimizer, step, desk)
    return step >= course.steps


def follow(course: Course, step: int) -> None:
    """The averaged weights take one step after the learned ones."""
    import torch

    share = 1.0 - min(AVERAGE, (1.0 + step) / (10.0 + step))
    with torch.no_grad():
        for name, module in course.modules.items():
            slow = course.averaged[name]
            torch._foreach_lerp_(list(slow.parameters()), list(module.parameters()), share)
            for kept, moved in zip(slow.buffers(), module.buffers(), strict=True):
                kept.copy_(moved)


def checkpoint(desk: Desk, name: str) -> Path:
    return desk.folder / f"{name}.pt"


def keep(course: Course, optimizer: Any, step: int, desk: Desk) -> None:
    import torch

    desk.folder.mkdir(parents=True, exist_ok=True)
    path = checkpoint(desk, course.name)
    unfinished = path.with_suffix(".part")
    state = {
        "step": step,
        "modules": {name: module.state_dict() for name, module in course.modules.items()},
        "averaged": {name: module.state_dict() for name, module in course.averaged.items()},
        "optimizer": optimizer.state_dict(),
    }
    torch.save(state, unfinished)
    os.replace(unfinished, path)
    note = {"course": course.name, "step": step, "steps": course.steps, "done": step >= course.steps}
    path.with_suffix(".json").write_text(json.dumps(note) + "\n", encoding="utf-8")


def restore(course: Course, optimizer: Any, desk: Desk) -> int:
    import torch

    path = checkpoint(desk, course.name)
    if not path.exists():
        return 0
    state = torch.load(path, map_location=desk.device, weights_only=True)
    for name, module in course.modules.items():
        module.load_state_dict(state["modules"][name])
        course.averaged[name].load_state_dict(state["averaged"][name])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


def learned(name: str, modules: dict[str, Any], desk: Desk) -> bool:
    """Fill modules with a stage's averaged weights; False when there are none yet."""
    import torch

    path = checkpoint(desk, name)
    if not path.exists():
        return False
    state = torch.load(path, map_location=desk.device, weights_only=True)
    for key, module in modules.items():
        module.load_state_dict(state["averaged"][key])
    return True


def decibels(mean_square: float) -> float:
    return -10.0 * math.log10(max(mean_square, 1e-12))
