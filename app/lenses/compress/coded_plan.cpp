#include "app/lenses/compress/coded_plan.h"

#include "core/compress/coding/packed_file.h"
#include "core/inspect/predictions.h"

namespace convolab {

namespace {

constexpr double kCodedShare = 0.3;  // of the whole work, about

Error cancelled() { return {ErrorCode::Cancelled, "cancelled", {}, {}}; }

}  // namespace

PackedNetwork packedNetworkOf(const LaidPlan& laid) { return {*laid.ground.network, *laid.shared, laid.codebooks}; }

Result<CodedPlan> codePlan(const LaidPlan& laid, const WeightCoder& coder, const DatasetPtr& dataset, const std::function<bool(double)>& progress) {
    CodedPlan coded{laid.ground, laid.plan, coder.id, {}, 0, 0};
    const PackedNetwork packed = packedNetworkOf(laid);
    CONVOLAB_ASSIGN(coded.file, packNetwork(packed, coder));
    CONVOLAB_ASSIGN(const PackedNetwork back, unpackNetwork(coded.file));
    if (back.weights.parameters != packed.weights.parameters || back.weights.statistics != packed.weights.statistics) {
        return Error{ErrorCode::Internal, "the packed file reads back otherwise than it was written", {}, "please report this"};
    }
    CONVOLAB_ASSIGN(const PackedSize size, packedSize(packed));
    for (const StageBytes& stage : size.stages) coded.stages.push_back(stage.bytes);
    coded.denseBytes = size.denseBytes();
    coded.bytes = static_cast<std::int64_t>(coded.file.size());
    if (!progress(kCodedShare)) return cancelled();
    if (!dataset || dataset->size(Split::Validation) == 0) return coded;
    const auto rest = [&](double share) { return progress(kCodedShare + (1.0 - kCodedShare) * share); };
    CONVOLAB_ASSIGN(const PredictionTable table, predictSplit(back.spec, back.weights, *dataset, Split::Validation, 0, rest));
    const auto images = static_cast<std::int64_t>(table.rows.size());
    coded.accuracy = PlanAccuracy{Split::Validation, table.correct(), images, images, arithmeticOf(laid.plan)};
    return coded;
}

}  // namespace convolab
