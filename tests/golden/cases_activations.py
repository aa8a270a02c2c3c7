"""Forward and backward of element-wise activations and log-softmax, three configurations each."""
import torch
import torch.nn.functional as F

from cases_layers import differentiate
from golden_io import tensor_on_grid

SHAPES = ((1, 3, 2, 2), (2, 5), (2, 2, 1, 3))


def functions():
    """kind, then attributes and function of each configuration."""
    yield "relu6", [({}, F.relu6)] * 3
    yield "elu", [({"alpha": a}, lambda x, a=a: F.elu(x, a)) for a in (1.0, 0.5, 2.0)]
    yield "gelu", [({"approximate": a}, lambda x, a=a: F.gelu(x, approximate=a)) for a in ("none", "tanh", "none")]
    yield "silu", [({}, F.silu)] * 3
    yield "hard_swish", [({}, F.hardswish)] * 3
    yield "hard_sigmoid", [({}, lambda x: F.relu6(x + 3) / 6)] * 3  # F.hardsigmoid's gradient has a float32 sixth
    yield "softplus", [({"beta": b, "threshold": t}, lambda x, b=b, t=t: F.softplus(x, b, t))
                       for b, t in ((1.0, 20.0), (2.0, 20.0), (1.5, 2.0))]


def activation_cases():
    generator = torch.Generator().manual_seed(31)
    for kind, configurations in functions():
        for shape, (attributes, function) in zip(SHAPES, configurations):
            values = tensor_on_grid(generator, shape, 4.0).requires_grad_()
            yield differentiate({"name": f"{kind}_{'x'.join(map(str, shape))}", "kind": kind, **attributes},
                                function(values), generator, {"input": values})
    for shape in SHAPES:  # torch takes the value at 0 as an argument; no input is 0 here
        values = tensor_on_grid(generator, shape, 4.0) + 1 / 512
        case = {"name": f"step_{'x'.join(map(str, shape))}", "kind": "step"}
        values.requires_grad_()
        output = torch.heaviside(values.detach(), torch.zeros(())) + 0 * values
        yield differentiate(case, output, generator, {"input": values})
    for shape, scale in (((3, 6), 2.0), ((2, 2), 8.0), ((1, 10), 40.0)):
        values = tensor_on_grid(generator, shape, scale).requires_grad_()
        yield differentiate({"name": f"log_softmax_{'x'.join(map(str, shape))}", "kind": "log_softmax"},
                            F.log_softmax(values, 1), generator, {"input": values})
    for shape, per_channel in (((2, 3, 2, 2), False), ((2, 3, 2, 2), True), ((3, 4), True)):
        layer = torch.nn.PReLU(shape[1] if per_channel else 1)
        with torch.no_grad():
            layer.weight.copy_(tensor_on_grid(generator, tuple(layer.weight.shape), 0.5))
        values = tensor_on_grid(generator, shape, 2.0).requires_grad_()
        name = f"prelu_{'per_channel' if per_channel else 'one'}_{'x'.join(map(str, shape))}"
        yield differentiate({"name": name, "kind": "prelu", "per_channel": per_channel}, layer(values), generator,
                            {"input": values, "weight": layer.weight})
