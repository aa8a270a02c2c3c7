"""Worked examples of the courses and exact sizes of published networks; each is recomputed here before it is written."""
import torch
import torch.nn.functional as F

from golden_io import array


def tensor(rows):
    return torch.tensor([[float(v) for v in row.split()] for row in rows.split("/")], dtype=torch.float64)


ONE_CHANNEL = "60 113 56 139 85 / 73 121 54 84 128 / 131 99 70 129 127 / 80 57 115 69 134 / 104 126 123 95 130"
SHARPEN = "0 -1 0 / -1 5 -1 / 0 -1 0"
CHANNELS = [
    "156 155 156 158 158 / 153 154 157 159 159 / 149 151 155 158 159 / 146 146 149 153 158 / 145 143 148 148 158",
    "167 166 167 169 169 / 164 165 168 170 170 / 160 162 166 169 170 / 156 156 159 163 168 / 155 153 153 158 168",
    "163 162 163 165 165 / 160 161 164 166 166 / 156 158 162 165 166 / 155 155 158 162 167 / 154 152 152 157 167",
]
KERNELS = ["-1 -1 1 / 0 1 -1 / 0 1 1", "1 0 0 / 1 -1 -1 / 1 0 -1", "0 1 1 / 0 1 0 / 1 -1 1"]
POOLED = "29 15 28 184 / 0 100 70 38 / 12 12 7 2 / 12 12 45 6"


def convolution_cases():
    image, kernel = tensor(ONE_CHANNEL)[None, None], tensor(SHARPEN)[None, None]
    output = F.conv2d(image, kernel, padding=1)
    assert output[0, 0, 0, 0] == 114 and 5 * 60 - 113 - 73 == 114
    yield {"name": "convolution_one_channel", "input": array(image), "weight": array(kernel), "pads": [1, 1, 1, 1],
           "output": array(output), "at_0_0": 114}
    image = torch.stack([tensor(c) for c in CHANNELS])[None]
    weight = torch.stack([tensor(k) for k in KERNELS])[None]
    sums = [F.conv2d(image[:, c:c + 1], weight[:, c:c + 1], padding=1)[0, 0, 0, 0].item() for c in range(3)]
    output = F.conv2d(image, weight, torch.tensor([1.0]), padding=1)
    flipped = F.conv2d(image, weight.flip(2, 3), torch.tensor([1.0]), padding=1)
    flipped_sums = [F.conv2d(image[:, c:c + 1], weight[:, c:c + 1].flip(2, 3), padding=1)[0, 0, 0, 0].item()
                    for c in range(3)]
    assert sums == [308, -498, 164] and output[0, 0, 0, 0] == -25
    assert flipped_sums == [-151, 164, 323] and flipped[0, 0, 0, 0] == 337
    yield {"name": "convolution_three_channels", "input": array(image), "weight": array(weight), "bias": [1],
           "pads": [1, 1, 1, 1], "output": array(output), "channel_sums_at_0_0": [308, -498, 164], "at_0_0": -25,
           "flipped_channel_sums_at_0_0": [-151, 164, 323], "flipped_at_0_0": 337}


def pooling_cases():
    image = tensor(POOLED)[None, None]
    output = F.max_pool2d(image, 2)
    assert output.flatten().tolist() == [100, 184, 12, 45]
    yield {"name": "max_pool", "input": array(image), "kernel": [2, 2], "stride": [2, 2], "output": array(output)}
    image = image.clone()
    image[0, 0, 0, 0] = 31
    output = F.avg_pool2d(image, 2)
    assert output.flatten().tolist() == [36.5, 80, 12, 15]
    yield {"name": "avg_pool", "input": array(image), "kernel": [2, 2], "stride": [2, 2], "output": array(output),
           "note": "often printed 36 where the exact value is 36.5"}


def convolution(name, inputs, filters, kernel, side):
    """side: height and width of the output."""
    return {"layer": name, "output": [filters, side, side], "parameters": filters * (inputs * kernel * kernel + 1),
            "macs": filters * side * side * inputs * kernel * kernel}


def pooling(name, channels, side):
    return {"layer": name, "output": [channels, side, side], "parameters": 0, "macs": 0}


def dense(name, inputs, units):
    return {"layer": name, "output": [units], "parameters": units * (inputs + 1), "macs": units * inputs}


def network(name, shape, parameters, macs, layers):
    assert sum(layer["parameters"] for layer in layers) == parameters, name
    assert sum(layer["macs"] for layer in layers) == macs, name
    return {"name": f"network_{name}", "preset": name, "input": shape, "parameters": parameters, "macs": macs,
            "layers": layers}


def network_cases():
    yield network("lenet-like", [1, 32, 32], 81_194, 274_656, [
        convolution("Conv 1", 1, 6, 3, 30), pooling("Pool 1", 6, 15), convolution("Conv 2", 6, 16, 3, 13),
        pooling("Pool 2", 16, 6), dense("Dense 1", 576, 120), dense("Dense 2", 120, 84), dense("Dense 3", 84, 10)])
    yield network("conv20-conv50", [1, 28, 28], 431_080, 2_293_000, [
        convolution("Conv 1", 1, 20, 5, 24), pooling("Pool 1", 20, 12), convolution("Conv 2", 20, 50, 5, 8),
        pooling("Pool 2", 50, 4), dense("Dense 1", 800, 500), dense("Dense 2", 500, 10)])
    for name in ("conv32-conv64", "madry-mnist"):
        yield network(name, [1, 28, 28], 3_274_634, 13_883_904, [
            convolution("Conv 1", 1, 32, 5, 28), pooling("Pool 1", 32, 14), convolution("Conv 2", 32, 64, 5, 14),
            pooling("Pool 2", 64, 7), dense("Dense 1", 3136, 1024), dense("Dense 2", 1024, 10)])
    yield {**network("dense-n", [1, 28, 28], 20_037_642, 20_029_440, [
        dense("Dense 1", 784, 4096), dense("Dense 2", 4096, 4096), dense("Dense 3", 4096, 10)]), "width": 4096}
    yield network("mlp-512-256", [1, 28, 28], 535_818, 535_040, [
        dense("Dense 1", 784, 512), dense("Dense 2", 512, 256), dense("Dense 3", 256, 10)])


def course_cases():
    yield from convolution_cases()
    yield from pooling_cases()
    yield from network_cases()
