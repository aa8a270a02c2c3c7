"""Whole networks: logits, loss, all gradients, and five optimizer steps."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

from cases_optimizers import describe
from golden_io import array, tensor_on_grid

STEPS = 5
OPTIMIZERS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd_nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd_momentum_decay": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
}


class SmallNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 2, 3)
        self.conv_2 = nn.Conv2d(2, 3, 3)
        self.dense_1 = nn.Linear(27, 5)

    def forward(self, images):
        maps = F.max_pool2d(torch.relu(self.conv_1(images)), 2)
        return self.dense_1(torch.flatten(torch.relu(self.conv_2(maps)), 1))


class ResidualNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.norm_1 = nn.BatchNorm2d(4)
        self.conv_2 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm_2 = nn.BatchNorm2d(4)
        self.conv_3 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm_3 = nn.BatchNorm2d(4)
        self.dense_1 = nn.Linear(4, 3)

    def forward(self, images):
        stem = torch.relu(self.norm_1(self.conv_1(images)))
        maps = torch.relu(self.norm_2(self.conv_2(stem)))
        maps = torch.relu(self.norm_3(self.conv_3(maps)) + stem)
        return self.dense_1(maps.mean((2, 3)))


def on_grid(network, generator):
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            noise = tensor_on_grid(generator, tuple(parameter.shape), 0.3)
            parameter.copy_(noise + 1 if name.startswith("norm") and name.endswith("weight") else noise)
    return network


def named(tensors):
    return {name: array(tensor) for name, tensor in tensors}


def checksums(network):
    """Per parameter: sum, sum of absolute values, sum of squares."""
    return {name: [p.sum().item(), p.abs().sum().item(), p.square().sum().item()]
            for name, p in network.named_parameters()}


def first_pass(network, images, labels):
    network.zero_grad()
    logits = network(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return {"logits": array(logits), "loss": loss.item(),
            "gradients": named((name, p.grad) for name, p in network.named_parameters())}


def trajectory(network, images, labels, optimizer_class, options):
    """The same batch STEPS times; losses[i] is the loss before step i, checksums[i] those after it."""
    optimizer = optimizer_class(network.parameters(), **options)
    losses, sums = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sums.append(checksums(network))
    return {**describe(optimizer_class, options), "losses": losses, "checksums": sums,
            "final_parameters": named(network.named_parameters())}


def small_network_cases():
    generator = torch.Generator().manual_seed(4)
    network = on_grid(SmallNetwork(), generator)
    images = torch.round(torch.rand((4, 1, 12, 12), generator=generator, dtype=torch.float64) * 256) / 256
    labels = torch.tensor([0, 3, 4, 1])
    yield {"name": "start", "input": array(images), "labels": labels.tolist(),
           "parameters": named(network.named_parameters()), **first_pass(network, images, labels)}
    for name, (optimizer_class, options) in OPTIMIZERS.items():
        yield {"name": name, **trajectory(copy.deepcopy(network), images, labels, optimizer_class, options)}


def residual_cases():
    generator = torch.Generator().manual_seed(5)
    network = on_grid(ResidualNetwork(), generator)
    images = torch.round(torch.rand((4, 2, 8, 8), generator=generator, dtype=torch.float64) * 256) / 256
    labels = torch.tensor([2, 0, 1, 1])
    parameters = named(network.named_parameters())
    fresh = copy.deepcopy(network)
    start = first_pass(network, images, labels)
    statistics = named((n, b) for n, b in network.named_buffers() if "running" in n)
    network.eval()
    yield {"name": "start", "input": array(images), "labels": labels.tolist(), "parameters": parameters, **start,
           "running_after_one_step": statistics, "evaluation_logits_after_one_step": array(network(images))}
    case = trajectory(fresh, images, labels, torch.optim.SGD, {"lr": 0.05, "momentum": 0.9})
    fresh.eval()
    yield {"name": "sgd_momentum", **case,
           "running_after": named((n, b) for n, b in fresh.named_buffers() if "running" in n),
           "evaluation_logits_after": array(fresh(images))}
