"""PyTorch's quantiser in float32: observers' scales and zero points, integers, rounded values, straight-through gradients."""
import warnings

import torch
from torch.ao.quantization.observer import MinMaxObserver, PerChannelMinMaxObserver

from golden_io import array, tensor_on_grid

warnings.filterwarnings("ignore")


def quantizer_cases():
    generator = torch.Generator().manual_seed(5)
    torch.set_default_dtype(torch.float32)  # the observers compute in it
    cases = [*activation_cases(generator), *weight_cases(generator), *tie_cases(), *straight_through_cases(generator)]
    torch.set_default_dtype(torch.float64)
    return cases


def activation_cases(generator):
    ranges = {"both_signs": (-1.3, 2.7), "relu": (0.0, 5.5), "above_zero": (0.3, 2.0), "below_zero": (-4.0, -1.0),
              "narrow": (-0.01, 0.002)}
    for name, (low, high) in ranges.items():
        for bits in (8, 4, 2):
            observer = MinMaxObserver(dtype=torch.quint8, qscheme=torch.per_tensor_affine, quant_min=0,
                                      quant_max=2**bits - 1)
            observer(torch.tensor([low, high], dtype=torch.float32))
            scale, zero = observer.calculate_qparams()
            values = torch.rand(40, generator=generator, dtype=torch.float64) * 1.4 * (high - low) + low - 0.2 * (high - low)
            values = (torch.round(values * 65536) / 65536).float()
            rounded = torch.fake_quantize_per_tensor_affine(values, scale, zero, 0, 2**bits - 1)
            integers = torch.round(rounded / scale).int() + int(zero)
            if bits == 8:
                own = torch.quantize_per_tensor(values, float(scale), int(zero), torch.quint8).int_repr().int()
                assert torch.equal(own, integers)
            yield {"name": f"activations_{name}_{bits}", "bits": bits, "low": low, "high": high, "scale": float(scale),
                   "zero_point": int(zero), "input": array(values), "integers": array(integers), "rounded": array(rounded)}


def weight_cases(generator):
    weights = tensor_on_grid(generator, (4, 2, 3, 3), 0.4).float()
    weights[3] = 0.0
    for bits in (8, 7, 4, 3, 2):
        largest = 2 ** (bits - 1) - 1
        observer = PerChannelMinMaxObserver(ch_axis=0, dtype=torch.qint8, qscheme=torch.per_channel_symmetric,
                                            quant_min=-largest, quant_max=largest)
        observer(weights)
        scale, zero = observer.calculate_qparams()
        rounded = torch.fake_quantize_per_channel_affine(weights, scale, zero.int(), 0, -largest, largest)
        integers = torch.round(rounded / scale.reshape(4, 1, 1, 1)).int()
        if bits == 8:
            own = torch.quantize_per_channel(weights, scale.double(), zero, 0, torch.qint8).int_repr().int()
            assert torch.equal(own, integers)
        yield {"name": f"weights_per_channel_{bits}", "bits": bits, "per_channel": True, "input": array(weights),
               "scale": array(scale), "integers": array(integers), "rounded": array(rounded)}
        observer = MinMaxObserver(dtype=torch.qint8, qscheme=torch.per_tensor_symmetric, quant_min=-largest,
                                  quant_max=largest)
        observer(weights)
        scale, zero = observer.calculate_qparams()
        rounded = torch.fake_quantize_per_tensor_affine(weights, scale, zero.int(), -largest, largest)
        yield {"name": f"weights_per_tensor_{bits}", "bits": bits, "per_channel": False, "input": array(weights),
               "scale": array(scale), "integers": array(torch.round(rounded / scale).int()), "rounded": array(rounded)}


def tie_cases():
    """Halves go to the even neighbour, before the zero point is added; what lies outside saturates."""
    values = torch.tensor([0.25, 0.75, 1.25, 1.75, -0.25, -0.75, -1.25, -1.75, 200.0, -200.0, 0.0])
    for zero in (0, 7, 255):
        whole = torch.quantize_per_tensor(values, 0.5, zero, torch.quint8)
        yield {"name": f"ties_zero_point_{zero}", "scale": 0.5, "zero_point": zero, "input": array(values),
               "integers": array(whole.int_repr().int()), "rounded": array(whole.dequantize())}


def straight_through_cases(generator):
    values = torch.linspace(-3.0, 5.0, 33, dtype=torch.float32).requires_grad_()
    gradient = tensor_on_grid(generator, (33,)).float()
    scale, zero = 5.0 / 255.0, 51
    torch.fake_quantize_per_tensor_affine(values, scale, zero, 0, 255).backward(gradient)
    yield {"name": "straight_through", "scale": scale, "zero_point": zero, "input": array(values),
           "output_gradient": array(gradient), "input_gradient": array(values.grad)}
