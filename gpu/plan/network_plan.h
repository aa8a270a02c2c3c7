#pragma once

#include <cstddef>
#include <vector>

#include "gpu/plan/arena.h"
#include "gpu/plan/op_rules.h"

namespace convolab::gpu {

struct PlanOptions {
    Index maximumBatch = 1;
    bool training = false;      ///< with loss and backward pass
    bool crossEntropy = true;   ///< else the squared error
    Kernels kernels = Kernels::Automatic;
    std::uint32_t libraries = 0;  ///< LibraryBits
    Index updateStates = 0;     ///< per parameter; not part of the plan's memory
    bool fuse = true;           ///< layers that change values one by one share kernels; false: for comparisons
    FactorType factors = FactorType::Float32;  ///< of convolutions and dense layers; training with fp16 scales the loss
    bool imageGradient = false; ///< the backward pass goes on to the images; without training it is there for that alone: any number
                                ///< of backward passes after one in evaluation mode, from gradients that come from outside
    std::vector<std::int32_t> taps = {};  ///< ops whose outputs stay, and in a plan without training their gradients

    bool scalesLoss() const { return training && factors == FactorType::Fp16; }
};

/// A network on a device: where every buffer lies in one piece of memory, and what to launch for a batch. Holds a copy of the
/// description. Times of the arena: one per operation forward, one for the loss, two per operation backward.
class NetworkPlan {
  public:
    NetworkPlan(const ConvolabGpuNetwork& network, const PlanOptions& options);
    NetworkPlan(NetworkPlan&&) = default;

    /// Of the memory: what stays (weights, tables, the batch) and what shares the arena.
    std::size_t bytes() const { return m_stayingBytes + m_arenaBytes; }
    std::size_t arenaBytes() const { return m_arenaBytes; }
    const std::vector<ArenaPiece>& pieces() const { return m_pieces; }

    /// From now on launches call no library: all is computed by our own kernels.
    void leaveLibraries() { m_options.libraries = 0; }

    /// The squared error aims at `count` rows of as many values as there are outputs, one per label; null: at 1 for the label, else 0. They lie on
    /// the device.
    void aimAt(const float* rows, Index count) { m_rows = rows, m_rowCount = count; }

    /// The memory lies here; all that follows needs it. Aligned to kArenaAlignment.
    void place(std::byte* memory);

    float* parameters() const { return at<float>(m_parameters); }
    float* gradients() const { return at<float>(m_gradients); }
    float* statistics() const { return at<float>(m_statistics); }
    /// Batches have two places, so that one can come while the other one is computed: `buffer` 0 or, in a plan for training, 1.
    float* images(int buffer) const { return at<float>(m_images[buffer]); }
    std::int32_t* labels(int buffer) const { return at<std::int32_t>(m_labels[buffer]); }
    float* classWeights() const { return at<float>(m_classWeights); }
    StepState* state(int buffer) const { return at<StepState>(m_state[buffer]); }
    ImageLoss* losses() const { return at<ImageLoss>(m_losses); }
    const BatchLoss* loss() const { return at<BatchLoss>(m_total); }
    LossScaling* lossScaling() const { return m_options.scalesLoss() ? at<LossScaling>(m_lossScaling) : nullptr; }
    const float* output() const { return value(m_network.outputOp); }
    const float* scores() const { return value(m_network.lossOp); }  ///< what the loss reads
    const ConvolabGpuNetwork& network() const { return m_network; }
    const PlanOptions& options() const { return m_options; }
    Index imageSize() const { return sizeOf(m_ops.front().op.output); }
    Index outputSize() const { return sizeOf(m_ops[static_cast<std::size_t>(m_network.outputOp)].op.output); }

    /// Tables and constants that have to be in the memory before the first launch.
    struct Upload {
        std::byte* to;
        const void* from;
        std::size_t bytes;
    };
    std::vector<Upload> uploads() const;

    /// Forward, loss and backward; afterwards gradients() and loss() hold the batch's.
    std::vector<Launch> trainStep(Index n, double smoothing, bool weighted, int buffer = 0) const;
    /// Behind trainStep, where the loss is scaled: the gradients get their true size, and whether the step is skipped is decided.
    void addUnscaling(std::vector<Launch>& launches) const;
    // What stays for those who ask, without a batch in training. Taps by their place in the options.
    const float* tap(std::size_t index) const { return value(m_options.taps[index]); }
    const ConvolabGpuShape& tapShape(std::size_t index) const { return m_ops[static_cast<std::size_t>(m_options.taps[index])].op.output; }
    Index tapSize(std::size_t index) const { return sizeOf(tapShape(index)); }
    const float* tapGradient(std::size_t index) const { return piece<float>(m_tapGradients[index]); }
    const float* imageGradient() const { return piece<float>(m_imageGradient); }
    float* scoresGradient() const { return piece<float>(m_lossGradient); }  ///< of what scores() shows; a backward pass begins with it
    bool hasBackward() const { return m_options.training || m_options.imageGradient; }
    /// After an evaluation, in a plan with imageGradient: from scoresGradient() to the images and the taps; the weights are constants.
    std::vector<Launch> backward(Index n, int buffer = 0) const;

    /// Forward in evaluation mode; with `withLoss` the plain loss against labels().
    std::vector<Launch> evaluation(Index n, bool withLoss, int buffer = 0) const;

