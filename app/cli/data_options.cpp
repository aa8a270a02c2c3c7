#include "app/cli/data_options.h"

#include "app/cli/option_checks.h"
#include "core/graph/analysis.h"
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
    if (images->classes() != analysis.classes) {
        return Error{ErrorCode::ShapeMismatch,
                     images->info().title + " has " + std::to_string(images->classes()) +
                         " classes, but the network has " + std::to_string(analysis.classes) + " outputs",
                     {},
                     "use --classes " + std::to_string(images->classes()) +
                         " with a preset, or change the last dense layer"};
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
