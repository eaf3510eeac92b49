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
