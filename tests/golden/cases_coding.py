"""Codebooks by k-means in plain NumPy, and the bits of sparse indices and Huffman codes by the textbook."""
import heapq
import itertools
from collections import Counter

import numpy

COUNT = 3000


def formula_weights(count):
    """w(i) = s^3 / 2 as float32 with s = 2 u - 1, u = (2654435761 i mod 2^32) / 2^32: dense near 0, like trained ones."""
    u = (numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(2654435761) % numpy.uint64(2**32)) / 2.0**32
    return ((2 * u - 1) ** 3 / 2).astype(numpy.float32)


def formula_mask(count, permille):
    """Weight i is kept where (2246822519 i mod 2^32) / 2^16, whole, mod 1000 is below permille."""
    mixed = numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(2246822519) % numpy.uint64(2**32)
    return (mixed >> numpy.uint64(16)) % numpy.uint64(1000) < permille


def starts(values, clusters, start):
    if start == "linear":
        return numpy.linspace(values.min(), values.max(), clusters)
    ordered = numpy.sort(values)
    return ordered[((numpy.arange(clusters) + 0.5) / clusters * len(values)).astype(int)]


def lloyd(values, clusters, start):
    """Every distance, every iteration: nothing is sorted, so that it shares nothing with what it checks."""
    values = values.astype(numpy.float64)
    centroids = starts(values, clusters, start).astype(numpy.float64)
    labels = None
    while True:
        nearest = numpy.abs(values[:, None] - centroids[None, :]).argmin(axis=1)
        if labels is not None and (nearest == labels).all():
            break
        labels = nearest
        centroids = numpy.array([values[labels == k].mean() for k in range(clusters)])
    return centroids, labels


def codebook_cases():
    for permille, bits, start in ((1000, 3, "linear"), (1000, 4, "density"), (200, 4, "linear"), (200, 2, "density")):
        keep = formula_mask(COUNT, permille)
        values = formula_weights(COUNT)[keep]
        centroids, labels = lloyd(values, 2**bits, start)
        error = float(((values.astype(numpy.float64) - centroids[labels]) ** 2).sum())
        yield {"name": f"codebook_{start}_{bits}_bits_{permille}", "count": COUNT, "permille": permille, "bits": bits,
               "start": start, "centroids": centroids.tolist(), "members": numpy.bincount(labels).tolist(),
               "squared_error": error}


def index_symbols(keep, bits):
    """The distance of each kept weight from the one before, less one; 2^b - 1 stands for so many zeros and no weight."""
    filler = 2**bits - 1
    symbols, zeros = [], 0
    for kept in keep:
        if not kept:
            zeros += 1
            if zeros == filler:
                symbols.append(filler)
                zeros = 0
            continue
        symbols.append(zeros)
        zeros = 0
    while symbols and symbols[-1] == filler:  # behind the last kept weight nothing is needed
        symbols.pop()
    return symbols


def huffman_bits(symbols):
    return huffman_bits_of(Counter(symbols).values())


def huffman_bits_of(counts):
    """Of the message alone: the sum of all inner nodes of a Huffman tree; a lone symbol takes a bit."""
    heap = list(counts)
    if len(heap) == 1:
        return heap[0]
    heapq.heapify(heap)
    total = 0
    while len(heap) > 1:
        pair = heapq.heappop(heap) + heapq.heappop(heap)
        total += pair
        heapq.heappush(heap, pair)
    return total


def sparse_cases():
    for count, permille in ((COUNT, 80), (COUNT, 300), (COUNT, 5), (COUNT, 950), (40_000, 1)):
        keep = formula_mask(count, permille).tolist()
        widths = []
        for bits in range(1, 9):
            symbols = index_symbols(keep, bits)
            widths.append({"bits": bits, "symbols": len(symbols), "packed_bits": bits * len(symbols),
                           "huffman_bits": huffman_bits(symbols), "largest": max(symbols)})
        yield {"name": f"sparse_{count}_{permille}", "count": count, "permille": permille, "kept": sum(keep),
               "widths": widths}


def code_cases():
    """The codes of formula weights: which of 2^bits equal parts of [-1/2, 1/2] each lies in."""
    for bits in (2, 4, 5, 8):
        values = formula_weights(COUNT).astype(numpy.float64)
        codes = numpy.minimum(((values + 0.5) * 2**bits).astype(int), 2**bits - 1).tolist()
        yield {"name": f"codes_{bits}_bits", "count": COUNT, "bits": bits, "huffman_bits": huffman_bits(codes)}
    fibonacci = list(itertools.islice(fibonacci_numbers(), 24))
    yield {"name": "fibonacci", "counts": fibonacci, "huffman_bits": huffman_bits_of(fibonacci)}


def fibonacci_numbers():
    a, b = 1, 1
    while True:
        yield a
        a, b = b, a + b


def coding_cases():
    yield from codebook_cases()
    yield from sparse_cases()
    yield from code_cases()
