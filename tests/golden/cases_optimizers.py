"""Optimizers on three numbers, and schedules by their formulas."""
import math

import torch

from golden_io import array, tensor_on_grid

OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd_nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "adam": (torch.optim.Adam, {"lr": 0.001}),
    "adamw": (torch.optim.AdamW, {"lr": 0.001}),
}


def describe(optimizer_class, options):
    """The options with torch's defaults filled in, by the names that the tests read."""
    defaults = optimizer_class([torch.zeros(1, requires_grad=True)], **options).defaults
    about = {"learning_rate": defaults["lr"], "weight_decay": defaults["weight_decay"]}
    if "betas" in defaults:
        about |= {"beta1": defaults["betas"][0], "beta2": defaults["betas"][1], "epsilon": defaults["eps"]}
    else:
        about |= {"momentum": defaults["momentum"], "nesterov": defaults["nesterov"]}
    kind = {"SGD": "sgd", "Adam": "adam", "AdamW": "adamw"}[optimizer_class.__name__]
    return {"optimizer": kind, **about}


def optimizer_cases():
    generator = torch.Generator().manual_seed(3)
    start = torch.tensor([1.0, -0.5, 2.0])
    gradients = tensor_on_grid(generator, (10, 3))
    gradients[4] = 0.0
    for name, (optimizer_class, options) in OPTIMIZERS.items():
        for decay in (0.0, 0.01):
            settings = {**options, "weight_decay": decay}
            values = start.clone().requires_grad_()
            optimizer = optimizer_class([values], **settings)
            steps = []
            for gradient in gradients:
                values.grad = gradient.clone()
                optimizer.step()
                steps.append(values.detach().clone())
            yield {"name": f"{name}{'_decay' if decay else ''}", **describe(optimizer_class, settings),
                   "start": array(start), "gradients": array(gradients), "values_after": array(torch.stack(steps))}


def check_against_torch(rates, make_scheduler):
    values = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([values], lr=0.1)
    scheduler = make_scheduler(optimizer)
    for rate in rates:
        assert math.isclose(optimizer.param_groups[0]["lr"], rate, rel_tol=1e-12, abs_tol=1e-15)
        optimizer.step()
        scheduler.step()


def schedule_cases():
    base, steps, warm_up = 0.1, 20, 5
    schedulers = torch.optim.lr_scheduler
    constant = [base] * steps
    cosine = [base * 0.5 * (1 + math.cos(math.pi * t / steps)) for t in range(steps)]
    check_against_torch(cosine, lambda o: schedulers.CosineAnnealingLR(o, steps))
    step = [base * 0.5 ** (t // 6) for t in range(steps)]
    check_against_torch(step, lambda o: schedulers.StepLR(o, 6, 0.5))
    rest = steps - warm_up
    warm_cosine = [base * (t + 1) / warm_up if t < warm_up
                   else base * 0.5 * (1 + math.cos(math.pi * (t - warm_up) / rest)) for t in range(steps)]
    about = {"base_rate": base, "total_steps": steps}
    yield {"name": "constant", **about, "rates": constant}
    yield {"name": "cosine", **about, "formula": "base / 2 (1 + cos(pi t / T))", "rates": cosine}
    yield {"name": "step", **about, "every": 6, "factor": 0.5, "formula": "base factor^floor(t / every)", "rates": step}
    yield {"name": "warm_up_cosine", **about, "warm_up_steps": warm_up, "rates": warm_cosine,
           "formula": "t < W: base (t + 1) / W; else base / 2 (1 + cos(pi (t - W) / (T - W)))"}
