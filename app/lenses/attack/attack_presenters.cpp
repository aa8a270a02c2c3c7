#include "app/lenses/attack/attack_presenters.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "core/util/interval.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

std::string tr(const char* text) { return QCoreApplication::translate("attack", text).toStdString(); }

constexpr PlotMarker kMarkers[] = {PlotMarker::Circle, PlotMarker::Square, PlotMarker::Triangle, PlotMarker::Diamond};
constexpr int kOwnColors[] = {0, 1, 2, 4};
constexpr int kDefendedColors[] = {3, 4, 2, 0};
constexpr int kNoiseColor = 5;

ValueImage valueImage(std::span<const float> values, const Shape& shape) {
    ValueImage image;
    image.channels = static_cast<int>(shape.channels() >= 3 ? 3 : 1);
    image.height = static_cast<int>(shape.height());
    image.width = static_cast<int>(shape.width());
    if (shape.rank() != 3) {  // a vector: one row
        image = {static_cast<int>(shape.size()), 1, 1, {}};
    }
    const auto count = static_cast<std::size_t>(image.channels) * static_cast<std::size_t>(image.height) * static_cast<std::size_t>(image.width);
    image.values.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(std::min(count, values.size())));
    return image;
}

std::string share(const ActivationSnapshot& run, int index) {
    return percentText(run.probabilities[static_cast<std::size_t>(index)]);
}

std::string classOf(const ImageWords& words, int index) { return words.className ? words.className(index) : std::to_string(index); }

}  // namespace

std::string boundText(const AttackSpec& spec) {
    return (spec.norm == AttackNorm::Linf ? "|r| ≤ " : "‖r‖₂ ≤ ") + valueText(spec.epsilon, 3);
}

std::string attackLabel(const AttackSpec& spec) {
    const AttackMethod* method = findAttackMethod(spec.method);
    if (method == nullptr) return spec.method;
    std::string text = method->label;
    if (method->iterative) text += " " + std::to_string(spec.steps);
    if (spec.restarts > 1) text += " × " + std::to_string(spec.restarts);
    if (spec.target) text += " → " + std::to_string(*spec.target);
    return text;
}

std::string sampleText(Split split, std::int64_t images) {
    return std::string(splitName(split)) + ", " + countText(images) + " " + tr("images");
}

std::string pictureNote(const AttackPicture& picture, const ImageWords& words) {
    const AttackedImage& image = picture.outcome;
    if (picture.alreadyWrong()) {
        return tr("already wrong: this is a ") + classOf(words, image.label);
    }
    if (picture.spec.epsilon <= 0) return tr("ε is 0: nothing changes");
    if (image.gradientVanished) return tr("the gradient is 0 here: nothing to follow");
    if (!image.fooled) return picture.spec.target ? tr("not fooled into ") + classOf(words, *picture.spec.target) : tr("not fooled");
    return {};
}

PerturbationPicture perturbationPicture(const AttackPicture* picture, const ImageWords& words) {
    PerturbationPicture result;
    result.title = words.title;
    result.note = words.note;
    result.emptyText = words.problem.empty() ? tr("Computing …") : words.problem;
    if (picture == nullptr) return result;
    const ActivationSnapshot &clean = *picture->clean, &attacked = *picture->attacked;
    result.clean = valueImage(clean.image.span(), words.picture);
    result.perturbation = valueImage(picture->perturbation(), words.picture);
    result.adversarial = valueImage(picture->adversarial.span(), words.picture);
    result.cleanClass = classOf(words, clean.predicted);
    result.cleanShare = share(clean, clean.predicted);
    result.adversarialClass = classOf(words, attacked.predicted);
    result.adversarialShare = share(attacked, attacked.predicted);
    result.bound = boundText(picture->spec);
    result.fooled = attacked.predicted != clean.predicted;
    result.preview = words.waits;
    result.message = pictureNote(*picture, words);
    return result;
}

