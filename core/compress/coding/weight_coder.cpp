#include "core/compress/coding/weight_coder.h"

#include <algorithm>

namespace convolab {

const WeightCoder* findWeightCoder(std::string_view id) {
    const auto found = std::ranges::find_if(weightCoders(), [&](const WeightCoder* coder) { return coder->id == id; });
    return found == weightCoders().end() ? nullptr : *found;
}

const WeightCoder* findWeightCoder(std::uint8_t tag) {
    const auto found = std::ranges::find_if(weightCoders(), [&](const WeightCoder* coder) { return coder->tag == tag; });
    return found == weightCoders().end() ? nullptr : *found;
}

CodedTensor encodeSmallest(const TensorContent& content, const WeightCoder& last) {
    CodedTensor best;
    for (const WeightCoder* coder : weightCoders()) {
        if (!coder->needsCodebook || content.codebook) {
            CodedTensor tried{coder, {}, {}};
            tried.bytes = coder->encode(content, tried.spent);
            if (best.coder == nullptr || tried.bytes.size() < best.bytes.size()) best = std::move(tried);
        }
        if (coder == &last) break;
    }
    return best;
}

}  // namespace convolab
