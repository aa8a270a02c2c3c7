#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "gpu/graphics/texture_bridge.h"
#include "gpu/plan/network_plan.h"
#include "gpu/session/answer.h"
#include "gpu/session/executor.h"
#include "gpu/session/graph_policy.h"
#include "gpu/session/held_images.h"
#include "gpu/session/snapshots.h"

namespace convolab::gpu {

using PostedWeights = ConvolabGpuPosted;

/// A batch and what a step does with it.
struct StepInput {
    const float* images = nullptr;               ///< null: those chosen of the held ones
    const std::int32_t* labels = nullptr;
    Index n = 0;
    const std::uint32_t* dropoutKey = nullptr;   ///< null: evaluation mode, with the loss
    const ConvolabGpuUpdate* update = nullptr;   ///< null: the weights stay
    Index kept = 0;                              ///< so many of the first images lie on the device already
};

/// One network on one device: its plan, its memory, and the lists of launches for each size of batch, made when it first
/// comes. Lists that come again are recorded and replayed.
class Session {
  public:
    /// Allocates and uploads the tables. Weights are 0. `session` is only set if all went well.
    static Answer open(std::unique_ptr<Executor> executor, const ConvolabGpuNetwork& network, const PlanOptions& options, std::unique_ptr<Session>& session);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Why libraries that are there are not called; empty if they are.
    const std::string& note() const { return m_note; }
    std::size_t bytes() const;
    Answer writeWeights(const float* parameters, const float* statistics);
    Answer readParameters(float* parameters);
    /// The weights behind the steps that were started, without waiting (Snapshots); `step` is their number.
    Answer postWeights(Index step, PostedWeights* posted);
    Answer takeWeights(Index* step, float* parameters, float* statistics);  ///< step −1: none is there
    Answer writeState(const float* state, Index count);
    Answer readState(float* state, Index count);
    Answer readStatistics(float* statistics);
    Answer readGradients(float* gradients);
    /// Of a training in fp16; else there is none, which is an answer.
    Answer writeLossScaling(const ConvolabGpuLossScaling& scaling);
    Answer readLossScaling(ConvolabGpuLossScaling& scaling);
    Answer setTargets(double smoothing, const float* classWeights);
    Answer setOutputTargets(const float* rows, Index count);  ///< out of memory leaves all as it was
    // Images that stay on the device (session_images.cpp); steps and evaluations then may take those chosen. They give way where
    // the optimizer's state needs their memory: steps that were to take them answer kGpuNoImages.
    Answer holdImages(const ConvolabGpuImages* images);  ///< null: none
    Answer writeImages(Index first, Index count, const void* pixels);
    Answer setAugmentations(std::span<const ConvolabGpuAugmentation> chain);
    Answer chooseImages(const ConvolabGpuChoice& choice);
    bool holdsImages() const { return m_held != nullptr; }
    Answer prepare(const StepInput& input);  ///< room for the optimizer's state, and the images are there

    Answer step(const StepInput& input, ConvolabGpuLoss& loss);
    // The same with something between: gradients of a share of a batch, times its weight; then the update. Of a Group.
    Answer beginShare(const StepInput& input, float weight);  ///< does not wait for the device
    Answer endShare(const ConvolabGpuUpdate* update, ConvolabGpuLoss& loss);
    float* gradients() { return m_plan.gradients(); }
    Index imageSize() const { return m_plan.imageSize(); }
    Index outputSize() const { return m_plan.outputSize(); }
    Index classes() const { return m_plan.network().classes; }
    Index parameterCount() const { return m_plan.network().parameterCount; }

    // The same in three parts, for batches that come while others are computed. At most one batch is staged and two steps are started and
    // not finished; anything else may be asked in between, and sees the device as after the started steps.
    Answer stage(const StepInput& input);  ///< what it points to may change when the call returns; in place of a batch that is staged
    Answer start();                        ///< the staged batch; does not wait for the device
    Answer finish(ConvolabGpuLoss& loss);  ///< waits for the step that was started first
    /// `layers`: one per op.
    Answer timedStep(const StepInput& input, ConvolabGpuLoss& loss, ConvolabGpuTimes& times, ConvolabGpuLayerTimes* layers);
    Answer evaluate(const float* images, const std::int32_t* labels, Index n, ConvolabGpuLoss* loss, float* output, float* scores);

    // Of the n images evaluated last (ConvolabGpuInspectionCalls; session_inspection.cpp).
    Answer readTap(Index tap, Index n, float* values);
    Answer backward(const float* scoresGradient, Index n);
    Answer readImageGradient(Index n, float* values);
    Answer readTapGradient(Index tap, Index n, float* values);

