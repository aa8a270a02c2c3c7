#include <nlohmann/json.hpp>

#include "core/attack/attack_text.h"
#include "core/measure/laser.h"
#include "core/measure/layer_metric.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kDigits = 6;

Json optionalJson(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }
Json optionalJson(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(nullptr); }

Json latencyJson(const Latency& latency) {
    Json object = Json::object();
    for (const BatchLatency& batch : latency.batches) {
        object["batch_" + std::to_string(batch.batch)] = {
            {"median", batch.seconds.median},   {"p95", batch.seconds.p95},
            {"iqr", batch.seconds.range()},     {"minimum", batch.seconds.minimum},
            {"per_image", batch.perImage()},    {"images_per_second", 1.0 / batch.perImage()},
            {"between_layers", batch.betweenLayers()}, {"runs", batch.runs},
            {"warm_up_runs", batch.warmUpRuns}, {"threads", latency.threads},
            {"shared", batch.shared}};
    }
    return object;
}

Json accuracyJson(const std::optional<AccuracyFigures>& accuracy) {
    if (!accuracy) return nullptr;
    return {{"top1", accuracy->top1}, {"top5", accuracy->top5}, {"loss", accuracy->loss},
            {"images", accuracy->images}, {"split", splitName(accuracy->split)}, {"dataset", accuracy->dataset}};
}

Json sizeJson(const SizeFigures& size) {
    return {{"parameters", size.parameters},
            {"macs", size.macs},
            {"flops", size.flops()},
            {"activation_bytes", size.activationBytes},
            {"arena_bytes", size.arenaBytes},
            {"bytes_moved", size.bytesMoved},
            {"weight_bytes", size.weightBytes},
            {"document_bytes", optionalJson(size.documentBytes)},
            {"onnx_bytes", optionalJson(size.onnxBytes)},
            {"packed_bytes", optionalJson(size.packedBytes)}};
}

Json energyJson(const LaserCard& card) {
    const EnergyModel& model = card.energy;
    Json measured = nullptr;
    if (const auto& energy = card.measuredEnergy) {
        measured = {{"joules_per_image", energy->joulesPerImage}, {"idle_watts", energy->idleWatts},
                    {"busy_watts", energy->busyWatts}, {"seconds", energy->seconds}, {"images", energy->images},
                    {"packages", energy->packages}};
    }
    Json object = {{"model",
                    {{"joules_per_image", model.total()},
                     {"convolutions", model.convolutions},
                     {"dense", model.dense},
                     {"others", model.others},
                     {"weights_live_in", weightHomeName(model.level)},
                     {"batch", model.options.batch},
                     {"wording", kModelledWording}}},
                   {"measured", measured}};
    if (measured.is_null()) object["measured_note"] = card.measuredEnergyNote;
    return object;
}

Json robustnessJson(const std::optional<RobustnessFigures>& robustness) {
    if (!robustness) return nullptr;
    return {{"attack", attackText(robustness->attack)},
            {"robust_accuracy", robustness->robustAccuracy},
            {"clean_accuracy", robustness->cleanAccuracy},
            {"images", robustness->images},
            {"split", splitName(robustness->split)},
            {"rho", optionalJson(robustness->rho)},
            {"rho_images", robustness->rhoImages}};
}

