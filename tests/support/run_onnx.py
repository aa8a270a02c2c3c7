#!/usr/bin/env python3
"""Runs an ONNX file in ONNX Runtime on the CPU.

  run_onnx.py MODEL.onnx [--input FILE.f32 --shape N,C,H,W --out FOLDER]

Prints one JSON object: {"inputs": [{"name", "shape", "type"}], "outputs": [...], "metadata": {...}, "runtime": version}.
With --input, a file of raw little-endian float32, the outputs' shapes are the real ones and each output lies in
FOLDER/<index>.f32, in the order of "outputs".
"""
import argparse
import json
import sys
from pathlib import Path

import numpy
import onnxruntime


def describe(values):
    return [{"name": value.name, "shape": list(value.shape), "type": value.type} for value in values]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--input")
    parser.add_argument("--shape")
    parser.add_argument("--out")
    arguments = parser.parse_args()
    if arguments.input and not (arguments.shape and arguments.out):
        parser.error("--input needs --shape and --out")

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    answer = {"inputs": describe(session.get_inputs()), "outputs": describe(session.get_outputs()),
              "metadata": dict(session.get_modelmeta().custom_metadata_map), "runtime": onnxruntime.__version__}
    if arguments.input:
        shape = [int(size) for size in arguments.shape.split(",")]
        values = numpy.fromfile(arguments.input, dtype="<f4").reshape(shape)
        folder = Path(arguments.out)
        folder.mkdir(parents=True, exist_ok=True)
        results = session.run(None, {session.get_inputs()[0].name: values})
        for index, (result, about) in enumerate(zip(results, answer["outputs"])):
            numpy.ascontiguousarray(result, dtype="<f4").tofile(folder / f"{index}.f32")
            about["shape"] = list(result.shape)
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
