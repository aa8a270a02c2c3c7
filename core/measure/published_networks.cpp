#include "core/measure/published_networks.h"

namespace convolab {

namespace {

/// `depth`: input channels that each filter sees.
LayerWork convolution(const char* name, const Shape& input, std::int64_t depth, std::int64_t kernel, const Shape& output) {
    LayerWork work;
    work.name = name;
    work.kind = "conv2d";
    work.output = output;
    const std::int64_t taps = depth * kernel * kernel;
    work.weights = work.parameters = output.channels() * (taps + 1);
    work.macs = output.size() * taps;
    work.inputs = input.size();
    work.outputs = output.size();
    return work;
}

LayerWork dense(const char* name, std::int64_t inputs, std::int64_t units) {
    LayerWork work;
    work.name = name;
    work.kind = "dense";
    work.output = {units};
    work.weights = work.parameters = units * (inputs + 1);
    work.macs = inputs * units;
    work.inputs = inputs;
    work.outputs = units;
    return work;
}

}  // namespace

std::vector<LayerWork> alexNet2012() {
    return {convolution("Conv 1", {3, 227, 227}, 3, 11, {96, 55, 55}),
            convolution("Conv 2", {96, 27, 27}, 48, 5, {256, 27, 27}),
            convolution("Conv 3", {256, 13, 13}, 256, 3, {384, 13, 13}),
            convolution("Conv 4", {384, 13, 13}, 192, 3, {384, 13, 13}),
            convolution("Conv 5", {384, 13, 13}, 192, 3, {256, 13, 13}),
            dense("Dense 1", 9216, 4096),
            dense("Dense 2", 4096, 4096),
            dense("Dense 3", 4096, 1000)};
}

}  // namespace convolab
