// What a layer costs per image, written out as products; and how much of the image one of its values sees.
#pragma once

#include "core/graph/analysis.h"

#include <QString>

#include <optional>
#include <vector>

namespace convolab {

struct CostLine {
    QString label;
    QString product;  // "32 × (16·3·3 + 1)"; may be empty
    QString value;    // "4,640"
};

std::vector<CostLine> costLines(const NetworkSpec& spec, const Analysis& analysis, NodeId node);
std::vector<CostLine> blockLines(const NetworkSpec& spec, const Analysis& analysis, const Block& block);  // sums
std::vector<CostLine> networkLines(const NetworkSpec& spec, const Analysis& analysis);

struct ReceptiveField {
    std::int64_t height = 1, width = 1;
    bool wholeImage = false;  // behind a flatten, dense or global pooling
};
// Of one output value, by r += (covered − 1) · jump and jump *= stride along the largest path; nothing without an input.
std::optional<ReceptiveField> receptiveField(const NetworkSpec& spec, NodeId node);

}  // namespace convolab
