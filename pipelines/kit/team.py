"""Several processes that learn one thing together. Alone is a team of one, and costs nothing.

Started by `accelerate launch` or torchrun, which set RANK and WORLD_SIZE; nothing here starts processes.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

WORDS = ("stop", "save", "sample")


@dataclass(frozen=True)
class Team:
    """This process's place among `size` equals; the one with rank 0 speaks, saves and shows."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def share_gradients(self, weights: Iterable[Any]) -> None:
        """Add up everyone's gradients. They were scaled for the whole team before."""
        if self.size == 1:
            return
        import torch
        import torch.distributed as together

        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in weights]
        flat = torch.cat([g.reshape(-1).float() for g in gradients])
        together.all_reduce(flat)
        for p, g, part in zip(weights, gradients, flat.split([g.numel() for g in gradients]), strict=True):
            p.grad = part.view_as(g).to(g.dtype)

    def sum(self, value: float) -> float:
        if self.size == 1:
            return value
        import torch
        import torch.distributed as together

        total = torch.tensor([value], dtype=torch.float64, device=self.device)
        together.all_reduce(total)
        return float(total)

    def meet(self) -> None:
        """Wait until everyone has come so far."""
        self.sum(0.0)

    def agree(self, orders: frozenset[str]) -> frozenset[str]:
        """Everyone hears what the leader heard."""
        if self.size == 1:
            return orders
        import torch
        import torch.distributed as together

        heard = torch.tensor([word in orders for word in WORDS], dtype=torch.int32, device=self.device)
        together.broadcast(heard, src=0)
        return frozenset(word for word, said in zip(WORDS, heard.tolist(), strict=True) if said)


def place() -> tuple[int, int]:
    """(rank, number among the processes of this machine), as the launcher says; (0, 0) without one."""
    return int(os.environ.get("RANK", "0")), int(os.environ.get("LOCAL_RANK", "0"))


def join() -> Team:
    """The team this process was launched into, or a team of one."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return Team()
    import torch
    import torch.distributed as together

    rank, local = place()
    device = f"cuda:{local}" if torch.cuda.is_available() else "cpu"
    if not together.is_initialized():
        # the leader looks at its own pictures for many minutes while the others wait at the next step
        together.init_process_group("nccl" if device != "cpu" else "gloo", rank=rank, world_size=size,
                                    timeout=timedelta(hours=6))
    return Team(rank, size, device)
