"""Trigger words that LoRA files bring along: they mean what is worn now, and leave the model's own words alone."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("peft")

from safetensors.torch import load_file, save_file  # noqa: E402

from core.errors import BadFile  # noqa: E402
from pipelines.kit.lora import Worn, wear  # noqa: E402
from tests.pipelines.image import tiny  # noqa: E402

WIDE = 32


@pytest.fixture(scope="module")
def pipe(tmp_path_factory):
    from diffusers import StableDiffusionPipeline

    made = tiny.make_sd15(tmp_path_factory.mktemp("words"))
    tiny.write_lora(made, "StableDiffusionPipeline", made / "plain.safetensors")
    found = StableDiffusionPipeline.from_pretrained(made, local_files_only=True)
    found.plain = made / "plain.safetensors"
    return found


def with_word(pipe, folder, name, word, value, wide=WIDE):
    path = folder / f"{name}.safetensors"
    save_file({**load_file(pipe.plain), f"bundle_emb.{word}.string_to_param.*": torch.full((1, wide), value)}, path)
    return Worn(path)


def meaning(pipe, word):
    place = pipe.tokenizer(word, add_special_tokens=False).input_ids[0]
    return pipe.text_encoder.get_input_embeddings().weight[place].detach().clone()


def test_of_two_files_with_one_word_the_one_that_is_worn_says_what_it_means(pipe, tmp_path):
    early, late = (with_word(pipe, tmp_path, name, "zwmira", value) for name, value in (("early", 1.0), ("late", 2.0)))
    for worn, value in ((early, 1.0), (late, 2.0), (early, 1.0)):
        wear(pipe, [worn], "sd15")
        assert (meaning(pipe, "zwmira") == value).all()


def test_a_word_that_the_model_knew_before_is_given_back(pipe, tmp_path):
    before = meaning(pipe, "q")
    wear(pipe, [with_word(pipe, tmp_path, "greedy", "q", 7.0)], "sd15")
    assert (meaning(pipe, "q") == 7.0).all()
    wear(pipe, [], "sd15")
    assert torch.equal(meaning(pipe, "q"), before)


def test_a_word_of_another_width_is_told_and_changes_nothing(pipe, tmp_path):
    before = meaning(pipe, "q")
    with pytest.raises(BadFile, match="does not fit this model"):
        wear(pipe, [with_word(pipe, tmp_path, "wide", "q", 7.0, WIDE - 1)], "sd15")
    assert torch.equal(meaning(pipe, "q"), before)
