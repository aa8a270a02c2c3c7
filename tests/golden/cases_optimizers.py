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
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01}),
    "rmsprop_momentum": (torch.optim.RMSprop, {"lr": 0.01, "momentum": 0.9, "alpha": 0.9}),
    "rmsprop_centered": (torch.optim.RMSprop, {"lr": 0.01, "centered": True}),
    "rmsprop_centered_momentum": (torch.optim.RMSprop, {"lr": 0.01, "momentum": 0.9, "centered": True}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1}),
    "adagrad_lr_decay": (torch.optim.Adagrad, {"lr": 0.1, "lr_decay": 0.05}),
}


def describe(optimizer_class, options):
    """The options with torch's defaults filled in, by the names that the tests read."""
    defaults = optimizer_class([torch.zeros(1, requires_grad=True)], **options).defaults
    about = {"learning_rate": defaults["lr"], "weight_decay": defaults["weight_decay"]}
    if "betas" in defaults:
        about |= {"beta1": defaults["betas"][0], "beta2": defaults["betas"][1]}
    if "eps" in defaults:
        about |= {"epsilon": defaults["eps"]}
    about |= {name: defaults[name] for name in ("momentum", "nesterov", "alpha", "centered", "lr_decay") if name in defaults}
    kind = optimizer_class.__name__.lower()
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


def torch_rates(steps, make_scheduler, losses=None):
    """The rate of each step, read from the optimizer; a scheduler that watches a loss gets one after each."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = make_scheduler(optimizer)
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([] if losses is None else [losses[step]]))
    return rates


def check_against_torch(rates, make_scheduler):
    for ours, theirs in zip(rates, torch_rates(len(rates), make_scheduler)):
        assert math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-15)


def watched_losses(steps):
    """Falls, stands still within the threshold, rises, falls again, and stands."""
    return [max(1.0 - 0.1 * t, 0.6) if t < 9 else 0.59994 if t < 13 else 0.7 if t < 20 else 0.5 if t < 23 else 0.5001
            for t in range(steps)]


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
    multi_step = torch_rates(steps, lambda o: schedulers.MultiStepLR(o, [3, 7, 8, 15], 0.5))
    yield {"name": "multi_step", **about, "milestones": [3, 7, 8, 15], "factor": 0.5, "rates": multi_step}
    exponential = torch_rates(steps, lambda o: schedulers.ExponentialLR(o, 0.8))
    yield {"name": "exponential", **about, "decay": 0.8, "rates": exponential}
    for name, rise in (("one_cycle", 0.3), ("one_cycle_late", 0.75)):
        rates = torch_rates(steps, lambda o: schedulers.OneCycleLR(
            o, base, total_steps=steps + 1, pct_start=rise, div_factor=25.0, final_div_factor=1e4, cycle_momentum=False))
        yield {"name": name, "base_rate": base, "total_steps": steps + 1, "rise_share": rise, "start_share": 1 / 25,
               "final_share": 1 / 25e4, "rates": rates}
    watched = watched_losses(40)
    for name, options in (("plateau", {"patience": 2}), ("plateau_cooldown", {"patience": 1, "cooldown": 3, "min_lr": 0.02})):
        rates = torch_rates(40, lambda o: schedulers.ReduceLROnPlateau(o, factor=0.5, threshold=1e-3, **options), watched)
        yield {"name": name, "base_rate": base, "total_steps": 40, "factor": 0.5, "threshold": 1e-3,
               "patience": options["patience"], "cooldown": options.get("cooldown", 0),
               "final_share": options.get("min_lr", 0.0) / base, "losses": watched, "rates": rates}


def clipping_cases():
    """clip_grad_norm_ and clip_grad_value_ on two tensors that are one gradient."""
    generator = torch.Generator().manual_seed(5)
    gradients = tensor_on_grid(generator, (40,), 2.0)
    for name, limit in (("norm_cuts", 1.0), ("norm_leaves", 100.0), ("value_cuts", 0.5)):
        parts = [torch.zeros(15, requires_grad=True), torch.zeros(25, requires_grad=True)]
        for part, gradient in zip(parts, gradients.split([15, 25])):
            part.grad = gradient.clone()
        about = {"name": name, "limit": limit, "gradients": array(gradients)}
        if name.startswith("norm"):
            about["length"] = torch.nn.utils.clip_grad_norm_(parts, limit).item()
        else:
            torch.nn.utils.clip_grad_value_(parts, limit)
        yield {**about, "clipped": array(torch.cat([part.grad for part in parts]))}