LogitPicture logitPicture(const AttackPicture* picture, const ImageWords& words) {
    LogitPicture result;
    result.emptyText = picture == nullptr && words.problem.empty() ? tr("Computing …") : tr("No answer");
    if (picture == nullptr) return result;
    const ActivationSnapshot &clean = *picture->clean, &attacked = *picture->attacked;
    for (std::size_t i = 0; i < clean.logits.size(); ++i) {
        result.rows.push_back({classOf(words, static_cast<int>(i)), clean.logits[i], attacked.logits[i], clean.probabilities[i],
                               attacked.probabilities[i]});
    }
    result.cleanClass = clean.predicted;
    result.adversarialClass = attacked.predicted;
    result.preview = words.waits;
    return result;
}

PlotDescription sweepPlot(const EpsilonSweep* sweep, double epsilon, double largest, const ImageWords& words) {
    PlotDescription plot;
    plot.title = tr("This image over ε");
    plot.xAxis = {.label = "ε", .unit = "", .minimum = 0.0, .maximum = largest};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.emptyText = words.problem.empty() ? tr("Computing …") : tr("No answer");
    plot.legendInside = true;
    plot.now = std::min(epsilon, largest);
    plot.nowHandle = true;
    if (sweep == nullptr) return plot;
    const auto add = [&](int index, const std::vector<double>& shares, int color) {
        PlotSeries series;
        series.name = classOf(words, index);
        series.colorIndex = color;
        series.ringAtNewest = false;
        series.emphasised = true;
        series.x = sweep->epsilons;
        for (const double value : shares) series.y.push_back(100 * value);
        plot.series.push_back(std::move(series));
    };
    add(sweep->label, sweep->labelShare, 0);
    if (sweep->adversarialClass >= 0) add(sweep->adversarialClass, sweep->adversarialShare, 1);
    return plot;
}

PlotDescription accuracyPlot(const std::vector<RobustnessCurve>& curves, const CurveWords& words) {
    PlotDescription plot;
    plot.title = tr("Accuracy against ε");
    plot.note = words.images > 0 ? sampleText(words.split, words.images) : std::string{};
    plot.xAxis = {.label = words.norm == AttackNorm::Linf ? "ε (L∞)" : "ε (L₂)", .unit = "", .minimum = 0.0, .maximum = words.largest};
    plot.yAxis = {.label = "", .unit = "%", .minimum = 0.0, .maximum = 100.0};
    plot.emptyText = tr("Press Measure for a curve");
    plot.legendInside = true;
    plot.now = std::min(words.epsilon, words.largest);
    plot.nowHandle = true;
    int own = 0, defended = 0;
    for (const RobustnessCurve& curve : curves) {
        if (curve.attack.norm != words.norm) continue;
        const AttackMethod* method = findAttackMethod(curve.attack.method);
        int& index = curve.defended ? defended : own;
        PlotSeries series;
        series.name = attackLabel(curve.attack) + (curve.defended ? tr(", defended") : std::string{});
        series.marker = kMarkers[(index + (curve.defended ? 3 : 0)) % 4];
        series.colorIndex = method != nullptr && !method->usesGradient ? kNoiseColor : (curve.defended ? kDefendedColors : kOwnColors)[index % 4];
        series.ringAtNewest = false;
        const WeightSetPtr& now = curve.defended ? words.defended : words.current;
        if (now && curve.weights != now) {
            series.dashed = true;
            series.name += tr(", older weights");
        }
        ++index;
        for (const CurvePoint& point : curve.points) {
            const ShareInterval interval = wilsonInterval(point.result.robustCorrect, point.result.images);
            series.x.push_back(point.epsilon);
            series.y.push_back(100 * interval.share);
            series.low.push_back(100 * interval.low);
            series.high.push_back(100 * interval.high);
        }
        plot.series.push_back(std::move(series));
    }
    return plot;
}

}  // namespace convolab
