#include "core/backend/device_inspection.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/backend/device_pair.h"
#include "core/graph/analysis.h"
#include "core/graph/example_network.h"
#include "core/model/own_ascent.h"
#include "core/util/random.h"
#include "core/util/spread_values.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kImages = 3;

std::string apart(const std::string& what, View<const float> got, View<const float> expected, double tolerance = DevicePair::kTolerance) {
    if (got.shape != expected.shape) return what + " is " + got.shape.text() + ", not " + expected.shape.text();
    const double error = relativeError(got.span(), expected.span());
    return error <= tolerance ? std::string{} : what + " differs by " + formatNumber(error, 4);
}

/// One network here and there, with weights and running statistics that are not those of the beginning.
class Inspected {
  public:
    static Result<Inspected> make(const CompileModel& device, const NetworkSpec& spec, NodeId end) {
        CompileOptions options;
        options.maximumBatch = kImages;
        options.differentiable = true;
        options.end = end;
        options.taps = analyze(spec).order;
        Inspected made(spec, options.taps);
        CONVOLAB_ASSIGN(made.m_pair, DevicePair::make(device, spec, options));
        WeightSet weights = made.m_pair.cpu->copyWeights(0);
        const auto spread = spreadValues<float>(static_cast<std::int64_t>(weights.statistics.size()), 5);
        for (std::size_t i = 0; i < weights.statistics.size(); ++i) weights.statistics[i] = 1.0F + 0.5F * spread[i];
        CONVOLAB_RETURN_IF_ERROR(made.m_pair.cpu->bind(weights));
        CONVOLAB_RETURN_IF_ERROR(made.m_pair.device->bind(weights));
        return made;
    }

    /// One forward pass, and backward passes from two gradients.
    std::string differs(std::int64_t n) {
        Model &cpu = *m_pair.cpu, &device = *m_pair.device;
        std::string found = apart("the output", device.forward(m_pair.batchOf(n)), cpu.forward(m_pair.batchOf(n)));
        if (found.empty()) found = apart("the logits", device.logits(), cpu.logits());
        const auto ofLayers = [&](const char* what, const auto& ask) {
            for (const NodeId tap : m_layers) {
                if (found.empty()) found = apart(what + m_spec.node(tap)->name, ask(device, tap), ask(cpu, tap));
            }
        };
        ofLayers("the output of ", [](const Model& model, NodeId tap) { return model.tap(tap); });
        for (const int seed : {7, 8}) {
            const Shape shape = cpu.logits().shape;
            const auto gradient = spreadValues<float>(shape.size(), seed);
            for (Model* model : {&cpu, &device}) model->backward({gradient.data(), shape});
            if (found.empty()) found = apart("the gradient of the images", device.inputGradient(), cpu.inputGradient());
            ofLayers("the gradient of the output of ", [](const Model& model, NodeId tap) { return model.tapGradient(tap); });
        }
        return found;
    }

  private:
    Inspected(const NetworkSpec& spec, std::vector<NodeId> layers) : m_spec(spec), m_layers(std::move(layers)) {}

    const NetworkSpec& m_spec;
    std::vector<NodeId> m_layers;
    DevicePair m_pair;
};

/// An attack on the pair's images, here in plain words.
struct Attack {
    static constexpr float kEpsilon = 0.1F, kStep = 0.04F;
    static constexpr int kSteps = 3;
    static constexpr double kOtherPixels = 0.02;  // whose gradient is hardly more than rounding

    explicit Attack(DevicePair made) : pair(std::move(made)), ids(static_cast<std::size_t>(pair.batch)) {
        for (float& value : pair.images) value = 0.5F + 0.25F * value;
        std::iota(ids.begin(), ids.end(), std::int64_t{40});
    }

