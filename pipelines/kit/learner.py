"""What learns: the trained weights, their optimizer, their running average and the step they are at.

Its whole state is tensors and plain numbers, so a checkpoint needs no pickle.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from core.errors import Missing, StudioError

OPTIMIZERS: Mapping[str, str] = {"adamw": "", "adamw8bit": "bitsandbytes", "adafactor": "", "prodigy": "prodigyopt"}
"""Each with the package that it needs."""
SCHEDULES = ("constant", "linear", "cosine")


@dataclass(frozen=True)
class Plan:
    """Everything that decides what a training learns. Two equal plans on equal pairs give equal weights."""

    steps: int
    seed: int = 0
    batch: int = 1
    accumulate: int = 1
    learning_rate: float = 1e-4
    optimizer: str = "adamw"
    weight_decay: float = 0.01
    schedule: str = "cosine"
    warmup: int = 0
    max_grad_norm: float = 1.0
    ema: float = 0.0

    def rate(self, step: int) -> float:
        """The learning rate of a step: a function of the step alone, so there is no scheduler to save."""
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        share = {"constant": 1.0, "linear": 1.0 - done, "cosine": 0.5 + 0.5 * math.cos(math.pi * done)}
        return self.learning_rate * share[self.schedule]

    def facts(self) -> dict[str, Any]:
        return asdict(self)


class Learner:
    """Holds `weights` (a mapping of stable names to parameters) while they learn."""

    def __init__(self, weights: Mapping[str, Any], plan: Plan, factors: Mapping[str, float] | None = None) -> None:
        self.weights = dict(sorted(weights.items()))
        self.plan = plan
        self.step = 0
        self.losses: list[float] = []
        one_rate = plan.optimizer == "prodigy"  # it finds a single rate for all, and refuses two
        self._factors = [_factor(name, {} if one_rate else factors or {}) for name in self.weights]
        self._optimizer = _optimizer(list(self.weights.values()), self._factors, plan)
        self._average = [p.detach().clone().float() for p in self.weights.values()] if plan.ema else []

    def apply(self) -> float:
        """One optimizer step with the gradients that were gathered. Returns their length before clipping."""
        import torch

        parameters = list(self.weights.values())
        norm = float(torch.nn.utils.clip_grad_norm_(parameters, self.plan.max_grad_norm or math.inf))
        if not math.isfinite(norm):
            self.forget_gradients()
            raise StudioError(
                f"The training became unstable at step {self.step + 1} (the numbers ran out of range).",
                "The last good state was kept. Lower the learning rate, or choose Balanced, and train again.",
            )
        rate = self.plan.rate(self.step)
        for group, factor in zip(self._optimizer.param_groups, self._factors, strict=True):
            group["lr"] = rate * factor
        self._optimizer.step()
        self.forget_gradients()
        self.step += 1
        if self._average:
            decay = min(self.plan.ema, (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                for mean, weight in zip(self._average, parameters, strict=True):
                    mean.lerp_(weight.float(), 1.0 - decay)
        return norm

    def forget_gradients(self) -> None:
        self._optimizer.zero_grad(set_to_none=True)

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The running average stands in the model for a while (samples and files are made from it)."""
        if not self._average:
            yield
            return
        import torch

        kept = [p.detach().clone() for p in self.weights.values()]
        try:
            with torch.no_grad():
                for weight, mean in zip(self.weights.values(), self._average, strict=True):
                    weight.copy_(mean)
            yield
        finally:
            with torch.no_grad():
                for weight, own in zip(self.weights.values(), kept, strict=True):
                    weight.copy_(own)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What it remembers of its steps waits in the computer's own memory; its weights go along with the model."""
        slots = [value for each in self._optimizer.state.values() for value in each.values()]
        kept = [(one, one.device) for one in (*self._average, *slots) if hasattr(one, "numel")]
        for one, _ in kept:
            one.data = one.data.cpu()
        try:
            yield
        finally:
            for one, home in kept:
                one.data = one.data.to(home)

    def state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """(tensors, facts): all that a checkpoint has to hold."""
        tensors = {f"weight/{name}": p.detach() for name, p in self.weights.items()}
        tensors |= {f"average/{name}": mean for name, mean in zip(self.weights, self._average, strict=False)}
        state = self._optimizer.state_dict()
        numbers: dict[str, dict[str, Any]] = {}
        for index, slots in state["state"].items():
            for slot, value in slots.items():
                if hasattr(value, "numel"):
                    tensors[f"optimizer/{index}/{slot}"] = value
                else:
                    numbers.setdefault(str(index), {})[slot] = value
        groups = [{k: v for k, v in group.items() if _plain(v)} for group in state["param_groups"]]
        return tensors, {"losses": list(self.losses), "numbers": numbers, "groups": groups}

    def restore(self, step: int, tensors: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Be exactly what `state` described."""
        import torch

        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(tensors[f"weight/{name}"])
            for name, mean in zip(self.weights, self._average, strict=False):
                mean.copy_(tensors[f"average/{name}"])
        slots: dict[int, dict[str, Any]] = {}
        for name, value in tensors.items():
            if name.startswith("optimizer/"):
                _, index, slot = name.split("/", 2)
                slots.setdefault(int(index), {})[slot] = value
        for index, numbers in facts["numbers"].items():
            slots.setdefault(int(index), {}).update(numbers)
        groups = self._optimizer.state_dict()["param_groups"]
        for group, kept in zip(groups, facts["groups"], strict=True):
            group.update({k: tuple(v) if isinstance(v, list) and k != "params" else v for k, v in kept.items()})
        self._optimizer.load_state_dict({"state": slots, "param_groups": groups})
        self.step, self.losses = step, list(facts["losses"])


def check_optimizer(name: str) -> None:
    """Better said before a model is loaded than after."""
    if name not in OPTIMIZERS:
        raise StudioError(f"There is no optimizer called {name!r}.", f"Choose one of: {', '.join(OPTIMIZERS)}.")
    if OPTIMIZERS[name] and find_spec(OPTIMIZERS[name]) is None:
        raise Missing(f"The optimizer {name} is not installed.",
                      "Choose adamw, or install bitsandbytes (adamw8bit) or prodigyopt (prodigy).")


def _factor(name: str, factors: Mapping[str, float]) -> float:
    return next((factor for prefix, factor in factors.items() if name.startswith(prefix)), 1.0)


def _plain(value: Any) -> bool:
    return isinstance(value, (int, float, str, bool, tuple, list, type(None)))


def _optimizer(parameters: list[Any], factors: list[float], plan: Plan) -> Any:
    """One group for each weight: its own rate, and a state that is saved by its place."""
    import torch

    groups = [{"params": [p], "lr": plan.learning_rate * f} for p, f in zip(parameters, factors, strict=True)]
    if plan.optimizer == "adamw":
        return torch.optim.AdamW(groups, weight_decay=plan.weight_decay, betas=(0.9, 0.99), fused=True)
    if plan.optimizer == "adafactor":
        # torch would scale the rate by the weights' own size, and a LoRA begins at zero: it would stay there
        return torch.optim.Adafactor(groups, weight_decay=plan.weight_decay, eps=(None, 1.0))
    check_optimizer(plan.optimizer)
    if plan.optimizer == "adamw8bit":
        from bitsandbytes.optim import AdamW8bit

        return AdamW8bit(groups, weight_decay=plan.weight_decay, betas=(0.9, 0.99))
    from prodigyopt import Prodigy

    return Prodigy(groups, weight_decay=plan.weight_decay, safeguard_warmup=True, use_bias_correction=True)
