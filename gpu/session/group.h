#pragma once

#include <memory>
#include <vector>

#include "gpu/session/communicator.h"
#include "gpu/session/session.h"

namespace convolab::gpu {

/// One network on several devices: each computes its share of a batch, the gradients are added up, and all make the same update
/// (data-parallel training). Weights are the same everywhere; running statistics are those of the first device's shares, dropout masks
/// differ from device to device, so that a run agrees with one on a single device only up to these two.
class Group {
  public:
    /// One executor per device; options.maximumBatch is of the whole group.
    static Answer open(std::vector<std::unique_ptr<Executor>> executors, std::unique_ptr<Communicator> communicator, const ConvolabGpuNetwork& network,
                       const PlanOptions& options, std::unique_ptr<Group>& group);

    Session& first() { return *m_members.front(); }
    std::size_t bytes() const;  ///< of all devices
    Answer writeWeights(const float* parameters, const float* statistics);
    Answer writeState(const float* state, Index count);
    Answer writeLossScaling(const ConvolabGpuLossScaling& scaling);
    Answer setTargets(double smoothing, const float* classWeights);
    // Every device holds all images; one that has no room any more makes all of them let go.
    Answer holdImages(const ConvolabGpuImages* images);
    Answer writeImages(Index first, Index count, const void* pixels);
    Answer setAugmentations(std::span<const ConvolabGpuAugmentation> chain);
    Answer chooseImages(const ConvolabGpuChoice& choice);
    Answer setOutputTargets(const float* rows, Index count);
    Answer step(const StepInput& input, ConvolabGpuLoss& loss);
    Answer evaluate(const float* images, const std::int32_t* labels, Index n, ConvolabGpuLoss* loss, float* output, float* scores);

  private:
    /// Of a batch: which images a device computes, and what its mean counts for in the mean of all.
    struct Share {
        Index first, count;
        double weight;
    };
    std::vector<Share> sharesOf(const StepInput& input) const;
    /// Each device is told which of the chosen images are in its share.
    Answer chooseShares(const StepInput& input, std::span<const Share> shares);
    template <class Call>
    Answer onAll(Call&& call);

    std::unique_ptr<Communicator> m_communicator;
    std::vector<std::unique_ptr<Session>> m_members;
    std::vector<float> m_classWeights;
    std::vector<std::int32_t> m_places;  ///< of the chosen images
    ConvolabGpuChoice m_choice{};
    bool m_aims = false;  ///< outputs aim at values: all images count the same
};

}  // namespace convolab::gpu
