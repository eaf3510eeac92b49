"""Noise and how it is taken away: samplers by their familiar names, seeds, variations, and a glimpse of the picture."""

from dataclasses import dataclass
from typing import Any

from core.errors import Refused
from core.samplers import SCHEDULES, find_sampler


def make_scheduler(own: Any, sampler: str, schedule: str) -> Any:
    """A fresh scheduler with the model's own settings; the model's own kind when no sampler is named."""
    import diffusers

    config = {key: value for key, value in own.config.items() if not key.startswith("use_") or "sigmas" not in key}
    settings = dict(SCHEDULES.get(schedule, {}))
    kind = type(own)
    if sampler:
        found = find_sampler(sampler)
        if found is None:
            raise Refused(f"There is no sampler called {sampler!r} here.", "Choose one from the list.")
        if "FlowMatch" in kind.__name__:
            raise Refused("This model has one way of taking the noise away.", "Leave the sampler empty.")
        kind = getattr(diffusers, found.scheduler)
        settings = {**found.settings, **settings}
    elif schedule == "Automatic":
        return kind.from_config(own.config)
    allowed = set(kind.__init__.__wrapped__.__code__.co_varnames) if hasattr(kind.__init__, "__wrapped__") else None
    fitting = {key: value for key, value in settings.items() if allowed is None or key in allowed}
    if schedule != "Automatic" and not set(SCHEDULES[schedule]) <= set(fitting):
        raise Refused(f"{sampler or 'This sampler'} has no schedule {schedule}.", "Choose Automatic.")
    return kind.from_config({**config, **fitting})


def make_generator(seed: int) -> Any:
    """Noise is drawn on the processor, so that a seed means the same on every card."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def vary(latents: Any, other: Any, share: float) -> Any:
    """Walk from one noise towards another along the sphere, so that the result is noise of the same strength."""
    import torch

    a, b = latents.float().flatten(), other.float().flatten()
    cosine = torch.clamp(torch.dot(a, b) / (a.norm() * b.norm()), -1.0, 1.0)
    angle = torch.acos(cosine)
    if float(torch.sin(angle)) < 1e-4:
        return latents
    first, second = torch.sin((1 - share) * angle), torch.sin(share * angle)
    return ((first * latents.float() + second * other.float()) / torch.sin(angle)).to(latents.dtype)


@dataclass
class Glimpse:
    """What the model believes, at this step, that the finished picture will be."""

    latents: Any = None


def watch(scheduler: Any) -> Glimpse:
    """Follow a scheduler; its `step` works as before and leaves its best guess in the glimpse."""
    glimpse = Glimpse()
    step = scheduler.step

    def watched(model_output: Any, timestep: Any, sample: Any, *args: Any, **given: Any) -> Any:
        out = step(model_output, timestep, sample, *args, **given)
        guesses = getattr(scheduler, "model_outputs", None)
        if isinstance(out, tuple) and len(out) > 1:
            glimpse.latents = out[1]
        elif guesses and guesses[-1] is not None:
            glimpse.latents = guesses[-1]
        elif "FlowMatch" in type(scheduler).__name__ and scheduler.step_index:
            sigma = scheduler.sigmas[scheduler.step_index - 1].to(sample.device)
            glimpse.latents = sample - sigma * model_output
        else:
            glimpse.latents = out[0] if isinstance(out, tuple) else out.prev_sample
        return out

    scheduler.step = watched
    return glimpse
