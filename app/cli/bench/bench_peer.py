"""The other side of `convolab bench`: builds the network that a line of JSON describes and runs steps of it.

Lines arrive on stdin, one answer each goes to stdout. First the network: {"engine": "pytorch" or "onnxruntime",
"channels_last": bool, "compile": bool, "graphs": bool (CUDA graphs), "device": "cpu" or "cuda:0", "task": "train" or "infer", "batch", "threads", "layers": [{"id", "kind", "inputs",
"attributes", "input_shapes", "output"}], "onnx": file}. Then any number of {"steps": n}. "error" in an answer says what went
wrong, "missing" with it which library is not there, "unsupported" that the engine cannot do this.
"""
import json
import os
import sys
import time

# What libraries print must not get between the answers: it goes to stderr.
ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
LIBRARIES = ("torch", "onnxruntime", "numpy")


def own_memory(field):
    """A line of /proc/self/status in bytes. RssFile, mostly code of libraries, counts as nobody's memory."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(field):
                return int(line.split()[1]) * 1024
    return 0


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        pass


def padding_of(pads):
    """Ours are top, left, bottom, right; a symmetric pair goes into the layer, the rest needs a layer of its own."""
    top, left, bottom, right = pads
    return ((top, left), None) if top == bottom and left == right else ((0, 0), (left, right, top, bottom))


def with_padding(nn, extra, layer, value=0.0):
    return layer if extra is None else nn.Sequential(nn.ConstantPad2d(extra, value), layer)


def conv(nn, a, shape):
    pad, extra = padding_of(a["pads"])
    return with_padding(nn, extra, nn.Conv2d(shape[0], a["filters"], a["kernel"], a["stride"], pad, a["dilation"],
                                             a["groups"], a["bias"]))


def max_pool(nn, a, _):
    pad, extra = padding_of(a["pads"])
    return with_padding(nn, extra, nn.MaxPool2d(a["kernel"], a["stride"], pad), float("-inf"))


def avg_pool(nn, a, _):
    pad, extra = padding_of(a["pads"])
    if extra is not None and not a["count_include_pad"]:
        raise NotImplementedError("PyTorch has no average pooling that leaves asymmetric padding out")
    return with_padding(nn, extra, nn.AvgPool2d(a["kernel"], a["stride"], pad, count_include_pad=a["count_include_pad"]))


def batch_norm(nn, a, shape):
    kind = nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d
    return kind(shape[0], eps=a["epsilon"], momentum=a["momentum"])


def average_maps(nn, a, shape):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


ELEMENTWISE = {"relu": lambda nn, a, s: nn.ReLU(), "sigmoid": lambda nn, a, s: nn.Sigmoid(),
               "tanh": lambda nn, a, s: nn.Tanh(), "leaky_relu": lambda nn, a, s: nn.LeakyReLU(a["slope"]),
               "relu6": lambda nn, a, s: nn.ReLU6(), "silu": lambda nn, a, s: nn.SiLU(),
               "hard_swish": lambda nn, a, s: nn.Hardswish(), "hard_sigmoid": lambda nn, a, s: nn.Hardsigmoid(),
               "softplus": lambda nn, a, s: nn.Softplus(), "log_softmax": lambda nn, a, s: nn.LogSoftmax(1)}
IN_PLACE = {"relu", "leaky_relu", "relu6", "silu", "hard_swish", "hard_sigmoid"}
LAYERS = {"conv2d": conv, "max_pool": max_pool, "avg_pool": avg_pool, "batch_norm": batch_norm,
          "global_avg_pool": average_maps, **ELEMENTWISE,
          "dense": lambda nn, a, s: nn.Linear(s[0], a["units"], a["bias"]),
          "softmax": lambda nn, a, s: nn.Softmax(1), "flatten": lambda nn, a, s: nn.Flatten(),
          "dropout": lambda nn, a, s: nn.Dropout(a["rate"])}


def every_nth(a, x):
    return f"{x}[:, :, ::{a['stride'][0]}, ::{a['stride'][1]}]"


def pad(a, x):
    top, left, bottom, right = a["sides"]
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate"}[a["mode"]]
    value = f", {a['value']}" if mode == "constant" else ""
    return f"functional.pad({x}, ({left}, {right}, {top}, {bottom}), '{mode}'{value})"


def pad_maps(a, x):
    return f"functional.pad({x}, (0, 0, 0, 0, {a['before']}, {a['behind']}))"


def permute(a, x):
    return f"{x}.permute(0, {', '.join(str('CHW'.index(axis) + 1) for axis in a['order'])})"


EXPRESSIONS = {"every_nth": every_nth, "pad": pad, "pad_maps": pad_maps, "permute": permute}


def as_written_by_hand(layers):
    """Pooling of single pixels is a slice; maps of zeros are one call here, where we say it with rows between two permutations."""
    by_id = {layer["id"]: layer for layer in layers}
    readers = {}
    for layer in layers:
        for source in layer["inputs"]:
            readers.setdefault(source, []).append(layer)

    def only_reader(layer, kind):
        found = readers.get(layer["id"], [])
        return found[0] if len(found) == 1 and found[0]["kind"] == kind else None

    gone = set()
    for layer in layers:
        a = layer["attributes"]
        if layer["kind"] == "max_pool" and a["kernel"] == [1, 1] and not any(a["pads"]):
            by_id[layer["id"]] = {**layer, "kind": "every_nth"}
        if layer["kind"] != "permute" or a["order"] != "HCW" or layer["id"] in gone:
            continue
        middle = only_reader(layer, "pad")
        last = only_reader(middle, "permute") if middle else None
        if not last or last["attributes"]["order"] != "HCW":
            continue
        top, left, bottom, right = middle["attributes"]["sides"]
        if left or right or middle["attributes"]["mode"] != "constant" or middle["attributes"]["value"] != 0:
            continue
        gone.update((layer["id"], middle["id"]))
        by_id[last["id"]] = {**last, "kind": "pad_maps", "inputs": layer["inputs"], "input_shapes": layer["input_shapes"],
                             "attributes": {"before": top, "behind": bottom}}
    return [by_id[layer["id"]] for layer in layers if layer["id"] not in gone]


def make_network(torch, layers, training):
    """A module whose forward pass is written out as Python, so that running it costs no more than a class by hand."""
    nn = torch.nn
    layers = as_written_by_hand(layers)

    class Network(nn.Module):
        pass

    network = Network()
    uses = {}
    for layer in layers:
        for source in layer["inputs"]:
            uses.setdefault(source, []).append(layer["id"])
    kinds = {layer["id"]: layer["kind"] for layer in layers}
    lines = ["def forward(self, images):"]
    for layer in layers:
        me, kind, attributes = f"v{layer['id']}", layer["kind"], layer["attributes"]
        given = [f"v{source}" for source in layer["inputs"]]
        before = layer["inputs"][0] if layer["inputs"] else None
        if kind == "input":
            mean, deviation = (torch.tensor(attributes[key]).reshape(1, -1, *[1] * (len(layer["output"]) - 1))
                               for key in ("mean", "std"))
            if mean.any() or (deviation != 1).any():
                network.register_buffer("mean", mean)
                network.register_buffer("deviation", deviation)
                lines.append(f"    {me} = (images - self.mean) / self.deviation")
            else:
                lines.append(f"    {me} = images")
        elif kind == "output" or (kind == "softmax" and training and not any(
                kinds[user] != "output" for user in uses.get(layer["id"], []))):
            lines.append(f"    {me} = {given[0]}")  # the loss has the softmax in it
        elif kind == "add":
            lines.append(f"    {me} = {' + '.join(given)}")
        elif kind == "multiply":
            lines.append(f"    {me} = {' * '.join(given)}")
        elif kind == "concat":
            lines.append(f"    {me} = torch.cat(({', '.join(given)}), 1)")
        elif kind in EXPRESSIONS:
            lines.append(f"    {me} = {EXPRESSIONS[kind](attributes, given[0])}")
        elif kind in LAYERS:
            module = LAYERS[kind](nn, attributes, layer["input_shapes"][0])
            shares = len(uses[before]) == 1 and kinds[before] in ("conv2d", "dense", "batch_norm", "add")
            if kind in IN_PLACE and shares:
                module.inplace = True
            flat = "" if kind != "dense" or len(layer["input_shapes"][0]) == 1 else ".flatten(1)"
            network.add_module(f"m{layer['id']}", module)
            lines.append(f"    {me} = self.m{layer['id']}({given[0]}{flat})")
        else:
            raise NotImplementedError(f"the PyTorch side knows no layer of the kind {kind}")
        done = [f"v{source}" for source in set(layer["inputs"]) if uses[source][-1] == layer["id"]]
        if done:
            lines.append("    " + " = ".join(done) + " = None")
    lines.append(f"    return v{layers[-1]['id']}")
    scope = {"torch": torch, "functional": nn.functional}
    exec("\n".join(lines), scope)  # pylint: disable=exec-used
    Network.forward = scope["forward"]
    return network


class PyTorch:
    def __init__(self, wish):
        import torch
        self.torch = torch
        torch.set_num_threads(wish["threads"])
        torch.manual_seed(0)
        self.device = torch.device(wish["device"])
        if self.device.type == "cuda":
            if not torch.cuda.is_available():
                raise NotImplementedError("this PyTorch finds no GPU")
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
            torch.backends.cudnn.benchmark = True
        forget_peak()
        self.before = own_memory("VmRSS") - own_memory("RssFile")
        self.version = torch.__version__
        self.training = wish["task"] == "train"
        network = make_network(torch, wish["layers"], self.training)
        shape = wish["layers"][0]["output"]
        self.images = torch.rand(wish["batch"], *shape)
        if wish["channels_last"] and len(shape) == 3:
            network = network.to(memory_format=torch.channels_last)
            self.images = self.images.contiguous(memory_format=torch.channels_last)
        self.parameters = sum(p.numel() for p in network.parameters())
        network.train(self.training).to(self.device)
        classes = wish["layers"][-1]["output"][0]
        self.labels = torch.randint(0, classes, (wish["batch"],)).to(self.device)
        self.images = self.images.to(self.device)
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9) if self.training else None
        mode = {"mode": "reduce-overhead"} if wish["graphs"] else {}
        self.network = torch.compile(network, **mode) if wish["compile"] else network

    def step(self):
        self.compute()
        if self.device.type == "cuda":
            self.torch.cuda.synchronize(self.device)

    def peak_bytes(self):
        if self.device.type == "cuda":
            return self.torch.cuda.max_memory_allocated(self.device)
        return max(0, own_memory("VmHWM") - own_memory("RssFile") - self.before)

    def compute(self):
        if not self.training:
            with self.torch.inference_mode():
                self.network(self.images)
            return
        self.optimizer.zero_grad()
        self.loss(self.network(self.images), self.labels).backward()
        self.optimizer.step()


class OnnxRuntime:
    def __init__(self, wish):
        import numpy
        import onnxruntime
        forget_peak()
        self.before = own_memory("VmRSS") - own_memory("RssFile")
        self.version = onnxruntime.__version__
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = wish["threads"]
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        provider = ("CPUExecutionProvider", {})
        if wish["device"] != "cpu":
            provider = ("CUDAExecutionProvider", {"device_id": int(wish["device"].split(":")[1])})
            if provider[0] not in onnxruntime.get_available_providers():
                raise NotImplementedError("this ONNX Runtime knows no GPU: install onnxruntime-gpu")
        self.session = onnxruntime.InferenceSession(wish["onnx"], options, providers=[provider])
        shape = [wish["batch"], *wish["layers"][0]["output"]]
        images = numpy.random.default_rng(0).random(shape, dtype=numpy.float32)
        self.feed = {self.session.get_inputs()[0].name: images}
        self.parameters = wish["parameters"]  # the file is ours

    def step(self):
        self.session.run(None, self.feed)

    def peak_bytes(self):
        return max(0, own_memory("VmHWM") - own_memory("RssFile") - self.before)


def run(peer, steps):
    seconds = []
    for _ in range(steps):
        begin = time.perf_counter()
        peer.step()
        seconds.append(time.perf_counter() - begin)
    seconds.sort()
    return seconds[len(seconds) // 2]


def without_compiler(error):
    return "InvalidCxxCompiler" in f"{type(error).__name__} {error}"


def sentence(error):
    """torch.compile names the cause only after some lines."""
    if without_compiler(error):
        return "torch.compile needs a C++ compiler, and there is none: install g++"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {' / '.join(lines[:4])}"[:400]


def answer(peer, request):
    if "engine" in request:
        peer = {"pytorch": PyTorch, "onnxruntime": OnnxRuntime}[request["engine"]](request)
        return peer, {"ready": True, "version": peer.version, "parameters": peer.parameters}
    median = run(peer, request["steps"])
    return peer, {"seconds": median, "peak_bytes": peer.peak_bytes()}


def main():
    peer = None
    for line in sys.stdin:
        try:
            peer, reply = answer(peer, json.loads(line))
        except ModuleNotFoundError as error:
            reply = {"error": sentence(error), **({"missing": error.name} if error.name in LIBRARIES else {})}
        except Exception as error:  # pylint: disable=broad-except
            unsupported = isinstance(error, NotImplementedError) or without_compiler(error)
            reply = {"error": sentence(error), "unsupported": unsupported}
        print(json.dumps(reply), file=ANSWERS, flush=True)


main()
