"""The attribute reader: which attributes a drawn picture shows. Judges the starter model and writes offline captions.

`load(path, device)` gives a model, `read_attributes(model, picture)` gives {"hair_colour": ("teal", 0.99), …}.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.kit.sight import WIDTHS, as_signal, build_trunk

Answers = Mapping[str, tuple[str, ...]]
PLACE_ONLY = ("who", "place", "light")


@dataclass(frozen=True)
class Reader:
    """A network with the answers it can give."""

    net: Any
    answers: Answers
    size: int
    device: str


def build(answers: Answers) -> Any:
    """One trunk; each attribute looks with its own attention at the places that matter to it."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            width = WIDTHS[-1]
            self.trunk = build_trunk()
            self.gaze = nn.Conv2d(width, len(answers) * 2, 1)
            self.heads = nn.ModuleList(nn.Linear(width * 2, len(values)) for values in answers.values())

        def forward(self, signal: Any) -> list[Any]:
            seen = self.trunk(signal)
            gaze = self.gaze(seen).flatten(2).float().softmax(-1).to(seen.dtype)
            looked = torch.einsum("bap,bcp->bac", gaze, seen.flatten(2))
            looked = looked.reshape(len(looked), len(self.heads), -1)
            return [head(looked[:, place]) for place, head in enumerate(self.heads)]

    return Net()


def load(path: Path, device: str = "cpu") -> Reader:
    from safetensors import safe_open
    from safetensors.torch import load_file

    with safe_open(path, "pt") as file:
        about = file.metadata()
    answers = {name: tuple(values) for name, values in json.loads(about["answers"]).items()}
    net = build(answers)
    net.load_state_dict({name: weight.float() if weight.is_floating_point() else weight
                         for name, weight in load_file(path).items()})
    return Reader(net.to(device).eval(), answers, int(about["size"]), device)


def save(net: Any, answers: Answers, size: int, path: Path) -> None:
    from safetensors.torch import save_file

    weights = {name: weight.half() if weight.is_floating_point() else weight
               for name, weight in net.state_dict().items()}
    about = {"answers": json.dumps({name: list(values) for name, values in answers.items()}), "size": str(size)}
    save_file({name: weight.contiguous().cpu() for name, weight in weights.items()}, path, about)


def read_many(reader: Reader, pictures: Sequence[Any], batch: int = 32) -> list[dict[str, tuple[str, float]]]:
    """Every attribute of every picture with its probability, also of what cannot be in sight."""
    import torch

    read: list[dict[str, tuple[str, float]]] = []
    for start in range(0, len(pictures), batch):
        signal = as_signal(pictures[start : start + batch], reader.size, reader.device)
        with torch.inference_mode():
            sure = [logits.softmax(-1).max(-1) for logits in reader.net(signal)]
        for row in range(len(signal)):
            read.append({name: (values[int(best.indices[row])], float(best.values[row]))
                         for (name, values), best in zip(reader.answers.items(), sure, strict=True)})
    return read


def read_attributes(reader: Reader, picture: Any) -> dict[str, tuple[str, float]]:
    """The attributes in sight, each with how sure the reader is; a place without people has place and light only."""
    return only_visible(read_many(reader, [picture])[0])


def only_visible(read: dict[str, tuple[str, float]]) -> dict[str, tuple[str, float]]:
    """Leave out answers to what the other answers say is out of sight."""
    said = {name: value for name, (value, _) in read.items()}
    if said.get("who") == "nobody":
        return {name: read[name] for name in PLACE_ONLY if name in read}
    hidden = set()
    if said.get("open_eyes") == "none":
        hidden.add("eyes")
    if said.get("framing") == "close-up":
        hidden |= {"outfit", "outfit_colour", "pose"}
    if said.get("framing") == "bust":
        hidden.add("pose")
    if said.get("accessory") in ("none", "glasses", "sunglasses"):
        hidden.add("accessory_colour")
    hidden.add("light" if said.get("place") == "plain" else "backdrop_colour")
    return {name: answer for name, answer in read.items() if name not in hidden}
