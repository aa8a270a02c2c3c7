#pragma once

#include <functional>
#include <memory>

#include "core/model/model.h"

namespace convolab {

/// Makes the model of a network: Model::compile for the processor, or one on another device.
using CompileModel = std::function<Result<std::unique_ptr<Model>>(const NetworkSpec& spec, const CompileOptions& options)>;

}  // namespace convolab
