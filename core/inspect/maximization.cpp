#include "core/inspect/maximization.h"

#include <algorithm>
#include <cmath>

#include "core/graph/analysis.h"
#include "core/model/model.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kRestarts = 20;
constexpr int kSmoothEvery = 4;
constexpr float kGrey = 0.5F;
constexpr float kFirstNoise = 0.05F;

Error refusal(std::string message, std::string node, std::string hint) {
    return {ErrorCode::InvalidArgument, std::move(message), std::move(node), std::move(hint)};
}

bool isShare(double value) { return value >= 0.0 && value <= 1.0; }

Status checkOptions(const MaximizationOptions& options) {
    if (options.steps < 1)
        return refusal(withThousands(options.steps) + " steps are not possible", "", "make it 1 or more");
    if (!isShare(options.rate) || options.rate == 0.0) {
        return refusal("a rate of " + formatNumber(options.rate) + " is not possible", "",
                       "choose more than 0, at most 1");
    }
    if (!isShare(options.decay) || !isShare(options.smoothing)) {
        return refusal("decay and smoothing are shares", "", "choose 0 to 1");
    }
    return {};
}

/// Which elements of the layer's output are raised: first and count.
struct Goal {
    std::int64_t first = 0;
    std::int64_t count = 1;
};

Result<Goal> goalOf(const NetworkSpec& spec, const Analysis& analysis, const MaximizationOptions& options) {
    const Node* node = spec.node(options.layer);
    const bool used =
        std::find(analysis.order.begin(), analysis.order.end(), options.layer) != analysis.order.end();
    if (node == nullptr || !used) {
        return Error{ErrorCode::NotFound, "there is no such layer between input and output",
                     node == nullptr ? "" : node->name, "choose another"};
    }
    if (options.layer == analysis.input)
        return refusal("the input is given, not computed", node->name, "choose a layer behind it");
    const Shape& shape = *analysis.find(options.layer)->output;
    if (options.channel < 0 || options.channel >= shape.channels()) {
        return refusal(std::string("there is no ") + (shape.isImage() ? "map " : "unit ") +
                           withThousands(options.channel) + ", they are counted from 0 to " +
                           withThousands(shape.channels() - 1),
                       node->name, "choose one of them");
    }
    const std::int64_t plane = shape.height() * shape.width();
    if (!options.place) return Goal{options.channel * plane, plane};
    const auto [row, column] = *options.place;
    if (row < 0 || row >= shape.height() || column < 0 || column >= shape.width()) {
        return refusal("there is no place (" + withThousands(row) + ", " + withThousands(column) +
                           ") in a map of " + withThousands(shape.height()) + "\u00D7" +
                           withThousands(shape.width()),
                       node->name, "count rows and columns from 0");
    }
    return Goal{options.channel * plane + row * shape.width() + column, 1};
}

/// `share` of a 3×3 mean mixed into each channel; at the border, the mean of what is there.
void smooth(Tensor& image, float share) {
    const std::int64_t height = image.shape().height();
    const std::int64_t width = image.shape().width();
    const Tensor before = image.clone();
    for (std::int64_t i = 0; i < image.size(); ++i) {
        const std::int64_t map = i / (height * width) * height * width;
        const std::int64_t y = (i - map) / width;
        const std::int64_t x = (i - map) % width;
        float sum = 0.0F;
        float count = 0.0F;
        for (std::int64_t row = std::max<std::int64_t>(y - 1, 0); row <= std::min(y + 1, height - 1); ++row) {
            for (std::int64_t column = std::max<std::int64_t>(x - 1, 0); column <= std::min(x + 1, width - 1);
                 ++column) {
                sum += before.data()[map + row * width + column];
                count += 1.0F;
            }
        }
        image.data()[i] += share * (sum / count - image.data()[i]);
    }
}

}  // namespace

struct ActivationMaximizer::Impl {
    MaximizationOptions options;
    std::string unit;  ///< for messages: "map 3"
    std::string layer;
    Goal goal;
    std::unique_ptr<Model> model;
    Tensor image;  // (C, H, W)
    Tensor seed;   // d(goal)/d(layer's output)
    double activation = 0.0;
    float steepest = 0.0F;  // of the gradient at `image`
    int step = 0;
    int restarts = 0;

