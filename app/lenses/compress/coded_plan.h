#pragma once

#include "app/lenses/compress/plan_bench.h"
#include "core/compress/coding/packed_size.h"

namespace convolab {

/// The network that a laid plan makes, cut and shared, with its codebooks; nothing is on a grid. Any thread.
PackedNetwork packedNetworkOf(const LaidPlan& laid);

/// A plan that was really coded: written as a packed file, read back and measured.
struct CodedPlan {
    PlanGround ground;
    CompressionPlan plan;
    std::string coder;                 ///< id of the last one
    std::vector<std::int64_t> stages;  ///< bytes up to each of weightCoders(), to the byte
    std::int64_t denseBytes = 0;
    std::int64_t bytes = 0;            ///< of the file
    std::optional<PlanAccuracy> accuracy = {};  ///< of what was read back; absent without a data set
    std::string file = {};             ///< its bytes

    bool isOf(const LaidPlan& laid) const { return ground == laid.ground && plan == laid.plan; }
    double ratio() const { return bytes > 0 ? static_cast<double>(denseBytes) / static_cast<double>(bytes) : 0.0; }
};

/// `dataset`: null measures nothing. `progress` takes a share; false: an error with ErrorCode::Cancelled.
Result<CodedPlan> codePlan(const LaidPlan& laid, const WeightCoder& coder, const DatasetPtr& dataset, const std::function<bool(double)>& progress);

}  // namespace convolab
