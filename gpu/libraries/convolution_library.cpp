#include "gpu/libraries/convolution_library.h"

#include <algorithm>
#include <array>

#include "gpu/libraries/dnn_outcome.h"

namespace convolab::gpu {

struct ConvolutionLibrary::Described {
    const DnnTable& table;
    void *in = nullptr, *out = nullptr, *weight = nullptr, *convolution = nullptr;
    int algorithm = 0;

    explicit Described(const DnnTable& functions) : table(functions) {}
    Described(const Described&) = delete;
    Described& operator=(const Described&) = delete;
    ~Described() {
        if (in != nullptr) table.destroyTensor(in);
        if (out != nullptr) table.destroyTensor(out);
        if (weight != nullptr) table.destroyFilter(weight);
        if (convolution != nullptr) table.destroyConvolution(convolution);
    }
};

namespace {

int narrow(Index value) { return static_cast<int>(value); }

/// Of a call's tensors; cuDNN gives what it takes.
int typeOf(const ConvolutionCall& call) {
    if (!call.first.stored) return kDnnFloat32;
    return call.first.type == FactorType::Bf16 ? kDnnBf16 : kDnnFp16;
}

const char* passName(ConvolutionPass pass) {
    return pass == ConvolutionPass::Forward ? "forward" : pass == ConvolutionPass::InputGradient ? "data" : "filter";
}

}  // namespace

ConvolutionLibrary::ConvolutionLibrary(const DnnTable& table, Precision precision, AlgorithmCache cache, void* workspace, std::size_t workspaceBytes)
    : m_table(table), m_precision(precision), m_cache(std::move(cache)), m_workspace(workspace), m_workspaceBytes(workspaceBytes) {}

ConvolutionLibrary::~ConvolutionLibrary() {
    m_described.clear();
    if (m_handle != nullptr) m_table.destroy(m_handle);
}

Outcome ConvolutionLibrary::words(int status, const char* function) const {
    return dnnOutcome(m_table, status, function);
}

Outcome ConvolutionLibrary::start() {
    Outcome outcome = words(m_table.create(&m_handle), "cudnnCreate");
    if (!outcome.ok()) m_handle = nullptr;
    return outcome;
}

/// Everything that the choice depends on; the precision too.
std::string ConvolutionLibrary::keyOf(const ConvolutionCall& call) const {
    const ConvolutionShape& s = call.s;
    std::string key = passName(call.pass);
    const int type = typeOf(call);
    key += type == kDnnBf16 ? " bf16" : type == kDnnFp16 ? " fp16" : m_precision == Precision::Tf32 ? " tf32" : " float32";
    for (const Index value : {call.n, s.in.channels, s.in.height, s.in.width, s.out.channels, s.out.height, s.out.width, s.kernelHeight, s.kernelWidth, s.strideHeight,
                              s.strideWidth, s.padTop, s.padLeft, s.dilationHeight, s.dilationWidth, s.groups}) {
        key += ' ' + std::to_string(value);
    }
    return key;
}

#define CONVOLAB_DNN(call, function) CONVOLAB_DNN_CALL(m_table, call, function)

Outcome ConvolutionLibrary::describe(const ConvolutionCall& call, Described& made) const {
    const ConvolutionShape& s = call.s;
    const int type = typeOf(call), math = type != kDnnFloat32 ? kDnnTensorMath : m_precision == Precision::Tf32 ? kDnnDefaultMath : kDnnFmaMath;
    const auto maps = [&](void*& tensor, const Maps& m) -> Outcome {
        CONVOLAB_DNN(m_table.createTensor(&tensor), "cudnnCreateTensorDescriptor");
        CONVOLAB_DNN(m_table.setTensor(tensor, kDnnNchw, type, narrow(call.n), narrow(m.channels), narrow(m.height), narrow(m.width)), "cudnnSetTensor4dDescriptor");
        return {};
    };
    if (Outcome outcome = maps(made.in, s.in); !outcome.ok()) return outcome;
    if (Outcome outcome = maps(made.out, s.out); !outcome.ok()) return outcome;
    CONVOLAB_DNN(m_table.createFilter(&made.weight), "cudnnCreateFilterDescriptor");
    CONVOLAB_DNN(m_table.setFilter(made.weight, type, kDnnNchw, narrow(s.out.channels), narrow(s.depth()), narrow(s.kernelHeight), narrow(s.kernelWidth)),
                 "cudnnSetFilter4dDescriptor");
    CONVOLAB_DNN(m_table.createConvolution(&made.convolution), "cudnnCreateConvolutionDescriptor");
    CONVOLAB_DNN(m_table.setConvolution(made.convolution, narrow(s.padTop), narrow(s.padLeft), narrow(s.strideHeight), narrow(s.strideWidth), narrow(s.dilationHeight),
                                        narrow(s.dilationWidth), kDnnCrossCorrelation, kDnnFloat32),
                 "cudnnSetConvolution2dDescriptor");
    CONVOLAB_DNN(m_table.setGroups(made.convolution, narrow(s.groups)), "cudnnSetConvolutionGroupCount");
    CONVOLAB_DNN(m_table.setMath(made.convolution, math), "cudnnSetConvolutionMathType");
    return {};
}

Outcome ConvolutionLibrary::workspaceOf(const ConvolutionCall& call, const Described& d, int algorithm, std::size_t* bytes) const {
    switch (call.pass) {
        case ConvolutionPass::Forward:
            return words(m_table.forwardBytes(m_handle, d.in, d.weight, d.convolution, d.out, algorithm, bytes), "cudnnGetConvolutionForwardWorkspaceSize");
        case ConvolutionPass::InputGradient:
            return words(m_table.dataBytes(m_handle, d.weight, d.out, d.convolution, d.in, algorithm, bytes), "cudnnGetConvolutionBackwardDataWorkspaceSize");
        default:
            return words(m_table.filterBytes(m_handle, d.in, d.out, d.convolution, d.weight, algorithm, bytes), "cudnnGetConvolutionBackwardFilterWorkspaceSize");
    }
}

bool ConvolutionLibrary::takesCached(const ConvolutionCall& call, const std::string& key, Described& made) const {
    const auto cached = m_cache.find(key);
    std::size_t bytes = 0;
    if (!cached || !workspaceOf(call, made, *cached, &bytes).ok() || bytes > m_workspaceBytes) return false;
    made.algorithm = *cached;
    return true;
}

Outcome ConvolutionLibrary::tryAll(const ConvolutionCall& call, Described& d) const {
    std::array<DnnTrial, kDnnMostTrials> trials{};
    int found = 0;
    switch (call.pass) {
        case ConvolutionPass::Forward:
            CONVOLAB_DNN(m_table.tryForward(m_handle, d.in, call.first.values, d.weight, call.second.values, d.convolution, d.out, call.result, kDnnMostTrials, &found, trials.data(),
                                            m_workspace, m_workspaceBytes),
                         "cudnnFindConvolutionForwardAlgorithmEx");
            break;
        case ConvolutionPass::InputGradient:
            CONVOLAB_DNN(m_table.tryData(m_handle, d.weight, call.second.values, d.out, call.first.values, d.convolution, d.in, call.result, kDnnMostTrials, &found, trials.data(),
                                         m_workspace, m_workspaceBytes),
                         "cudnnFindConvolutionBackwardDataAlgorithmEx");
            break;
        case ConvolutionPass::WeightGradient:
            CONVOLAB_DNN(m_table.tryFilter(m_handle, d.in, call.first.values, d.out, call.second.values, d.convolution, d.weight, call.result, kDnnMostTrials, &found, trials.data(),
                                           m_workspace, m_workspaceBytes),
                         "cudnnFindConvolutionBackwardFilterAlgorithmEx");
            break;
    }
    const DnnTrial* best = nullptr;
    for (int i = 0; i < std::min(found, kDnnMostTrials); ++i) {
        const DnnTrial& trial = trials[static_cast<std::size_t>(i)];
        const bool usable = trial.status == kDnnSuccess && trial.determinism == kDnnDeterministic && trial.workspaceBytes <= m_workspaceBytes;
        if (usable && (best == nullptr || trial.milliseconds < best->milliseconds)) best = &trial;
    }
    if (best == nullptr) return {kGpuDriverFailed, std::string("cuDNN has no algorithm for a convolution (") + passName(call.pass) + ") that gives the same bits at every run"};
    d.algorithm = best->algorithm;
    return {};
}

Outcome ConvolutionLibrary::prepare(const ConvolutionCall& call, void* stream) {
    const std::string key = keyOf(call);
    std::unique_ptr<Described>& described = m_described[key];
    if (described != nullptr) return {};
    CONVOLAB_DNN(m_table.setStream(m_handle, stream), "cudnnSetStream");
    auto made = std::make_unique<Described>(m_table);
    if (Outcome outcome = describe(call, *made); !outcome.ok()) return outcome;
    if (!takesCached(call, key, *made)) {
        if (Outcome outcome = tryAll(call, *made); !outcome.ok()) return outcome;
        m_cache.put(key, made->algorithm);
    }
    described = std::move(made);
    return {};
}

Outcome ConvolutionLibrary::run(const ConvolutionCall& call, void* stream) {
    const auto found = m_described.find(keyOf(call));
    if (found == m_described.end() || found->second == nullptr) return {kGpuDriverFailed, "a convolution of cuDNN was not prepared"};
    const Described& d = *found->second;
    const float one = 1.0F, zero = 0.0F;
    CONVOLAB_DNN(m_table.setStream(m_handle, stream), "cudnnSetStream");
    switch (call.pass) {
        case ConvolutionPass::Forward:
            return words(m_table.forward(m_handle, &one, d.in, call.first.values, d.weight, call.second.values, d.convolution, d.algorithm, m_workspace, m_workspaceBytes, &zero, d.out,
                                         call.result),
                         "cudnnConvolutionForward");
        case ConvolutionPass::InputGradient:
            return words(m_table.data(m_handle, &one, d.weight, call.second.values, d.out, call.first.values, d.convolution, d.algorithm, m_workspace, m_workspaceBytes, &zero, d.in,
                                      call.result),
                         "cudnnConvolutionBackwardData");
        default:
            return words(m_table.filter(m_handle, &one, d.in, call.first.values, d.out, call.second.values, d.convolution, d.algorithm, m_workspace, m_workspaceBytes, &zero, d.weight,
                                        call.result),
                         "cudnnConvolutionBackwardFilter");
    }
}

#undef CONVOLAB_DNN

}  // namespace convolab::gpu
