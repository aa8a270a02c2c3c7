#include "core/measure/experiments/list.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/util/text.h"

namespace convolab {

const std::vector<const Experiment*>& experiments() {
    static const std::vector<const Experiment*> all{&fewerMacsExperiment(), &convolutionAgainstDenseExperiment(),
                                                    &deeperExperiment(), &accurateLessRobustExperiment()};
    return all;
}

const Experiment* findExperiment(const std::string& id) {
    const auto& all = experiments();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Experiment* e) { return e->id == id; });
    return found == all.end() ? nullptr : *found;
}

std::string experimentCsv(const ExperimentResult& result) {
    const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
    std::string text = "row";
    for (const ExperimentColumn& column : result.columns) {
        text += "," + quoted(column.label + (column.unit.empty() ? "" : " [" + column.unit + "]") +
                             (column.modelled ? " (modelled)" : ""));
    }
    text += "\r\n";
    for (const ExperimentRow& row : result.rows) {
        text += quoted(row.label);
        for (const auto& value : row.values) text += "," + (value ? formatNumber(*value) : std::string());
        text += "\r\n";
    }
    return text;
}

std::string experimentJson(const Experiment& experiment, const ExperimentResult& result, int indent) {
    using Json = nlohmann::ordered_json;
    Json columns = Json::array();
    for (const ExperimentColumn& column : result.columns)
        columns.push_back({{"label", column.label}, {"unit", column.unit}, {"modelled", column.modelled}});
    Json rows = Json::array();
    for (const ExperimentRow& row : result.rows) {
        Json values = Json::array();
        for (const auto& value : row.values) values.push_back(value ? Json(*value) : Json(nullptr));
        rows.push_back({{"label", row.label}, {"values", values}});
    }
    return Json{{"experiment", experiment.id}, {"statement", experiment.statement}, {"holds", result.holds},
                {"verdict", result.verdict}, {"columns", columns}, {"rows", rows}}
        .dump(indent);
}

}  // namespace convolab