Json layersJson(const LaserCard& card) {
    Json rows = Json::array();
    for (std::size_t i = 0; i < card.work.size(); ++i) {
        const LayerWork& work = card.work[i];
        Json row = {{"name", work.name}, {"kind", work.kind}, {"output", work.output.extents()}};
        for (const LayerMetric* metric : layerMetrics()) {
            if (!metric->perBatch) row[metric->id] = optionalJson(metric->value(card, i, 1));
        }
        for (const BatchLatency& batch : card.latency.batches) {
            const std::string key = "batch_" + std::to_string(batch.batch);
            row[key] = {{"seconds", optionalJson(findLayerMetric("time")->value(card, i, batch.batch))},
                        {"bytes_moved", work.bytesMoved(batch.batch)},
                        {"flop_per_byte", work.flopPerByte(batch.batch)}};
        }
        row["joules"] = card.energy.layers[i].total();
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string number(const std::optional<double>& value) { return value ? formatNumber(*value, kDigits) : std::string(); }

/// RFC 4180.
std::string field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string line(const std::vector<std::string>& fields) { return join(fields, ",") + "\r\n"; }

std::optional<double> secondsPerImage(const LaserCard& card, std::int64_t batch) {
    const BatchLatency* latency = card.latency.find(batch);
    return latency == nullptr ? std::nullopt : std::optional(latency->perImage());
}

}  // namespace

std::string laserJson(const LaserCard& card, int indent) {
    const Json object = {{"name", card.name},
                         {"arithmetic", card.arithmetic},
                         {"latency", latencyJson(card.latency)},
                         {"accuracy", accuracyJson(card.accuracy)},
                         {"size", sizeJson(card.size)},
                         {"energy", energyJson(card)},
                         {"robustness", robustnessJson(card.robustness)},
                         {"layers", layersJson(card)},
                         {"notes", card.notes}};
    return object.dump(indent);
}

std::string layersCsv(const LaserCard& card) {
    std::vector<std::string> header{"layer", "kind", "output", "parameters", "macs", "bytes_moved_batch_1", "joules"};
    for (const BatchLatency& batch : card.latency.batches) {
        header.push_back("seconds_batch_" + std::to_string(batch.batch));
        header.push_back("p95_batch_" + std::to_string(batch.batch));
    }
    std::string text = line(header);
    for (std::size_t i = 0; i < card.work.size(); ++i) {
        const LayerWork& work = card.work[i];
        std::vector<std::string> row{field(work.name), work.kind, work.output.text(), std::to_string(work.parameters),
                                     std::to_string(work.macs), std::to_string(work.bytesMoved(1)),
                                     number(card.energy.layers[i].total())};
        for (const BatchLatency& batch : card.latency.batches) {
            const LayerTime* time = batch.find(work.node);
            row.push_back(time == nullptr ? "" : number(time->seconds.median));
            row.push_back(time == nullptr ? "" : number(time->seconds.p95));
        }
        text += line(row);
    }
    std::vector<std::string> between{"between layers", "", "", "", "", "", ""};
    std::vector<std::string> total{"network", "", "", std::to_string(card.size.parameters), std::to_string(card.size.macs),
                                   std::to_string(card.size.bytesMoved), number(card.energy.total())};
    for (const BatchLatency& batch : card.latency.batches) {
        between.push_back(number(batch.betweenLayers()));
        between.emplace_back();
        total.push_back(number(batch.seconds.median));
        total.push_back(number(batch.seconds.p95));
    }
    return text + line(between) + line(total);
}

std::string laserCsv(std::span<const LaserCard> cards) {
    std::string text = line({"name", "seconds_batch_1", "seconds_per_image_batch_64", "top1", "top5", "images", "split",
                             "parameters", "macs", "shipped_bytes", "joules_modelled", "joules_measured", "attack",
                             "robust_accuracy", "rho"});
    for (const LaserCard& card : cards) {
        const auto& accuracy = card.accuracy;
        const auto& robustness = card.robustness;
        text += line({field(card.name), number(secondsPerImage(card, 1)), number(secondsPerImage(card, 64)),
                      accuracy ? number(accuracy->top1) : "", accuracy ? number(accuracy->top5) : "",
                      accuracy ? std::to_string(accuracy->images) : "", accuracy ? splitName(accuracy->split) : "",
                      std::to_string(card.size.parameters), std::to_string(card.size.macs),
                      std::to_string(card.size.shippedBytes()), number(card.energy.total()),
                      card.measuredEnergy ? number(card.measuredEnergy->joulesPerImage) : "",
                      robustness ? field(attackText(robustness->attack)) : "",
                      robustness ? number(robustness->robustAccuracy) : "", robustness ? number(robustness->rho) : ""});
    }
    return text;
}

}  // namespace convolab
