"""What a family of models brings to a training, and how its LoRA goes on, comes off, and is read out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import BadFile
from pipelines.kit.chance import key
from pipelines.kit.lora_keys import Pair, layout_of, named_like, unfused
from pipelines.kit.objectives import Blur

ADAPTER, CRUTCH = "learning", "crutch"
READING = ("q_proj", "k_proj", "v_proj", "out_proj")
"""The layers of a text encoder that learn."""


@dataclass(frozen=True)
class Example:
    """One picture to learn from, ready to be loaded at its bucket's size."""

    path: Path
    caption: str
    plain: str
    """The same scene with anybody of their kind in it: what must not change."""
    size: tuple[int, int]
    """Width and height in pixels."""
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    mask: Path | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Family:
    """A loaded base model and the five things that differ between families."""

    name: str
    pipe: Any
    part: str
    """Which part of the pipe learns: "unet" or "transformer"."""
    targets: Sequence[str]
    blur: Blur
    see: Callable[[Any], Any]
    """Pictures (batch, 3, height, width; -1…1) to the latents that are kept."""
    read: Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]
    """Captions to the tensors that are kept for each."""
    predict: Callable[[Any, Any, Sequence[Mapping[str, Any]]], Any]
    """(noisy latents, level, texts) to the model's answer, in the shape of the latents."""
    ask: Callable[[str], Mapping[str, Any]]
    """What to hand to the pipe for a sample with this prompt."""
    look: Mapping[str, Any] = field(default_factory=dict)
    """Steps and guidance of a sample."""
    readers: Mapping[str, Any] = field(default_factory=dict)
    """Text encoders that learn too, by their name in the pipe."""
    triggers: Mapping[str, Any] = field(default_factory=dict)
    """Embeddings of the trigger that learn too, by text encoder ("clip_l", "clip_g")."""
    reads_live: bool = False
    """True when texts must be read at each step, because their embeddings learn."""
    reader: Any = None
    """The pipe that reads, where it is not the one that draws; it is put aside once all captions are read."""
    device: str = ""
    """Where it learns, for parts that come there in turns; "" where they stand already."""
    crutch: Path | None = None
    """A LoRA worn while learning and taken off for pictures: a distilled model loses its speed without one."""

    @property
    def denoiser(self) -> Any:
        return getattr(self.pipe, self.part)

    @property
    def learners(self) -> Mapping[str, Any]:
        """All parts that wear the LoRA, by their name in the pipe."""
        return {self.part: self.denoiser, **self.readers}

    @property
    def place(self) -> Any:
        """The device of the denoiser, from its first weight: asking the model itself walks through all of them."""
        return next(self.denoiser.parameters()).device


@dataclass(frozen=True)
class Manner:
    """How a lesson is given, beside the plan of the learner."""

    rank: int = 8
    alpha: float = 8.0
    dora: bool = False
    dropout: float = 0.0
    caption_dropout: float = 0.05
    flip: bool = False
    preserve: float = 0.0
    """Share of pairs on which the model is held to what it knew before."""
    checkpointing: bool = False
    precision: str = "float32"
    seed: int = 0


def wear_lora(family: Family, manner: Manner) -> dict[str, Any]:
    """Put a fresh LoRA into the denoiser and give back its weights by name. The start depends on the seed alone."""
    import torch
    from peft import LoraConfig

    denoiser = family.denoiser
    denoiser.requires_grad_(False)
    config = LoraConfig(r=manner.rank, lora_alpha=manner.alpha, use_dora=manner.dora, lora_dropout=manner.dropout,
                        target_modules=list(family.targets), init_lora_weights=True)
    with torch.random.fork_rng():
        torch.manual_seed(key(manner.seed, "start"))
        denoiser.add_adapter(config, adapter_name=ADAPTER)
        for reader in family.readers.values():
            reader.add_adapter(LoraConfig(r=manner.rank, lora_alpha=manner.alpha, use_dora=manner.dora,
                                          target_modules=list(READING)), adapter_name=ADAPTER)
    if family.crutch:
        from safetensors.torch import load_file

        family.pipe.load_lora_weights(load_file(family.crutch), adapter_name=CRUTCH)
        _put_on(family, [ADAPTER, CRUTCH])
    weights = {}
    for part, learner in family.learners.items():
        for name, p in learner.named_parameters():
            if p.requires_grad:
                p.data = p.data.float()
                weights[f"lora/{name}" if learner is denoiser else f"lora/{part}/{name}"] = p
    denoiser.train()
    return weights | {f"trigger/{name}": p for name, p in family.triggers.items()}


