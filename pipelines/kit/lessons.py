"""One family and some examples become a lesson: pictures and captions seen once and kept, then pairs and their loss."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pipelines.kit.cache import Cache, name_of
from pipelines.kit.chance import Draw
from pipelines.kit.families import Example, Family, Manner, wear_lora, without_lora
from pipelines.kit.training import Lesson


def make_lesson(family: Family, examples: Sequence[Example], manner: Manner, cache: Cache,
                tell: Callable[[str, int, int], None] = lambda phase, done, total: None) -> Lesson:
    """Everything the loop needs: latents and texts from the cache, buckets by size, and the loss."""
    home = family.device or str(family.place)
    with _at(family.pipe.vae, home):
        latents = _see_all(family, examples, manner, cache, tell)
    with _at(family.reader, home):
        texts = _read_all(family, examples, cache, tell)
    about = _about(family, examples, manner)
    weights = wear_lora(family, manner)
    family.pipe.to(home)
    if manner.checkpointing:
        family.denoiser.enable_gradient_checkpointing()
    sizes = sorted({example.size for example in examples})
    buckets = [[i for i, example in enumerate(examples) if example.size == size] for size in sizes]

    def loss(draw: Draw) -> Any:
        return _loss(family, manner, examples, (latents, texts), draw)

    return Lesson(weights, buckets, loss, about=about, dropout=manner.dropout > 0,
                  spare=_sparing(family, manner), move=_mover(family), factors={"trigger/": 2.0})


@contextmanager
def _at(part: Any, home: str) -> Iterator[None]:
    """A part comes to the device for its one task and makes room again: they need not fit there together."""
    if part is None or part.device.type == home.partition(":")[0]:
        yield
        return
    before = part.device
    part.to(home)
    try:
        yield
    finally:
        part.to(before)


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
    clean = clean.to(family.place, torch.float32)
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

    return cache.fill(names, make, at_once=1, tell=lambda done: tell("Looking at the photos", done, len(examples)))


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
    reader = family.reader or family.pipe
    readers = "/".join(mark_of(getattr(reader, part)) for part in ("text_encoder", "text_encoder_2")
                       if getattr(reader, part, None) is not None)
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
def _precision(family: Family, manner: Manner) -> Iterator[None]:
    import torch

    if manner.precision == "float32":
        yield
        return
    with torch.autocast(family.place.type, dtype=getattr(torch, manner.precision)):
        yield


def _about(family: Family, examples: Sequence[Example], manner: Manner) -> str:
    pictures = [(e.sha256 or str(e.path), e.caption, e.plain, e.size, e.crop, str(e.mask or "")) for e in examples]
    blur = {k: v for k, v in vars(family.blur).items() if k != "cumulative"}
    marks = tuple(mark_of(part) for part in (family.denoiser, family.pipe.vae, *family.readers.values()))
    if family.crutch:
        marks += (hashlib.sha256(family.crutch.read_bytes()).hexdigest(),)
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
    home = str(family.place)
    return lambda device: family.pipe.to(device or home)
