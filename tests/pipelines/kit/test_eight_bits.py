"""A base in 8 bits: the same answers but for rounding, exact slopes, half of the memory, and a LoRA learns on it."""

import copy

import pytest

from pipelines.kit import eight_bits

torch = pytest.importorskip("torch")


def whole_of(layer):
    """A plain layer with exactly the numbers that a packed one stands for."""
    plain = torch.nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None)
    plain.weight.data = eight_bits.unpack(layer.weight, layer.scale, torch.float32)
    if layer.bias is not None:
        plain.bias.data = layer.bias.data
    return plain


@pytest.mark.parametrize("bias", [True, False])
def test_a_packed_layer_answers_and_teaches_as_its_unpacked_numbers_do(bias):
    torch.manual_seed(1)
    layer = torch.nn.Linear(48, 20, bias=bias).requires_grad_(False)
    before = copy.deepcopy(layer)
    eight_bits.pack(layer)
    assert layer.weight.dtype == torch.int8 and isinstance(layer, torch.nn.Linear)
    given, other = (torch.randn(3, 7, 48, generator=torch.Generator().manual_seed(2)).requires_grad_() for _ in "ab")
    answer, expected = layer(given), whole_of(layer)(other)
    assert torch.allclose(answer, expected, atol=1e-6) and (answer - before(given)).abs().max() < 0.02
    answer.square().sum().backward()
    expected.square().sum().backward()
    assert torch.allclose(given.grad, other.grad, atol=1e-5)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(given).dtype == torch.bfloat16


def test_rows_of_nothing_stay_nothing_and_moving_it_changes_no_bit():
    layer = torch.nn.Linear(8, 4).requires_grad_(False)
    layer.weight.data[1] = 0
    eight_bits.pack(layer)
    kept = layer.weight.clone()
    assert not kept[1].any() and torch.equal(layer.to(torch.bfloat16).weight, kept)
    eight_bits.pack(layer)
    assert torch.equal(layer.weight, kept), "what is packed already is left alone"
