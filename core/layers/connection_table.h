#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "core/graph/attributes.h"

namespace convolab {

/// Which input maps each output map of a partially connected convolution sees: attribute "table", one number per output
/// map, whose bit c stands for input map c.
class ConnectionTable {
  public:
    static constexpr std::int64_t kMostInputs = 48;

    explicit ConnectionTable(const Attributes& attributes) {
        for (const double row : attributes.reals("table")) {
            const auto bits = static_cast<std::uint64_t>(std::llround(row));
            std::vector<std::int64_t> inputs;
            for (std::int64_t c = 0; c < kMostInputs; ++c) {
                if (((bits >> c) & 1U) != 0) inputs.push_back(c);
            }
            m_first.push_back(m_connections);
            m_connections += static_cast<std::int64_t>(inputs.size());
            m_inputs.push_back(std::move(inputs));
        }
    }

    std::int64_t filters() const { return static_cast<std::int64_t>(m_inputs.size()); }
    std::int64_t connections() const { return m_connections; }
    const std::vector<std::int64_t>& inputsOf(std::int64_t filter) const { return m_inputs[static_cast<std::size_t>(filter)]; }
    /// The number of the filter's first connection: kernels lie in the order of the filters and, within, of the inputs.
    std::int64_t firstOf(std::int64_t filter) const { return m_first[static_cast<std::size_t>(filter)]; }

    /// Kernels [connection][taps] ↔ the weights (O, I, taps) of a full convolution, 0 where nothing is connected.
    template <class T>
    void expand(const T* kernels, std::int64_t channels, std::int64_t taps, T* full) const {
        for (std::int64_t i = 0; i < filters() * channels * taps; ++i) full[i] = T{0};
        visit([&](std::int64_t filter, std::int64_t channel, std::int64_t connection) {
            for (std::int64_t t = 0; t < taps; ++t) full[(filter * channels + channel) * taps + t] = kernels[connection * taps + t];
        });
    }
    template <class T>
    void collect(const T* full, std::int64_t channels, std::int64_t taps, T* kernels) const {
        visit([&](std::int64_t filter, std::int64_t channel, std::int64_t connection) {
            for (std::int64_t t = 0; t < taps; ++t) kernels[connection * taps + t] = full[(filter * channels + channel) * taps + t];
        });
    }

  private:
    template <class Visit>
    void visit(Visit&& body) const {
        for (std::int64_t filter = 0; filter < filters(); ++filter) {
            std::int64_t connection = firstOf(filter);
            for (const std::int64_t channel : inputsOf(filter)) body(filter, channel, connection++);
        }
    }

    std::vector<std::vector<std::int64_t>> m_inputs;
    std::vector<std::int64_t> m_first;
    std::int64_t m_connections = 0;
};

}  // namespace convolab
