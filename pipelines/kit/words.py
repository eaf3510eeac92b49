"""Words become embeddings: weights, BREAK, prompts past 77 tokens, and words that change while the picture is drawn.

For plain words within one window the result is what diffusers itself makes, bit for bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.emphasis import Piece, phases, weigh

WINDOWS_MOST = 24
"""So many windows of words are heard, about 1,200 words: every window makes every step slower."""
TOO_LONG = "The words go on for longer than a picture can follow; the end of them was left out."
Known = dict[tuple[int, tuple[int, ...]], tuple[Any, Any]]
"""Windows that were encoded already, by reader and token ids."""


@dataclass(frozen=True)
class Reader:
    """A tokenizer with its text encoder, and which of the encoder's layers the model listens to."""

    tokenizer: Any
    encoder: Any
    layer: int
    """0 is the encoder's own result; 2 is the last layer but one, as SDXL wants it."""
    norm: bool = True


@dataclass(frozen=True)
class Embedded:
    """Embeddings of one stretch of steps."""

    until: int
    words: Any
    pooled: Any = None
    cut: bool = False
    """The end of the words was left out."""


def readers(pipe: Any, clip_skip: int) -> tuple[Reader, ...]:
    """Clip skip counts as A1111 does: 1 is the last layer, 2 the one before it."""
    skip = max(0, clip_skip - 1)
    if getattr(pipe, "tokenizer_2", None) is None:
        return (Reader(pipe.tokenizer, pipe.text_encoder, skip + 1 if skip else 0),)
    pairs = ((pipe.tokenizer, pipe.text_encoder), (pipe.tokenizer_2, pipe.text_encoder_2))
    return tuple(Reader(tokenizer, encoder, skip + 2, norm=False) for tokenizer, encoder in pairs if encoder)


def embed(pipe: Any, prompt: str, negative: str, steps: int, clip_skip: int = 0) -> tuple[list[Embedded], Embedded]:
    """The prompt for each stretch of steps, and the negative one; all of the same length."""
    import torch

    with torch.no_grad():
        using = readers(pipe, clip_skip)
        stretches = [(phase.until, weigh(phase.text)) for phase in phases(prompt, steps)]
        against = weigh(phases(negative, 1)[-1].text)
        silent = not negative and getattr(pipe.config, "force_zeros_for_empty_prompt", False)
        longest = max(len(_ids(reader, groups)) for reader in using for groups in (*(g for _, g in stretches), against))
        length, cut = min(longest, WINDOWS_MOST), longest > WINDOWS_MOST
        known: Known = {}
        found = [Embedded(until, *_read(pipe, using, groups, length, known), cut) for until, groups in stretches]
        no = Embedded(steps, *_read(pipe, using, against, length, known))
        if silent:
            no = Embedded(steps, torch.zeros_like(no.words), torch.zeros_like(no.pooled))
    return found, no


def _read(pipe: Any, using: Sequence[Reader], groups: Sequence[Sequence[Piece]], length: int,
          known: Known) -> tuple[Any, Any]:
    import torch

    columns, pooled = [], None
    for place, reader in enumerate(using):
        rows = _ids(reader, groups)[:length]
        rows += [([], [])] * (length - len(rows))
        windows = []
        for number, (ids, weights) in enumerate(rows):
            name = (place, tuple(ids))
            if name not in known:
                known[name] = _encode(pipe, reader, ids)
            hidden, pool = known[name]
            windows.append(_apply(hidden, [1.0, *weights]))
            if number == 0 and pool is not None:
                pooled = pool
        columns.append(torch.cat(windows, dim=1))
    return torch.cat(columns, dim=-1), pooled


def _ids(reader: Reader, groups: Sequence[Sequence[Piece]]) -> list[tuple[list[int], list[float]]]:
    """Token ids and their weights, cut into windows; each group begins a new one."""
    room = reader.tokenizer.model_max_length - 2
    windows = []
    for group in groups:
        ids: list[int] = []
        weights: list[float] = []
        for piece in group:
            found = reader.tokenizer(piece.text, add_special_tokens=False, truncation=False, verbose=False).input_ids
            ids += found
            weights += [piece.weight] * len(found)
        for start in range(0, max(1, len(ids)), room):
            windows.append((ids[start : start + room], weights[start : start + room]))
    return windows


def _encode(pipe: Any, reader: Reader, ids: list[int]) -> tuple[Any, Any]:
    import torch

    tokenizer, encoder = reader.tokenizer, reader.encoder
    row = [tokenizer.bos_token_id, *ids, tokenizer.eos_token_id]
    row += [tokenizer.pad_token_id] * (tokenizer.model_max_length - len(row))
    tensor = torch.tensor([row], device=pipe._execution_device)
    mask = torch.ones_like(tensor) if getattr(encoder.config, "use_attention_mask", False) else None
    if mask is not None:
        mask[:, len(ids) + 2 :] = 0
    out = encoder(tensor, attention_mask=mask, output_hidden_states=reader.layer > 0)
    if not reader.layer:
        return out[0], None
    hidden = out.hidden_states[-min(reader.layer, len(out.hidden_states) - 1)]
    if reader.norm:
        hidden = getattr(encoder, "text_model", encoder).final_layer_norm(hidden)
    return hidden, out[0] if out[0].ndim == 2 else None


def _apply(hidden: Any, weights: list[float]) -> Any:
    """Scale each token by its weight and give the window its old mean back, as A1111 does."""
    import torch

    if all(weight == 1.0 for weight in weights):
        return hidden
    factors = torch.ones(hidden.shape[1], dtype=hidden.dtype, device=hidden.device)
    factors[: len(weights)] = torch.tensor(weights, dtype=hidden.dtype, device=hidden.device)
    scaled = hidden * factors[None, :, None]
    before, after = hidden.float().mean(), scaled.float().mean()
    ratio = before / after if abs(float(after)) > 1e-6 else torch.ones(())
    return scaled * float(ratio.clamp(0.5, 2.0))
