#include "gpu/libraries/layer_library.h"

#include "gpu/libraries/dnn_outcome.h"

namespace convolab::gpu {

struct LayerLibrary::Described {
    const DnnTable& table;
    void *in = nullptr, *out = nullptr, *channels = nullptr, *pooling = nullptr;

    explicit Described(const DnnTable& functions) : table(functions) {}
    Described(const Described&) = delete;
    Described& operator=(const Described&) = delete;
    ~Described() {
        for (void* tensor : {in, out, channels}) {
            if (tensor != nullptr) table.destroyTensor(tensor);
        }
        if (pooling != nullptr) table.destroyPooling(pooling);
    }
};

namespace {

constexpr float kOne = 1.0F, kZero = 0.0F;  // what results are multiplied by, and what stood there before

int narrow(Index value) { return static_cast<int>(value); }

int modeOf(const PoolingCall& call) {
    if (call.pass == PoolingPass::Maximum) return kDnnDeterministicMaximum;
    return call.countPadding ? kDnnAverageWithPadding : kDnnAverageWithoutPadding;
}

}  // namespace

#define CONVOLAB_DNN(call, function) CONVOLAB_DNN_CALL(m_table, call, function)

LayerLibrary::LayerLibrary(const DnnTable& table) : m_table(table) {}

LayerLibrary::~LayerLibrary() {
    m_described.clear();
    if (m_handle != nullptr) m_table.destroy(m_handle);
}

Outcome LayerLibrary::start() {
    Outcome outcome = dnnOutcome(m_table, m_table.create(&m_handle), "cudnnCreate");
    if (!outcome.ok()) m_handle = nullptr;
    return outcome;
}

LayerLibrary::Key LayerLibrary::keyOf(const PoolingCall& call) {
    const PoolAxis &r = call.s.rows, &c = call.s.columns;
    return {0, modeOf(call), call.n, call.channels, r.input, r.output, r.kernel, r.stride, r.pad, c.input, c.output, c.kernel, c.stride, c.pad};
}

LayerLibrary::Key LayerLibrary::keyOf(const BatchNormCall& call) { return {1, call.v.n, call.v.channels, call.height, call.width}; }

Outcome LayerLibrary::describeMaps(void*& tensor, Index n, Index channels, Index height, Index width) const {
    CONVOLAB_DNN(m_table.createTensor(&tensor), "cudnnCreateTensorDescriptor");
    CONVOLAB_DNN(m_table.setTensor(tensor, kDnnNchw, kDnnFloat32, narrow(n), narrow(channels), narrow(height), narrow(width)), "cudnnSetTensor4dDescriptor");
    return {};
}

Outcome LayerLibrary::describe(const PoolingCall& call, Described& made) const {
    const PoolAxis &r = call.s.rows, &c = call.s.columns;
    if (Outcome outcome = describeMaps(made.in, call.n, call.channels, r.input, c.input); !outcome.ok()) return outcome;
    if (Outcome outcome = describeMaps(made.out, call.n, call.channels, r.output, c.output); !outcome.ok()) return outcome;
    CONVOLAB_DNN(m_table.createPooling(&made.pooling), "cudnnCreatePoolingDescriptor");
    CONVOLAB_DNN(m_table.setPooling(made.pooling, modeOf(call), kDnnPropagateNan, narrow(r.kernel), narrow(c.kernel), narrow(r.pad), narrow(c.pad), narrow(r.stride),
                                    narrow(c.stride)),
                 "cudnnSetPooling2dDescriptor");
    return {};
}

Outcome LayerLibrary::describe(const BatchNormCall& call, Described& made) const {
    if (Outcome outcome = describeMaps(made.in, call.v.n, call.v.channels, call.height, call.width); !outcome.ok()) return outcome;
    CONVOLAB_DNN(m_table.createTensor(&made.channels), "cudnnCreateTensorDescriptor");
    CONVOLAB_DNN(m_table.deriveChannels(made.channels, made.in, kDnnNormOfChannels), "cudnnDeriveBNTensorDescriptor");
    return {};
}

template <class Call>
Outcome LayerLibrary::prepareCall(const Call& call) {
    std::unique_ptr<Described>& described = m_described[keyOf(call)];
    if (described != nullptr) return {};
    auto made = std::make_unique<Described>(m_table);
    Outcome outcome = describe(call, *made);
    if (outcome.ok()) described = std::move(made);
    return outcome;
}

Outcome LayerLibrary::prepare(const PoolingCall& call) { return prepareCall(call); }
Outcome LayerLibrary::prepare(const BatchNormCall& call) { return prepareCall(call); }

Outcome LayerLibrary::find(const Key& key, void* stream, const Described** found) const {
    const auto place = m_described.find(key);
    if (place == m_described.end() || place->second == nullptr) return {kGpuDriverFailed, "a layer of cuDNN was not prepared"};
    *found = place->second.get();
    CONVOLAB_DNN(m_table.setStream(m_handle, stream), "cudnnSetStream");
    return {};
}

Outcome LayerLibrary::run(const PoolingCall& call, void* stream) {
    const Described* d = nullptr;
    if (Outcome outcome = find(keyOf(call), stream, &d); !outcome.ok()) return outcome;
    if (call.pass != PoolingPass::AverageGradient) {
        return dnnOutcome(m_table, m_table.pool(m_handle, d->pooling, &kOne, d->in, call.from, &kZero, d->out, call.result), "cudnnPoolingForward");
    }
    // The gradient of an average does not depend on values: memory of the right size stands in for x and y, which need not be kept.
    return dnnOutcome(m_table,
                      m_table.poolGradient(m_handle, d->pooling, &kOne, d->out, call.from, d->out, call.from, d->in, call.result, &kZero, d->in, call.result),
                      "cudnnPoolingBackward");
}

Outcome LayerLibrary::run(const BatchNormCall& call, void* stream) {
    const Described* d = nullptr;
    if (Outcome outcome = find(keyOf(call), stream, &d); !outcome.ok()) return outcome;
    const auto epsilon = static_cast<double>(call.epsilon);
    switch (call.pass) {
        case BatchNormPass::Training:
            return dnnOutcome(m_table,
                              m_table.normTraining(m_handle, kDnnNormOfChannels, &kOne, &kZero, d->in, call.x, d->in, call.result, d->channels, call.scale, call.shift,
                                                   static_cast<double>(call.momentum), call.runningMean, call.runningVariance, epsilon, call.mean, call.inverse),
                              "cudnnBatchNormalizationForwardTraining");
        case BatchNormPass::Inference:
            return dnnOutcome(m_table,
                              m_table.normInference(m_handle, kDnnNormOfChannels, &kOne, &kZero, d->in, call.x, d->in, call.result, d->channels, call.scale, call.shift,
                                                    call.runningMean, call.runningVariance, epsilon),
                              "cudnnBatchNormalizationForwardInference");
        default:
            return dnnOutcome(m_table,
                              m_table.normGradient(m_handle, kDnnNormOfChannels, &kOne, &kZero, &kOne, &kZero, d->in, call.x, d->in, call.dy, d->in, call.result, d->channels,
                                                   call.scale, call.dscale, call.dshift, epsilon, call.mean, call.inverse),
                              "cudnnBatchNormalizationBackward");
    }
}

#undef CONVOLAB_DNN

}  // namespace convolab::gpu
