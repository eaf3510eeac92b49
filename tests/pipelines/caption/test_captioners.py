"""Captioners through their real classes, on tiny random weights: what they say is noise, that they say it is not."""

import pytest
from PIL import Image

from core import casting, characters, datasets
from core.requests import CaptionRequest
from pipelines.kit.captioning import LONGEST, tidy


@pytest.fixture
def blip(studio):
    transformers = pytest.importorskip("transformers")
    folder = studio.home.models / "captioners" / "blip"
    folder.mkdir(parents=True)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "a", "girl", "on", "the", "beach"]
    (folder / "vocab.txt").write_text("\n".join(words))
    tokenizer = transformers.BertTokenizerFast(vocab_file=str(folder / "vocab.txt"))
    eyes = transformers.BlipImageProcessor(size={"height": 32, "width": 32})
    transformers.BlipProcessor(eyes, tokenizer).save_pretrained(folder)
    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.BlipConfig(
        text_config={**small, "vocab_size": len(words), "bos_token_id": 5, "pad_token_id": 0, "sep_token_id": 3,
                     "eos_token_id": 3, "encoder_hidden_size": 16, "max_position_embeddings": 64},
        vision_config={**small, "image_size": 32, "patch_size": 16}, projection_dim=16)
    transformers.BlipForConditionalGeneration(config).save_pretrained(folder)


def someone(studio):
    photo = studio.assets.save(Image.effect_noise((64, 80), 90).convert("RGB"), folder="images", suffix=".png",
                               record={}).id
    return casting.create(studio, "Ada", [photo])[0]


def test_blip_puts_a_photo_into_words_that_undo_takes_back(studio, blip, until):
    person = someone(studio)
    job = studio.submit("caption.blip", CaptionRequest(character="Ada", again=True))
    assert until(studio, job.id, "done", "failed", timeout=90) == "done", job.error
    dataset = datasets.from_row(studio.store.get("datasets", person.dataset))
    assert "1 photos were described" in job.notices[0]
    said = dataset.photos[0].caption
    assert said == "" or dataset.past and datasets.undo(dataset).photos[0].caption == ""


PLAIN = ("a", "girl", "on", "the", "beach", ".")


def a_tokenizer(words, **special):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="<unk>",
                                   pad_token="<pad>", **special)


def a_photo():
    return Image.effect_noise((64, 48), 80).convert("RGB")


def test_qwen_vl_reads_without_torchvision(tmp_path):
    transformers = pytest.importorskip("transformers")
    from pipelines.caption.qwen_vl import load, read

    marks = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
    words = ["<pad>", "<s>", "</s>", "<unk>", *marks, *PLAIN]
    tokenizer = a_tokenizer(words, additional_special_tokens=marks)
    tokenizer.chat_template = ("{% for m in messages %}{% for c in m['content'] %}{% if c['type'] == 'image' %}"
                               "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}"
                               "{% endfor %}{% endfor %}")
    tokenizer.save_pretrained(tmp_path)
    transformers.Qwen2VLImageProcessor(patch_size=4, merge_size=2, temporal_patch_size=2, min_pixels=256,
                                       max_pixels=1024).save_pretrained(tmp_path)
    small = {"hidden_size": 16, "intermediate_size": 16}
    transformers.Qwen2_5_VLForConditionalGeneration(transformers.Qwen2_5_VLConfig(
        text_config={**small, "vocab_size": len(words), "num_hidden_layers": 1, "num_attention_heads": 2,
                     "num_key_value_heads": 2, "rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]},
                     "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2},
        vision_config={**small, "depth": 1, "num_heads": 2, "out_hidden_size": 16, "patch_size": 4,
                       "spatial_merge_size": 2, "temporal_patch_size": 2, "window_size": 16,
                       "fullatt_block_indexes": [0]},
        image_token_id=4, video_token_id=5, vision_start_token_id=6, vision_end_token_id=7)).save_pretrained(tmp_path)
    assert set(read(*load(tmp_path, "cpu"), a_photo()).split()) <= set(words)


def test_florence_2_reads(tmp_path):
    transformers = pytest.importorskip("transformers")
    from pipelines.caption.florence2 import load, read

    words = ["<pad>", "<s>", "</s>", "<unk>", "<image>", *PLAIN]
    eyes = transformers.CLIPImageProcessor(size={"height": 64, "width": 64}, do_center_crop=False)
    eyes.image_seq_length = 5
    transformers.Florence2Processor(eyes, a_tokenizer(words, extra_special_tokens={"image_token": "<image>"})
                                    ).save_pretrained(tmp_path)
    text = transformers.BartConfig(
        vocab_size=len(words), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=200, pad_token_id=0,
        bos_token_id=1, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2)
    transformers.Florence2ForConditionalGeneration(transformers.Florence2Config(
        text_config=text.to_dict(), image_token_id=4,
        vision_config={"embed_dim": [8] * 4, "depths": [1] * 4, "num_heads": [1] * 4, "num_groups": [1] * 4,
                       "window_size": 4, "projection_dim": 16})).save_pretrained(tmp_path)
    assert set(read(*load(tmp_path, "cpu"), a_photo()).split()) <= set(words)


@pytest.mark.parametrize("key", ["blip", "florence2", "qwen_vl"])
def test_without_its_weights_a_captioner_says_so(studio, key, until):
    someone(studio)
    job = studio.submit(f"caption.{key}", CaptionRequest(character="Ada"))
    assert until(studio, job.id, "done", "failed", timeout=60) == "failed"
    assert "not on this computer" in job.error["message"]


def test_somebody_without_photos_cannot_be_described(studio, until):
    casting.create(studio, "Ada", [])
    job = studio.submit("caption.reader", CaptionRequest(character="Ada"))
    assert until(studio, job.id, "done", "failed", timeout=60) == "failed"
    assert "no photos yet" in job.error["message"]
    assert characters.find(studio.store.rows("characters"), "Ada").photos == ()


def test_a_caption_is_one_line_that_ends_with_a_thought():
    assert tidy("  A girl.\n On the beach. ") == "A girl. On the beach"
    long = tidy(", ".join(["a girl on the beach"] * 40))
    assert len(long) <= LONGEST and long.endswith("a girl on the beach")
