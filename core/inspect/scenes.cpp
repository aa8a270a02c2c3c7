#include <algorithm>

#include "core/inspect/microscope.h"

namespace convolab {

namespace {

using Rows = std::vector<float>;

NumberGrid grid(std::int64_t rows, std::int64_t columns, Rows values, float divisor = 1.0F) {
    for (float& value : values) value /= divisor;
    return {rows, columns, std::move(values), {}};
}

NumberGrid square(std::int64_t side, Rows values, float divisor = 1.0F) {
    return grid(side, side, std::move(values), divisor);
}

Tensor tensor(const Shape& shape, const Rows& values) {
    Tensor result(shape);
    std::copy(values.begin(), values.end(), result.data());
    return result;
}

Window window(std::int64_t side, std::int64_t stride, std::int64_t pad) {
    return {side, side, stride, stride, pad, pad, pad, pad, 1, 1};
}

const Rows kGrey = {60,  113, 56, 139, 85,  73, 121, 54,  84,  128, 131, 99, 70,
                    129, 127, 80, 57,  115, 69, 134, 104, 126, 123, 95,  130};

ConvolutionSandbox onGrey(const Rows& kernel) {
    return {tensor({1, 5, 5}, kGrey), tensor({1, 1, 3, 3}, kernel), {}, window(3, 1, 1), false};
}

// clang-format off
ConvolutionSandbox threeChannels() {
    const Rows image = {
        156, 155, 156, 158, 158,  153, 154, 157, 159, 159,  149, 151, 155, 158, 159,  // red, row by row
        146, 146, 149, 153, 158,  145, 143, 148, 148, 158,
        167, 166, 167, 169, 169,  164, 165, 168, 170, 170,  160, 162, 166, 169, 170,  // green
        156, 156, 159, 163, 168,  155, 153, 153, 158, 168,
        163, 162, 163, 165, 165,  160, 161, 164, 166, 166,  156, 158, 162, 165, 166,  // blue
        155, 155, 158, 162, 167,  154, 152, 152, 157, 167};
    const Rows kernels = {-1, -1, 1,  0, 1, -1,  0, 1, 1,   // red
                          1, 0, 0,  1, -1, -1,  1, 0, -1,   // green
                          0, 1, 1,  0, 1, 0,  1, -1, 1};    // blue
    return {tensor({3, 5, 5}, image), tensor({1, 3, 3, 3}, kernels), {1.0F}, window(3, 1, 1), false};
}
// clang-format on

PoolingSandbox pooling(float first, bool maximum) {
    const Rows values = {first, 15, 28, 184, 0, 100, 70, 38, 12, 12, 7, 2, 12, 12, 45, 6};
    return {tensor({1, 4, 4}, values), window(2, 2, 0), maximum};
}

MicroscopeScene scene(std::string id, std::string title, std::string about) {
    MicroscopeScene made;
    made.id = std::move(id);
    made.title = std::move(title);
    made.about = std::move(about);
    return made;
}

MicroscopeScene with(ConvolutionSandbox sandbox, double expected, MicroscopeScene made) {
    made.convolution = std::move(sandbox);
    made.expected = expected;
    return made;
}

MicroscopeScene with(PoolingSandbox sandbox, double expected, MicroscopeScene made) {
    made.pooling = std::move(sandbox);
    made.expected = expected;
    return made;
}

MicroscopeScene onPhotograph(const std::string& number, const Rows& kernel) {
    ConvolutionSandbox sandbox = onGrey(kernel);
    const double expected = sandbox.explain(0, 0, 0).result;
    MicroscopeScene made =
        with(std::move(sandbox), expected,
             scene("photograph-" + number, "Kernel " + number + " on a photograph",
                   "The same picture under three kernels: compare what each of them brings out."));
    made.wantsPhotograph = true;
    return made;
}

}  // namespace

// clang-format off
const std::vector<NamedKernel>& namedKernels() {
    static const std::vector<NamedKernel> all{
        {"identity", "Identity", square(3, {0, 0, 0, 0, 1, 0, 0, 0, 0})},
        {"sharpen", "Sharpen", square(3, {0, -1, 0, -1, 5, -1, 0, -1, 0})},
        {"box-blur", "Box blur", square(3, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 9)},
        {"gaussian", "Gaussian blur 3\u00D73", square(3, {1, 2, 1, 2, 4, 2, 1, 2, 1}, 16)},
        {"gaussian-5", "Gaussian blur 5\u00D75",
         square(5, {1, 4, 6, 4, 1,  4, 16, 24, 16, 4,  6, 24, 36, 24, 6,  4, 16, 24, 16, 4,  1, 4, 6, 4, 1}, 256)},
        {"sobel-x", "Sobel, vertical edges", square(3, {-1, 0, 1, -2, 0, 2, -1, 0, 1})},
        {"sobel-y", "Sobel, horizontal edges", square(3, {-1, -2, -1, 0, 0, 0, 1, 2, 1})},
        {"laplacian", "Laplacian", square(3, {0, 1, 0, 1, -4, 1, 0, 1, 0})},
        {"laplacian-8", "Laplacian with diagonals", square(3, {1, 1, 1, 1, -8, 1, 1, 1, 1})},
        {"emboss", "Emboss", square(3, {-2, -1, 0, -1, 1, 1, 0, 1, 2})},
        {"motion", "Motion blur",
         square(5, {1, 0, 0, 0, 0,  0, 1, 0, 0, 0,  0, 0, 1, 0, 0,  0, 0, 0, 1, 0,  0, 0, 0, 0, 1}, 5)},
    };
    return all;
}
// clang-format on

std::vector<MicroscopeScene> microscopeScenes() {
    std::vector<MicroscopeScene> scenes;
    scenes.push_back(
        with(onGrey({0, -1, 0, -1, 5, -1, 0, -1, 0}), 114.0,
             scene("one-channel", "One channel, zero padding 1",
                   "A 3\u00D73 kernel in the corner of a 5\u00D75 image: five of its nine cells lie in the "
                   "padding. 5 \u00B7 60 \u2212 113 \u2212 73 = 114. Flipping changes nothing, since the "
                   "kernel is symmetric.")));
    scenes.push_back(
        with(threeChannels(), -25.0,
             scene("three-channels", "Three channels, zero padding 1, bias 1",
                   "One kernel per channel; the three sums and the bias make one value: 308 \u2212 498 + 164 + "
                   "1 = \u221225. With flipped kernels, as mathematics defines convolution, it is 337.")));
    scenes.push_back(with(pooling(29, true), 100.0,
                          scene("max-pooling", "Max pooling 2\u00D72",
                                "The largest value of each window: 100, 184 / 12, 45.")));
    scenes.push_back(
        with(pooling(31, false), 36.5,
             scene("average-pooling", "Average pooling 2\u00D72",
                   "The mean of each window: 36.5, 80 / 12, 15. The first is often printed as 36.")));
    scenes.push_back(onPhotograph("1", {-0.2F, 0.0F, 0.5F, 1.0F, 0.3F, -0.6F, 0.0F, 0.0F, 0.8F}));
    scenes.push_back(onPhotograph("2", {0.0F, 0.0F, 0.0F, 0.8F, -0.5F, 0.8F, 0.0F, -0.2F, 0.0F}));
    scenes.push_back(onPhotograph("3", {0.4F, 0.2F, -0.2F, -0.8F, 0.0F, 0.8F, 0.0F, -0.5F, 0.2F}));
    return scenes;
}

}  // namespace convolab
