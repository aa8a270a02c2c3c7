"""Layers that move, resize or enlarge maps."""
import torch
import torch.nn.functional as F

from cases_layers import differentiate
from golden_io import tensor_on_grid


def transposed_cases(generator):
    """pads are the same on opposite sides; weights (in, out / groups, kH, kW)."""
    table = [
        ("twice", (2, 2, 3, 2), 3, (2, 2), {}),
        ("output_padding", (1, 3, 3, 2), 2, (3, 3), {"pads": [1, 1, 1, 1], "output_padding": [1, 1]}),
        ("grouped_dilated", (1, 4, 2, 3), 6, (2, 3), {"stride": [1, 3], "dilation": [3, 1], "groups": 2, "bias": False}),
    ]
    for name, shape, filters, kernel, options in table:
        about = {"kernel": list(kernel), "stride": [2, 2], "pads": [0] * 4, "output_padding": [0, 0], "dilation": [1, 1],
                 "groups": 1, "bias": True} | options
        tensors = {"input": tensor_on_grid(generator, shape).requires_grad_(),
                   "weight": tensor_on_grid(generator, (shape[1], filters // about["groups"], *kernel), 0.5).requires_grad_()}
        if about["bias"]:
            tensors["bias"] = tensor_on_grid(generator, (filters,)).requires_grad_()
        output = F.conv_transpose2d(tensors["input"], tensors["weight"], tensors.get("bias"), about["stride"], about["pads"][:2],
                                    about["output_padding"], about["groups"], about["dilation"])
        yield differentiate({"name": f"conv_transpose2d_{name}", "kind": "conv_transpose2d", "filters": filters, **about}, output,
                            generator, tensors)


def moving_cases(generator):
    def around(x, sides, **mode):  # top, left, bottom, right
        return F.pad(x, (sides[1], sides[3], sides[0], sides[2]), **mode)

    def axes(x, order):
        return x.permute(0, *(1 + "CHW".index(letter) for letter in order))

    torch_modes = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}
    table = [
        ("pad", (2, 2, 2, 3), {"sides": [1, 0, 2, 1], "value": 0.75}, lambda x, a: around(x, a["sides"], value=a["value"])),
        ("pad", (1, 2, 3, 3), {"sides": [2, 1, 1, 2], "mode": "reflect"}, None),
        ("pad", (1, 1, 2, 2), {"sides": [3, 0, 1, 2], "mode": "edge"}, None),
        ("crop", (1, 2, 4, 4), {"sides": [1, 1, 1, 1]}, lambda x, a: around(x, [-side for side in a["sides"]])),
        ("crop", (2, 1, 3, 4), {"sides": [0, 2, 1, 0]}, lambda x, a: around(x, [-side for side in a["sides"]])),
        ("crop", (1, 1, 2, 3), {"sides": [0, 0, 0, 1]}, lambda x, a: around(x, [-side for side in a["sides"]])),
        ("slice", (1, 5, 2, 2), {"first": 1, "channels": 3}, lambda x, a: x[:, 1:4]),
        ("slice", (2, 4, 1, 3), {"first": 2, "channels": 0}, lambda x, a: x[:, 2:]),
        ("slice", (2, 6), {"first": 0, "channels": 4}, lambda x, a: x[:, :4]),
        ("channel_shuffle", (1, 6, 2, 2), {"groups": 2}, lambda x, a: F.channel_shuffle(x, 2)),
        ("channel_shuffle", (2, 6, 1, 2), {"groups": 3}, lambda x, a: F.channel_shuffle(x, 3)),
        ("channel_shuffle", (1, 8, 1, 1), {"groups": 4}, lambda x, a: F.channel_shuffle(x, 4)),
        ("reshape", (2, 12), {"shape": [3, 2, 2]}, lambda x, a: x.reshape(2, 3, 2, 2)),
        ("reshape", (1, 2, 3, 2), {"shape": [0, 2, 2]}, lambda x, a: x.reshape(1, 3, 2, 2)),
        ("reshape", (2, 2, 2, 2), {"shape": [0]}, lambda x, a: x.reshape(2, 8)),
        ("permute", (2, 2, 2, 3), {"order": "CWH"}, lambda x, a: axes(x, a["order"])),
        ("permute", (1, 2, 2, 3), {"order": "HWC"}, lambda x, a: axes(x, a["order"])),
        ("permute", (1, 2, 2, 3), {"order": "WCH"}, lambda x, a: axes(x, a["order"])),
    ]
    for number, (kind, shape, about, function) in enumerate(table):
        values = tensor_on_grid(generator, shape).requires_grad_()
        output = function(values, about) if function else around(values, about["sides"], mode=torch_modes[about["mode"]])
        yield differentiate({"name": f"{kind}_{number}", "kind": kind, **about}, output, generator, {"input": values})


def resize_cases(generator):
    table = [
        ((1, 2, 2, 3), {"mode": "nearest", "scale": [2.0]}),
        ((2, 1, 5, 4), {"mode": "nearest", "size": [3, 7]}),
        ((1, 1, 7, 3), {"mode": "nearest", "size": [5, 2]}),
        ((1, 2, 3, 2), {"mode": "bilinear", "scale": [2.0]}),
        ((1, 1, 5, 4), {"mode": "bilinear", "size": [3, 7]}),
        ((2, 1, 1, 3), {"mode": "bilinear", "size": [3, 2]}),
    ]
    for number, (shape, about) in enumerate(table):
        values = tensor_on_grid(generator, shape).requires_grad_()
        wanted = {"size": about["size"]} if "size" in about else {"scale_factor": about["scale"][0]}
        yield differentiate({"name": f"resize_{number}", "kind": "resize", **about}, F.interpolate(values, mode=about["mode"], **wanted),
                            generator, {"input": values})


def lenet5_cases(generator):
    """LeNet-5's own layers, written down in PyTorch."""
    values = tensor_on_grid(generator, (2, 2, 4, 5)).requires_grad_()
    tensors = {"input": values, "weight": tensor_on_grid(generator, (2,)).requires_grad_(), "bias": tensor_on_grid(generator, (2,)).requires_grad_()}
    output = F.avg_pool2d(values, 2) * tensors["weight"].view(1, 2, 1, 1) + tensors["bias"].view(1, 2, 1, 1)
    yield differentiate({"name": "subsampling", "kind": "subsampling"}, output, generator, tensors)

    values = tensor_on_grid(generator, (1, 3, 4, 3)).requires_grad_()
    tensors = {"input": values, "weight": tensor_on_grid(generator, (4, 1, 2, 2)).requires_grad_(), "bias": tensor_on_grid(generator, (2,)).requires_grad_()}
    seen = [[0, 2], [1, 2]]  # 5 = 1 + 4, 6 = 2 + 4
    maps = [F.conv2d(values[:, channels], tensors["weight"][2 * f:2 * f + 2].transpose(0, 1), tensors["bias"][f:f + 1])
            for f, channels in enumerate(seen)]
    yield differentiate({"name": "conv2d_table", "kind": "conv2d_table", "table": [5.0, 6.0], "kernel": [2, 2]}, torch.cat(maps, 1),
                        generator, tensors)


def shape_cases():
    generator = torch.Generator().manual_seed(7)
    yield from transposed_cases(generator)
    yield from moving_cases(generator)
    yield from resize_cases(generator)
    yield from lenet5_cases(generator)
