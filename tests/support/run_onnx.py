#!/usr/bin/env python3
"""Runs an ONNX file in ONNX Runtime on the CPU.

  run_onnx.py MODEL.onnx [--input FILE.f32 --shape N,C,H,W --out FOLDER]
  run_onnx.py --jobs FILE.json

Prints one JSON object: {"inputs": [{"name", "shape", "type"}], "outputs": [...], "metadata": {...}, "runtime": version}.
With --input, a file of raw little-endian float32, the outputs' shapes are the real ones and each output lies in
FOLDER/<index>.f32, in the order of "outputs".
With --jobs, a JSON list of {"model", "input", "shape", "out"}, it runs them all and prints a list of such objects; a
model that cannot be run has {"error": why} instead.
"""
import argparse
import json
import sys
from pathlib import Path

import numpy
import onnxruntime


def describe(values):
    return [{"name": value.name, "shape": list(value.shape), "type": value.type} for value in values]


def run(model, values_file=None, shape=None, out=None):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # Without it, products of 8-bit weights saturate on x86 processors that lack VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    answer = {"inputs": describe(session.get_inputs()), "outputs": describe(session.get_outputs()),
              "metadata": dict(session.get_modelmeta().custom_metadata_map), "runtime": onnxruntime.__version__}
    if values_file:
        values = numpy.fromfile(values_file, dtype="<f4").reshape(shape)
        folder = Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        results = session.run(None, {session.get_inputs()[0].name: values})
        for index, (result, about) in enumerate(zip(results, answer["outputs"])):
            numpy.ascontiguousarray(result, dtype="<f4").tofile(folder / f"{index}.f32")
            about["shape"] = list(result.shape)
    return answer


def run_job(job):
    try:
        return run(job["model"], job["input"], job["shape"], job["out"])
    except Exception as error:
        return {"error": str(error)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--input")
    parser.add_argument("--shape")
    parser.add_argument("--out")
    parser.add_argument("--jobs")
    arguments = parser.parse_args()
    if bool(arguments.model) == bool(arguments.jobs):
        parser.error("give either a model or --jobs")
    if arguments.input and not (arguments.shape and arguments.out):
        parser.error("--input needs --shape and --out")

    if arguments.jobs:
        answer = [run_job(job) for job in json.loads(Path(arguments.jobs).read_text())]
    else:
        shape = [int(size) for size in arguments.shape.split(",")] if arguments.shape else None
        answer = run(arguments.model, arguments.input, shape, arguments.out)
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
