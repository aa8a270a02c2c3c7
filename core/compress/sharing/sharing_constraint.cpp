#include <algorithm>

#include "core/compress/sharing/codebook.h"
#include "core/util/check.h"

namespace convolab {

namespace {

class SharingConstraint final : public WeightConstraint {
  public:
    SharingConstraint(std::shared_ptr<const ParameterLayout> layout, const Codebooks& codebooks, MasksPtr masks)
        : m_layout(std::move(layout)) {
        if (masks) m_pruning = maskConstraint(std::move(masks));
        for (const auto& [layer, codebook] : codebooks) {
            const ParameterEntry* entry = m_layout->find(layer, "weight");
            CONVOLAB_CHECK(entry != nullptr && static_cast<std::size_t>(entry->spec.shape.size()) == codebook.codes.size(),
                           "codebooks of another network");
            m_tensors.push_back({entry->offset, codebook.codes, codebook.counts()});
        }
    }

    void adaptGradients(std::span<float> gradients) const override {
        if (m_pruning) m_pruning->adaptGradients(gradients);
        for (const Tensor& tensor : m_tensors) {
            const std::span<float> values = tensor.of(gradients);
            tensor.spread(values, tensor.sums(values));
        }
    }

    // The mean of equal numbers, summed in double, is that number to the bit: up to 2^29 members.
    void project(std::span<float> parameters) const override {
        if (m_pruning) m_pruning->project(parameters);
        for (const Tensor& tensor : m_tensors) {
            const std::span<float> values = tensor.of(parameters);
            std::vector<double> means = tensor.sums(values);
            for (std::size_t k = 0; k < means.size(); ++k) {
                means[k] /= static_cast<double>(std::max<std::int64_t>(1, tensor.counts[k]));
            }
            tensor.spread(values, means);
        }
    }

  private:
    struct Tensor {
        std::size_t offset = 0;
        std::vector<std::int16_t> codes;
        std::vector<std::int64_t> counts;

        std::span<float> of(std::span<float> flat) const { return flat.subspan(offset, codes.size()); }
        std::vector<double> sums(std::span<const float> values) const {
            std::vector<double> sums(counts.size(), 0.0);
            for (std::size_t i = 0; i < codes.size(); ++i) {
                if (codes[i] != kPrunedCode) sums[static_cast<std::size_t>(codes[i])] += values[i];
            }
            return sums;
        }
        void spread(std::span<float> values, const std::vector<double>& ofCluster) const {
            for (std::size_t i = 0; i < codes.size(); ++i) {
                values[i] =
                    codes[i] == kPrunedCode ? 0.0F : static_cast<float>(ofCluster[static_cast<std::size_t>(codes[i])]);
            }
        }
    };

    std::shared_ptr<const ParameterLayout> m_layout;
    std::shared_ptr<const WeightConstraint> m_pruning;
    std::vector<Tensor> m_tensors;
};

}  // namespace

std::shared_ptr<const WeightConstraint> sharingConstraint(std::shared_ptr<const ParameterLayout> layout,
                                                          const Codebooks& codebooks, MasksPtr masks) {
    return std::make_shared<SharingConstraint>(std::move(layout), codebooks, std::move(masks));
}

}  // namespace convolab
