"""Tiny pipelines with random weights: every family's real classes, small enough to draw in a blink."""

import json
from pathlib import Path
from typing import Any

import torch


def byte_letters() -> list[str]:
    """The 256 printable stand-ins for bytes that CLIP's and Qwen's word lists begin with."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + number) for number in range(len(extra))]


def clip_tokenizer(folder: Path, longest: int = 77) -> Any:
    from transformers import CLIPTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    letters = byte_letters()
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=longest)


def clip_encoder(size: int = 32, projection: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=514,
        hidden_size=size,
        intermediate_size=37,
        num_hidden_layers=3,
        num_attention_heads=4,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
        projection_dim=size,
        max_position_embeddings=77,
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def small_vae(channels: int = 4, **extra: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[8, 16],
        latent_channels=channels,
        norm_num_groups=4,
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        **extra,
    )


def small_unet(width: int = 32, **extra: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=32,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=width,
        attention_head_dim=4,
        norm_num_groups=4,
        **extra,
    )


def make_sd15(folder: Path) -> Path:
    from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline

    torch.manual_seed(0)
    scheduler = DPMSolverMultistepScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    pipe = StableDiffusionPipeline(
        vae=small_vae(),
        text_encoder=clip_encoder(),
        tokenizer=clip_tokenizer(folder / "words"),
        unet=small_unet(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(folder)
    return folder


def make_sdxl(folder: Path) -> Path:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    torch.manual_seed(0)
    words = clip_tokenizer(folder / "words")
    unet = small_unet(
        64,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=6 * 8 + 32,
        use_linear_projection=True,
    )
    scheduler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    pipe = StableDiffusionXLPipeline(
        vae=small_vae(),
        text_encoder=clip_encoder(),
        text_encoder_2=clip_encoder(32, True),
        tokenizer=words,
        tokenizer_2=words,
        unet=unet,
        scheduler=scheduler,
    )
    pipe.save_pretrained(folder)
    return folder


# --- newer families: a transformer, a language model that reads, and one way of taking the noise away -----------------


def t5_reader(width: int = 32) -> tuple[Any, Any]:
    from transformers import T5Config, T5EncoderModel, T5Tokenizer

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -2.0)]
    pieces += [(letter, -3.0) for letter in "abcdefghijklmnopqrstuvwxyz,.()0123456789"]
    config = T5Config(vocab_size=64, d_model=width, d_kv=8, d_ff=37, num_layers=1, num_heads=4,
                      decoder_start_token_id=0)
    return T5Tokenizer(vocab=pieces, extra_ids=0), T5EncoderModel(config).eval()


def qwen_tokenizer(folder: Path) -> Any:
    from transformers import Qwen2Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(byte_letters())}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    made = Qwen2Tokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"),
                          additional_special_tokens=["<|im_start|>", "<|im_end|>"])
    made.chat_template = ("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
                          "<|im_start|>assistant\n")
    return made


def qwen3(layers: int = 2) -> Any:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    return Qwen3ForCausalLM(Qwen3Config(vocab_size=300, hidden_size=16, intermediate_size=16, head_dim=8,
                                        num_hidden_layers=layers, num_attention_heads=2, num_key_value_heads=2)).eval()


def flow(**extra: Any) -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(**extra)


def film_vae() -> Any:
    from diffusers import AutoencoderKLQwenImage

    return AutoencoderKLQwenImage(base_dim=24, z_dim=4, dim_mult=[1, 2, 4], num_res_blocks=1,
                                  temperal_downsample=[False, True], latents_mean=[0.0] * 4, latents_std=[1.0] * 4)


def make_flux1(folder: Path) -> Path:
    from diffusers import FluxPipeline, FluxTransformer2DModel

    torch.manual_seed(0)
    words, reader = t5_reader()
    transformer = FluxTransformer2DModel(in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
                                         num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32,
                                         guidance_embeds=True, axes_dims_rope=(4, 4, 8))
    vae = small_vae(shift_factor=0.1, scaling_factor=0.36)
    FluxPipeline(scheduler=flow(), vae=vae, text_encoder=clip_encoder(), tokenizer=clip_tokenizer(folder / "words"),
                 text_encoder_2=reader, tokenizer_2=words, transformer=transformer).save_pretrained(folder)
    return folder


def make_chroma(folder: Path) -> Path:
    from diffusers import ChromaPipeline, ChromaTransformer2DModel

    torch.manual_seed(0)
    words, reader = t5_reader()
    transformer = ChromaTransformer2DModel(in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
                                           num_attention_heads=2, joint_attention_dim=32, axes_dims_rope=(4, 4, 8),
                                           approximator_num_channels=8, approximator_hidden_dim=16,
                                           approximator_layers=1)
    ChromaPipeline(scheduler=flow(), vae=small_vae(shift_factor=0.1, scaling_factor=0.36), text_encoder=reader,
                   tokenizer=words, transformer=transformer).save_pretrained(folder)
    return folder


def make_sd35(folder: Path) -> Path:
    from diffusers import SD3Transformer2DModel, StableDiffusion3Pipeline

    torch.manual_seed(0)
    words, reader = t5_reader()
    clip = clip_tokenizer(folder / "words")
    transformer = SD3Transformer2DModel(sample_size=32, patch_size=2, in_channels=16, num_layers=1,
                                        attention_head_dim=8, num_attention_heads=4, joint_attention_dim=32,
                                        caption_projection_dim=32, pooled_projection_dim=64, out_channels=16)
    StableDiffusion3Pipeline(
        transformer=transformer, scheduler=flow(), vae=small_vae(16, shift_factor=0.06, scaling_factor=1.5),
        text_encoder=clip_encoder(32, True), tokenizer=clip, text_encoder_2=clip_encoder(32, True), tokenizer_2=clip,
        text_encoder_3=reader, tokenizer_3=words).save_pretrained(folder)
    return folder


def make_zimage(folder: Path) -> Path:
    from diffusers import ZImagePipeline, ZImageTransformer2DModel

    torch.manual_seed(0)
    transformer = ZImageTransformer2DModel(in_channels=4, dim=32, n_layers=1, n_refiner_layers=1, n_heads=2,
                                           n_kv_heads=2, cap_feat_dim=16, axes_dims=[8, 4, 4],
                                           axes_lens=[1024, 64, 64])
    ZImagePipeline(scheduler=flow(), vae=small_vae(shift_factor=0.1, scaling_factor=0.36), text_encoder=qwen3(),
                   tokenizer=qwen_tokenizer(folder / "words"), transformer=transformer).save_pretrained(folder)
    return folder


def make_flux2(folder: Path) -> Path:
    from diffusers import AutoencoderKLFlux2, Flux2KleinPipeline, Flux2Transformer2DModel

    torch.manual_seed(0)
    transformer = Flux2Transformer2DModel(in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
                                          num_attention_heads=2, joint_attention_dim=48, timestep_guidance_channels=16,
                                          axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False)
    vae = AutoencoderKLFlux2(down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
                             block_out_channels=(8, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4)
    Flux2KleinPipeline(scheduler=flow(), vae=vae, text_encoder=qwen3(27), tokenizer=qwen_tokenizer(folder / "words"),
                       transformer=transformer, is_distilled=True).save_pretrained(folder)
    return folder


def make_qwen_image(folder: Path) -> Path:
    from diffusers import QwenImagePipeline, QwenImageTransformer2DModel
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    torch.manual_seed(0)
    rope = {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"}
    config = Qwen2_5_VLConfig(
        text_config={"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
                     "num_key_value_heads": 2, "vocab_size": 300, "rope_scaling": rope},
        vision_config={"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16})
    transformer = QwenImageTransformer2DModel(in_channels=16, out_channels=4, num_layers=2, attention_head_dim=16,
                                              num_attention_heads=2, joint_attention_dim=16, axes_dims_rope=(8, 4, 4))
    QwenImagePipeline(scheduler=flow(), vae=film_vae(), text_encoder=Qwen2_5_VLForConditionalGeneration(config).eval(),
                      tokenizer=qwen_tokenizer(folder / "words"), transformer=transformer).save_pretrained(folder)
    return folder


def make_krea2(folder: Path) -> Path:
    from diffusers import Krea2Pipeline, Krea2Transformer2DModel
    from transformers import Qwen3VLConfig, Qwen3VLModel

    torch.manual_seed(0)
    transformer = Krea2Transformer2DModel(
        in_channels=16, num_layers=1, attention_head_dim=8, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=32, timestep_embed_dim=8, text_hidden_dim=16, num_text_layers=3, text_num_attention_heads=2,
        text_num_key_value_heads=1, text_intermediate_size=16, num_layerwise_text_blocks=1, num_refiner_text_blocks=1,
        axes_dims_rope=(4, 2, 2))
    config = Qwen3VLConfig(
        text_config={"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
                     "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 300},
        vision_config={"depth": 2, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16})
    Krea2Pipeline(scheduler=flow(), vae=film_vae(), text_encoder=Qwen3VLModel(config).eval(),
                  tokenizer=qwen_tokenizer(folder / "words"), transformer=transformer,
                  text_encoder_select_layers=(0, 1, 2)).save_pretrained(folder)
    return folder


def write_lora(model: Path, text: str, path: Path) -> None:
    """A LoRA as diffusers writes it for the layers of this model."""
    import diffusers
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict
    from safetensors.torch import save_file

    kind = getattr(diffusers, text)
    pipe = kind.from_pretrained(model, local_files_only=True)
    part = "unet" if hasattr(pipe, "unet") else "transformer"
    denoiser = getattr(pipe, part)
    torch.manual_seed(1)
    denoiser.add_adapter(LoraConfig(r=2, init_lora_weights=False, target_modules=r".*\.(to_q|to_k|to_v)"))
    tensors = get_peft_model_state_dict(denoiser)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({f"{part}.{name}": 3 * tensor.contiguous() for name, tensor in tensors.items()}, path,
              {"modelspec.architecture": "sdxl"} if "XL" in text else None)
