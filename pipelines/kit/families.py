"""What a family of models brings to a training, and what is the same for all of them: LoRA in, LoRA out, a lesson."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.kit.cache import Cache, name_of
from pipelines.kit.chance import Draw, key
from pipelines.kit.lora_keys import Pair
from pipelines.kit.objectives import Blur
from pipelines.kit.training import Lesson

ADAPTER = "learning"


@dataclass(frozen=True)
class Example:
    """One picture to learn from, ready to be loaded at its bucket's size."""

    path: Path
    caption: str
    plain: str
    """The caption without the character in it: what must not change."""
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
    triggers: Mapping[str, Any] = field(default_factory=dict)
    """Embeddings of the trigger that learn too, by text encoder ("clip_l", "clip_g")."""
    reads_live: bool = False
    """True when texts must be read at each step, because their embeddings learn."""

    @property
    def denoiser(self) -> Any:
        return getattr(self.pipe, self.part)


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
    weights = {}
    for name, p in denoiser.named_parameters():
        if p.requires_grad:
            p.data = p.data.float()
            weights[f"lora/{name}"] = p
    denoiser.train()
    return weights | {f"trigger/{name}": p for name, p in family.triggers.items()}


def lora_pairs(family: Family) -> dict[str, Pair]:
    """The LoRA as it stands in the model, by dotted path."""
    pairs = {}
    for path, module in family.denoiser.named_modules():
        if ADAPTER in getattr(module, "lora_A", {}):
            magnitude = getattr(module, "lora_magnitude_vector", {})
            pairs[f"{family.part}.{path}"] = Pair(
                module.lora_A[ADAPTER].weight.detach().cpu().float(),
                module.lora_B[ADAPTER].weight.detach().cpu().float(),
                float(module.scaling[ADAPTER] * module.r[ADAPTER]),
                magnitude[ADAPTER].weight.detach().cpu().float() if ADAPTER in magnitude else None)
    return pairs


@contextmanager
def without_lora(family: Family) -> Any:
    """The base model as it was, for a while."""
    family.denoiser.disable_adapters()
    try:
        yield
    finally:
        family.denoiser.enable_adapters()


def make_lesson(family: Family, examples: Sequence[Example], manner: Manner, cache: Cache,
                tell: Callable[[str, int, int], None] = lambda phase, done, total: None) -> Lesson:
    """Everything the loop needs: latents and texts from the cache, buckets by size, and the loss."""
    latents = _see_all(family, examples, manner, cache, tell)
    texts = _read_all(family, examples, cache, tell)
    about = _about(family, examples, manner)
    weights = wear_lora(family, manner)
    if manner.checkpointing:
        family.denoiser.enable_gradient_checkpointing()
    sizes = sorted({example.size for example in examples})
    buckets = [[i for i, example in enumerate(examples) if example.size == size] for size in sizes]

    def loss(draw: Draw) -> Any:
        return _loss(family, manner, examples, (latents, texts), draw)

    return Lesson(weights, buckets, loss, about=about, dropout=manner.dropout > 0,
                  spare=_sparing(family, manner), move=_mover(family), factors={"trigger/": 2.0})


