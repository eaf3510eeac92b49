"""What a model is asked to guess while it learns: how noise blurs clean latents, and the right answer."""

import math
from dataclasses import dataclass
from typing import Any

from pipelines.kit.chance import Draw

PUSH = {"even": 1.0, "coarse": 3.0, "fine": 1 / 3}
"""How far even levels are pushed: towards noise, where the whole is decided, or away from it, where the details are."""


@dataclass(frozen=True)
class Question:
    """One micro-batch as the model sees it. `weight` says how much each pair counts."""

    noisy: Any
    level: Any
    """Timesteps 0…999 for noise schedules, 0…1 for flows."""
    answer: Any
    weight: Any


@dataclass(frozen=True)
class Blur:
    """How noise is mixed in. A noise schedule (SD, SDXL) has `cumulative`; a flow has none."""

    cumulative: Any = None
    guess: str = "epsilon"
    """What a noise-schedule model answers with: epsilon, v_prediction or sample."""
    min_snr: float = 0.0
    noise_offset: float = 0.0
    levels: str = ""
    """Where it looks most: even, middle, coarse or fine; "" is even for noise schedules and the middle for flows."""
    shift: float = 1.0
    """How far a flow's levels are pushed towards noise."""
    grows: tuple[float, ...] = ()
    """Tokens, then the logarithm of the shift there, twice: larger pictures are pushed further. Takes shift's place."""
    patch: int = 2
    """Latent cells along the side of one token."""

    def ask(self, clean: Any, draw: Draw) -> Question:
        noise = draw.noise(clean.shape[1:]).to(clean)
        if self.cumulative is None:
            return self._flow(clean, noise, draw)
        if self.noise_offset:
            noise = noise + self.noise_offset * draw.noise((clean.shape[1], 1, 1), "offset").to(clean)
        return self._schedule(clean, noise, draw)

    def _schedule(self, clean: Any, noise: Any, draw: Draw) -> Question:
        import torch

        last = len(self.cumulative)
        level = torch.tensor([int(u * last) for u in self._looks(draw, "even")], device=clean.device)
        kept = self.cumulative.to(clean.device)[level].to(clean.dtype)
        a, b = (part.view(-1, *[1] * (clean.dim() - 1)) for part in (kept.sqrt(), (1 - kept).sqrt()))
        answer = {"epsilon": noise, "v_prediction": a * noise - b * clean, "sample": clean}[self.guess]
        return Question(a * clean + b * noise, level, answer, self._weight(kept))

    def _weight(self, kept: Any) -> Any:
        import torch

        if self.min_snr <= 0:
            return torch.ones_like(kept)
        snr = kept / (1 - kept).clamp(min=1e-8)
        capped = snr.clamp(max=self.min_snr)
        return {"epsilon": capped / snr.clamp(min=1e-8), "v_prediction": capped / (snr + 1),
                "sample": capped}[self.guess]

    def _flow(self, clean: Any, noise: Any, draw: Draw) -> Question:
        import torch

        level = torch.tensor(self._looks(draw, "middle"))
        shift = self._shift_at(clean.shape[-2] * clean.shape[-1] // self.patch**2)
        level = shift * level / (1 + (shift - 1) * level)
        level = level.to(clean)
        s = level.view(-1, *[1] * (clean.dim() - 1))
        return Question((1 - s) * clean + s * noise, level, noise - clean, torch.ones_like(level))

    def _looks(self, draw: Draw, own: str) -> list[float]:
        """How noisy each pair of a draw is seen, from 0 to 1."""
        import torch

        wanted = self.levels or own
        if wanted == "middle":
            return torch.sigmoid(draw.noise((1,), "level")[:, 0]).tolist()
        push = PUSH[wanted]
        return [push * u / (1 + (push - 1) * u) for u in draw.uniform("level")]

    def _shift_at(self, tokens: int) -> float:
        if not self.grows:
            return self.shift
        near, low, far, high = self.grows
        return math.exp(low + (high - low) * (tokens - near) / (far - near))


def schedule_of(scheduler: Any, min_snr: float = 0.0, noise_offset: float = 0.0) -> Blur:
    """The blur that a pipeline's own scheduler stands for."""
    config = scheduler.config
    return Blur(scheduler.alphas_cumprod.float(), config.get("prediction_type", "epsilon"), min_snr, noise_offset)
