"""The frozen layers of a model kept in 8 bits while a LoRA learns on them: half of their 16-bit memory, anywhere."""

from typing import Any

FULL = 127


def pack(model: Any) -> None:
    """Keep each linear layer in 8 bits from now on, with one scale for each row. The model is never learned itself."""
    import torch
    from torch import nn

    class Times(torch.autograd.Function):
        """Only the 8 bits are remembered for the way back; torch's own product would remember all numbers whole."""

        @staticmethod
        def forward(ctx: Any, signal: Any, weight: Any, scale: Any) -> Any:
            ctx.save_for_backward(weight, scale)
            return signal @ unpack(weight, scale, signal.dtype).t()

        @staticmethod
        def backward(ctx: Any, slope: Any) -> Any:
            return slope @ unpack(*ctx.saved_tensors, slope.dtype), None, None

    class Packed(nn.Linear):
        def forward(self, signal: Any) -> Any:
            kind, own = signal.device.type, self.scale.dtype
            wanted = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else own
            made = Times.apply(signal.to(wanted), self.weight, self.scale)
            return made if self.bias is None else made + self.bias.to(made.dtype)

    for layer in model.modules():
        if type(layer) is nn.Linear:
            weight = layer.weight.detach()
            scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / FULL
            layer.__class__ = Packed  # what holds the layer goes on holding it
            layer.weight = nn.Parameter((weight / scale).round().to(torch.int8), requires_grad=False)
            layer.register_buffer("scale", scale)


def unpack(weight: Any, scale: Any, dtype: Any) -> Any:
    return weight.to(dtype) * scale.to(dtype)
