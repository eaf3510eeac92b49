"""Text encoder and UNet, trained together from scratch on the autoencoder's latents, with freshly worded captions."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from pipelines.starter import autoencoder
from pipelines.starter.artist.captions import caption, full_caption
from pipelines.starter.artist.recipe import sample
from pipelines.starter.course import Course, Desk, learn, learned
from pipelines.starter.plan import Plan
from pipelines.starter.pool import HELD_OUT, Pool
from pipelines.starter.signals import as_signal
from pipelines.starter.vocabulary import learn_words

WORDLESS = 0.1
FACE_WEIGHT = 6.0
"""Eyes and mouth are few cells: at 2 their words stayed at chance, at 6 they are learned along with the rest."""


@dataclass(frozen=True)
class Parts:
    """What a pipeline is made of."""

    words: Any
    text: Any
    unet: Any


def build(plan: Plan, words: Any) -> Parts:
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(words), hidden_size=plan.text_width, intermediate_size=plan.text_width * 4,
        num_hidden_layers=plan.text_layers, num_attention_heads=plan.text_heads, max_position_embeddings=plan.tokens,
        projection_dim=plan.text_width, bos_token_id=words.bos_token_id, eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    ))
    up = tuple(kind.replace("Down", "Up") for kind in reversed(plan.unet_down))
    unet = UNet2DConditionModel(
        sample_size=plan.size // 8, in_channels=plan.latent, out_channels=plan.latent,
        layers_per_block=plan.unet_layers, block_out_channels=plan.unet_blocks,
        down_block_types=plan.unet_down, up_block_types=up,
        cross_attention_dim=plan.text_width, norm_num_groups=min(16, plan.unet_blocks[0]),
        attention_head_dim=tuple(max(1, width // plan.unet_head) for width in plan.unet_blocks),
    )
    return Parts(words, text, unet)


def inherit(parts: Parts, folder: Path) -> None:
    """Take over what an earlier starter has learned: layers of the same shape, and the words that both know."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

    text = CLIPTextModel.from_pretrained(folder / "text_encoder", local_files_only=True)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", local_files_only=True)
    for ours, theirs in ((parts.text, text), (parts.unet, unet)):
        state = ours.state_dict()
        fitting = {name: weight for name, weight in theirs.state_dict().items()
                   if name in state and state[name].shape == weight.shape}
        ours.load_state_dict(fitting, strict=False)
    known = CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True).get_vocab()
    theirs, ours = (text.get_input_embeddings().weight.data for text in (text, parts.text))
    if theirs.shape[1] == ours.shape[1]:
        for word, place in parts.words.get_vocab().items():
            if word in known:
                ours[place] = theirs[known[word]]


def schedule(kind: str = "DPMSolverMultistepScheduler") -> Any:
    import diffusers

    return getattr(diffusers, kind)(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        rescale_betas_zero_snr=True, timestep_spacing="trailing", steps_offset=1,
    )


def encode_pool(coder: Any, pool: Pool, desk: Desk, path: Path) -> numpy.ndarray:
    """Latents of every picture, scaled to a spread of one; made once per autoencoder."""
    import torch

    if not path.exists():
        desk.tell(f"encoding {len(pool)} pictures")
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pool), 32):
                pictures = pool.pictures(range(start, min(start + 32, len(pool))))
                signal = as_signal(pictures).to(desk.device)
                rows.append(coder.encode(signal).latent_dist.mean.half().cpu().numpy())
        unfinished = path.with_suffix(".part.npy")
        numpy.save(unfinished, numpy.concatenate(rows))
        unfinished.replace(path)
    return numpy.load(path, mmap_mode="r")


def spread_of(latents: numpy.ndarray) -> float:
    """What the latents are divided by, so that the denoiser sees a spread of one."""
    return float(numpy.asarray(latents[:2000], numpy.float32).std())


