"""Forward and backward of normalisations, products and adaptive poolings, three configurations each."""
import torch
import torch.nn.functional as F

from cases_layers import differentiate
from golden_io import distinct_tensor, tensor_on_grid


def local_response_cases(generator):
    table = [("alexnet", (1, 8, 2, 2), {"size": 5, "alpha": 0.5, "beta": 0.75, "k": 2.0}),
             ("even", (2, 5, 1, 2), {"size": 4, "alpha": 1.5, "beta": 0.5, "k": 1.0}),
             ("wider_than_the_maps", (1, 3, 2, 1), {"size": 9, "alpha": 0.25, "beta": 1.25, "k": 0.5})]
    for name, shape, attributes in table:
        values = tensor_on_grid(generator, shape, 2.0).requires_grad_()
        output = F.local_response_norm(values, **attributes)
        yield differentiate({"name": f"lrn_{name}", "kind": "lrn", **attributes}, output, generator, {"input": values})


def affine(generator, shape):
    return {"weight": tensor_on_grid(generator, shape).requires_grad_(), "bias": tensor_on_grid(generator, shape).requires_grad_()}


def set_norm_cases(generator):
    for name, shape, epsilon in (("maps", (2, 2, 2, 3), 1e-5), ("vector", (2, 7), 1e-5), ("large_epsilon", (1, 3, 2, 2), 0.125)):
        tensors = {"input": tensor_on_grid(generator, shape, 2.0).requires_grad_(), **affine(generator, shape[1:])}
        output = F.layer_norm(tensors["input"], shape[1:], tensors["weight"], tensors["bias"], epsilon)
        yield differentiate({"name": f"layer_norm_{name}", "kind": "layer_norm", "epsilon": epsilon}, output, generator, tensors)
    for groups, shape, epsilon in ((2, (2, 4, 1, 3), 1e-5), (1, (1, 3, 2, 2), 0.125), (3, (2, 6), 1e-5)):
        tensors = {"input": tensor_on_grid(generator, shape, 2.0).requires_grad_(), **affine(generator, (shape[1],))}
        output = F.group_norm(tensors["input"], groups, tensors["weight"], tensors["bias"], epsilon)
        yield differentiate({"name": f"group_norm_{groups}_of_{shape[1]}", "kind": "group_norm", "groups": groups,
                             "epsilon": epsilon}, output, generator, tensors)
    for switch, shape, epsilon in ((False, (2, 2, 2, 3), 1e-5), (True, (2, 2, 2, 3), 1e-5), (True, (1, 3, 1, 4), 0.125)):
        tensors = {"input": tensor_on_grid(generator, shape, 2.0).requires_grad_()}
        if switch:
            tensors |= affine(generator, (shape[1],))
        output = F.instance_norm(tensors["input"], weight=tensors.get("weight"), bias=tensors.get("bias"), eps=epsilon)
        name = f"instance_norm_{'affine' if switch else 'plain'}_{'x'.join(map(str, shape))}"
        yield differentiate({"name": name, "kind": "instance_norm", "affine": switch, "epsilon": epsilon}, output, generator,
                            tensors)


def product_cases(generator):
    table = [("two_maps", [(2, 2, 2, 2), (2, 2, 2, 2)]), ("gate", [(1, 3, 2, 2), (1, 3, 1, 1)]),
             ("three_vectors", [(2, 4), (2, 4), (2, 4)])]
    for name, shapes in table:
        names = ["input"] + [f"input_{k + 1}" for k in range(1, len(shapes))]
        tensors = {n: tensor_on_grid(generator, shape).requires_grad_() for n, shape in zip(names, shapes)}
        output = torch.ones(())
        for tensor in tensors.values():
            output = output * tensor
        yield differentiate({"name": f"multiply_{name}", "kind": "multiply"}, output, generator, tensors)


def adaptive_pool_cases(generator):
    for name, shape, size in (("regular", (1, 2, 4, 6), (2, 3)), ("overlapping", (1, 2, 5, 7), (3, 4)), ("larger", (1, 2, 2, 3), (3, 5))):
        values = tensor_on_grid(generator, shape).requires_grad_()
        yield differentiate({"name": f"adaptive_avg_pool_{name}", "kind": "adaptive_avg_pool", "size": list(size)},
                            F.adaptive_avg_pool2d(values, size), generator, {"input": values})
        values = distinct_tensor(generator, shape).requires_grad_()
        yield differentiate({"name": f"adaptive_max_pool_{name}", "kind": "adaptive_max_pool", "size": list(size)},
                            F.adaptive_max_pool2d(values, size), generator, {"input": values})


def normalisation_cases():
    generator = torch.Generator().manual_seed(37)
    yield from local_response_cases(generator)
    yield from set_norm_cases(generator)
    yield from product_cases(generator)
    yield from adaptive_pool_cases(generator)