  private:
    struct PlannedOp {
        ConvolabGpuOp op{};
        std::vector<std::int32_t> inputs;
        std::vector<ConvolabGpuShape> inputShapes;
        OpTables tables;
        const OpRules* rules = nullptr;
        std::size_t tableAt = 0, constantsAt = 0, bytesAt = 0;  ///< into what stays
        bool wantsGradient = false;
        bool skippedInTraining = false;            ///< behind what the loss reads
        bool relu = false;                         ///< its kernel does the work of the ReLU behind it,
        bool fused = false;                        ///< which is fused: its output is its input
        int chain = -1;                            ///< into m_chains; −1: none
        int value = -1, gradient = -1, workspace = -1;  ///< pieces; an alias has its input's value; −1: within a chain
        int halfKept = -1, halfForward = -1, halfBackward = -1;  ///< pieces of HalfSizes
        std::vector<int> gradientSources;          ///< to be summed into `gradient` first; empty: it has one writer
        std::vector<int> inputGradients;           ///< pieces; −1: not wanted
    };

    /// Layers that run as one Chain, at the time of the last.
    struct PlannedChain {
        std::vector<int> ops;
        std::vector<std::size_t> through;  ///< of each, the input whose values go through the chain
        bool ownGradient = false;          ///< of the first; the chain's gradient ends behind it
        bool merged = false;               ///< which computes the chain's gradient on the way
        bool byOutput = false;             ///< ChainGradient
        std::size_t needed = 0;            ///< members up to the last one whose input the gradient needs
    };

    template <class T>
    T* at(std::size_t offset) const {
        return reinterpret_cast<T*>(m_memory + offset);
    }
    template <class T>
    T* piece(int index) const {
        return index < 0 ? nullptr : at<T>(m_stayingBytes + m_pieces[static_cast<std::size_t>(index)].offset);
    }
    const float* value(int op) const { return piece<float>(m_ops[static_cast<std::size_t>(op)].value); }

    int count() const { return static_cast<int>(m_ops.size()); }
    int backwardTime(int op) const { return count() + 2 * (count() - op); }
    /// How long what the forward pass has left is needed.
    int lastBackwardTime(int op) const { return m_options.training ? backwardTime(op) : kForever; }
    bool keepsTapGradients() const { return m_options.imageGradient && !m_options.training; }
    std::size_t valueBytes(const ConvolabGpuShape& shape, std::size_t each = sizeof(float)) const;
    std::size_t stay(std::size_t bytes);
    int addPiece(std::size_t bytes, int first, int last);
    void extend(int piece, int time);
    void copyOps(const ConvolabGpuNetwork& network);
    void markSkipped();
    void fuseRelus();
    void placeStaying();
    void placeValues();
    void placeHalves(int index, bool backward);
    void placeGradients();
    void placeInputGradients(int index);
    static void announce(const PlannedOp& planned, std::vector<std::vector<int>>& arriving);
    // chains.cpp
    void findChains();
    void growChain(int head, const std::vector<std::vector<int>>& readers);
    int chainInput(int op, int from) const;
    bool isReadOutside(int op) const;
    const ConvolabGpuOp& describedOp(int op) const;
    bool wantsInputGradient(const PlannedOp& planned, std::size_t input) const;
    void placeChainGradients(PlannedChain& chain);
    void keepForGradient(PlannedChain& chain, int time);
    void extendInput(const PlannedOp& planned, std::size_t input, int time);
    bool isInner(const PlannedOp& planned) const;  ///< in a chain and not its last
    // chain_launches.cpp
    Chain chainOf(const PlannedChain& chain, bool training, int buffer, std::int32_t* recomputed) const;
    ChainGradient chainGradientOf(const PlannedChain& chain, bool training, int buffer) const;
    void addHead(const PlannedOp& planned, Index n, bool training, int buffer, std::vector<Launch>& launches) const;
    void addChainGradient(const PlannedChain& chain, Index n, bool training, int buffer, std::vector<Launch>& launches) const;
    OpMemory memoryOf(const PlannedOp& planned, int buffer, bool trains) const;
    void addForward(const PlannedOp& planned, Index n, bool training, int buffer, std::vector<Launch>& launches) const;
    void addLoss(Index n, double smoothing, bool weighted, float* gradient, int buffer, std::vector<Launch>& launches) const;
    void addBackward(Index n, bool training, int buffer, std::vector<Launch>& launches) const;
    void copyTapGradients(std::int32_t op, Index values, std::vector<Launch>& launches) const;

    PlanOptions m_options;
    ConvolabGpuNetwork m_network{};
    std::vector<PlannedOp> m_ops;
    std::vector<PlannedChain> m_chains;
    std::vector<ArenaPiece> m_pieces;
    int m_lossGradient = -1, m_imageGradient = -1;
    std::vector<int> m_tapGradients;  ///< pieces
    std::size_t m_stayingBytes = 0, m_arenaBytes = 0;
    std::size_t m_images[2] = {}, m_labels[2] = {}, m_state[2] = {};
    std::size_t m_parameters = 0, m_gradients = 0, m_statistics = 0, m_classWeights = 0, m_losses = 0, m_total = 0, m_scratch = 0;
    std::size_t m_lossScaling = 0, m_nonFinite = 0;
    std::byte* m_memory = nullptr;
    const float* m_rows = nullptr;
    Index m_rowCount = 0;
};

}  // namespace convolab::gpu
