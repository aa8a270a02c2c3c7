"""Evidence maps of whole networks in evaluation mode: saliency, integrated gradients, Grad-CAM."""
import torch
import torch.nn.functional as F

from cases_networks import ResidualNetwork, SmallNetwork, named, on_grid
from golden_io import array, tensor_on_grid

STEPS = 50
SEED = 28  # one for which no Grad-CAM map is 0 everywhere


def on_grid_statistics(network, generator):
    for name, buffer in network.named_buffers():
        if "running" not in name:
            continue
        noise = tensor_on_grid(generator, tuple(buffer.shape), 0.25)
        buffer.copy_(noise.abs() + 0.5 if name.endswith("var") else noise)


def small_maps(network, images):
    """Behind the last convolution's relu."""
    maps = F.max_pool2d(torch.relu(network.conv_1(images)), 2)
    return torch.relu(network.conv_2(maps))


def small_scores(network, maps):
    return network.dense_1(torch.flatten(maps, 1))


def residual_maps(network, images):
    """Behind the block: sum of branch and skip, rectified."""
    stem = torch.relu(network.norm_1(network.conv_1(images)))
    maps = torch.relu(network.norm_2(network.conv_2(stem)))
    return torch.relu(network.norm_3(network.conv_3(maps)) + stem)


def residual_scores(network, maps):
    return network.dense_1(maps.mean((2, 3)))


def gradient(score, image, target):
    image = image.clone().requires_grad_()
    score(image)[0, target].backward()
    return image.grad


def integrated_gradients(score, image, target):
    """Midpoint rule on the straight line from the black image (Sundararajan et al., 2017)."""
    total = torch.zeros_like(image)
    for step in range(STEPS):
        total += gradient(score, (step + 0.5) / STEPS * image, target)
    return (image * total / STEPS).sum(1)[0]


def grad_cam(maps_of, scores_of, image, target):
    """Selvaraju et al., 2017: maps weighed by their mean gradient, rectified."""
    maps = maps_of(image).detach().requires_grad_()
    scores_of(maps)[0, target].backward()
    weights = maps.grad.mean((2, 3), keepdim=True)
    coarse = torch.relu((weights * maps).sum(1, keepdim=True)).detach()
    return coarse, F.interpolate(coarse, size=image.shape[2:], mode="bilinear", align_corners=False)


def evidence(score, maps_of, scores_of, image, target):
    coarse, enlarged = grad_cam(maps_of, scores_of, image, target)
    saliency = gradient(score, image, target).abs().amax(1)[0]
    difference = (score(image) - score(torch.zeros_like(image)))[0, target].item()
    return {"target": target, "saliency": array(saliency),
            "integrated_gradients": array(integrated_gradients(score, image, target)), "difference_to_black": difference,
            "gradcam_coarse": array(coarse[0, 0]), "gradcam": array(enlarged[0, 0])}


def inspect_case(name, network, maps, scores, image, mean, std):
    def normalised(x):
        return (x - mean) / std

    def score(x):
        return network(normalised(x))

    targets = [evidence(score, lambda x: maps(network, normalised(x)), lambda m: scores(network, m), image, target)
               for target in range(network.dense_1.out_features)]
    return {"name": name, "input": array(image), "mean": mean, "std": std, "steps": STEPS,
            "parameters": named(network.named_parameters()),
            "statistics": named((n, b) for n, b in network.named_buffers() if "running" in n),
            "logits": array(score(image)), "targets": targets}


def inspect_cases(seed=SEED):
    generator = torch.Generator().manual_seed(seed)
    for name, kind, maps, scores, shape, mean, std in (
            ("small", SmallNetwork, small_maps, small_scores, (1, 1, 12, 12), 0.0, 1.0),
            ("residual", ResidualNetwork, residual_maps, residual_scores, (1, 2, 8, 8), 0.25, 0.5)):
        network = on_grid(kind(), generator)
        on_grid_statistics(network, generator)
        network.eval()
        image = torch.round(torch.rand(shape, generator=generator, dtype=torch.float64) * 256) / 256
        yield inspect_case(name, network, maps, scores, image, mean, std)
