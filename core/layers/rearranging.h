#pragma once

#include <algorithm>
#include <optional>

#include "core/layers/reference_layer.h"

namespace convolab {

/// A value of one image's (C, H, W); element n of a vector is (n, 0, 0).
struct Place {
    std::int64_t channel = 0, row = 0, column = 0;
    bool operator==(const Place&) const = default;
};

inline std::int64_t indexOf(const Shape& shape, const Place& place) {
    return (place.channel * shape.height() + place.row) * shape.width() + place.column;
}
inline Place placeOf(const Shape& shape, std::int64_t index) {
    const std::int64_t plane = shape.height() * shape.width();
    return {index / plane, index % plane / shape.width(), index % shape.width()};
}

/// What kinds have in common whose every output value is one of the input's, or a constant: their arithmetic, and what
/// receptive fields, explanations and pruning ask of them.
class Rearranging {
  public:
    virtual ~Rearranging() = default;
    /// The value of which (channel, row, column) of the output is a copy; nothing where it is a constant.
    virtual std::optional<Place> sourceOf(const Attributes& attributes, const Shape& input, const Shape& output,
                                          const Place& place) const = 0;
    /// Where maps stay maps: the input channel behind a channel of the output. Nothing where maps are mixed or cut up.
    virtual std::optional<std::int64_t> channelBehind(const Attributes& attributes, const Shape& input,
                                                      std::int64_t channel) const = 0;
    virtual double constant(const Attributes&) const { return 0.0; }
    /// False where values are mixed after all (bilinear resizing): then only `channelBehind` may be asked.
    virtual bool copies(const Attributes&) const { return true; }
};

/// Such a kind's interface, or null for other kinds.
inline const Rearranging* asRearranging(const LayerKind& kind) { return dynamic_cast<const Rearranging*>(&kind); }

/// Base of such kinds, with the oracle's loops.
template <class Derived>
class RearrangingLayer : public ReferenceLayer<Derived>, public Rearranging {
  public:
    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        visit(context, context.output.shape, [&](std::int64_t to, std::int64_t from) {
            context.output[to] = from >= 0 ? context.inputs[0][from] : static_cast<T>(constant(context.attributes));
        });
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        std::fill_n(dx.data, dx.size(), T{0});
        visit(context, context.outputGradient.shape, [&](std::int64_t to, std::int64_t from) {
            if (from >= 0) dx[from] += context.outputGradient[to];
        });
    }

  private:
    /// Calls `copy(index in the output, index in the input or −1)` for every value of the batch.
    template <class T, class Copy>
    void visit(const ReferenceContext<T>& context, const Shape& batched, Copy&& copy) const {
        const auto withoutBatch = [](const Shape& shape) {
            return Shape(std::vector<std::int64_t>(shape.extents().begin() + 1, shape.extents().end()));
        };
        const Shape input = withoutBatch(context.inputs[0].shape), output = withoutBatch(batched);
        for (std::int64_t n = 0; n < batched[0]; ++n) {
            for (std::int64_t i = 0; i < output.size(); ++i) {
                const auto from = sourceOf(context.attributes, input, output, placeOf(output, i));
                copy(n * output.size() + i, from ? n * input.size() + indexOf(input, *from) : std::int64_t{-1});
            }
        }
    }
};

/// Four numbers (top, left, bottom, right), as many pixels as a kind adds or takes away at each side.
AttributeSchema sidesAttribute(const std::string& help);
/// The error for a vector where an image is needed.
Error imageNeeded(const Shape& input);

/// The pixel along one axis that padding shows at `position` (from −before): itself inside, mirrored without repeating
/// the edge ("reflect"), the edge ("edge"), or −1 for a constant.
std::int64_t paddedSource(const std::string& mode, std::int64_t position, std::int64_t extent);
/// The same for nearest-neighbour resizing from `from` to `to` pixels: ⌊position · from / to⌋.
inline std::int64_t nearestSource(std::int64_t position, std::int64_t from, std::int64_t to) { return position * from / to; }

/// The two pixels along one axis that linear resizing mixes, and the share of the second: pixel centres are aligned,
/// (position + ½) · from / to − ½, and the edge is kept beyond the outermost centres.
struct LinearTap {
    std::int64_t first = 0, second = 0;
    double share = 0.0;
};
LinearTap linearTap(std::int64_t position, std::int64_t from, std::int64_t to);

}  // namespace convolab
