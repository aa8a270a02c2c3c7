"""Arrays in the form that the golden files use."""
import torch


def array(tensor):
    tensor = tensor.detach()
    return {"shape": list(tensor.shape), "data": [shortest(value) for value in tensor.reshape(-1).tolist()]}


def shortest(value):
    """Whole numbers without a fraction; everything else as Python prints it (exact for float64)."""
    return int(value) if value == int(value) and abs(value) < 2**53 else value


def tensor_on_grid(generator, shape, scale=1.0):
    """Normal numbers, rounded to multiples of 1/256."""
    return torch.round(torch.randn(shape, generator=generator, dtype=torch.float64) * scale * 256) / 256


def distinct_tensor(generator, shape):
    """All values differ, so that a maximum is never a tie."""
    count = 1
    for size in shape:
        count *= size
    return ((torch.randperm(count, generator=generator).double() - count // 2) / 16).reshape(shape)
