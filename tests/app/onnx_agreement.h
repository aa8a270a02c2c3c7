// Compares an exported ONNX file in ONNX Runtime with our own model on real images.
#pragma once

#include <QFile>
#include <QStringList>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/data/dataset.h"
#include "core/model/model.h"
#include "tests/support/python.h"

namespace convolab::testing {

inline constexpr std::int64_t kComparedImages = 256;

struct Agreement {
    QString problem;  ///< empty where both could be run
    double largestLogit = 0.0;
    double logitDifference = 0.0;  ///< largest |Δ| / max(1, largest |logit|)
    double probabilityDifference = 0.0;
    std::int64_t sameClass = 0;  ///< images whose arg max is the same, of kComparedImages
};

namespace detail {

inline Agreement failed(const char* problem) {
    Agreement agreement;
    agreement.problem = QString::fromUtf8(problem);
    return agreement;
}

inline std::vector<float> readFloats(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QByteArray bytes = file.readAll();
    std::vector<float> values(static_cast<std::size_t>(bytes.size()) / sizeof(float));
    std::memcpy(values.data(), bytes.constData(), values.size() * sizeof(float));
    return values;
}

inline double largestGap(std::span<const float> ours, std::span<const float> theirs) {
    double largest = 0.0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const double gap = std::abs(static_cast<double>(ours[i]) - theirs[i]);
        if (!(gap <= largest)) largest = gap;  // a NaN stays
    }
    return largest;
}

}  // namespace detail

/// The first images of the test split, fitted to the network, through both. The file's outputs are
/// probabilities, logits.
inline Agreement compareWithOnnxRuntime(const NetworkSpec& spec, const WeightSet& weights,
                                        const QString& onnxFile, DatasetPtr dataset, const QString& folder) {
    Agreement agreement;
    CompileOptions options;
    options.maximumBatch = kComparedImages;
    auto compiled = Model::compile(spec, options);
    if (!compiled.ok()) return detail::failed(compiled.error().sentence().c_str());
    Model& model = **compiled;
    if (const Status bound = model.bind(weights); !bound.ok())
        return detail::failed(bound.error().sentence().c_str());
    auto images = fitted(std::move(dataset), model.inputShape());
    if (!images.ok()) return detail::failed(images.error().sentence().c_str());
    Tensor batch(model.inputShape().withBatch(kComparedImages));
    const auto pixels = static_cast<std::size_t>(model.inputShape().size());
    for (std::int64_t i = 0; i < kComparedImages; ++i) {
        (*images)->image(Split::Test, i, batch.span().subspan(static_cast<std::size_t>(i) * pixels, pixels));
    }
    const auto output = model.forward(batch.view()).span();
    const std::vector<float> ourProbabilities(output.begin(), output.end());
    const auto logits = model.logits().span();
    const std::vector<float> ourLogits(logits.begin(), logits.end());

    QFile raw(folder + QStringLiteral("/images.f32"));
    if (!raw.open(QIODevice::WriteOnly)) return detail::failed(raw.errorString().toUtf8().constData());
    raw.write(reinterpret_cast<const char*>(batch.span().data()),
              static_cast<qint64>(batch.span().size_bytes()));
    raw.close();
    QStringList shape;
    const Shape batchShape = model.inputShape().withBatch(kComparedImages);
    for (const std::int64_t extent : batchShape.extents()) shape << QString::number(extent);
    const ScriptResult ran = runOnnx(onnxFile, raw.fileName(), shape.join(QLatin1Char(',')), folder, nullptr);
    if (!ran.ok) return detail::failed(ran.errors);
    const std::vector<float> probabilities = detail::readFloats(folder + QStringLiteral("/0.f32"));
    const std::vector<float> theirLogits = detail::readFloats(folder + QStringLiteral("/1.f32"));
    if (theirLogits.size() != ourLogits.size() || probabilities.size() != ourProbabilities.size()) {
        return detail::failed("ONNX Runtime's outputs have other sizes than ours");
    }

    for (const float logit : ourLogits)
        agreement.largestLogit = std::max(agreement.largestLogit, std::abs(static_cast<double>(logit)));
    agreement.logitDifference =
        detail::largestGap(ourLogits, theirLogits) / std::max(1.0, agreement.largestLogit);
    agreement.probabilityDifference = detail::largestGap(ourProbabilities, probabilities);
    const std::size_t classes = ourLogits.size() / kComparedImages;
    const auto best = [classes](const std::vector<float>& values, std::int64_t image) {
        const auto begin = values.begin() + image * static_cast<std::int64_t>(classes);
        return std::max_element(begin, begin + static_cast<std::ptrdiff_t>(classes)) - begin;
    };
    for (std::int64_t i = 0; i < kComparedImages; ++i)
        agreement.sameClass += best(ourLogits, i) == best(theirLogits, i) ? 1 : 0;
    return agreement;
}

}  // namespace convolab::testing

// Runs both and checks the tolerances: |Δlogit| ≤ 2e-6 · max(1, max |logit|), |Δprobability| ≤ 1e-5, every
// arg max.
#define CONVOLAB_AGREES_WITH_ONNX_RUNTIME(spec, weights, file, dataset, folder)                           \
    do {                                                                                                  \
        const auto agreement =                                                                            \
            ::convolab::testing::compareWithOnnxRuntime(spec, weights, file, dataset, folder);            \
        QVERIFY2(agreement.problem.isEmpty(), qPrintable(agreement.problem));                             \
        qInfo("logits up to %.2f differ by %.2e of that, probabilities by %.2e, %d of 256 classes agree", \
              agreement.largestLogit, agreement.logitDifference, agreement.probabilityDifference,         \
              static_cast<int>(agreement.sameClass));                                                     \
        QVERIFY(agreement.logitDifference <= 2e-6);                                                       \
        QVERIFY(agreement.probabilityDifference <= 1e-5);                                                 \
        QCOMPARE(agreement.sameClass, ::convolab::testing::kComparedImages);                              \
    } while (false)