def importance(pool: Pool, indices: list[int], cells: int) -> Any:
    """How much each latent cell counts: eyes and mouth more than the rest."""
    import torch

    face = torch.from_numpy(pool.faces[indices]) * cells / pool.size
    x, y, half = (face[:, column, None, None] for column in range(3))
    grid = torch.arange(cells) + 0.5
    across = (grid[None, None, :] - x).abs() < 0.95 * half
    down = ((grid[None, :, None] - y) > -0.3 * half) & ((grid[None, :, None] - y) < 1.05 * half)
    weight = 1.0 + FACE_WEIGHT * (across & down & (half > 0))
    return (weight / weight.mean()).unsqueeze(1)


def train(plan: Plan, pool: Pool, desk: Desk, start_from: Path | None = None) -> bool:
    import torch
    from diffusers.models.attention_processor import AttnProcessor

    coder = autoencoder.finished(plan, desk)
    latents = encode_pool(coder, pool, desk, desk.folder / "latents.npy")
    spread = spread_of(latents)
    coder.register_to_config(scaling_factor=1.0 / spread)
    parts = build(plan, learn_words(plan))
    if start_from is not None:
        inherit(parts, start_from)
    parts.text.to(desk.device), parts.unet.to(desk.device)
    parts.unet.set_attn_processor(AttnProcessor())
    noisy = schedule("DDPMScheduler")
    steps = noisy.config.num_train_timesteps

    def guess(step: int, dice: Any) -> Any:
        indices = torch.randint(len(pool), (plan.unet_batch,), generator=dice).tolist()
        latent = torch.from_numpy(numpy.stack([latents[index] for index in indices]).astype(numpy.float32)) / spread
        noise = torch.randn(latent.shape, generator=dice)
        times = torch.randint(steps, (len(indices),), generator=dice)
        weight = importance(pool, indices, latent.shape[-1])
        wanted = noisy.get_velocity(latent, noise, times)
        hidden = read_words(parts, [worded(pool, index, step) for index in indices], desk.device)
        mixed = noisy.add_noise(latent, noise, times).to(desk.device)
        made = parts.unet(mixed, times.to(desk.device), hidden).sample
        return ((made.float() - wanted.to(desk.device)).square() * weight.to(desk.device)).mean()

    course = Course("unet", {"text": parts.text, "unet": parts.unet}, plan.unet_steps, plan.unet_rate, guess)
    course.look = lambda step: look(plan, coder, Parts(parts.words, **course.averaged), desk)
    return learn(course, desk)


def worded(pool: Pool, index: int, step: int) -> str:
    """Another wording each time a picture comes round; now and then none, for guidance."""
    dice = random.Random(f"caption {step} {index}")
    return "" if dice.random() < WORDLESS else caption(pool.recipe(index), dice)


def read_words(parts: Parts, captions: list[str], device: str) -> Any:
    tokens = parts.words(captions, padding="max_length", truncation=True, max_length=parts.words.model_max_length,
                         return_tensors="pt")
    return parts.text(tokens.input_ids.to(device)).last_hidden_state


def finished(plan: Plan, desk: Desk) -> Parts | None:
    parts = build(plan, learn_words(plan))
    if not learned("unet", {"text": parts.text, "unet": parts.unet}, desk):
        return None
    return parts


def as_pipeline(coder: Any, parts: Parts) -> Any:
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline(
        vae=coder, text_encoder=parts.text.eval(), tokenizer=parts.words, unet=parts.unet.eval(), scheduler=schedule(),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )


def look(plan: Plan, coder: Any, parts: Parts, desk: Desk) -> None:
    """A sheet of pictures for words that were never trained on."""
    import torch
    from PIL import Image

    pipeline = as_pipeline(coder, parts)
    pipeline.set_progress_bar_config(disable=True)
    count = 2 if plan.name == "toy" else 16
    made = pipeline(
        [full_caption(sample(HELD_OUT + turn)) for turn in range(count)], num_inference_steps=12, guidance_scale=3.5,
        height=plan.size, width=plan.size, generator=torch.Generator().manual_seed(1), output_type="np",
    ).images
    rows = (made * 255).round().astype(numpy.uint8)
    half = (count + 1) // 2
    sheet = numpy.vstack([numpy.hstack(list(rows[:half])), numpy.hstack(list(rows[half:]))])
    Image.fromarray(sheet).save(desk.folder / "samples.png")
