#include "app/cli/data_options.h"

#include "app/cli/option_checks.h"
#include "app/cli/preset_data.h"
#include "core/data/targets.h"
#include "core/graph/analysis.h"
#include "core/train/preset_recipe.h"
#include "datasets/catalogue.h"

namespace convolab {

void addDataOptions(CLI::App& app, DataOptions& options) {
    app.add_option(
           "--data", options.name,
           "A data set's name (\"convolab data list\"), or a folder with one sub-folder of images per class")
        ->required()
        ->check(dataWord())
        ->group("Data")
        ->option_text("D");
    addDataDir(app, options.dataDir);
}

void letPresetsBringData(CLI::App& app, DataOptions& options, const std::string& model) {
    CLI::Option* data = app.get_option("--data");
    data->required(false)->description(data->get_description() + " (default: that of a preset that brings its own)");
    app.parse_complete_callback([&options, &model] {
        if (!options.name.empty()) return;
        const auto own = recipeOfPreset(model);
        if (!own) throw CLI::RequiredError("--data");
        options.name = own->dataset;
    });
}

void addDataDir(CLI::App& app, std::string& folder) {
    app.add_option("--data-dir", folder,
                   "Folder in which mnist/, fashion-mnist/ and cifar-10-batches-bin/ lie (default "
                   "$CONVOLAB_DATA, then the "
                   "user's data folder)")
        ->group("Data")
        ->option_text("DIR");
}

Result<DatasetPtr> fittedTo(const NetworkSpec& spec, DatasetPtr dataset) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_ASSIGN(DatasetPtr images, fitted(dataset, *analysis.inputShape));
    if (outputsOf(*images) != analysis.classes) {
        const std::string wanted = std::to_string(outputsOf(*images));
        return Error{ErrorCode::ShapeMismatch,
                     images->info().title + (outputsOf(*images) == 1 ? " wants one output" : " has " + wanted + " classes") +
                         ", but the network has " + std::to_string(analysis.classes) + (analysis.classes == 1 ? " output" : " outputs"),
                     {},
                     "use --classes " + wanted + " with a preset, or change the last dense layer"};
    }
    return images;
}

Result<DatasetPtr> openFor(const DataOptions& options, const NetworkSpec& spec) {
    DatasetRequest request;
    request.name = options.name;
    request.dataDir = options.dataDir;
    CONVOLAB_ASSIGN(DatasetPtr dataset, openDataset(request));
    return fittedTo(spec, std::move(dataset));
}

}  // namespace convolab
