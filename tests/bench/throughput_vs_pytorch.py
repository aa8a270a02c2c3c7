#!/usr/bin/env python3
"""Training throughput beside PyTorch eager, on the same machine and in alternating runs.

  throughput_vs_pytorch.py --ours "build/dev/bin/bench_training" [--python PYTHON_WITH_TORCH] [--pairs 5] [--steps 200]

Network: conv 20@5x5 relu, max pool 2, conv 50@5x5 relu, max pool 2, dense 500 relu, dense 10 (431,080 parameters) on
1x28x28, cross-entropy, SGD with momentum 0.9, shuffled batches of 64 from images that lie in memory as float32, two
threads. Each run is a process of its own: warm-up, then --steps timed steps. One round is ours, PyTorch as it comes, and
PyTorch tuned (channels_last, and glibc told to keep freed memory). The ratio is of a round: best PyTorch / ours; the
median over the rounds counts. A peak of memory is the whole process's, PyTorch's own libraries included.

OURS is called as: OURS --network conv20-conv50 --batch 64 --threads 2 --steps N --json
and prints one line {"seconds_per_step": x, "peak_rss_bytes": n}. Without --ours only PyTorch is measured.
"""
import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys

BATCH = 64
THREADS = 2
WARM_UP = 30
IMAGES = 6400
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "1073741824", "MALLOC_MMAP_THRESHOLD_": "1073741824",
               "MALLOC_TOP_PAD_": "67108864"}


def train_pytorch(steps, channels_last):
    """The child process: prints what OURS prints."""
    import resource
    import time

    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2),
              nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10)]
    network = nn.Sequential(*layers)
    assert sum(p.numel() for p in network.parameters()) == 431_080
    images, labels = torch.rand(IMAGES, 1, 28, 28), torch.randint(0, 10, (IMAGES,))
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    order = torch.randperm(IMAGES)

    def train(count):
        for step in range(count):
            begin = step * BATCH % IMAGES
            chosen = order[begin:begin + BATCH]
            optimizer.zero_grad()
            loss_of(network(images[chosen]), labels[chosen]).backward()
            optimizer.step()

    train(WARM_UP)
    started = time.perf_counter()
    train(steps)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds_per_step": seconds / steps, "peak_rss_bytes": peak, "torch": torch.__version__}))


def measure(command, extra_environment=None):
    environment = {**os.environ, **(extra_environment or {}), "OMP_NUM_THREADS": str(THREADS)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0 or not done.stdout.strip():
        sys.exit(f"{shlex.join(command)} ended with status {done.returncode} and no result")
    return json.loads(done.stdout.strip().splitlines()[-1])


def summarize(rounds):
    """Medians of all that ran, and of the ratio in each round."""
    names = list(rounds[0])
    result = {"rounds": rounds,
              "seconds_per_step": {n: statistics.median(r[n]["seconds_per_step"] for r in rounds) for n in names},
              "peak_rss_bytes": {n: max(r[n]["peak_rss_bytes"] for r in rounds) for n in names}}
    if "ours" in names:
        def ratios(names):
            return [min(r[n]["seconds_per_step"] for n in names) / r["ours"]["seconds_per_step"] for r in rounds]

        result["ratios"] = ratios(["pytorch", "pytorch_tuned"])
        result["ratio"] = statistics.median(result["ratios"])
        result["ratio_eager"] = statistics.median(ratios(["pytorch"]))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", help="command of our benchmark")
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch (default: this one)")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--pytorch-child", choices=["plain", "channels_last"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.pytorch_child:
        train_pytorch(arguments.steps, arguments.pytorch_child == "channels_last")
        return

    steps = ["--steps", str(arguments.steps)]
    child = [arguments.python, os.path.abspath(__file__), *steps, "--pytorch-child"]
    runs = {}
    if arguments.ours:
        runs["ours"] = ([*shlex.split(arguments.ours), "--network", "conv20-conv50", "--batch", str(BATCH),
                         "--threads", str(THREADS), *steps, "--json"], None)
    runs["pytorch"] = ([*child, "plain"], None)
    runs["pytorch_tuned"] = ([*child, "channels_last"], KEEP_MEMORY)

    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"other work is running here (load {load:.1f}): two teams of threads on the same cores cost up to 20 times "
              "the time, so these numbers will say little", file=sys.stderr)
    rounds = []
    for index in range(arguments.pairs):
        rounds.append({name: measure(*run) for name, run in runs.items()})
        times = ", ".join(f"{n} {v['seconds_per_step'] * 1e3:.3f} ms" for n, v in rounds[-1].items())
        print(f"round {index + 1} of {arguments.pairs}: {times} a step", file=sys.stderr)
    print(json.dumps({"load_at_start": load, **summarize(rounds)}, indent=1))


if __name__ == "__main__":
    main()
