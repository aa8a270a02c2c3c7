#include "app/quantized_device.h"

#include <algorithm>

#include "core/backend/gpu_loader.h"
#include "core/backend/gpu_quantized_model.h"
#include "core/compress/quantization/integer_model.h"

namespace convolab {

Result<std::unique_ptr<QuantizedModel>> quantizedOn(const Device& device, const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                                    const ActivationRanges& ranges, const QuantizedModelOptions& options) {
    if (device.ordinal < 0) return QuantizedModel::make(spec, weights, plan, ranges, options);
    const auto& module = gpuModule();
    if (!module.ok()) return module.error();
    return quantizedOnGpu(**module, device.ordinal, spec, weights, plan, ranges, options);
}

MakeIntegers integersOn(const Device& device) {
    if (device.ordinal < 0) return makeIntegerModel;
    return [ordinal = device.ordinal](IntegerNetwork network, const QuantizedModelOptions& options) -> Result<std::unique_ptr<QuantizedModel>> {
        const auto& module = gpuModule();
        if (!module.ok()) return module.error();
        return integersOnGpu(**module, ordinal, std::move(network), options);
    };
}

std::string arithmeticText(const QuantizedModel& model, const Device& device) {
    const std::vector<QuantizedLayerPlan> rows = model.plan();
    const auto integers = std::ranges::count_if(rows, [](const QuantizedLayerPlan& row) { return row.runs && row.integer; });
    if (integers == 0) return "measured with rounded weights in float32, on " + device.name;
    const auto all = std::ranges::count_if(rows, [](const QuantizedLayerPlan& row) { return row.runs; });
    return "measured as the integers compute it, " + std::to_string(integers) + " of " + std::to_string(all) + " steps in 8-bit integers, on " + device.name;
}

}  // namespace convolab
