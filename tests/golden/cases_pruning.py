"""Masks of torch.nn.utils.prune on the weights of the small network (conv 2@3x3, conv 3@3x3, dense 5)."""
import torch
from torch import nn
from torch.nn.utils import prune

from golden_io import array, distinct_tensor

SHAPES = {"conv_1": (2, 1, 3, 3), "conv_2": (3, 2, 3, 3), "dense_1": (5, 27)}


def fresh_layers():
    """No two weights have the same absolute value, so that no order depends on ties."""
    generator = torch.Generator().manual_seed(11)
    total = sum(torch.Size(shape).numel() for shape in SHAPES.values())
    signs = 1 - 2 * torch.randint(0, 2, (total,), generator=generator).double()
    values = (distinct_tensor(generator, (total,)) + (total // 2 + 1) / 16) * signs
    layers, first = {}, 0
    for name, shape in SHAPES.items():
        count = torch.Size(shape).numel()
        layer = nn.Linear(shape[1], shape[0]) if len(shape) == 2 else nn.Conv2d(shape[1], shape[0], shape[2])
        with torch.no_grad():
            layer.weight.copy_(values[first:first + count].reshape(shape))
        layers[name] = layer
        first += count
    return layers


def masks(layers):
    return {f"{name}.weight": array(layer.weight_mask) for name, layer in layers.items() if hasattr(layer, "weight_mask")}


def pruning_cases():
    weights = {f"{name}.weight": array(layer.weight) for name, layer in fresh_layers().items()}
    for name, shape in SHAPES.items():
        for share in (0.35, 0.8):
            layers = fresh_layers()
            prune.l1_unstructured(layers[name], "weight", amount=share)
            yield {"name": f"l1_unstructured_{name}_{share}", "granularity": "weight", "layer": name, "share": share,
                   "weights": weights, "masks": masks(layers)}
        layers = fresh_layers()
        filters = shape[0]
        prune.ln_structured(layers[name], "weight", amount=filters // 2, n=1, dim=0)
        yield {"name": f"ln_structured_{name}", "granularity": "filter", "layer": name, "share": filters // 2 / filters,
               "weights": weights, "masks": masks(layers)}
    for share in (0.25, 0.7):
        layers = fresh_layers()
        prune.global_unstructured([(layer, "weight") for layer in layers.values()],
                                  pruning_method=prune.L1Unstructured, amount=share)
        yield {"name": f"global_unstructured_{share}", "granularity": "weight", "layer": "", "share": share,
               "weights": weights, "masks": masks(layers)}
