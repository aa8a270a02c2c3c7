#pragma once

#include <functional>
#include <memory>

#include "core/model/model.h"

namespace convolab {

/// Makes the model of a network: Model::compile for the processor, or one on another device.
using CompileModel = std::function<Result<std::unique_ptr<Model>>(const NetworkSpec& spec, const CompileOptions& options)>;

/// Whether it is Model::compile itself.
inline bool compilesForProcessor(const CompileModel& compile) {
    const auto* function = compile.target<Result<std::unique_ptr<Model>> (*)(const NetworkSpec&, const CompileOptions&)>();
    return function != nullptr && *function == &Model::compile;
}

}  // namespace convolab
