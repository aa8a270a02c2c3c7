"""Ten training steps of presets, from weights and images that both sides calculate by the same formula."""
import math

import torch
import torch.nn.functional as F
from torch import nn

STEPS = 10


def grid_values(count, seed):
    """Multiples of 2^-15 in [-1, 1): a scrambled count, the same as in tests/core/tst_training_golden.cpp."""
    x = (torch.arange(count, dtype=torch.int64) + seed * 1_000_003) & 0xFFFFFFFF
    for _ in range(2):
        x = ((x ^ (x >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    x = x ^ (x >> 16)
    return ((x >> 16) - 32768).double() / 32768


def fill(network):
    """The n-th tensor from seed n: weights within He-uniform's bound, scales 1, everything else 0."""
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters()):
            if parameter.dim() > 1:
                bound = math.sqrt(6 / parameter[0].numel())
                parameter.copy_((grid_values(parameter.numel(), number) * bound).reshape(parameter.shape))
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
            nn.init.zeros_(module.bias)
    return network


def batch(step, size, shape, classes=10):
    values = grid_values(size * math.prod(shape), 1000 + step)
    labels = ((grid_values(size, 2000 + step) + 1) / 2 * classes).long()
    return ((values + 1) / 2).reshape(size, *shape), labels


def lenet_like():
    return nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.ReLU(), nn.AvgPool2d(2),
                         nn.Flatten(), nn.Linear(576, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def conv_norm(inputs, outputs, kernel=3, stride=1, groups=1, activation=None):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return layers + ([activation()] if activation else [])


class Mean(nn.Module):
    def forward(self, maps):
        return maps.mean((2, 3))


def vgg_small_bn():
    layers, inputs = [], 3
    for filters, count in ((64, 2), (128, 2), (256, 3)):
        for _ in range(count):
            layers += conv_norm(inputs, filters, activation=nn.ReLU)
            inputs = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, Mean(), nn.Linear(256, 10))


class PaddedResidual(nn.Module):
    """Shortcut A of He et al. 2016: every second pixel, missing channels are 0 (half before, half behind)."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.body = nn.Sequential(*conv_norm(inputs, filters, 3, stride, activation=nn.ReLU), *conv_norm(filters, filters))
        self.stride, self.pad = stride, (filters - inputs) // 2

    def forward(self, maps):
        shortcut = F.pad(maps[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.pad, self.pad))
        return torch.relu(self.body(maps) + shortcut)


def resnet_20():
    blocks, inputs = [], 16
    for filters in (16, 32, 64):
        for i in range(3):
            blocks.append(PaddedResidual(inputs, filters, 2 if filters > 16 and i == 0 else 1))
            inputs = filters
    return nn.Sequential(*conv_norm(3, 16, activation=nn.ReLU), *blocks, Mean(), nn.Linear(64, 10))


class Inverted(nn.Module):
    def __init__(self, inputs, filters, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        wide = conv_norm(inputs, hidden, 1, activation=nn.ReLU6) if expansion > 1 else []
        self.body = nn.Sequential(*wide, *conv_norm(hidden, hidden, 3, stride, hidden, nn.ReLU6), *conv_norm(hidden, filters, 1))
        self.adds = stride == 1 and inputs == filters

    def forward(self, maps):
        return self.body(maps) + maps if self.adds else self.body(maps)


def mobilenet_v2_32():
    table = [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    blocks, inputs = [], 32
    for expansion, filters, count, stride in table:
        for i in range(count):
            blocks.append(Inverted(inputs, filters, stride if i == 0 else 1, expansion))
            inputs = filters
    return nn.Sequential(*conv_norm(3, 32, activation=nn.ReLU6), *blocks, *conv_norm(320, 1280, 1, activation=nn.ReLU6),
                         Mean(), nn.Linear(1280, 10))


# At these rates single and double precision agree far within the tolerance of the test; at larger ones the networks magnify rounding.
NETWORKS = {"lenet-like": (lenet_like, (1, 32, 32), 32, 0.05), "vgg-small-bn": (vgg_small_bn, (3, 32, 32), 16, 0.001),
            "resnet-20": (resnet_20, (3, 32, 32), 16, 0.001), "mobilenet-v2-32": (mobilenet_v2_32, (3, 32, 32), 16, 1e-5)}


def training_cases():
    for name, (make, shape, size, rate) in NETWORKS.items():
        network = fill(make())
        optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)
        losses = []
        for step in range(STEPS):
            images, labels = batch(step, size, shape)
            optimizer.zero_grad()
            loss = F.cross_entropy(network(images), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        yield {"name": name, "parameters": sum(p.numel() for p in network.parameters()), "batch": size,
               "learning_rate": rate, "momentum": 0.9, "losses": losses}
