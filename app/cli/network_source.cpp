#include "app/cli/network_source.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/cli/option_checks.h"
#include "app/cli/train_options.h"
#include "core/compress/coding/packed_file.h"
#include "core/graph/presets.h"
#include "core/graph/analysis.h"
#include "core/graph/spec_json.h"
#include "core/project/project_file.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

/// The weights have every tensor of the network, in its shape: nothing was edited since they were trained.
bool fits(const WeightSet& weights, const ParameterLayout& layout) {
    if (weights.layout->entries.size() != layout.entries.size()) return false;
    return std::all_of(layout.entries.begin(), layout.entries.end(), [&](const ParameterEntry& entry) {
        const ParameterEntry* trained = weights.layout->find(entry.node, entry.spec.name);
        return trained != nullptr && trained->spec.shape == entry.spec.shape;
    });
}

Result<NetworkSource> openDocument(const fs::path& file) {
    if (!fs::exists(file)) {
        return Error{ErrorCode::NotFound, "there is no file \"" + file.string() + "\"", {}, "check the path"};
    }
    CONVOLAB_ASSIGN(const auto project, ProjectFile::open(file));
    NetworkSource source;
    source.name = file.stem().string();
    CONVOLAB_ASSIGN(source.spec, project->readSpec());
    if (auto recipe = project->readRecipe(); recipe.ok()) source.recipe = *recipe;
    const Analysis analysis = analyze(source.spec);
    if (analysis.hasErrors()) return source;  // half built; who needs more than the spec says what is wrong
    CONVOLAB_ASSIGN(source.quantization, readQuantization(*project, source.spec));
    const ParameterLayout layout = makeParameterLayout(source.spec, analysis);
    CONVOLAB_ASSIGN(const auto runs, project->readRuns());
    for (auto run = runs.rbegin(); run != runs.rend() && !source.weights; ++run) {
        CONVOLAB_ASSIGN(auto weights, project->readBestWeights(run->id));
        if (weights && fits(*weights, layout)) source.weights = std::move(weights);
    }
    return source;
}

Result<NetworkSource> openPacked(const fs::path& file) {
    CONVOLAB_ASSIGN(PackedNetwork packed, readPackedFile(file));
    NetworkSource source;
    source.name = file.stem().string();
    source.spec = std::move(packed.spec);
    source.weights = std::move(packed.weights);
    source.codebooks = std::move(packed.codebooks);
    return source;
}

Result<NetworkSource> openJson(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        return Error{ErrorCode::NotFound,
                     "cannot read \"" + file.string() + "\"",
                     {},
                     "check the path and its permissions"};
    }
    std::ostringstream text;
    text << stream.rdbuf();
    auto spec = specFromJson(text.str());
    if (!spec.ok()) {
        Error error = spec.error();
        error.message = file.string() + ": " + error.message;
        return error;
    }
    NetworkSource source;
    source.name = file.stem().string();
    source.spec = std::move(spec).value();
    return source;
}

}  // namespace

std::string PresetChoice::text() const {
    std::string text;
    if (!input.empty()) text += " --input " + input;
    if (classes > 0) text += " --classes " + std::to_string(classes);
    if (width > 0) text += " --width " + std::to_string(width);
    return text;
}

void addPresetOptions(CLI::App& app, PresetChoice& choice) {
    const auto add = [](CLI::Option* option, const char* takes) {
        option->group("Network")->option_text(takes);
    };
    add(app.add_option("--input", choice.input,
                       "Shape of one image in place of the preset's: channels, height, width in pixels")
            ->check(shapeWord()),
        "C,H,W");
    add(app.add_option("--classes", choice.classes, "Number of classes in place of the preset's")
            ->check(wholeNumber(2, 100000)),
        "N");
    add(app.add_option("--width", choice.width, "Units in each hidden layer of the preset dense-n")
            ->check(wholeNumber(1, 65536)),
        "N");
}

Result<NetworkSource> openNetwork(const std::string& model, const PresetChoice& choice) {
    const fs::path path(model);
    const bool isFile = path.extension() == ".convolab" || path.extension() == ".json" ||
                        path.extension() == kPackedExtension;
    if (isFile && choice.any()) {
        return Error{ErrorCode::InvalidArgument,
                     "--input, --classes and --width change presets only, not " + model,
                     {},
                     "edit the network in the window, or name a preset"};
    }
    if (path.extension() == ".convolab") return openDocument(path);
    if (path.extension() == ".json") return openJson(path);
    if (path.extension() == kPackedExtension) return openPacked(path);
    PresetOptions options;
    if (!choice.input.empty()) {
        CONVOLAB_ASSIGN(options.input, parseShape(choice.input));
    }
    if (choice.classes > 0) options.classes = choice.classes;
    if (choice.width > 0) options.width = choice.width;
    NetworkSource source;
    source.name = model;
    CONVOLAB_ASSIGN(source.spec, makePreset(model, options));
    return source;
}

Status requireWeights(const NetworkSource& source, const std::string& model, const std::string& data) {
    if (source.weights) return {};
    return Error{ErrorCode::InvalidArgument,
                 model + " has no trained weights that fit its network",
                 {},
                 "train it first: convolab train " + shellWord(model) + " --data " + data};
}

Result<Shape> parseShape(const std::string& text) {
    std::vector<std::int64_t> extents;
    const Error bad{ErrorCode::InvalidArgument,
                    "\"" + text + "\" is not a shape",
                    {},
                    "write channels,height,width, for example 3,32,32"};
    std::istringstream parts(text);
    std::string part;
    while (std::getline(parts, part, ',')) {
        std::int64_t extent = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), extent);
        if (error != std::errc{} || end != part.data() + part.size() || extent < 1 || extent > 65536)
            return bad;
        extents.push_back(extent);
    }
    if (extents.size() != 1 && extents.size() != 3) return bad;
    return Shape(std::move(extents));
}

}  // namespace convolab
