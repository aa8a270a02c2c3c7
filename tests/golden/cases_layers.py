"""Forward and backward of single layers."""
import torch
import torch.nn.functional as F

from golden_io import array, distinct_tensor, tensor_on_grid


def differentiate(case, output, generator, tensors):
    """Adds the output and the gradients of sum(output * output_gradient) for each named tensor."""
    weights = tensor_on_grid(generator, tuple(output.shape))
    (output * weights).sum().backward()
    case |= {"output": array(output), "output_gradient": array(weights)}
    for name, tensor in tensors.items():
        case[name] = array(tensor)
        case[f"{name}_gradient"] = array(tensor.grad)
    return case


def convolution_cases(generator):
    """pads are [top, left, bottom, right]."""
    table = [
        ("plain", (2, 2, 5, 5), 3, (3, 3), {}),
        ("stride_and_pad", (1, 2, 6, 7), 3, (3, 3), {"stride": [2, 2], "pads": [1, 1, 1, 1]}),
        ("asymmetric_pads", (1, 2, 5, 6), 2, (3, 2), {"stride": [2, 1], "pads": [0, 1, 2, 0]}),
        ("dilated", (1, 1, 8, 8), 2, (3, 3), {"dilation": [2, 3], "pads": [1, 2, 1, 2]}),
        ("grouped", (2, 4, 4, 4), 6, (3, 3), {"groups": 2, "pads": [1, 1, 1, 1]}),
        ("depthwise", (1, 3, 5, 5), 3, (3, 3), {"groups": 3, "stride": [2, 2], "pads": [1, 1, 1, 1]}),
        ("one_by_one", (2, 3, 3, 3), 4, (1, 1), {}),
        ("no_bias", (1, 2, 4, 4), 2, (2, 2), {"bias": False}),
    ]
    for name, shape, filters, kernel, options in table:
        stride, pads = options.get("stride", [1, 1]), options.get("pads", [0, 0, 0, 0])
        dilation, groups = options.get("dilation", [1, 1]), options.get("groups", 1)
        tensors = {"input": tensor_on_grid(generator, shape).requires_grad_(),
                   "weight": tensor_on_grid(generator, (filters, shape[1] // groups, *kernel), 0.5).requires_grad_()}
        if options.get("bias", True):
            tensors["bias"] = tensor_on_grid(generator, (filters,)).requires_grad_()
        padded = F.pad(tensors["input"], (pads[1], pads[3], pads[0], pads[2]))
        output = F.conv2d(padded, tensors["weight"], tensors.get("bias"), stride, 0, dilation, groups)
        case = {"name": f"conv2d_{name}", "kind": "conv2d", "filters": filters, "kernel": list(kernel),
                "stride": stride, "pads": pads, "dilation": dilation, "groups": groups, "bias": "bias" in tensors}
        yield differentiate(case, output, generator, tensors)


def pooling_cases(generator):
    """Floor mode; a window's last rows that do not fit are left out."""
    table = [("even", (2, 2, 4, 4), 2, 2, 0), ("floor", (1, 2, 5, 7), 2, 2, 0), ("overlapping", (1, 1, 7, 7), 3, 2, 0),
             ("padded", (1, 2, 5, 5), 3, 2, 1)]
    for name, shape, kernel, stride, pad in table:
        about = {"kernel": [kernel] * 2, "stride": [stride] * 2, "pads": [pad] * 4}
        values = distinct_tensor(generator, shape).requires_grad_()
        yield differentiate({"name": f"max_pool_{name}", "kind": "max_pool", **about},
                            F.max_pool2d(values, kernel, stride, pad), generator, {"input": values})
        for counted in (True, False) if pad else (False,):
            values = tensor_on_grid(generator, shape).requires_grad_()
            case = {"name": f"avg_pool_{name}{'_pad_counted' if counted else ''}", "kind": "avg_pool", **about,
                    "count_include_pad": counted}
            yield differentiate(case, F.avg_pool2d(values, kernel, stride, pad, count_include_pad=counted), generator,
                                {"input": values})
    values = tensor_on_grid(generator, (2, 3, 3, 5)).requires_grad_()
    yield differentiate({"name": "global_avg_pool", "kind": "global_avg_pool"}, F.adaptive_avg_pool2d(values, 1),
                        generator, {"input": values})


def batch_norm_cases(generator):
    """Two training steps on different batches, then evaluation with the running statistics that they left."""
    for name, shapes in (("maps", [(3, 2, 3, 4), (3, 2, 3, 4)]), ("vectors", [(6, 3), (6, 3)])):
        channels = shapes[0][1]
        layer = torch.nn.BatchNorm1d(channels) if len(shapes[0]) == 2 else torch.nn.BatchNorm2d(channels)
        with torch.no_grad():
            layer.weight.copy_(tensor_on_grid(generator, (channels,)))
            layer.bias.copy_(tensor_on_grid(generator, (channels,)))
        for step, shape in enumerate(shapes):
            values = (tensor_on_grid(generator, shape, 2.0) + 1.5).requires_grad_()
            layer.zero_grad()
            case = {"name": f"batch_norm_{name}_train_step_{step}", "kind": "batch_norm", "training": True,
                    "epsilon": 1e-5, "momentum": 0.1, "running_mean_before": array(layer.running_mean),
                    "running_variance_before": array(layer.running_var)}
            output = layer(values)
            case |= {"running_mean_after": array(layer.running_mean),
                     "running_variance_after": array(layer.running_var)}
            yield differentiate(case, output, generator,
                                {"input": values, "weight": layer.weight, "bias": layer.bias})
        layer.eval()
        layer.zero_grad()
        values = tensor_on_grid(generator, shapes[0], 2.0).requires_grad_()
        case = {"name": f"batch_norm_{name}_evaluation", "kind": "batch_norm", "training": False, "epsilon": 1e-5,
                "momentum": 0.1, "running_mean_before": array(layer.running_mean),
                "running_variance_before": array(layer.running_var)}
        yield differentiate(case, layer(values), generator,
                            {"input": values, "weight": layer.weight, "bias": layer.bias})


def pointwise_cases(generator):
    functions = {
        "relu": (torch.relu, {}),
        "leaky_relu": (lambda x: F.leaky_relu(x, 0.01), {"negative_slope": 0.01}),
        "sigmoid": (torch.sigmoid, {}),
        "tanh": (torch.tanh, {}),
        "softmax": (lambda x: torch.softmax(x, 1), {"axis": 1}),
    }
    for kind, (function, attributes) in functions.items():
        values = tensor_on_grid(generator, (3, 6), 2.0).requires_grad_()
        yield differentiate({"name": kind, "kind": kind, **attributes}, function(values), generator,
                            {"input": values})
    values = torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]], dtype=torch.float64).requires_grad_()
    yield differentiate({"name": "softmax_extreme", "kind": "softmax", "axis": 1}, torch.softmax(values, 1), generator,
                        {"input": values})


def layer_cases():
    generator = torch.Generator().manual_seed(2)
    yield from convolution_cases(generator)
    yield from pooling_cases(generator)
    yield from batch_norm_cases(generator)
    tensors = {"input": tensor_on_grid(generator, (3, 4)).requires_grad_(),
               "weight": tensor_on_grid(generator, (5, 4)).requires_grad_(),
               "bias": tensor_on_grid(generator, (5,)).requires_grad_()}
    yield differentiate({"name": "dense", "kind": "dense", "units": 5}, F.linear(*tensors.values()), generator, tensors)
    yield from pointwise_cases(generator)
