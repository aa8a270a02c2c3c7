#include <algorithm>

#include "core/cpu/lanes/ops.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/util/check.h"

namespace convolab {

namespace {

/// Copies (training and evaluation mode alike) and normalises the images.
class InputOp final : public Op {
  public:
    explicit InputOp(const OpRequest& request) : m_shape(request.output) {
        const auto& mean = request.attributes.reals("mean");
        const auto& deviation = request.attributes.reals("std");
        const std::int64_t channels = m_shape.channels();
        for (std::int64_t c = 0; c < channels; ++c) {
            m_mean.push_back(static_cast<float>(mean[std::min(static_cast<std::size_t>(c), mean.size() - 1)]));
            m_deviation.push_back(
                static_cast<float>(deviation[std::min(static_cast<std::size_t>(c), deviation.size() - 1)]));
        }
        implementation = "loops";
        inputBlocks = {1};
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override {
        const std::int64_t plane = m_shape.height() * m_shape.width();
        const std::int64_t channels = m_shape.channels();
        parallelFor(context.n, std::max<std::int64_t>(1, kElementGrain / m_shape.size()),
                    [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t row = begin * channels; row < end * channels; ++row) {
                            const auto c = static_cast<std::size_t>(row % channels);
                            normalise(inputs[0] + row * plane, m_mean[c], m_deviation[c], output + row * plane, plane);
                        }
                    });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        const std::int64_t plane = m_shape.height() * m_shape.width();
        const std::int64_t channels = m_shape.channels();
        for (std::int64_t row = 0; row < context.n * channels; ++row) {
            const float deviation = m_deviation[static_cast<std::size_t>(row % channels)];
            const float* dy = outputGradient + row * plane;
            std::transform(dy, dy + plane, inputGradients[0] + row * plane, [&](float g) { return g / deviation; });
        }
    }

  private:
    static void normalise(const float* x, float mean, float deviation, float* y, std::int64_t count) {
        if (mean == 0.0F && deviation == 1.0F) {
            std::copy(x, x + count, y);
            return;
        }
        for (std::int64_t i = 0; i < count; ++i) y[i] = (x[i] - mean) / deviation;
    }

    Shape m_shape;
    std::vector<float> m_mean;
    std::vector<float> m_deviation;
};

/// Flatten and reshape of a dense image, the output node, and dropout in inference models: nothing happens.
class AliasOp final : public Op {
  public:
    explicit AliasOp(const OpRequest& request) {
        const bool reshapes = request.inputs.front() != request.output;
        const int block = reshapes ? 1 : request.offeredBlocks.front();
        inputBlocks = {block};
        outputBlock = block;
        implementation = "no work";
        aliasesInput = true;
        passesGradient = true;
        backwardReadsInput = false;
    }
    void forward(const StepContext&) override {}
    void backward(const StepContext&) override {}
};

class ConcatOp final : public Op {
  public:
    explicit ConcatOp(const OpRequest& request) : m_shapes(request.inputs) {
        int block = request.offeredBlocks.front();
        for (std::size_t k = 0; k < m_shapes.size(); ++k) {
            if (request.offeredBlocks[k] != block || m_shapes[k].channels() % block != 0) block = 1;
        }
        inputBlocks.assign(m_shapes.size(), block);
        outputBlock = block;
        implementation = "copies";
        backwardReadsInput = false;
        m_total = request.output.size();
    }

    void forward(const StepContext& context) override {
        parallelFor(context.n, std::max<std::int64_t>(1, kElementGrain / m_total), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t image = begin; image < end; ++image) {
                float* target = output + image * m_total;
                for (std::size_t k = 0; k < m_shapes.size(); ++k) {
                    const std::int64_t size = m_shapes[k].size();
                    target = std::copy_n(inputs[k] + image * size, size, target);
                }
            }
        });
    }

    void backward(const StepContext& context) override {
        parallelFor(context.n, std::max<std::int64_t>(1, kElementGrain / m_total), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t image = begin; image < end; ++image) {
                const float* source = outputGradient + image * m_total;
                for (std::size_t k = 0; k < m_shapes.size(); ++k) {
                    const std::int64_t size = m_shapes[k].size();
                    if (inputGradients[k] != nullptr) std::copy_n(source, size, inputGradients[k] + image * size);
                    source += size;
                }
            }
        });
    }

  private:
    std::vector<Shape> m_shapes;
    std::int64_t m_total = 0;
};

/// [C][H·W] ↔ [C / B][H·W][B] for one image and one block of channels.
class ReorderOp final : public Op {
  public:
    ReorderOp(const Shape& shape, int from, int to)
        : m_channels(shape.channels()), m_plane(shape.height() * shape.width()), m_from(from), m_to(to) {
        CONVOLAB_CHECK((from == 1) != (to == 1), "a reorder is between dense and blocked");
        inputBlocks = {from};
        outputBlock = to;
        implementation = "reorder";
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override { run(context.n, inputs[0], output, m_to > 1); }
    void backward(const StepContext& context) override {
        if (inputGradients[0] != nullptr) run(context.n, outputGradient, inputGradients[0], m_to == 1);
    }

  private:
    void run(std::int64_t n, const float* source, float* target, bool toBlocked) const {
        const std::int64_t block = std::max(m_from, m_to);
        const std::int64_t blocks = (m_channels + block - 1) / block;
        const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / (block * m_plane));
        parallelFor(n * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) {
                const std::int64_t first = item % blocks * block;
                const std::int64_t lanes = std::min(block, m_channels - first);
                const std::int64_t dense = (item / blocks * m_channels + first) * m_plane;
                const std::int64_t blocked = item * block * m_plane;
                if (toBlocked) pack(source + dense, target + blocked, lanes, block);
                else unpack(source + blocked, target + dense, lanes, block);
            }
        });
    }

    void pack(const float* source, float* target, std::int64_t lanes, std::int64_t block) const {
        for (std::int64_t p = 0; p < m_plane; ++p) {
            float* pixel = target + p * block;
            for (std::int64_t lane = 0; lane < lanes; ++lane) pixel[lane] = source[lane * m_plane + p];
            for (std::int64_t lane = lanes; lane < block; ++lane) pixel[lane] = 0.0F;
        }
    }

    void unpack(const float* source, float* target, std::int64_t lanes, std::int64_t block) const {
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
            for (std::int64_t p = 0; p < m_plane; ++p) target[lane * m_plane + p] = source[p * block + lane];
        }
    }

    std::int64_t m_channels;
    std::int64_t m_plane;
    int m_from;
    int m_to;
};

}  // namespace

std::unique_ptr<Op> makeInputOp(const OpRequest& request) { return std::make_unique<InputOp>(request); }
std::unique_ptr<Op> makeAliasOp(const OpRequest& request) { return std::make_unique<AliasOp>(request); }
std::unique_ptr<Op> makeConcatOp(const OpRequest& request) { return std::make_unique<ConcatOp>(request); }
std::unique_ptr<Op> makeReorderOp(const Shape& shape, int fromBlock, int toBlock) {
    if (isImageLanes(fromBlock) || isImageLanes(toBlock)) return makeLanesReorderOp(shape, fromBlock, toBlock);
    return std::make_unique<ReorderOp>(shape, fromBlock, toBlock);
}

}  // namespace convolab