    /// Value and gradient at the image as it is.
    void look() {
        const Shape batch = image.shape().withBatch(1);
        model->forward({image.data(), batch});
        const View<const float> output = model->logits();
        double sum = 0.0;
        for (std::int64_t i = goal.first; i < goal.first + goal.count; ++i) sum += output[i];
        activation = sum / static_cast<double>(goal.count);
        model->backward(seed.view());
        steepest = 0.0F;
        for (const float slope : model->inputGradient().span())
            steepest = std::max(steepest, std::abs(slope));
    }

    /// Grey with noise; a restart takes all the noise that there is room for.
    void begin() {
        RandomSequence random(options.seed, RandomStreamId::Analysis,
                              static_cast<std::uint64_t>(options.layer.value),
                              static_cast<std::uint64_t>(restarts));
        const float noise = restarts == 0 ? kFirstNoise : kGrey;
        for (float& pixel : image.span()) pixel = kGrey + random.uniform(-noise, noise);
        look();
    }

    void climb() {
        const float scale = static_cast<float>(options.rate) / steepest;
        const auto decay = static_cast<float>(options.decay);
        const View<const float> slopes = model->inputGradient();
        for (std::int64_t i = 0; i < image.size(); ++i) {
            float& pixel = image.data()[i];
            pixel += scale * slopes[i] + decay * (kGrey - pixel);
        }
        if ((step + 1) % kSmoothEvery == 0 && image.shape().isImage())
            smooth(image, static_cast<float>(options.smoothing));
        for (float& pixel : image.span()) pixel = std::clamp(pixel, 0.0F, 1.0F);
    }
};

ActivationMaximizer::ActivationMaximizer() : m_impl(std::make_unique<Impl>()) {}
ActivationMaximizer::~ActivationMaximizer() = default;

Result<std::unique_ptr<ActivationMaximizer>> ActivationMaximizer::create(const NetworkSpec& spec,
                                                                         WeightSetPtr weights,
                                                                         const MaximizationOptions& options) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(checkOptions(options));
    std::unique_ptr<ActivationMaximizer> maximizer(new ActivationMaximizer);
    Impl& impl = *maximizer->m_impl;
    CONVOLAB_ASSIGN(impl.goal, goalOf(spec, analysis, options));
    impl.options = options;
    impl.layer = spec.node(options.layer)->name;
    const bool map = analysis.find(options.layer)->output->isImage();
    impl.unit = (map ? "map " : "unit ") + withThousands(options.channel);
    CompileOptions compile;
    compile.maximumBatch = 1;
    compile.differentiable = true;
    compile.end = options.layer;
    CONVOLAB_ASSIGN(impl.model, Model::compile(spec, compile));
    CONVOLAB_RETURN_IF_ERROR(impl.model->bind(*weights));
    impl.image = Tensor(impl.model->inputShape());
    impl.seed = Tensor(impl.model->outputShape().withBatch(1));
    std::fill_n(impl.seed.data() + impl.goal.first, impl.goal.count,
                1.0F / static_cast<float>(impl.goal.count));
    impl.begin();
    return maximizer;
}

bool ActivationMaximizer::finished() const { return m_impl->step >= m_impl->options.steps; }
int ActivationMaximizer::step() const { return m_impl->step; }
View<const float> ActivationMaximizer::image() const { return m_impl->image.view(); }
double ActivationMaximizer::activation() const { return m_impl->activation; }

Status ActivationMaximizer::runStep() {
    Impl& impl = *m_impl;
    if (finished()) return {};
    while (impl.step == 0 && impl.steepest == 0.0F && impl.restarts < kRestarts) {
        ++impl.restarts;
        impl.begin();
    }
    if (impl.step == 0 && impl.steepest == 0.0F) {
        return Error{ErrorCode::Unsupported,
                     impl.unit + " is dead: no pixel changes it, tried from " + withThousands(kRestarts + 1) +
                         " images",
                     impl.layer, "choose another, or the layer before its activation"};
    }
    if (impl.steepest == 0.0F || !std::isfinite(impl.steepest)) {
        impl.step = impl.options.steps;  // nothing left to climb
        return {};
    }
    impl.climb();
    ++impl.step;
    impl.look();
    return {};
}

}  // namespace convolab
