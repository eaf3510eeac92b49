"""LyCORIS files change a model exactly as peft's own LoHa and LoKr do, once they are read as LoRAs."""

import pytest

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")

from core.errors import BadFile  # noqa: E402
from pipelines.kit.lora_keys import read_pairs  # noqa: E402
from pipelines.kit.lycoris import as_lora  # noqa: E402

KINDS = {
    "LoHa": lambda: peft.LoHaConfig(r=3, alpha=6, target_modules=["0", "1"], init_weights=False),
    "LoHa of convolutions": lambda: peft.LoHaConfig(r=3, alpha=2, target_modules=["1"], init_weights=False,
                                                    use_effective_conv2d=True),
    "LoHa of a rank that is more than the layer": lambda: peft.LoHaConfig(r=8, alpha=6, target_modules=["0"],
                                                                          init_weights=False),
    "LoKr": lambda: peft.LoKrConfig(r=2, alpha=2, target_modules=["0", "1"], init_weights=False, decompose_factor=4),
    "LoKr, both parts small": lambda: peft.LoKrConfig(r=1, alpha=2, target_modules=["0"], init_weights=False,
                                                      decompose_both=True, decompose_factor=8),
    "LoKr of convolutions": lambda: peft.LoKrConfig(r=2, alpha=2, target_modules=["1"], init_weights=False,
                                                    use_effective_conv2d=True, decompose_factor=4),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_makes_the_change_that_peft_makes(kind):
    torch.manual_seed(3)
    model = peft.get_peft_model(torch.nn.Sequential(torch.nn.Linear(16, 24), torch.nn.Conv2d(8, 16, 3)), KINDS[kind]())
    tensors, wanted = {}, {}
    for path, module in model.base_model.model.named_modules():
        if not hasattr(module, "get_delta_weight"):
            continue
        wanted[f"lora_unet_layer_{path}"] = module.get_delta_weight("default").detach()
        for part in module.adapter_layer_names:
            if "default" in getattr(module, part):
                tensors[f"lora_unet_layer_{path}.{part}"] = getattr(module, part)["default"].detach()
        tensors[f"lora_unet_layer_{path}.alpha"] = torch.tensor(float(module.alpha["default"]))
    pairs, strange = read_pairs(as_lora(tensors))
    assert not strange and pairs.keys() == wanted.keys()
    for name, pair in pairs.items():
        assert torch.allclose(pair.delta().view_as(wanted[name]), wanted[name], atol=1e-5), name


def test_full_differences_are_worn_and_what_is_no_lora_is_said():
    change = torch.randn(6, 4)
    assert torch.equal(read_pairs(as_lora({"diffusion_model.x.diff": change}))[0]["diffusion_model.x"].delta(), change)
    plain = {"lora_unet_x.lora_down.weight": change}
    assert as_lora(plain) == plain
    with pytest.raises(BadFile, match="cannot wear"):
        as_lora({"lora_unet_x.oft_blocks": change})


def test_a_high_rank_takes_no_more_room_than_the_layer():
    wide = {f"lora_unet_x.hada_{part}": torch.randn(shape) for part, shape in (
        ("w1_a", (64, 32)), ("w1_b", (32, 48)), ("w2_a", (64, 32)), ("w2_b", (32, 48)))}
    assert sum(tensor.numel() for tensor in as_lora(wide).values()) == 64 * 48 + 64 * 64
    first, left, right = torch.randn(4, 8), torch.randn(4, 3), torch.randn(3, 5)
    pairs, _ = read_pairs(as_lora({"lora_unet_x.lokr_w1": first, "lora_unet_x.lokr_w2_a": left,
                                   "lora_unet_x.lokr_w2_b": right}))
    assert pairs["lora_unet_x"].rank == 16
    assert torch.allclose(pairs["lora_unet_x"].delta(), torch.kron(first, left @ right), atol=1e-5)


@pytest.mark.parametrize("shapes", [
    {"hada_w1_a": (200_000, 1), "hada_w1_b": (1, 200_000), "hada_w2_a": (200_000, 1), "hada_w2_b": (1, 200_000)},
    {"lokr_w1": (1000, 1000), "lokr_w2": (1000, 1000)},
    {"lokr_w1_a": (200_000, 1), "lokr_w1_b": (1, 200_000), "lokr_w2": (2, 2)},
    {"lokr_w1": (1000, 1000), "lokr_w2_a": (1000, 1), "lokr_w2_b": (1, 1000)}])
def test_a_small_file_that_would_fill_the_memory_is_refused(shapes):
    with pytest.raises(BadFile, match="larger than any model"):
        as_lora({f"lora_unet_x.{part}": torch.zeros(shape) for part, shape in shapes.items()})
