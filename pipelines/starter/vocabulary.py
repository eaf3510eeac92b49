"""The starter's own words: a CLIP tokenizer learned from the artist's captions, with spare words left untrained."""

import random
from collections.abc import Iterator
from typing import Any

from pipelines.starter.artist.captions import SAID, caption
from pipelines.starter.artist.recipe import CHOICES, sample
from pipelines.starter.plan import Plan

# One token each and never in a caption: handles for characters to come.
SPARE = ("zwx", "zwy", "zwz", "sks", "ohwx", "qkj", "vvxx", "jqz", "mira", "xkcd", "pqv", "wqx")
START, END = "<|startoftext|>", "<|endoftext|>"


def corpus(count: int) -> Iterator[str]:
    for seed in range(count):
        yield caption(sample(seed), random.Random(f"words {seed}"))
    known = [word for values in (*CHOICES.values(), *SAID.values()) for word in values]
    for word in known:
        yield " ".join([word.replace("{}", "")] * 200)
    letters = [chr(code) for code in range(33, 127)]
    for letter in letters:
        yield f"{letter} {letter}{letter} "


def learn_words(plan: Plan) -> Any:
    """A CLIPTokenizer in which every caption is a few tokens and any other text still has a spelling."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    shell = CLIPTokenizer().backend_tokenizer
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = shell.normalizer, shell.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    spelling = [*alphabet, *(letter + "</w>" for letter in alphabet)]
    trainer = trainers.BpeTrainer(
        vocab_size=plan.words - len(spelling) // 2 - 2, initial_alphabet=alphabet, end_of_word_suffix="</w>",
        show_progress=False, min_frequency=2,
    )
    tokenizer.train_from_iterator(corpus(300 if plan.name == "toy" else 20_000), trainer)
    return assemble(tokenizer, spelling, plan)


def assemble(tokenizer: Any, spelling: list[str], plan: Plan) -> Any:
    """Letters first, then what was merged, the two marks last (the text model looks for the highest)."""
    import json

    from transformers import CLIPTokenizer

    learned = json.loads(tokenizer.to_str())["model"]
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in learned["merges"]]
    for spare in SPARE:
        whole, *rest = tokenizer.encode(spare).tokens
        for piece in rest:
            merges.append((whole, piece))
            whole += piece
    words = [*spelling, *(first + second for first, second in merges)]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
    for mark in (START, END):
        vocabulary[mark] = len(vocabulary)
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=plan.tokens)
