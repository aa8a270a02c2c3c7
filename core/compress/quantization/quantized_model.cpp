#include "core/compress/quantization/quantized_model.h"

#include <algorithm>

#include "core/compress/quantization/integer_model.h"
#include "core/compress/quantization/weights_only_model.h"
#include "core/data/targets.h"
#include "core/graph/analysis.h"
#include "core/util/device_lost.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kEvaluationBatch = 128;
// Products per value, as measured by bench_int8 with AVX2 on one core: networks with 3 to 12 (depthwise, 1 × 1, one or two
// filters) run at 0.4 to 1.6 times the speed of float32, LeNet with 23 at 1.6 times, those with 100 and more at about twice.
constexpr std::int64_t kWorthwhileMacs = 20;

}  // namespace

Result<std::unique_ptr<QuantizedModel>> QuantizedModel::make(const NetworkSpec& spec, const WeightSet& weights,
                                                             const CompressionPlan& plan, const ActivationRanges& ranges,
                                                             const QuantizedModelOptions& options) {
    if (options.maximumBatch < 1) {
        return Error{ErrorCode::InvalidArgument, "a batch of " + withThousands(options.maximumBatch) + " images is not possible",
                     "", "use 1 or more"};
    }
    if (plan.quantization.activationBits >= kFloatBits) return makeWeightsOnlyModel(spec, weights, plan, options);
    CONVOLAB_ASSIGN(IntegerNetwork network, makeIntegerNetwork(spec, weights, plan, ranges));
    return makeIntegerModel(std::move(network), options);
}

std::vector<QuantizedLayerPlan> planOf(const IntegerNetwork& network, const std::function<std::string(std::size_t)>& implementation) {
    std::vector<QuantizedLayerPlan> rows;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const IntegerLayer& layer = network.layers[i];
        rows.push_back({.node = layer.node, .name = layer.name, .integer = !layer.isFloat(), .how = layer.how, .implementation = implementation(i),
                        .runs = !std::holds_alternative<PassOn>(layer.operation),
                        .reorders = std::holds_alternative<int8::Flatten>(layer.operation)});
        for (const NodeId joined : layer.joined) {
            const std::string& name = network.spec.node(joined)->name;
            rows.push_back({.node = joined, .name = name, .integer = !layer.isFloat(), .how = layer.how, .implementation = "fused into " + layer.name,
                            .runs = false});
        }
    }
    return rows;
}

Result<Evaluation> evaluateQuantized(QuantizedModel& model, const Dataset& dataset, Split split, std::int64_t limit,
                                     std::span<const std::int64_t> indices, const std::function<bool(double)>& progress) {
    const Shape& shape = model.inputShape();
    if (dataset.info().imageShape != shape) {
        return Error{ErrorCode::ShapeMismatch, dataset.info().title + " has images of " + dataset.info().imageShape.text() +
                         ", the network expects " + shape.text(), "", "choose a data set that fits the network"};
    }
    if (targetsOf(dataset) != nullptr || dataset.classes() != static_cast<int>(model.logits().shape[1])) {
        return Error{ErrorCode::ShapeMismatch, dataset.info().title + " does not have one class for each output of the network", "",
                     "choose a data set that fits the network"};
    }
    const std::int64_t all = indices.empty() ? dataset.size(split) : static_cast<std::int64_t>(indices.size());
    const std::int64_t count = limit > 0 ? std::min(limit, all) : all;
    if (count == 0) {
        return Error{ErrorCode::InvalidArgument, dataset.info().title + " has no images in its " + splitName(split) + " split",
                     "", ""};
    }
    const std::int64_t batch = std::min({kEvaluationBatch, count, model.maximumBatch()});
    const auto pixels = static_cast<std::size_t>(shape.size());
    Tensor images(shape.withBatch(batch));
    Evaluation sum;
    const auto classes = static_cast<std::size_t>(dataset.classes());
    sum.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
    const auto index = [&](std::int64_t i) { return indices.empty() ? i : indices[static_cast<std::size_t>(i)]; };
    for (std::int64_t first = 0; first < count; first += batch) {
        if (progress && !progress(static_cast<double>(first) / static_cast<double>(count))) {
            return Error{ErrorCode::Cancelled, "the evaluation was cancelled", {}, {}};
        }
        const std::int64_t n = std::min(batch, count - first);
        for (std::int64_t i = 0; i < n; ++i) {
            dataset.image(split, index(first + i), images.span().subspan(static_cast<std::size_t>(i) * pixels, pixels));
        }
        try {
            model.forward({images.data(), shape.withBatch(n)});
        } catch (const DeviceLost& lost) {
            return lost.error;
        }
        const View<const float> logits = model.logits();
        const auto width = static_cast<std::size_t>(logits.size() / n);
        for (std::int64_t i = 0; i < n; ++i) {
            addToEvaluation({logits.data + static_cast<std::size_t>(i) * width, width}, dataset.label(split, index(first + i)), sum);
        }
    }
    finishEvaluation(count, sum);
    if (progress) progress(1.0);
    return sum;
}

std::string slowerInIntegers(const IntegerNetwork& network, std::int64_t n, int8::Isa isa) {
    if (isa == int8::Isa::Portable) {
        return "integers are slower than float32 here: this processor has neither AVX2 nor VNNI, so their products run one by one";
    }
    std::int64_t values = 0;
    for (const IntegerLayer& layer : network.layers) values += layer.output.size();
    const std::int64_t each = network.integerMacs() / std::max<std::int64_t>(1, values);
    if (each >= kWorthwhileMacs) return {};
    return "integers bring little here, or are slower than float32" + std::string(n == 1 ? " image by image" : "") + ": only " +
           withThousands(each) + " multiplications go into each value, and rounding it onto its grid costs as much as they save";
}

}  // namespace convolab
