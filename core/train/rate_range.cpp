#include "core/train/rate_range.h"

#include <algorithm>
#include <cmath>

#include "core/train/training_loop.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr double kMemory = 0.9;       // of the running mean
constexpr double kBlowUp = 4.0;       // times the smallest smoothed loss
constexpr std::size_t kReach = 3;     // the slope at a point is taken between the points so far before and behind it
constexpr std::int64_t kMostSteps = 100'000;

/// The recipe as the test trains by it: the rate alone changes.
Recipe bareRecipe(Recipe recipe, std::int64_t steps) {
    recipe.schedule = {};
    recipe.steps = steps + 1;  // the last step of a run would validate
    recipe.validationEvery = steps + 2;
    recipe.keepBest = false;
    recipe.averaging = 0.0;
    recipe.earlyStopping = 0;
    return recipe;
}

class RunningMean {
  public:
    double next(double value) {
        m_sum = kMemory * m_sum + (1.0 - kMemory) * value;
        m_weight = kMemory * m_weight + (1.0 - kMemory);
        return m_sum / m_weight;
    }

  private:
    double m_sum = 0.0, m_weight = 0.0;
};

}  // namespace

Status validateRateRange(const RateRangeOptions& options) {
    const auto wrong = [](std::string message, std::string hint) {
        return Error{ErrorCode::InvalidArgument, "the range test's " + std::move(message), {}, std::move(hint)};
    };
    if (!(std::isfinite(options.lowest) && options.lowest > 0.0)) {
        return wrong("min is " + formatNumber(options.lowest), "give a rate above 0, such as 1e-6");
    }
    if (!(std::isfinite(options.highest) && options.highest > options.lowest)) {
        return wrong("max is " + formatNumber(options.highest), "give a rate above min, which is " + formatNumber(options.lowest));
    }
    if (options.steps < 10 || options.steps > kMostSteps) {
        return wrong("steps are " + withThousands(options.steps), "give a number from 10 to " + withThousands(kMostSteps));
    }
    return {};
}

Result<RateRangeOptions> parseRateRange(std::string_view text) {
    RateRangeOptions options;
    if (!text.empty()) {
        const std::string whole = "range:" + std::string(text);
        CONVOLAB_RETURN_IF_ERROR(forEachOption(whole, [&](std::string_view key, std::string_view value) -> Status {
            const auto number = parseNumber<double>(value);
            const auto count = parseNumber<std::int64_t>(value);
            if (key != "min" && key != "max" && key != "steps") return unknownWord("option of the range test", key, {"min", "max", "steps"});
            if (key == "steps" ? !count : !number) {
                return Error{ErrorCode::InvalidArgument, "the range test's " + std::string(key) + " is \"" + std::string(value) + "\"", {},
                             key == "steps" ? "give a whole number" : "give a rate such as 1e-4"};
            }
            if (key == "steps") options.steps = *count;
            if (key == "min") options.lowest = *number;
            if (key == "max") options.highest = *number;
            return {};
        }));
    }
    CONVOLAB_RETURN_IF_ERROR(validateRateRange(options));
    return options;
}

void judgeRateRange(RateRange& range) {
    range.suggested.reset();
    range.lowestLoss.reset();
    const auto& points = range.points;
    if (points.empty()) return;
    const auto lowest = std::ranges::min_element(points, {}, &RateRangePoint::smoothed);
    range.lowestLoss = lowest->rate;
    const auto end = static_cast<std::size_t>(lowest - points.begin());
    double steepest = 0.0;
    for (std::size_t i = kReach; i + kReach <= end; ++i) {
        const RateRangePoint &before = points[i - kReach], &behind = points[i + kReach];
        const double slope = (behind.smoothed - before.smoothed) / (std::log(behind.rate) - std::log(before.rate));
        if (slope >= steepest) continue;
        steepest = slope;
        range.suggested = points[i].rate;
    }
}

Result<RateRange> measureRateRange(const NetworkSpec& spec, const DatasetPtr& dataset, const Recipe& recipe,
                                   const WeightSet* initial, const RateRangeOptions& options,
                                   const std::function<bool(double, const RateRange&)>& progress) {
    CONVOLAB_RETURN_IF_ERROR(validateRateRange(options));
    CONVOLAB_ASSIGN(const auto loop, TrainingLoop::create(spec, dataset, bareRecipe(recipe, options.steps), nullptr, initial));
    RateRange range;
    RunningMean mean;
    double smallest = std::numeric_limits<double>::infinity();
    const double factor = options.highest / options.lowest;
    for (std::int64_t step = 0; step < options.steps && !range.blewUp; ++step) {
        const double rate = options.lowest * std::pow(factor, static_cast<double>(step) / static_cast<double>(options.steps - 1));
        loop->setRate(rate);
        if (const Status made = loop->runStep(); !made.ok()) {
            if (made.error().code != ErrorCode::Diverged) return made.error();
            range.blewUp = true;
            break;
        }
        const double loss = loop->history().steps.back().loss;
        range.points.push_back({rate, loss, mean.next(loss)});
        smallest = std::min(smallest, range.points.back().smoothed);
        range.blewUp = range.points.back().smoothed > kBlowUp * smallest;
        judgeRateRange(range);
        const double share = static_cast<double>(step + 1) / static_cast<double>(options.steps);
        if (progress && !progress(share, range)) return Error{ErrorCode::Cancelled, "the range test was cancelled", {}, {}};
    }
    return range;
}

}  // namespace convolab