def lora_pairs(family: Family) -> dict[str, Pair]:
    """The LoRA as it stands in the model, by dotted path."""
    pairs = {}
    for path, module in _layers(family).items():
        magnitude = getattr(module, "lora_magnitude_vector", {})
        pairs[path] = Pair(
            module.lora_A[ADAPTER].weight.detach().cpu().float(),
            module.lora_B[ADAPTER].weight.detach().cpu().float(),
            float(module.scaling[ADAPTER] * module.r[ADAPTER]),
            magnitude[ADAPTER].weight.detach().cpu().float() if ADAPTER in magnitude else None)
    return pairs


def _layers(family: Family) -> dict[str, Any]:
    """All layers that wear the learning LoRA, by dotted path."""
    return {f"{part}.{path}": module for part, learner in family.learners.items()
            for path, module in learner.named_modules() if ADAPTER in getattr(module, "lora_A", {})}


def put_on(family: Family, pairs: Mapping[str, Pair]) -> None:
    """Make the learning LoRA what a file of the same training holds."""
    import torch

    learning = _layers(family)
    fitting, strange = named_like(unfused(pairs), layout_of(family.name), learning)
    if strange or len(fitting) != len(learning):
        raise BadFile("This file is not of the training that is open.", "Choose one that was kept by it.")
    with torch.no_grad():
        for path, pair in fitting.items():
            module = learning[path]
            module.lora_A[ADAPTER].weight.copy_(pair.down)
            module.lora_B[ADAPTER].weight.copy_(pair.up * (pair.alpha / pair.rank / module.scaling[ADAPTER]))
            if pair.magnitude is not None:
                length = module.lora_magnitude_vector[ADAPTER].weight
                length.copy_(pair.magnitude.reshape(length.shape))


@contextmanager
def without_lora(family: Family) -> Iterator[None]:
    """The base model as it was, for a while."""
    if family.crutch:
        with _wearing(family, {CRUTCH}):
            yield
        return
    for learner in family.learners.values():
        learner.disable_adapters()
    try:
        yield
    finally:
        for learner in family.learners.values():
            learner.enable_adapters()


@contextmanager
def drawing(family: Family) -> Iterator[None]:
    """The model as people will use the file: nothing drops out, and no crutch."""
    family.denoiser.eval()
    try:
        with _wearing(family, {ADAPTER}) if family.crutch else nullcontext():
            yield
    finally:
        family.denoiser.train()


@contextmanager
def _wearing(family: Family, among: set[str]) -> Iterator[None]:
    """Of what is worn now only these, for a while."""
    layers = [m for m in family.denoiser.modules() if ADAPTER in getattr(m, "lora_A", {})]
    worn = () if layers[0].disable_adapters else tuple(layers[0].active_adapters)
    _put_on(family, [name for name in worn if name in among])
    try:
        yield
    finally:
        _put_on(family, worn)


def _put_on(family: Family, names: Sequence[str]) -> None:
    for module in family.denoiser.modules():
        if hasattr(module, "lora_A") and hasattr(module, "set_adapter"):
            if names:
                module.set_adapter(list(names))
            module.enable_adapters(bool(names))
            if CRUTCH in module.lora_A:
                for part in (module.lora_A[CRUTCH], module.lora_B[CRUTCH]):
                    part.requires_grad_(False)
