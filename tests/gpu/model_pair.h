// A network on the processor and on a device, for tests.
#pragma once

#include <QTest>

#include "core/backend/gpu_model.h"
#include "core/backend/device_pair.h"
#include "core/graph/example_network.h"
#include "tests/core/op_case.h"

namespace convolab::testing {

inline CompileModel compilerOf(const ConvolabGpuModule& module, int ordinal = 0) {
    return [&module, ordinal](const NetworkSpec& spec, const CompileOptions& options) { return compileOnGpu(module, ordinal, spec, options); };
}

inline std::vector<float> copyOf(std::span<const float> values) { return {values.begin(), values.end()}; }

struct ModelPair : DevicePair {
    ModelPair(const CompileModel& compile, const NetworkSpec& spec, const CompileOptions& options) : DevicePair(make(compile, spec, options).value()) {}
};
inline constexpr double kModelTolerance = DevicePair::kTolerance;

/// Rows for tests that run every kind: column kindIndex, into layerKinds().
inline void addKindRows() {
    QTest::addColumn<int>("kindIndex");
    for (std::size_t k = 0; k < layerKinds().size(); ++k) QTest::newRow(layerKinds()[k]->id.c_str()) << static_cast<int>(k);
}

}  // namespace convolab::testing
