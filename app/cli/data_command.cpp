#include <memory>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/data_options.h"
#include "app/cli/option_checks.h"
#include "app/cli/table.h"
#include "core/data/targets.h"
#include "core/util/text.h"
#include "datasets/catalogue.h"
#include "datasets/contact_sheet.h"
#include "datasets/image_folder.h"

namespace convolab {

namespace {

constexpr std::size_t kSkippedLines = 10;

struct Options {
    std::string name;
    std::string out;
    std::string dataDir;
    std::string split = "train";
};

int list(const Options& options, const Console& console) {
    Table table({"data set", "here", "description"}, {0, 0, 0});
    nlohmann::ordered_json entries = nlohmann::ordered_json::array();
    for (const DatasetEntry& entry : datasetCatalogue()) {
        const bool here = datasetAvailable(entry.id, options.dataDir);
        table.row({entry.id, here ? "yes" : "no", entry.description});
        entries.push_back({{"name", entry.id},
                           {"title", entry.title},
                           {"available", here},
                           {"description", entry.description}});
    }
    for (const std::string& line : table.lines()) console.result(line);
    console.result("");
    console.result("A folder with one sub-folder of images per class is a data set too.");
    console.object({{"event", "done"}, {"datasets", entries}});
    return kExitDone;
}

/// Files of a folder that cannot be used, with the reasons: the first few as lines, all as JSON.
nlohmann::ordered_json listSkipped(const Dataset& dataset, const Console& console) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    const auto& skipped = skippedFiles(dataset);
    if (!skipped.empty())
        console.result("skipped " + withThousands(static_cast<std::int64_t>(skipped.size())) + ":");
    for (const SkippedFile& file : skipped) {
        if (list.size() < kSkippedLines) console.result("  " + file.file + " " + file.reason);
        if (list.size() == kSkippedLines) console.result("  … (all of them with --json)");
        list.push_back({{"file", file.file}, {"reason", file.reason}});
    }
    return list;
}

/// "1×28×28 · 10 classes", "size, ft² → price, k$".
std::string contentText(const Dataset& dataset) {
    const DatasetInfo& info = dataset.info();
    if (isRegression(dataset)) return targetsOf(dataset)->measured.text() + " → " + targetsOf(dataset)->estimated.text();
    return info.imageShape.text() + " · " + std::to_string(dataset.classes()) + " classes";
}

int show(const Options& options, const Console& console) {
    DatasetRequest request;
    request.name = options.name;
    request.dataDir = options.dataDir;
    const auto dataset = openDataset(request);
    if (!dataset.ok()) return console.fail(dataset.error());
    const auto split = splitFromName(options.split);
    if (!split.ok()) return console.fail(split.error());
    const DatasetInfo& info = (*dataset)->info();
    console.result(info.title + " · " + contentText(**dataset));
    console.result("train " + withThousands((*dataset)->size(Split::Train)) + " · validation " +
                   withThousands((*dataset)->size(Split::Validation)) + " · test " +
                   withThousands((*dataset)->size(Split::Test)));
    if (!isRegression(**dataset)) console.result("classes: " + join(info.classNames, ", "));
    if (!info.source.empty()) console.result(info.source);
    const nlohmann::ordered_json skipped = listSkipped(**dataset, console);
    if (!options.out.empty()) {
        if (auto written = writeContactSheet(**dataset, *split, options.out); !written.ok())
            return console.fail(written.error());
        console.result(options.out);
    }
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    if (!options.out.empty()) files.push_back(options.out);
    console.object({{"event", "done"},
                    {"name", info.id},
                    {"title", info.title},
                    {"shape", info.imageShape.extents()},
                    {"classes", info.classNames},
                    {"train", (*dataset)->size(Split::Train)},
                    {"validation", (*dataset)->size(Split::Validation)},
                    {"test", (*dataset)->size(Split::Test)},
                    {"source", info.source},
                    {"skipped", skipped},
                    {"files", files}});
    return kExitDone;
}

}  // namespace

std::function<int(const Console&)> setUpData(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.require_subcommand(1);
    CLI::App* listing = app.add_subcommand("list", "Every known data set, and whether its files are here");
    listing->footer("Example:  convolab data list --data-dir ~/data");
    CLI::App* showing = app.add_subcommand("show", "Sizes and classes of one data set, and a picture of it");
    showing->footer("Example:  convolab data show digits --out digits.png");
    for (CLI::App* sub : {listing, showing}) {
        sub->group("Commands");
        addDataDir(*sub, options->dataDir);
    }
    showing
        ->add_option("D", options->name,
                     "A data set's name (\"convolab data list\"), or a folder of images by class")
        ->required()
        ->check(dataWord());
    showing->add_option("--out", options->out, "Write one row of images per class to this PNG file")
        ->group("Data")
        ->option_text("FILE");
    showing
        ->add_option("--split", options->split,
                     "Which images to draw: train, validation or test (default train)")
        ->check(oneOf({"train", "validation", "test"}))
        ->group("Data")
        ->option_text("NAME");
    return [options, listing](const Console& console) {
        return listing->parsed() ? list(*options, console) : show(*options, console);
    };
}

}  // namespace convolab
