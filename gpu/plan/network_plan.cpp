#include "gpu/plan/network_plan.h"

#include <algorithm>

#include "gpu/plan/mixed_precision.h"
#include "gpu/plan/products.h"

namespace convolab::gpu {

namespace {

void mark(std::vector<Launch>& launches, std::size_t from, std::int32_t op, Part part) {
    for (Launch& launch : std::span(launches).subspan(from)) {
        launch.op = op;
        launch.part = part;
    }
}

}  // namespace

NetworkPlan::NetworkPlan(const ConvolabGpuNetwork& network, const PlanOptions& options) : m_options(options), m_network(network) {
    copyOps(network);
    markSkipped();
    fuseRelus();
    findChains();
    placeStaying();
    placeValues();
    if (hasBackward()) placeGradients();
    m_arenaBytes = placePieces(m_pieces);
}

void NetworkPlan::copyOps(const ConvolabGpuNetwork& network) {
    m_ops.resize(static_cast<std::size_t>(network.opCount));
    for (std::size_t i = 0; i < m_ops.size(); ++i) {
        PlannedOp& planned = m_ops[i];
        planned.op = network.ops[i];
        planned.inputs.assign(planned.op.inputs, planned.op.inputs + planned.op.inputCount);
        planned.inputShapes.assign(planned.op.inputShapes, planned.op.inputShapes + planned.op.inputCount);
        planned.tables = tablesOf(planned.op);
        planned.rules = &rulesOf(planned.op.kind);
        planned.op.inputs = planned.inputs.data();
        planned.op.inputShapes = planned.inputShapes.data();
        planned.op.table = nullptr;
        planned.op.constants = nullptr;
        planned.op.bytes = nullptr;
        planned.wantsGradient = m_options.training && planned.op.parameters[0] >= 0;
        for (const std::int32_t input : planned.inputs) {
            if (input < 0) planned.wantsGradient = planned.wantsGradient || m_options.imageGradient;
            else planned.wantsGradient = planned.wantsGradient || m_ops[static_cast<std::size_t>(input)].wantsGradient;
        }
    }
    m_network.ops = nullptr;
}

// Only a softmax and the output node lie behind what the loss reads, if anything does.
void NetworkPlan::markSkipped() {
    for (int i = m_network.outputOp; i != m_network.lossOp; i = m_ops[static_cast<std::size_t>(i)].inputs.front()) {
        m_ops[static_cast<std::size_t>(i)].skippedInTraining = true;
    }
}

// A ReLU that alone reads a convolution or a dense layer. Its gradient needs the sign of its input, which is that of its output.
void NetworkPlan::fuseRelus() {
    std::vector<int> readers(m_ops.size());
    for (const PlannedOp& planned : m_ops) {
        for (const std::int32_t input : planned.inputs) {
            if (input >= 0) ++readers[static_cast<std::size_t>(input)];
        }
    }
    for (PlannedOp& planned : m_ops) {
        const std::int32_t from = planned.inputs.empty() ? -1 : planned.inputs.front();
        if (planned.op.kind != kGpuActivation || planned.op.function != kGpuRelu || from < 0) continue;
        PlannedOp& before = m_ops[static_cast<std::size_t>(from)];
        const bool read = readers[static_cast<std::size_t>(from)] > 1 || isReadOutside(from);
        before.relu = planned.fused = before.rules->takesRelu && !read;
    }
}

std::size_t NetworkPlan::stay(std::size_t bytes) {
    const std::size_t offset = m_stayingBytes;
    m_stayingBytes += alignedSize(bytes);
    return offset;
}

void NetworkPlan::placeStaying() {
    const auto floats = [](std::int64_t n) { return sizeof(float) * static_cast<std::size_t>(n); };
    const auto batch = static_cast<std::size_t>(m_options.maximumBatch);
    m_parameters = stay(floats(m_network.parameterCount));
    m_gradients = stay(m_options.training ? floats(m_network.parameterCount) : 0);
    m_statistics = stay(floats(m_network.statisticCount));
    for (int buffer = 0; buffer < (m_options.training ? 2 : 1); ++buffer) {
        m_images[buffer] = stay(floats(m_options.maximumBatch * imageSize()));
        m_labels[buffer] = stay(sizeof(std::int32_t) * batch);
        m_state[buffer] = stay(sizeof(StepState));
    }
    m_classWeights = stay(floats(m_network.classes));
    m_losses = stay(sizeof(ImageLoss) * batch);
    m_total = stay(sizeof(BatchLoss));
    m_lossScaling = stay(m_options.scalesLoss() ? sizeof(LossScaling) : 0);
    m_nonFinite = stay(m_options.scalesLoss() ? sizeof(std::int32_t) * kGradientPieces : 0);
    const bool usesScratch = std::ranges::any_of(m_ops, [](const PlannedOp& planned) { return planned.rules->usesScratch; });
    m_scratch = stay(usesScratch ? kSplitBytes : 0);
    for (PlannedOp& planned : m_ops) {
        planned.tableAt = stay(sizeof(std::int32_t) * planned.tables.table.size());
        planned.constantsAt = stay(sizeof(float) * planned.tables.constants.size());
        planned.bytesAt = stay(planned.tables.bytes.size());
    }
}

std::size_t NetworkPlan::valueBytes(const ConvolabGpuShape& shape, std::size_t each) const {
    return each * static_cast<std::size_t>(m_options.maximumBatch * sizeOf(shape));
}

int NetworkPlan::addPiece(std::size_t bytes, int first, int last) {
    m_pieces.push_back({bytes, first, last, 0});
    return static_cast<int>(m_pieces.size()) - 1;
}

void NetworkPlan::extend(int index, int time) {
    if (index < 0) return;
    int& last = m_pieces[static_cast<std::size_t>(index)].last;
    last = std::max(last, time);
}

void NetworkPlan::placeValues() {
    for (int i = 0; i < count(); ++i) {
        PlannedOp& planned = m_ops[static_cast<std::size_t>(i)];
        const bool backward = hasBackward() && !planned.skippedInTraining;
        const PlannedChain* chain = planned.chain >= 0 ? &m_chains[static_cast<std::size_t>(planned.chain)] : nullptr;
        const bool ownGradient = chain == nullptr || (chain->ownGradient && chain->ops.front() == i);
        const int used = chain == nullptr ? i : chain->ops.back();
        for (std::size_t k = 0; k < planned.inputs.size(); ++k) {
            extendInput(planned, k, backward && ownGradient && planned.rules->backwardReadsInput ? lastBackwardTime(i) : used);
        }
        const bool alias = planned.fused || (planned.rules->aliasesInput && planned.inputs.front() >= 0);
        const std::size_t each = planned.rules->valueBytes != nullptr ? planned.rules->valueBytes(planned.op) : sizeof(float);
        if (!isInner(planned)) planned.value = alias ? m_ops[static_cast<std::size_t>(planned.inputs.front())].value : addPiece(valueBytes(planned.op.output, each), i, i);
        if (backward && planned.rules->backwardReadsOutput) extend(planned.value, lastBackwardTime(i));
        if (planned.rules->workspaceBytes != nullptr) {
            planned.workspace = addPiece(planned.rules->workspaceBytes(planned.op, m_options.maximumBatch), i, backward ? lastBackwardTime(i) : used);
        }
        if (planned.rules->halfBytes != nullptr && m_options.factors != FactorType::Float32) placeHalves(i, backward);
    }
    extend(m_ops[static_cast<std::size_t>(m_network.outputOp)].value, kForever);
    extend(m_ops[static_cast<std::size_t>(m_network.lossOp)].value, kForever);
    for (const std::int32_t tap : m_options.taps) extend(m_ops[static_cast<std::size_t>(tap)].value, kForever);
}

void NetworkPlan::placeHalves(int i, bool backward) {
    PlannedOp& planned = m_ops[static_cast<std::size_t>(i)];
    const HalfSizes sizes = planned.rules->halfBytes(planned.op, m_options.maximumBatch, m_options.libraries);
    const auto place = [&](std::size_t bytes, int first, int last) { return bytes > 0 ? addPiece(bytes, first, last) : -1; };
    planned.halfKept = place(sizes.kept, i, backward ? lastBackwardTime(i) : i);
    planned.halfForward = place(sizes.forward, i, i);
    if (backward) planned.halfBackward = place(sizes.backward, backwardTime(i), backwardTime(i));
}

void NetworkPlan::placeGradients() {
    std::vector<std::vector<int>> arriving(m_ops.size());  // pieces, latest consumer first
    m_lossGradient = addPiece(valueBytes(m_ops[static_cast<std::size_t>(m_network.lossOp)].op.output), count(), count());
    arriving[static_cast<std::size_t>(m_network.lossOp)].push_back(m_lossGradient);
    for (PlannedOp& planned : m_ops) planned.inputGradients.assign(planned.inputs.size(), -1);
    // Where nothing arrives a tap's gradient stays 0, so that its place is never shared.
    for (const std::int32_t tap : keepsTapGradients() ? m_options.taps : std::vector<std::int32_t>{}) {
        m_tapGradients.push_back(addPiece(valueBytes(m_ops[static_cast<std::size_t>(tap)].op.output), 0, kForever));
    }
    for (int i = count() - 1; i >= 0; --i) {
        PlannedOp& planned = m_ops[static_cast<std::size_t>(i)];
        if (isInner(planned)) {
            if (planned.gradient >= 0) placeInputGradients(i);
            announce(planned, arriving);
            continue;
        }
        const std::vector<int>& sources = arriving[static_cast<std::size_t>(i)];
        if (sources.empty() || !planned.wantsGradient) continue;
        planned.gradient = sources.front();
        if (sources.size() > 1) {
            planned.gradientSources = sources;
            planned.gradient = addPiece(valueBytes(planned.op.output), backwardTime(i) - 1, backwardTime(i));
        }
        for (const int source : sources) extend(source, backwardTime(i));
        if (planned.chain >= 0) placeChainGradients(m_chains[static_cast<std::size_t>(planned.chain)]);
        else placeInputGradients(i);
        announce(planned, arriving);
    }
}

void NetworkPlan::placeInputGradients(int index) {
    PlannedOp& planned = m_ops[static_cast<std::size_t>(index)];
    for (std::size_t k = 0; k < planned.inputs.size(); ++k) {
        if (!wantsInputGradient(planned, k)) continue;
        int& gradient = planned.inputGradients[k];
        if (planned.inputs[k] < 0) gradient = m_imageGradient = addPiece(valueBytes(planned.inputShapes[k]), backwardTime(index), kForever);
        else gradient = planned.rules->passesGradient ? planned.gradient : addPiece(valueBytes(planned.inputShapes[k]), backwardTime(index), backwardTime(index));
    }
}

/// In the order of the layers, in or out of chains: sums of gradients are the same bits.
void NetworkPlan::announce(const PlannedOp& planned, std::vector<std::vector<int>>& arriving) {
    for (std::size_t k = 0; k < planned.inputs.size(); ++k) {
        if (planned.inputs[k] >= 0 && planned.inputGradients[k] >= 0) arriving[static_cast<std::size_t>(planned.inputs[k])].push_back(planned.inputGradients[k]);
    }
}

void NetworkPlan::place(std::byte* memory) { m_memory = memory; }

std::vector<NetworkPlan::Upload> NetworkPlan::uploads() const {
    std::vector<Upload> list;
    for (const PlannedOp& planned : m_ops) {
        const OpTables& tables = planned.tables;
        if (!tables.table.empty()) list.push_back({m_memory + planned.tableAt, tables.table.data(), sizeof(std::int32_t) * tables.table.size()});
        if (!tables.constants.empty()) list.push_back({m_memory + planned.constantsAt, tables.constants.data(), sizeof(float) * tables.constants.size()});
        if (!tables.bytes.empty()) list.push_back({m_memory + planned.bytesAt, tables.bytes.data(), tables.bytes.size()});
    }
    return list;
}

OpMemory NetworkPlan::memoryOf(const PlannedOp& planned, int buffer, bool trains) const {
    OpMemory memory;
    for (const std::int32_t input : planned.inputs) memory.inputs.push_back(input < 0 ? images(buffer) : value(input));
    memory.output = piece<float>(planned.value);
    memory.outputGradient = piece<float>(planned.gradient);
    for (const int gradient : planned.inputGradients) memory.inputGradients.push_back(piece<float>(gradient));
    memory.workspace = piece<std::byte>(planned.workspace);
    memory.halfKept = piece<std::byte>(planned.halfKept);
    memory.halfForward = piece<std::byte>(planned.halfForward);
    memory.halfBackward = piece<std::byte>(planned.halfBackward);
    memory.table = at<std::int32_t>(planned.tableAt);
    memory.constants = at<float>(planned.constantsAt);
    memory.bytes = at<std::int8_t>(planned.bytesAt);
    for (std::size_t k = 0; k < 2; ++k) {
        if (planned.op.parameters[k] >= 0) {
            memory.parameters[k] = parameters() + planned.op.parameters[k];
            if (trains) memory.gradients[k] = gradients() + planned.op.parameters[k];
        }
        if (planned.op.parameters[k + 2] >= 0) memory.statistics[k] = statistics() + planned.op.parameters[k + 2];
    }
    memory.state = state(buffer);
    memory.scratch = at<float>(m_scratch);
    return memory;
}

void NetworkPlan::addForward(const PlannedOp& planned, Index n, bool training, int buffer, std::vector<Launch>& launches) const {
    const std::size_t begun = launches.size();
    auto index = static_cast<std::int32_t>(&planned - m_ops.data());
    if (planned.chain >= 0) {
        const PlannedChain& chain = m_chains[static_cast<std::size_t>(planned.chain)];
        if (chain.ownGradient && chain.ops.front() == index) addHead(planned, n, training, buffer, launches);
        if (chain.ops.back() == index) launches.push_back(launchOf(chainOf(chain, training, buffer, nullptr), n * sizeOf(planned.op.output)));
        index = chain.ops.front();  // which has the chain's times
    } else if (planned.rules->forward != nullptr && !planned.fused) {
        planned.rules->forward({planned.op, memoryOf(planned, buffer, false), n, training, launches, m_options.kernels, m_options.libraries, planned.relu, m_options.factors, false, nullptr,
                                m_options.imageGradient});
    }
    mark(launches, begun, index, Part::Forward);
}

void NetworkPlan::addLoss(Index n, double smoothing, bool weighted, float* gradient, int buffer, std::vector<Launch>& launches) const {
    const float* weights = weighted && m_rows == nullptr ? classWeights() : nullptr;
    const std::size_t begun = launches.size();
    auto* total = at<BatchLoss>(m_total);
    auto* losses = at<ImageLoss>(m_losses);
    const bool byBlocks = sumsByBlocks(m_options.kernels, n);
    const LossScale scale{labels(buffer), weights, total, n};
    launches.push_back(byBlocks ? launchOf(BlockSum<LossScaleTerms>{LossScaleTerms{{}, scale}}, 1) : launchOf(scale, 1));
    if (m_options.crossEntropy) {
        const CrossEntropy entropy{scores(), labels(buffer), weights, total, losses, gradient, m_network.classes, smoothing};
        addClasses<CrossEntropyClasses>(m_options.kernels, entropy, n, launches);
    } else if (m_rows != nullptr) {
        launches.push_back(launchOf(SquaredErrorToRows{scores(), labels(buffer), m_rows, total, losses, gradient, m_network.classes, m_rowCount}, n));
    } else {
        launches.push_back(launchOf(SquaredError{scores(), labels(buffer), total, losses, gradient, m_network.classes}, n));
    }
    const LossTotal sum{losses, total, n};
    launches.push_back(byBlocks ? launchOf(BlockSum<LossTotalTerms>{LossTotalTerms{{}, sum}}, 1) : launchOf(sum, 1));
    if (gradient != nullptr && m_options.scalesLoss()) launches.push_back(launchOf(ScaleLossGradient{gradient, lossScaling()}, n * m_network.classes));
    mark(launches, begun, -1, Part::Loss);
}

void NetworkPlan::addBackward(Index n, bool training, int buffer, std::vector<Launch>& launches) const {
    for (auto planned = m_ops.rbegin(); planned != m_ops.rend(); ++planned) {
        if (planned->gradient < 0) continue;
        const OpMemory memory = memoryOf(*planned, buffer, training);
        const std::size_t begun = launches.size();
        const Index values = n * sizeOf(planned->op.output);
        float* sum = piece<float>(planned->gradient);
        for (std::size_t k = 1; k < planned->gradientSources.size(); ++k) {
            const float* first = k == 1 ? piece<float>(planned->gradientSources[0]) : sum;
            launches.push_back(launchOf(Add{first, piece<float>(planned->gradientSources[k]), sum}, values));
        }
        auto index = static_cast<std::int32_t>(m_ops.rend() - planned) - 1;
        copyTapGradients(index, values, launches);
        const PlannedChain* chain = planned->chain >= 0 ? &m_chains[static_cast<std::size_t>(planned->chain)] : nullptr;
        if (chain != nullptr && chain->ops.back() == index) {
            addChainGradient(*chain, n, training, buffer, launches);
            index = chain->ops.front();
        } else if (planned->rules->backward != nullptr) {
            const bool merged = chain != nullptr && chain->merged;
            const ChainGradient behind = merged ? chainGradientOf(*chain, training, buffer) : ChainGradient{};
            planned->rules->backward({planned->op, memory, n, training, launches, m_options.kernels, m_options.libraries, false, m_options.factors, chain != nullptr, merged ? &behind : nullptr});
        }
        mark(launches, begun, index, Part::Backward);
    }
}

void NetworkPlan::copyTapGradients(std::int32_t op, Index values, std::vector<Launch>& launches) const {
    for (std::size_t k = 0; k < m_tapGradients.size(); ++k) {
        if (m_options.taps[k] != op) continue;
        launches.push_back(launchOf(Copy{piece<float>(m_ops[static_cast<std::size_t>(op)].gradient), piece<float>(m_tapGradients[k])}, values));
    }
}

std::vector<Launch> NetworkPlan::backward(Index n, int buffer) const {
    std::vector<Launch> launches;
    addBackward(n, false, buffer, launches);
    return launches;
}

std::vector<Launch> NetworkPlan::trainStep(Index n, double smoothing, bool weighted, int buffer) const {
    std::vector<Launch> launches;
    for (const PlannedOp& planned : m_ops) {
        if (!planned.skippedInTraining) addForward(planned, n, true, buffer, launches);
    }
    addLoss(n, smoothing, weighted, piece<float>(m_lossGradient), buffer, launches);
    addBackward(n, true, buffer, launches);
    return launches;
}

void NetworkPlan::addUnscaling(std::vector<Launch>& launches) const {
    if (!m_options.scalesLoss()) return;
    const std::size_t begun = launches.size();
    const Index count = m_network.parameterCount;
    auto* found = at<std::int32_t>(m_nonFinite);
    launches.push_back(launchOf(UnscaleGradient{gradients(), lossScaling()}, count));
    const FindNonFinite search{gradients(), found, count, (count + kGradientPieces - 1) / kGradientPieces};
    launches.push_back(sumsByBlocks(m_options.kernels, search.each) ? launchOf(BlockSum<FindNonFiniteTerms>{FindNonFiniteTerms{search}}, kGradientPieces)
                                                                    : launchOf(search, kGradientPieces));
    launches.push_back(launchOf(JudgeGradients{found, lossScaling(), at<BatchLoss>(m_total)}, 1));
    mark(launches, begun, -1, Part::Update);
}

std::vector<Launch> NetworkPlan::evaluation(Index n, bool withLoss, int buffer) const {
    std::vector<Launch> launches;
    for (const PlannedOp& planned : m_ops) {
        addForward(planned, n, false, buffer, launches);
    }
    if (withLoss) addLoss(n, 0.0, false, nullptr, buffer, launches);
    return launches;
}

}  // namespace convolab::gpu
