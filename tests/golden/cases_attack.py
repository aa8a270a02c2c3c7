"""Adversarial images of fgsm, bim and pgd (no random start) in evaluation mode, by plain formulas."""
import copy

import torch
import torch.nn.functional as F

from cases_networks import ResidualNetwork, SmallNetwork, named, on_grid
from golden_io import array

METHODS = {"fgsm": lambda eps: (eps, 1), "bim": lambda eps: (eps / 5, 5), "pgd": lambda eps: (2.5 * eps / 10, 10)}
BUDGETS = {"linf": 0.0625, "l2": 0.5}
CLEAR = 1e-4  # of the largest gradient element: below it a sign would be a matter of rounding


class Unclear(Exception):
    """A sign hangs on rounding."""


def lengths(values):
    return values.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)


def attack(network, images, classes, sign, norm, eps, step, steps):
    adversarial = images.clone()
    for _ in range(steps):
        at = adversarial.clone().requires_grad_()
        loss = sign * F.cross_entropy(network(at), classes, reduction="sum")
        gradient, = torch.autograd.grad(loss, at)
        for own in gradient.abs():
            if own.max() == 0 or own[own > 0].min() < CLEAR * own.max():
                raise Unclear
        if norm == "linf":
            adversarial = adversarial + step * gradient.sign()
            adversarial = torch.minimum(torch.maximum(adversarial, images - eps), images + eps)
        else:
            r = adversarial + step * gradient / lengths(gradient) - images
            adversarial = images + r * torch.clamp(eps / lengths(r), max=1.0)
        adversarial = adversarial.clamp(0, 1)
    return adversarial


def attack_cases():
    for name, make, shape, seed in (("small", SmallNetwork, (2, 1, 12, 12), 40), ("residual", ResidualNetwork, (2, 2, 8, 8), 41)):
        yield from network_cases(name, make, shape, seed)


def network_cases(name, make, shape, seed):
    """The first seed whose images leave no sign and no border to rounding: float32 must agree with float64."""
    while True:
        cases = attempt(name, make, shape, seed)
        if cases:
            return cases
        seed += 2


def attempt(name, make, shape, seed):
    generator = torch.Generator().manual_seed(seed)
    network = on_grid(make(), generator)
    network(torch.rand((8, *shape[1:]), generator=generator, dtype=torch.float64))
    with torch.no_grad():
        for key, buffer in network.named_buffers():
            if "running" in key:
                buffer.copy_(torch.round(buffer * 256) / 256)
    network.eval()
    images = torch.round(torch.rand(shape, generator=generator, dtype=torch.float64) * 256) / 256
    labels = torch.tensor([0, 1])
    target = 2
    cases = [{"name": f"{name}_network", "input": array(images), "labels": labels.tolist(), "target": target,
              "parameters": named(network.named_parameters()),
              "running": named((n, b) for n, b in network.named_buffers() if "running" in n)}]
    for method, steps_of in METHODS.items():
        for norm, eps in BUDGETS.items():
            for targeted in (False, True):
                step, steps = steps_of(eps)
                classes, sign = (torch.full_like(labels, target), -1) if targeted else (labels, 1)
                arguments = (sign, norm, eps, step, steps)
                try:
                    adversarial = attack(network, images, classes, *arguments)
                except Unclear:
                    return None
                single = attack(copy.deepcopy(network).float(), images.float(), classes, *arguments)
                if not torch.allclose(single.double(), adversarial, rtol=0, atol=1e-6):
                    return None
                cases.append({"name": f"{name}_{method}_{norm}_{'targeted' if targeted else 'untargeted'}",
                              "method": method, "norm": norm, "epsilon": eps, "step": step, "steps": steps,
                              "targeted": targeted,
                              "adversarial": array(torch.round(adversarial * 1e9) / 1e9)})
    return cases