def mark_of(module: Any) -> str:
    """A name for a model's weights from a few numbers of each: enough to tell two apart, and fast for large ones."""
    digest = hashlib.sha256()
    for name, p in sorted(module.named_parameters()):
        flat = p.detach().reshape(-1)
        few = flat[:: max(1, flat.numel() // 16)][:16].float().cpu()
        digest.update(f"{name}{tuple(p.shape)}{few.tolist()}".encode())
    return digest.hexdigest()


def _loss(family: Family, manner: Manner, examples: Sequence[Example], known: tuple[Any, Any], draw: Draw) -> Any:
    import torch

    latents, texts = known
    flips = draw.happens("flip", 0.5 if manner.flip else 0.0)
    clean = torch.stack([latents[i]["flipped" if f else "latents"] for i, f in zip(draw.pairs, flips, strict=True)])
    clean = clean.to(family.denoiser.device, torch.float32)
    held = draw.happens("preserve", manner.preserve)
    silent = draw.happens("silence", manner.caption_dropout)
    captions = [examples[i].plain if h else "" if s else examples[i].caption
                for i, h, s in zip(draw.pairs, held, silent, strict=True)]
    question = family.blur.ask(clean, draw)
    answer = question.answer
    with _precision(family, manner):
        if any(held):
            answer = answer.clone()
            at = torch.tensor([n for n, h in enumerate(held) if h])
            with torch.no_grad(), without_lora(family):
                known_before = family.predict(question.noisy[at], question.level[at],
                                              [texts[captions[n]] for n in at.tolist()])
            answer[at] = known_before.float()
        guess = family.predict(question.noisy, question.level, [texts[caption] for caption in captions])
    wrong = (guess.float() - answer) ** 2
    if any("mask" in latents[i] for i in draw.pairs):
        wrong = wrong * _masks(latents, draw.pairs, flips, held, wrong)
    return (wrong.flatten(1).mean(1) * question.weight).mean()


def _masks(latents: Any, pairs: Sequence[int], flips: Sequence[bool], held: Sequence[bool], like: Any) -> Any:
    """Where each pair counts, with a mean of one so that a small mask does not learn more slowly."""
    import torch

    rows = []
    for i, flip, h in zip(pairs, flips, held, strict=True):
        mask = latents[i].get("mask")
        mask = torch.ones(like.shape[-2:]) if mask is None or h else mask.flip(-1) if flip else mask
        rows.append(mask / mask.mean().clamp(min=1e-3))
    stacked = torch.stack(rows).to(like)
    return stacked.view(len(rows), *[1] * (like.dim() - 3), *stacked.shape[-2:])


def _see_all(family: Family, examples: Sequence[Example], manner: Manner, cache: Cache, tell: Any) -> list[Any]:
    """Latents of all pictures (and of their mirror images), from the cache where they were seen before."""
    import torch

    vae = mark_of(family.pipe.vae)
    names = [name_of("latents", 1, family.name, vae, e.sha256 or e.path, e.crop, e.size, e.mask or "", manner.flip)
             for e in examples]

    def make(places: Sequence[int]) -> list[dict[str, Any]]:
        made = []
        for place in places:
            pixels, mask = load_pixels(examples[place])
            entry = {"latents": _see(family, pixels)}
            if manner.flip:
                entry["flipped"] = _see(family, pixels.flip(-1))
            if mask is not None:
                entry["mask"] = torch.nn.functional.adaptive_avg_pool2d(mask, entry["latents"].shape[-2:])[0, 0]
            made.append(entry)
        return made

    return cache.fill(names, make, tell=lambda done: tell("Looking at the photos", done, len(examples)))


def _see(family: Family, pixels: Any) -> Any:
    import torch

    vae = family.pipe.vae
    with torch.no_grad():
        return family.see(pixels.to(vae.device, vae.dtype))[0].float().cpu()


def _read_all(family: Family, examples: Sequence[Example], cache: Cache, tell: Any) -> dict[str, Mapping[str, Any]]:
    import torch

    captions = sorted({"", *(e.caption for e in examples), *(e.plain for e in examples)})
    if family.reads_live:
        return {caption: entry for caption, entry in zip(captions, family.read(captions), strict=True)}
    readers = "/".join(mark_of(getattr(family.pipe, part)) for part in ("text_encoder", "text_encoder_2")
                       if getattr(family.pipe, part, None) is not None)
    names = [name_of("text", 1, family.name, readers, caption) for caption in captions]

    def make(places: Sequence[int]) -> Sequence[Mapping[str, Any]]:
        with torch.no_grad():
            return family.read([captions[place] for place in places])

    found = cache.fill(names, make, tell=lambda done: tell("Reading the captions", done, len(captions)))
    return dict(zip(captions, found, strict=True))


def load_pixels(example: Example) -> tuple[Any, Any]:
    """A picture as (1, 3, height, width) in -1…1, cropped and fitted to its bucket; and its mask, if it has one."""
    import numpy
    import torch

    from core.photos import fit_photo, open_photo

    picture = fit_photo(open_photo(example.path).picture, example.crop, example.size)
    pixels = torch.from_numpy(numpy.asarray(picture, dtype="float32")).permute(2, 0, 1)[None] / 127.5 - 1
    if example.mask is None:
        return pixels, None
    mask = fit_photo(open_photo(example.mask).picture, example.crop, example.size).convert("L")
    return pixels, torch.from_numpy(numpy.asarray(mask, dtype="float32"))[None, None] / 255


@contextmanager
def _precision(family: Family, manner: Manner) -> Any:
    import torch

    if manner.precision == "float32":
        yield
        return
    with torch.autocast(family.denoiser.device.type, dtype=getattr(torch, manner.precision)):
        yield


def _about(family: Family, examples: Sequence[Example], manner: Manner) -> str:
    pictures = [(e.sha256 or str(e.path), e.caption, e.plain, e.size, e.crop, str(e.mask or "")) for e in examples]
    blur = {k: v for k, v in vars(family.blur).items() if k != "cumulative"}
    marks = mark_of(family.denoiser), mark_of(family.pipe.vae)
    return name_of(family.name, *marks, pictures, manner, blur, sorted(family.targets))


def _sparing(family: Family, manner: Manner) -> Callable[[], bool]:
    left = [] if manner.checkpointing else [family.denoiser.enable_gradient_checkpointing]

    def spare() -> bool:
        if not left:
            return False
        left.pop()()
        return True

    return spare


def _mover(family: Family) -> Callable[[str], None]:
    home = str(family.denoiser.device)
    return lambda device: family.pipe.to(device or home)
