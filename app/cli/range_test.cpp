#include "app/cli/range_test.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/cli/network_source.h"
#include "app/report/rate_range_plot.h"
#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/train/rate_range.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_writer.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr PlotSize kPicture{640, 360};

std::string csvOf(const RateRange& range) {
    std::string csv = "learning_rate,loss,smoothed_loss\n";
    for (const RateRangePoint& point : range.points) {
        csv += formatNumber(point.rate, 9) + "," + formatNumber(point.loss, 9) + "," + formatNumber(point.smoothed, 9) + "\n";
    }
    return csv;
}

Result<RateRange> measure(const TrainOptions& options, const NetworkSource& source, const Console& console) {
    CONVOLAB_ASSIGN(const RateRangeOptions range, parseRateRange(options.rangeTest));
    CONVOLAB_RETURN_IF_ERROR(requireComplete(source.spec, analyze(source.spec)));
    CONVOLAB_ASSIGN(const Recipe recipe, recipeFrom(options, source.recipe.value_or(Recipe{})));
    CONVOLAB_ASSIGN(DatasetPtr dataset, openFor(options.data, source.spec));
    if (options.limit) dataset = limited(dataset, *options.limit);
    if (options.sample) dataset = sampled(dataset, *options.sample, recipe.seed);
    ProgressBar progress(console, "range test");
    std::string last;
    auto found = measureRateRange(source.spec, dataset, recipe, nullptr, range, [&](double share, const RateRange& soFar) {
        const RateRangePoint& point = soFar.points.back();
        last = "rate " + valueText(point.rate, 2) + "  loss " + fixedText(point.smoothed, 4);
        progress.update(share, last);
        console.object({{"event", "rate"}, {"rate", point.rate}, {"loss", point.loss}, {"smoothed_loss", point.smoothed}});
        return !interrupted();
    });
    if (found.ok()) progress.finish(last);
    return found;
}

Result<std::vector<std::string>> writeFiles(const TrainOptions& options, const NetworkSource& source, const RateRange& range) {
    CONVOLAB_RETURN_IF_ERROR(makeFolder(options.out));
    const fs::path base = fs::path(options.out) / (source.name + "-lr-range");
    const std::string csv = base.string() + ".csv", svg = base.string() + ".svg";
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(csv, csvOf(range)));
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(svg, writeSvg(rateRangePlot(range), kPicture, ThemeMode::Light)));
    return std::vector{csv, svg};
}

}  // namespace

int runRangeTest(const TrainOptions& options, const Console& console) {
    watchInterrupts();
    setComputeThreads(options.threads);
    const auto source = openNetwork(options.model, options.preset);
    if (!source.ok()) return console.fail(source.error());
    const auto range = measure(options, *source, console);
    if (!range.ok()) {
        if (range.error().code != ErrorCode::Cancelled) return console.fail(range.error());
        console.message("interrupted: nothing was written");
        return kExitInterrupted;
    }
    const auto files = writeFiles(options, *source, *range);
    if (!files.ok()) return console.fail(files.error());
    console.result(rateRangeText(*range));
    for (const std::string& file : *files) console.result("  " + file);
    nlohmann::ordered_json done = {{"event", "done"}, {"steps", range->points.size()}};
    done["suggested_rate"] = range->suggested ? nlohmann::ordered_json(*range->suggested) : nlohmann::ordered_json(nullptr);
    done["lowest_loss_rate"] = range->lowestLoss ? nlohmann::ordered_json(*range->lowestLoss) : nlohmann::ordered_json(nullptr);
    done["blew_up"] = range->blewUp;
    done["files"] = *files;
    console.object(done);
    return kExitDone;
}

}  // namespace convolab
