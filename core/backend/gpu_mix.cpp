#include "core/backend/gpu_mix.h"

#include "core/layers/rearranging.h"

namespace convolab {

namespace {

struct Entry {
    std::int64_t from;
    float weight;
};

/// The up to four pixels that bilinear resizing mixes.
std::vector<Entry> linearEntries(const Shape& input, const Shape& output, const Place& place) {
    const LinearTap row = linearTap(place.row, input.height(), output.height());
    const LinearTap column = linearTap(place.column, input.width(), output.width());
    const auto entry = [&](std::int64_t r, std::int64_t c, double share) {
        return Entry{indexOf(input, {place.channel, r, c}), static_cast<float>(share)};
    };
    return {entry(row.first, column.first, (1.0 - row.share) * (1.0 - column.share)),
            entry(row.first, column.second, (1.0 - row.share) * column.share),
            entry(row.second, column.first, row.share * (1.0 - column.share)),
            entry(row.second, column.second, row.share * column.share)};
}

}  // namespace

void fillMix(const LayerKind& kind, const Attributes& attributes, const Shape& input, const Shape& output, GpuOp& made) {
    const Rearranging& rule = *asRearranging(kind);
    const bool copies = rule.copies(attributes);
    std::vector<std::int32_t> from;
    for (std::int64_t i = 0; i < output.size(); ++i) {
        made.table.push_back(static_cast<std::int32_t>(from.size()));
        const Place place = placeOf(output, i);
        std::vector<Entry> entries;
        if (!copies) {
            entries = linearEntries(input, output, place);
        } else if (const auto source = rule.sourceOf(attributes, input, output, place)) {
            entries = {{indexOf(input, *source), 1.0F}};
        }
        for (const Entry& entry : entries) {
            from.push_back(static_cast<std::int32_t>(entry.from));
            made.constants.push_back(entry.weight);
        }
    }
    made.table.push_back(static_cast<std::int32_t>(from.size()));
    made.table.insert(made.table.end(), from.begin(), from.end());
    made.op.values[0] = copies ? static_cast<float>(rule.constant(attributes)) : 0.0F;
}

}  // namespace convolab
