#!/usr/bin/env python3
"""Makes the numbers in this folder with PyTorch on the CPU: make_golden.py [FOLDER]

Each file: {"source", "torch", "about", "cases": [...]}. An array is {"shape": [...], "data": [...]}, flat, last index
fastest. Conventions: N, C, H, W; convolution weights O, I, H, W; dense weights [out, in]. All in float64. Inputs and
weights are multiples of 1/256, so that they are exact in float32 as well.
"""
import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from cases_activations import activation_cases
from cases_attack import attack_cases
from cases_coding import coding_cases
from cases_course import course_cases
from cases_inspect import inspect_cases
from cases_layers import layer_cases
from cases_networks import residual_cases, small_network_cases
from cases_normalisation import normalisation_cases
from cases_optimizers import clipping_cases, optimizer_cases, schedule_cases
from cases_pruning import pruning_cases
from cases_quantizer import quantizer_cases
from cases_shapes import shape_cases
from cases_training import training_cases
from golden_io import array, tensor_on_grid

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent


def loss_cases():
    """Cross-entropy from logits (also with smoothing and class weights) and MSE, as the mean, with its gradient."""
    generator = torch.Generator().manual_seed(1)
    logits = {
        "moderate": tensor_on_grid(generator, (4, 5), 3.0),
        "equal": torch.zeros(2, 3, dtype=torch.float64),
        "extreme": torch.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [1e4, -1e4, 0.0]], dtype=torch.float64),
        "one_image": torch.tensor([[2.0, 1.0, 0.125]], dtype=torch.float64),
    }
    labels = {"moderate": [0, 4, 2, 2], "equal": [0, 2], "extreme": [0, 1, 1], "one_image": [0]}
    for name, values in logits.items():
        values = values.clone().requires_grad_()
        loss = F.cross_entropy(values, torch.tensor(labels[name]))
        loss.backward()
        yield {"name": f"cross_entropy_{name}", "loss_kind": "cross_entropy", "input": array(values),
               "labels": labels[name], "loss": loss.item(), "input_gradient": array(values.grad)}
    for name, smoothing, weights in (("smoothed", 0.1, None), ("weighted", 0.0, [0.5, 1.0, 2.0, 0.0, 1.5]),
                                     ("smoothed_weighted", 0.25, [0.5, 1.0, 2.0, 0.0, 1.5])):
        values = logits["moderate"].clone().requires_grad_()
        loss = F.cross_entropy(values, torch.tensor(labels["moderate"]), label_smoothing=smoothing,
                               weight=None if weights is None else torch.tensor(weights))
        loss.backward()
        yield {"name": f"cross_entropy_{name}", "loss_kind": "cross_entropy", "label_smoothing": smoothing,
               "class_weights": weights or [], "input": array(values), "labels": labels["moderate"], "loss": loss.item(),
               "input_gradient": array(values.grad)}
    for name, shape, scale in (("small", (3, 4), 2.0), ("large", (2, 2), 1e4)):
        values = tensor_on_grid(generator, shape, scale).requires_grad_()
        target = tensor_on_grid(generator, shape, scale)
        loss = F.mse_loss(values, target)
        loss.backward()
        yield {"name": f"mse_{name}", "loss_kind": "mse", "input": array(values), "target": array(target),
               "loss": loss.item(), "input_gradient": array(values.grad)}


def write(name, about, cases, source="make_golden.py, PyTorch, CPU, float64"):
    document = {"source": source, "torch": torch.__version__.split("+")[0], "about": about, "cases": list(cases)}
    path = FOLDER / f"{name}.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in document.pop("cases"))
    head = json.dumps(document, indent=1)[:-2]
    path.write_text(f'{head},\n "cases": [\n{lines}\n]}}\n')
    print(f"{path.name}: {path.stat().st_size} bytes")


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    write("losses", "mean cross-entropy from logits, mean squared error, and their gradients", loss_cases())
    write("layers", "one layer each: output, and the gradients of sum(output * output_gradient)", layer_cases())
    write("activations", "the same for activations and log-softmax", activation_cases())
    write("normalisation", "the same for normalisations, products and adaptive poolings", normalisation_cases())
    write("shapes", "one layer each that moves, resizes or enlarges maps, as in layers", shape_cases())
    write("small_network", "conv 2@3x3 relu, max pool 2, conv 3@3x3 relu, flatten, dense 5; 4 images 1x12x12",
          small_network_cases())
    write("residual_network", "conv, batch norm, relu, residual block with add, global average pool, dense 3",
          residual_cases())
    write("attacks", "fgsm, bim and pgd without random start, in evaluation mode, on the networks above; values to 1e-9",
          attack_cases())
    write("inspect", "small_network and residual_network with running statistics: saliency, integrated gradients, Grad-CAM",
          inspect_cases())
    write("pruning", "masks of torch.nn.utils.prune on the weights of small_network's shapes; 1 = kept", pruning_cases())
    write("coding", "k-means codebooks, relative indices and Huffman codes of weights and masks given by formula",
          coding_cases(), source="cases_coding.py: plain NumPy and a textbook Huffman tree")
    write("optimizers", "ten steps of a vector of three under given gradients, torch's defaults", optimizer_cases())
    write("clipping", "gradients of length 40 cut by clip_grad_norm_ and clip_grad_value_", clipping_cases())
    write("schedules", "learning rate of step t = 0 ... 19, by formula or as torch's scheduler sets it", schedule_cases(),
          source="the formula in each case, checked against torch.optim.lr_scheduler; that itself where there is none")
    write("quantizer", "torch.ao observers, quantize_per_tensor, quantize_per_channel, fake_quantize; float32",
          quantizer_cases(), source="make_golden.py, PyTorch, CPU, float32")
    write("training", "losses of ten steps of presets on batches by formula: SGD with momentum, mean cross-entropy", training_cases())
    write("course_arithmetic", "worked examples and exact sizes of networks", course_cases(),
          source="course worksheets / published; recomputed with PyTorch when this file was made")


if __name__ == "__main__":
    main()
