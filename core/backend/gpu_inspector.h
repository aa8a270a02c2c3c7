#pragma once

#include <functional>
#include <map>
#include <vector>

#include "core/backend/gpu_kept.h"
#include "core/backend/gpu_module.h"
#include "core/graph/analysis.h"
#include "core/model/model.h"
#include "core/model/own_ascent.h"
#include "core/model/value_summary.h"

namespace convolab {

/// Maps of one image side by side, as a picture of width() × height() values, the first row first.
struct MapPicture {
    std::int64_t image = 0;            ///< of the batch
    std::int64_t first = 0, maps = 1;  ///< channels of the layer's output; a vector's are 1 × 1
    std::int32_t columns = 1, gap = 0;
    float blank = 0.0F;                ///< where no map is

    std::int64_t width(std::int64_t mapWidth) const { return columns * (mapWidth + gap) - gap; }
    std::int64_t height(std::int64_t mapHeight) const { return (maps + columns - 1) / columns * (mapHeight + gap) - gap; }
};

/// What is asked of a session besides training and evaluation: outputs of layers and gradients, fetched when somebody wants them; sums over
/// many values; attacks. Part of a GpuModel, which says when there are new ones.
class GpuInspector {
  public:
    using Call = std::function<std::int32_t(ConvolabGpuFailure*)>;
    /// `require` makes a call of the C interface and throws where it fails.
    GpuInspector(const ConvolabGpuInspectionCalls& calls, ConvolabGpuSession* session, const Analysis& analysis, const CompileOptions& options,
                 std::function<void(const Call&)> require);

    const ConvolabGpuInspectionCalls& calls() const { return m_calls; }
    void evaluated(std::int64_t images);  ///< new taps
    void trained(std::int64_t images);    ///< a new gradient of the images

    View<const float> tap(NodeId node);
    View<const float> tapGradient(NodeId node);
    View<const float> imageGradient();
    void backward(View<const float> scoresGradient);

    std::vector<ValueSummary> summaries(std::span<const ValueSlice> slices);
    std::vector<std::int64_t> histogram(const ValueSlice& slice, std::span<const float> edges);
    std::vector<std::uint8_t> activeChannels(NodeId node);

    std::string attachTexture(std::uint32_t texture, std::uint32_t target);
    void detachTexture(std::uint32_t texture);
    bool drawMaps(NodeId node, const MapPicture& picture, std::uint32_t texture, std::span<float> pixels);

    void beginAscent(const AscentRequest& request, std::span<const std::int32_t> classes);
    void ascend();
    void readAscent(View<float> images, std::span<std::uint8_t> sawGradient);

  private:
    struct Tap {
        std::int32_t place;  ///< among the session's taps
        GpuKept values, gradient;
    };
    Tap& tapOf(NodeId node);
    ConvolabGpuSlice sliceOf(const ValueSlice& slice);

    const ConvolabGpuInspectionCalls& m_calls;
    ConvolabGpuSession* m_session;
    bool m_differentiable, m_hasImageGradient;
    std::function<void(const Call&)> m_require;
    std::map<NodeId, Tap> m_taps;
    GpuKept m_imageGradient;
    std::int64_t m_evaluated = 0, m_gradientImages = 0;  ///< images of the latest evaluation and of the latest backward pass
};

}  // namespace convolab
