// What a layer costs per image, written out as products; and how much of the image one of its values sees.
#pragma once

#include "core/graph/analysis.h"

#include <QString>

#include <vector>

namespace convolab {

struct CostLine {
    QString label;
    QString product;  // "32 × (16·3·3 + 1)"; may be empty
    QString value;    // "4,640"
    QString note{};   // a sentence for the pointer; may be empty
};

std::vector<CostLine> costLines(const NetworkSpec& spec, const Analysis& analysis, NodeId node);
std::vector<CostLine> blockLines(const NetworkSpec& spec, const Analysis& analysis, const Block& block);  // sums
std::vector<CostLine> networkLines(const NetworkSpec& spec, const Analysis& analysis);

}  // namespace convolab