    std::string differs() {
        auto* there = dynamic_cast<AscendsByItself*>(pair.device.get());
        if (there == nullptr) return "it does not attack by itself";
        const View<const float> clean = pair.batchOf(pair.batch);
        AscentRequest request{.epsilon = kEpsilon, .step = kStep, .seed = 3, .draw = 1, .clean = clean, .classes = pair.labelsOf(pair.batch), .ids = ids};
        Tensor got(clean.shape);
        request.startsAtRandom = true;
        there->beginAscent(request);
        there->readAscent(got.view(), {});
        if (relativeError(got.span(), randomStart()) > 1e-6) return "the random start is another one";
        request.startsAtRandom = false;
        there->beginAscent(request);
        for (int step = 0; step < kSteps; ++step) there->ascend();
        there->readAscent(got.view(), {});
        const std::vector<float> expected = climbed();
        std::size_t other = 0, outside = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            other += std::abs(got.span()[i] - expected[i]) > 1e-4F ? 1 : 0;
            outside += std::abs(got.span()[i] - pair.images[i]) <= kEpsilon && got.span()[i] >= 0.0F && got.span()[i] <= 1.0F ? 0 : 1;
        }
        if (outside > 0) return withThousands(static_cast<std::int64_t>(outside)) + " pixels moved too far";
        if (static_cast<double>(other) <= kOtherPixels * static_cast<double>(expected.size())) return {};
        return withThousands(static_cast<std::int64_t>(other)) + " pixels of " + withThousands(static_cast<std::int64_t>(expected.size())) + " went elsewhere";
    }

  private:
    std::vector<float> randomStart() const {
        std::vector<float> values = pair.images;
        const std::size_t pixels = values.size() / ids.size();
        for (std::size_t i = 0; i < ids.size(); ++i) {
            RandomSequence random(3, RandomStreamId::Attack, 1, static_cast<std::uint64_t>(ids[i]));
            for (std::size_t k = i * pixels; k < (i + 1) * pixels; ++k) values[k] += random.uniform(-kEpsilon, kEpsilon);
        }
        return values;
    }
    std::vector<float> climbed() {
        std::vector<float> values = pair.images;
        for (int step = 0; step < kSteps; ++step) {
            pair.cpu->forward({values.data(), pair.batchOf(pair.batch).shape});
            const View<const float> logits = pair.cpu->logits();
            std::vector<float> gradient(logits.data, logits.data + logits.size());
            const auto classes = static_cast<std::size_t>(logits.shape[1]);
            for (std::size_t i = 0; i < ids.size(); ++i) softmaxMinusOneHot(std::span(gradient).subspan(i * classes, classes), pair.labels[i]);
            pair.cpu->backward({gradient.data(), logits.shape});
            const auto slope = pair.cpu->inputGradient().span();
            for (std::size_t k = 0; k < values.size(); ++k) {
                const float moved = values[k] + (slope[k] > 0.0F ? kStep : slope[k] < 0.0F ? -kStep : 0.0F);
                values[k] = std::clamp(std::clamp(moved, pair.images[k] - kEpsilon, pair.images[k] + kEpsilon), 0.0F, 1.0F);
            }
        }
        return values;
    }
    static void softmaxMinusOneHot(std::span<float> values, int label) {
        const float largest = *std::ranges::max_element(values);
        double sum = 0.0;
        for (const float value : values) sum += std::exp(static_cast<double>(value - largest));
        for (float& value : values) value = static_cast<float>(std::exp(static_cast<double>(value - largest)) / sum);
        values[static_cast<std::size_t>(label)] -= 1.0F;
    }

    DevicePair pair;
    std::vector<std::int64_t> ids;
};

}  // namespace

std::string inspectionDiffers(const CompileModel& device, const NetworkSpec& spec, NodeId end) {
    auto inspected = Inspected::make(device, spec, end);
    if (!inspected.ok()) return inspected.error().sentence();
    for (const std::int64_t n : {kImages, kImages - 1, kImages}) {
        const std::string found = inspected->differs(n);
        if (!found.empty()) return found;
    }
    return {};
}

std::string kindInspectionDiffers(const CompileModel& device, const LayerKind& kind) {
    for (const LayerExample& example : kind.examples) {
        const NetworkSpec spec = networkAround(kind, example, true);
        const std::string found = inspectionDiffers(device, spec);
        if (!found.empty()) return spec.name + ": " + found;
    }
    return {};
}

std::string attackDiffers(const CompileModel& device) {
    CompileOptions options;
    options.maximumBatch = 6;
    options.differentiable = true;
    auto pair = DevicePair::make(device, smallNetworkWithState(), options);
    return pair.ok() ? Attack(std::move(*pair)).differs() : pair.error().sentence();
}

std::string trainedImageGradientDiffers(const CompileModel& device, const NetworkSpec& spec, double tolerance) {
    CompileOptions options = trainingOptions(kImages);
    options.inputGradient = true;
    auto pair = DevicePair::make(device, spec, options);
    if (!pair.ok()) return pair.error().sentence();
    for (std::uint64_t step = 0; step < 3; ++step) {
        std::string found = pair->stepDiffers(kImages, step);
        if (found.empty()) found = apart("the gradient of the images", pair->device->inputGradient(), pair->cpu->inputGradient(), tolerance);
        if (!found.empty()) return "step " + std::to_string(step) + ": " + found;
    }
    return {};
}

}  // namespace convolab
