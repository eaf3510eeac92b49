"""How large the model is and how long each stage learns: one plan for a processor, one for a card, one for tests."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Plan:
    """Sizes and steps of every stage. A batch is in pictures (or crops); rates are AdamW's."""

    name: str
    size: int = 128
    pool: int = 12_000
    held_out: int = 500
    # autoencoder
    latent: int = 16
    coder_blocks: tuple[int, ...] = (32, 64, 64, 96)
    coder_layers: int = 1
    crop: int = 64
    coder_batch: int = 16
    coder_steps: int = 6_000
    coder_rate: float = 6e-4
    decoder_steps: int = 1_500
    # text encoder and UNet
    words: int = 1_200
    tokens: int = 64
    text_width: int = 192
    text_layers: int = 2
    text_heads: int = 6
    unet_blocks: tuple[int, ...] = (64, 128, 192)
    unet_layers: int = 1
    unet_down: tuple[str, ...] = ("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D")
    unet_head: int = 32
    unet_batch: int = 64
    unet_steps: int = 14_000
    unet_rate: float = 1e-3
    # the decoder once more, on what the UNet leaves
    finish_pool: int = 512
    finish_steps: int = 500
    # companions
    reader_size: int = 96
    reader_batch: int = 48
    reader_steps: int = 3_000
    reader_fine_steps: int = 600
    likeness_pool: int = 12_000
    likeness_people: int = 24
    likeness_steps: int = 1_600
    upscaler_width: int = 32
    upscaler_layers: int = 10
    upscaler_batch: int = 12
    upscaler_steps: int = 30_000


CPU = Plan("cpu")
GPU = replace(
    CPU, name="gpu", size=192, pool=120_000, coder_blocks=(48, 96, 96, 128), crop=96, coder_batch=128,
    coder_steps=12_000, decoder_steps=4_000, text_width=256, text_layers=3, text_heads=8, unet_blocks=(80, 160, 240),
    unet_batch=512, unet_steps=60_000, unet_rate=8e-4, reader_batch=256, reader_steps=12_000, reader_fine_steps=4_000,
    likeness_pool=60_000, likeness_people=128, likeness_steps=10_000, upscaler_width=48, upscaler_layers=16,
    upscaler_batch=64, upscaler_steps=20_000, finish_pool=8_000, finish_steps=3_000,
)
TOY = replace(
    CPU, name="toy", size=64, pool=48, held_out=16, latent=4, coder_blocks=(8, 8, 8, 8), crop=32, coder_batch=2,
    coder_steps=3, decoder_steps=2, words=560, text_width=16, text_layers=1, text_heads=2, unet_blocks=(8, 16, 16),
    unet_head=8, unet_batch=2, unet_steps=3, reader_size=32, reader_batch=4, reader_steps=3, reader_fine_steps=2,
    likeness_pool=60, likeness_people=3, likeness_steps=3, upscaler_width=4, upscaler_layers=1, upscaler_batch=2,
    upscaler_steps=6, finish_pool=16, finish_steps=2,
)
PLANS = {plan.name: plan for plan in (CPU, GPU, TOY)}
