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
    assert "no photos to describe" in job.error["message"]
    assert characters.find(studio.store.rows("characters"), "Ada").photos == ()


def test_a_caption_is_one_line_that_ends_with_a_thought():
    assert tidy("  A girl.\n On the beach. ") == "A girl. On the beach"
    long = tidy(", ".join(["a girl on the beach"] * 40))
    assert len(long) <= LONGEST and long.endswith("a girl on the beach")
