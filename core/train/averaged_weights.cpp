#include "core/train/averaged_weights.h"

#include <algorithm>

#include "core/train/gradients.h"
#include "core/train/training_loop.h"

namespace convolab {

AveragedWeights::AveragedWeights(std::span<const float> parameters, std::span<const float> statistics)
    : m_parameters(parameters.size()), m_statistics(statistics.size()) {
    std::ranges::copy(parameters, m_parameters.data());
    std::ranges::copy(statistics, m_statistics.data());
}

void AveragedWeights::update(std::span<const float> parameters, std::span<const float> statistics, double decay,
                             std::int64_t step) {
    const auto t = static_cast<double>(step);
    const double now = std::min(decay, (1.0 + t) / (10.0 + t));
    updateAverage(m_parameters.span(), parameters, now);
    updateAverage(m_statistics.span(), statistics, now);
}

std::vector<float> AveragedWeights::state() const {
    std::vector<float> values(m_parameters.span().begin(), m_parameters.span().end());
    values.insert(values.end(), m_statistics.span().begin(), m_statistics.span().end());
    return values;
}

bool AveragedWeights::restore(std::span<const float> state) {
    const std::size_t parameters = m_parameters.span().size();
    if (state.size() != parameters + m_statistics.span().size()) return false;
    std::ranges::copy(state.first(parameters), m_parameters.data());
    std::ranges::copy(state.subspan(parameters), m_statistics.data());
    return true;
}

WeightSet shownWeights(const Checkpoint& checkpoint) {
    WeightSet weights = checkpoint.weights;
    const std::size_t parameters = weights.parameters.size();
    if (checkpoint.averaged.size() != parameters + weights.statistics.size()) return weights;
    const auto averaged = std::span(checkpoint.averaged);
    std::ranges::copy(averaged.first(parameters), weights.parameters.begin());
    std::ranges::copy(averaged.subspan(parameters), weights.statistics.begin());
    return weights;
}

}  // namespace convolab