    // Sums over many values (session_statistics.cpp).
    Answer summarise(std::span<const ConvolabGpuSlice> slices, ConvolabGpuSummary* summaries);
    Answer histogram(const ConvolabGpuSlice& slice, const float* edges, Index bins, std::int64_t* counts);
    Answer activeChannels(Index tap, Index n, std::uint8_t* active);

    // Maps as a picture, in a texture where that is possible (session_textures.cpp).
    std::string attachTexture(std::uint32_t texture, std::uint32_t target);  ///< empty: done; else why not
    void detachTexture(std::uint32_t texture);
    Answer drawMaps(const ConvolabGpuAtlas& atlas, std::uint32_t texture, float* pixels, bool* written);

    // Attacks (session_ascent.cpp).
    Answer beginAscent(const ConvolabGpuAscent& ascent, const StepInput& input, const std::int64_t* ids);
    Answer ascend();
    Answer readAscent(float* images, std::uint8_t* sawGradient);
    Answer stepOnAscent(StepInput input, ConvolabGpuLoss& loss);

  private:
    enum class Pass : std::uint64_t {
        Train, Evaluate, EvaluateWithLoss, Share, Backward = std::uint64_t{1} << 61, Ascend = std::uint64_t{1} << 62, AscendByLength = std::uint64_t{1} << 63,
    };
    enum class Source : std::uint64_t { Given, Held, Augmented };  ///< of the images

    /// What a list of launches depends on.
    struct Shape {
        Pass pass;
        Index n;
        const ConvolabGpuUpdate* update = nullptr;
        int buffer = 0;
        Source source = Source::Given;
        std::uint64_t key() const;
    };

    Session(std::unique_ptr<Executor> executor, NetworkPlan plan, std::byte* memory);
    std::size_t shadowBytes() const;
    Answer requireState(Index count);
    Answer replaceState(Index count, Index kept);
    void forgetLaunches();
    Outcome uploadBatch(const StepInput& input, int buffer);
    std::vector<Executor::Transfer> transfersOf(const StepInput& input, int buffer, StepState& state) const;
    /// Where a batch goes that is not staged.
    int freeBuffer() const { return m_staged ? 1 - m_stagedBuffer : 0; }
    Source sourceOf(const StepInput& input) const;
    Answer requireImages(const StepInput& input) const;
    Outcome forgetStagedImages();
    bool dropImages();
    Answer runPass(const Shape& shape);
    Answer readLoss(ConvolabGpuLoss& loss);
    Answer readValues(float* to, const float* from, Index count);
    Answer requireTap(Index tap) const;
    Answer requireStatisticsMemory();
    Answer valuesOf(const ConvolabGpuSlice& slice, const float** values) const;
    TextureBridge& bridge();
    Answer requirePicture(std::size_t bytes);
    Answer requireAscentMemory();
    std::size_t ascentSize() const;
    std::vector<Launch> ascentLaunches(const Shape& shape) const;
    const std::vector<Launch>& launchesOf(const Shape& shape);
    Launch launchOfUpdate(const ConvolabGpuUpdate& update, int buffer) const;
    std::vector<Launch> makeLaunches(const Shape& shape) const;

    std::unique_ptr<Executor> m_executor;
    NetworkPlan m_plan;
    std::byte* m_memory;
    std::byte* m_stateMemory = nullptr;  ///< of the optimizer
    Index m_stateCount = 0;              ///< floats
    std::byte* m_statisticsMemory = nullptr;
    std::byte* m_picture = nullptr;
    std::size_t m_pictureBytes = 0;
    std::unique_ptr<TextureBridge> m_bridge;
    std::byte* m_ascentMemory = nullptr;
    struct Ascent {
        Index n = 0;  ///< 0: none was begun
        int buffer = 0;
        bool byLength = false;
    };
    Ascent m_ascent;
    std::byte* m_rows = nullptr;         ///< of the targets, if outputs aim at values
    std::size_t m_rowBytes = 0;
    std::byte* m_shadow = nullptr;       ///< of the weights, once they were posted
    Snapshots m_snapshots;
    GraphPolicy m_policy;
    std::map<std::uint64_t, std::vector<Launch>> m_launches;
    std::map<std::uint64_t, double> m_replaySeconds;  ///< of the processor, to start a recording, the latest time
    /// The staged batch, without what it pointed to.
    struct Staged {
        Index n;
        ConvolabGpuUpdate update;
        bool updates;
        Source source;
    };
    std::optional<Staged> m_staged;
    int m_stagedBuffer = 0;
    std::unique_ptr<HeldImages> m_held;
    std::deque<int> m_started;  ///< buffers of the unfinished steps, the oldest first
    std::string m_note;
    double m_smoothing = 0.0;
    bool m_weighted = false;
};

}  // namespace convolab::gpu
