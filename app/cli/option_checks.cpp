#include "app/cli/option_checks.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <optional>

#include "app/cli/network_source.h"
#include "app/devices.h"
#include "core/attack/attack_text.h"
#include "core/compress/coding/packed_file.h"
#include "core/graph/presets.h"
#include "core/train/rate_range.h"
#include "core/train/recipe.h"
#include "core/util/option_text.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"

namespace convolab {

namespace {

namespace fs = std::filesystem;

CLI::Validator validator(std::function<std::string(std::string&)> check) { return {std::move(check), ""}; }

template <class Parse>
CLI::Validator accepts(Parse parse) {
    return validator([parse](std::string& text) {
        const auto result = parse(text);
        return result.ok() ? std::string{} : result.error().sentence();
    });
}

std::string notA(const std::string& text, const std::string& wanted) {
    return "\"" + text + "\" is not " + wanted;
}

std::string checkModel(std::string& model) {
    const fs::path path(model);
    for (const char* ending : {".convolab", ".json", kPackedExtension}) {
        if (path.extension() == ending) return {};
    }
    std::error_code ignored;
    if (fs::exists(path, ignored) || model.find('/') != std::string::npos) {
        return notA(model, "a network: give a preset's name, a .convolab document, a .packed file or a .json spec");
    }
    std::vector<std::string> names;
    for (const PresetInfo& preset : presets()) names.push_back(preset.name);
    if (std::find(names.begin(), names.end(), model) != names.end()) return {};
    return "there is no preset \"" + model + "\": did you mean " + nearestWord(model, names) +
           "? There are " + join(names, ", ");
}

std::string checkData(std::string& name) {
    std::error_code ignored;
    if (name.find('/') != std::string::npos || fs::exists(name, ignored)) return {};
    const auto& all = datasetCatalogue();
    const bool known = std::any_of(all.begin(), all.end(), [&](const DatasetEntry& entry) {
        return normalizedName(entry.id) == normalizedName(name);
    });
    if (known) return {};
    const auto opened = openDataset({.name = name});
    return opened.ok() ? std::string{} : opened.error().sentence();
}

}  // namespace

CLI::Validator oneOf(std::vector<std::string> words) {
    return validator([words](std::string& word) {
        if (std::find(words.begin(), words.end(), word) != words.end()) return std::string{};
        if (words.size() == 1) return notA(word, "there: only " + words.front());
        return notA(word, "one of " + join(words, ", ")) + ": did you mean " + nearestWord(word, words) + "?";
    });
}

CLI::Validator wholeNumber(std::int64_t minimum, std::int64_t maximum) {
    return validator([minimum, maximum](std::string& text) {
        const auto value = parseNumber<std::int64_t>(text);
        if (value && *value >= minimum && *value <= maximum) return std::string{};
        return notA(text, "a whole number " + (maximum == kAnyCount ? "of at least " + withThousands(minimum)
                                                                    : "from " + withThousands(minimum) +
                                                                          " to " + withThousands(maximum)));
    });
}

CLI::Validator notNegative() {
    return validator([](std::string& text) {
        const auto value = parseNumber<double>(text);
        return value && std::isfinite(*value) && *value >= 0.0
                   ? std::string{}
                   : notA(text, "a number of at least 0, such as 0.01 or 1e-3");
    });
}

CLI::Validator shareBelowOne() {
    return validator([](std::string& text) {
        const auto value = parseNumber<double>(text);
        return value && *value >= 0.0 && *value < 1.0 ? std::string{}
                                                      : notA(text, "a number from 0 to below 1");
    });
}

CLI::Validator modelWord() { return validator(checkModel); }
CLI::Validator dataWord() { return validator(checkData); }
CLI::Validator deviceWord() {
    return accepts([](const std::string& text) { return checkDeviceWord(text); });
}
void addDeviceOption(CLI::App& app, std::string& id, const std::string& what) {
    app.add_option("--device", id,
                   what + ": cpu, cuda or cuda:N (the CUDA kernels were checked on processors only, never yet on a GPU); "
                          "\"convolab devices\" lists them (default cpu)")
        ->check(deviceWord())
        ->group("Running")
        ->option_text("ID");
}
CLI::Validator precisionWord() {
    return accepts([](const std::string& text) { return parsePrecision(text); });
}
CLI::Validator optimizerWord() {
    return accepts([](const std::string& text) { return parseOptimizer(text); });
}
CLI::Validator scheduleWord() {
    return accepts([](const std::string& text) { return parseSchedule(text); });
}
CLI::Validator placeWord() {
    return accepts([](const std::string& text) { return parsePlace(text); });
}

Result<std::pair<std::int64_t, std::int64_t>> parsePlace(const std::string& text) {
    const auto comma = text.find(',');
    const auto row = parseNumber<std::int64_t>(text.substr(0, comma));
    const auto column = parseNumber<std::int64_t>(comma == std::string::npos ? "" : text.substr(comma + 1));
    if (row && column && *row >= 0 && *column >= 0) return std::pair(*row, *column);
    return Error{ErrorCode::InvalidArgument, "\"" + text + "\" is not a place", {}, "write row,column, counted from 0, for example 3,5"};
}

CLI::Validator attackWord() {
    return accepts([](const std::string& text) { return validateAttack({.method = text}); });
}
CLI::Validator epsilonList() {
    return validator([](std::string& text) {
        return parseEpsilons(text, AttackNorm::L2).ok()
                   ? std::string{}
                   : notA(text, "a share of the pixel range such as 0.1 or 8/255 (with --norm l2: a length of at least 0)");
    });
}
CLI::Validator lengthWord() {
    return validator([](std::string& text) {
        return parseEpsilon(text, AttackNorm::L2).ok() ? std::string{}
                                                       : notA(text, "a number of at least 0 such as 0.01 or 2/255");
    });
}
CLI::Validator rangeTestWord() {
    return accepts([](const std::string& text) { return parseRateRange(text); });
}
CLI::Validator classWeightsWord() {
    return accepts([](const std::string& text) { return parseClassWeights(text); });
}
CLI::Validator augmentationWord() {
    return accepts([](const std::string& text) {
        return text == "none" ? Result<AugmentationSpec>(AugmentationSpec{}) : parseAugmentation(text);
    });
}
CLI::Validator adversarialWord() {
    return validator([](std::string& text) {
        if (text == "none") return std::string{};
        const auto parsed = parseAdversarial(text);
        return parsed.ok() ? std::string{} : parsed.error().sentence();
    });
}
CLI::Validator shapeWord() {
    return accepts([](const std::string& text) { return parseShape(text); });
}

}  // namespace convolab
