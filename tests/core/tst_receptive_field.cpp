// Which pixels a value sees, against the truth: every pixel changed in turn, every value watched.
#include <QtTest>

#include "core/inspect/receptive_field.h"
#include "tests/core/inspect_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

/// Branches of different depth, window and stride that meet in a concat and an add; groups; remainders at the
/// border.
NetworkSpec branchyNetwork() {
    using I = std::vector<std::int64_t>;
    NetworkSpec spec;
    const auto behind = [&](NodeId from, const std::string& kind, Attributes attributes = {}) {
        const NodeId id = spec.addNode(kind, std::move(attributes));
        if (from) static_cast<void>(spec.connect({from, 0}, {id, 0}));
        return id;
    };
    const auto conv = [&](NodeId from, std::int64_t filters, I kernel, I pads, Attributes more = {}) {
        more.set("filters", filters);
        more.set("kernel", std::move(kernel));
        more.set("pads", std::move(pads));
        return behind(from, "conv2d", std::move(more));
    };
    const NodeId input = behind({}, "input", {{"shape", I{2, 17, 14}}});
    const NodeId stem = behind(conv(input, 4, {3, 3}, {1, 1, 1, 1}, {{"stride", I{2, 1}}}), "relu");
    const NodeId narrow = conv(stem, 3, {1, 1}, {0, 0, 0, 0});
    const NodeId wide = conv(conv(stem, 4, {5, 3}, {2, 1, 2, 1}), 4, {3, 3}, {2, 2, 2, 2},
                             {{"dilation", I{2, 2}}, {"groups", std::int64_t{2}}});
    const NodeId pooled =
        behind(stem, "max_pool", {{"kernel", I{3, 3}}, {"stride", I{1, 1}}, {"pads", I{1, 1, 1, 1}}});
    const NodeId joined = behind(narrow, "concat");
    static_cast<void>(spec.connect({wide, 0}, {joined, 1}));
    static_cast<void>(spec.connect({pooled, 0}, {joined, 2}));
    const NodeId grouped = conv(joined, 11, {3, 3}, {1, 0, 0, 2}, {{"groups", std::int64_t{11}}});
    const NodeId skip = conv(joined, 11, {2, 1}, {0, 0, 0, 0});
    const NodeId sum = behind(grouped, "add");
    static_cast<void>(spec.connect({skip, 0}, {sum, 1}));
    NodeId last = behind(sum, "avg_pool", {{"kernel", I{3, 3}}, {"stride", I{2, 3}}});
    last = behind(behind(last, "flatten"), "dense", {{"units", std::int64_t{4}}});
    behind(behind(last, "softmax"), "output");
    return spec;
}

/// Every kind that moves, resizes or enlarges maps.
NetworkSpec movingNetwork() {
    using I = std::vector<std::int64_t>;
    const auto word = [](const char* text) { return std::string(text); };
    return ChainBuilder("Moving")
        .input({2, 8, 7})
        .add("conv2d", {{"filters", std::int64_t{4}}, {"kernel", I{2, 2}}})
        .add("pad", {{"sides", I{2, 0, 1, 3}}, {"mode", word("reflect")}})
        .add("channel_shuffle")
        .add("resize", {{"mode", word("bilinear")}, {"size", I{7, 13}}})
        .add("conv_transpose2d", {{"filters", std::int64_t{6}}, {"kernel", I{3, 2}}, {"groups", std::int64_t{2}}, {"pads", I{1, 0, 0, 1}}, {"output_padding", I{1, 0}}})
        .add("crop", {{"sides", I{0, 2, 1, 1}}})
        .add("permute")
        .add("conv2d_table", {{"table", std::vector<double>{3, 48, 21}}, {"kernel", I{3, 3}}, {"stride", I{2, 2}}})
        .add("slice", {{"first", std::int64_t{1}}})
        .add("resize", {{"scale", std::vector<double>{0.6}}})
        .add("subsampling", {{"kernel", I{2, 1}}, {"stride", I{1, 1}}})
        .add("pad", {{"value", 0.25}})
        .add("reshape", {{"shape", I{5, 0, 2}}})
        .classifier(3)
        .build();
}

/// Maps that are cut up: what its values see depends on the channel.
NetworkSpec cutNetwork() {
    using I = std::vector<std::int64_t>;
    return ChainBuilder("Cut")
        .input({1, 7, 9})
        .add("conv2d", {{"filters", std::int64_t{3}}, {"kernel", I{3, 2}}, {"stride", I{2, 1}}})
        .add("permute", {{"order", std::string("HCW")}})
        .add("relu")
        .add("reshape", {{"shape", I{4, 6, 0}}})
        .classifier(2)
        .build();
}

/// Nothing cancels and no rectifier blocks: a brighter pixel raises every value that sees it.
WeightSet positiveWeights(const NetworkSpec& spec) {
    WeightSet weights = livelyWeights(spec);
    for (float& value : weights.parameters) value = std::abs(value) + 0.01F;
    for (const ParameterEntry& entry : weights.layout->entries) {
        if (entry.spec.role != ParameterRole::RunningMean) continue;
        std::fill_n(weights.statistics.begin() + static_cast<std::ptrdiff_t>(entry.offset),
                    entry.spec.shape.size(), 0.0F);
    }
    return weights;
}

/// Image 0 as it is; image 1 + p with pixel p much brighter.
Tensor changedImages(const Shape& shape) {
    const std::int64_t pixels = shape.height() * shape.width();
    Tensor images(shape.withBatch(pixels + 1));
    std::fill_n(images.data(), images.size(), 1.0F);
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (std::int64_t c = 0; c < shape.channels(); ++c) {
            images.data()[(p + 1) * shape.size() + c * pixels + p] = 5000.0F;
        }
    }
    return images;
}

PixelRect changedRect(const View<const float>& outputs, std::int64_t value, const Shape& image) {
    PixelRect rect{image.height(), image.width(), -1, -1};
    const std::int64_t size = outputs.size() / outputs.shape[0];
    for (std::int64_t row = 0; row < image.height(); ++row) {
        for (std::int64_t column = 0; column < image.width(); ++column) {
            if (outputs[(1 + row * image.width() + column) * size + value] == outputs[value]) continue;
            rect = {std::min(rect.top, row), std::min(rect.left, column), std::max(rect.bottom, row),
                    std::max(rect.right, column)};
        }
    }
    return rect;
}

QString text(const PixelRect& rect) {
    return QString("%1…%2 × %3…%4").arg(rect.top).arg(rect.bottom).arg(rect.left).arg(rect.right);
}

/// Every tap of one forward pass of the changed images.
std::unique_ptr<Model> watched(const NetworkSpec& spec, const Analysis& analysis) {
    const Tensor images = changedImages(*analysis.inputShape);
    CompileOptions options;
    options.maximumBatch = images.shape()[0];
    options.taps = analysis.order;
    auto model = Model::compile(spec, options).value();
    if (!model->bind(positiveWeights(spec)).ok()) return nullptr;
    model->forward(images.view());
    return model;
}

PixelRect hull(const PixelRect& a, const PixelRect& b) {
    if (a.height() <= 0) return b;
    if (b.height() <= 0) return a;
    return {std::min(a.top, b.top), std::min(a.left, b.left), std::max(a.bottom, b.bottom), std::max(a.right, b.right)};
}

NetworkSpec networkCalled(const QString& name) {
    return name == "residual" ? residualNetwork() : name == "moving" ? movingNetwork() : name == "cut" ? cutNetwork() : branchyNetwork();
}

}  // namespace

class TestReceptiveField : public QObject {
    Q_OBJECT

  private slots:
    // The middle of each layer: all its maps, every pixel changed in turn.
    void layersSeeWhatTheirMapsSee_data() {
        QTest::addColumn<QString>("network");
        for (const char* name : {"residual", "branches", "moving"}) QTest::newRow(name) << name;
    }
    void layersSeeWhatTheirMapsSee() {
        QFETCH(QString, network);
        const NetworkSpec spec = networkCalled(network);
        const Analysis analysis = analyze(spec);
        const Shape image = *analysis.inputShape;
        const auto model = watched(spec, analysis);
        QVERIFY(model != nullptr);
        int checked = 0;
        for (const NodeId node : analysis.order) {
            const std::string& kind = spec.node(node)->kind;
            if (kind == "softmax" || kind == "output" || kind == "flatten" || kind == "reshape") continue;
            const Shape shape = *analysis.find(node)->output;
            PixelRect expected;
            for (std::int64_t c = 0; c < shape.channels(); ++c) {
                const std::int64_t value = (c * shape.height() + shape.height() / 2) * shape.width() + shape.width() / 2;
                expected = hull(expected, changedRect(model->tap(node), value, image));
            }
            const auto field = layerField(spec, analysis, node);
            QVERIFY2(field.has_value(), spec.node(node)->name.c_str());
            const PixelRect got = field->middle.clipped(image.height(), image.width());
            QVERIFY2(got == expected, qPrintable(QString("%1: %2, not %3").arg(spec.node(node)->name.c_str(), text(got), text(expected))));
            QVERIFY(field->smallestHeight <= field->middle.height() && field->middle.height() <= field->largestHeight);
            QVERIFY(field->smallestWidth <= field->middle.width() && field->middle.width() <= field->largestWidth);
            const bool whole = expected == PixelRect{0, 0, image.height() - 1, image.width() - 1};
            QVERIFY2(!field->wholeImage || whole, spec.node(node)->name.c_str());
            ++checked;
        }
        QVERIFY(checked >= 8);
    }

    // Behind an enlargement neighbours see differently much; where maps are cut up, channels do.
    void neighboursMayDiffer() {
        using I = std::vector<std::int64_t>;
        const NetworkSpec larger = ChainBuilder("Larger").input({1, 12, 12}).add("resize").add("conv2d").add("conv_transpose2d", {{"kernel", I{3, 3}}, {"stride", I{2, 2}}}).classifier(2).build();
        const Analysis grown = analyze(larger);
        const auto fieldOf = [&](const char* name) { return *layerField(larger, grown, larger.nodeByName(name)->id); };
        // ×2, then three rows: of two pixels or of three... of those that stand side by side twice.
        QCOMPARE(fieldOf("Resize 1").largestHeight, 1);
        QCOMPARE(fieldOf("Conv 1").smallestHeight, 2);
        QCOMPARE(fieldOf("Conv 1").largestHeight, 2);
        // One tap or two of the 3×3 kernel with stride 2 meet a value of the map.
        QCOMPARE(fieldOf("Transposed conv 1").smallestHeight, 2);
        QCOMPARE(fieldOf("Transposed conv 1").largestHeight, 3);

        const NetworkSpec spec = cutNetwork();
        const Analysis analysis = analyze(spec);
        const auto model = watched(spec, analysis);
        QVERIFY(model != nullptr);
        for (const char* name : {"Permute 1", "ReLU 1", "Reshape 1"}) {
            const Node& node = *spec.nodeByName(name);
            const Shape shape = *analysis.find(node.id)->output;
            std::int64_t smallest = 1000, largest = 0;
            for (std::int64_t c = 0; c < shape.channels(); ++c) {
                const std::int64_t value = (c * shape.height() + shape.height() / 2) * shape.width() + shape.width() / 2;
                const PixelRect rect = changedRect(model->tap(node.id), value, *analysis.inputShape);
                smallest = std::min(smallest, rect.height());
                largest = std::max(largest, rect.height());
            }
            const auto field = layerField(spec, analysis, node.id);
            QVERIFY2(field.has_value(), name);
            QVERIFY2(field->smallestHeight <= smallest && field->largestHeight >= largest, name);
            QVERIFY2(field->largestHeight <= 3 && !field->wholeImage, name);
        }
        const auto behind = layerField(spec, analysis, analysis.output);
        QVERIFY(behind->wholeImage);
        QCOMPARE(spec.node(behind->mixing)->kind, std::string("dense"));
    }

    void halfBuiltNetworksHaveFields() {
        NetworkSpec spec;
        const NodeId input = spec.addNode("input", {{"shape", std::vector<std::int64_t>{3, 32, 32}}});
        const NodeId conv = spec.addNode("conv2d"), alone = spec.addNode("conv2d"), flat = spec.addNode("flatten");
        QVERIFY(spec.connect({input, 0}, {conv, 0}).ok());
        QVERIFY(spec.connect({conv, 0}, {flat, 0}).ok());
        const Analysis analysis = analyze(spec);
        QVERIFY(analysis.hasErrors());
        QCOMPARE(layerField(spec, analysis, conv)->largestHeight, 3);
        QCOMPARE(layerField(spec, analysis, flat)->largestHeight, 3);
        QVERIFY(!layerField(spec, analysis, alone).has_value());
        QVERIFY(!layerField(spec, analysis, NodeId{99}).has_value());
    }

    void equalsChangingEveryPixel_data() {
        QTest::addColumn<QString>("network");
        QTest::newRow("residual") << "residual";
        QTest::newRow("branches") << "branches";
        QTest::newRow("moving") << "moving";
        QTest::newRow("cut") << "cut";
    }
    void equalsChangingEveryPixel() {
        QFETCH(QString, network);
        const NetworkSpec spec = networkCalled(network);
        const Analysis analysis = analyze(spec);
        QVERIFY(!analysis.hasErrors());
        const Shape image = *analysis.inputShape;
        const auto model = watched(spec, analysis);
        QVERIFY(model != nullptr);
        int probes = 0;
        RandomSequence random(3, RandomStreamId::Analysis);
        for (const NodeId node : analysis.order) {
            if (spec.node(node)->kind == "softmax" || spec.node(node)->kind == "output")
                continue;  // saturate
            const View<const float> outputs = model->tap(node);
            const Shape shape = *analysis.find(node)->output;
            for (int probe = 0; probe < 120; ++probe) {
                const auto value =
                    static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(shape.size())));
                const std::int64_t plane = shape.height() * shape.width();
                const ValueRef place{node, value / plane, value % plane / shape.width(),
                                     value % shape.width()};
                const PixelRect field = receptiveField(spec, analysis, place).value();
                const PixelRect expected = changedRect(outputs, value, image);
                const PixelRect got = field.clipped(image.height(), image.width());
                // Where nothing is seen (the output padding of a transposed convolution), no pixel may change anything.
                const bool nothing = expected.height() <= 0 && got.height() <= 0;
                QVERIFY2(nothing || got == expected, qPrintable(QString("%1 (%2, %3, %4): %5, not %6")
                                                         .arg(spec.node(node)->name.c_str())
                                                         .arg(place.channel)
                                                         .arg(place.row)
                                                         .arg(place.column)
                                                         .arg(text(got), text(expected))));
                ++probes;
            }
        }
        QVERIFY(probes > 700);
    }

    // 3×3 behind 3×3 sees 5×5; a stride of 2 before it 7×7; the first layer's padding counts as seen.
    void knownSizes() {
        using I = std::vector<std::int64_t>;
        const NetworkSpec spec = ChainBuilder("Chain")
                                     .input({1, 32, 32})
                                     .add("conv2d", {{"pads", I{1, 1, 1, 1}}})
                                     .add("conv2d")
                                     .add("max_pool")
                                     .add("conv2d")
                                     .classifier(3)
                                     .build();
        const Analysis analysis = analyze(spec);
        const auto field = [&](const char* layer, std::int64_t row, std::int64_t column) {
            return receptiveField(spec, analysis, {spec.nodeByName(layer)->id, 0, row, column}).value();
        };
        QVERIFY((field("Conv 1", 0, 0) == PixelRect{-1, -1, 1, 1}));
        QVERIFY((field("Conv 1", 0, 0).clipped(32, 32) == PixelRect{0, 0, 1, 1}));
        QCOMPARE(field("Conv 2", 9, 9).height(), 5);
        QCOMPARE(field("Max pool 1", 5, 5).width(), 6);
        QCOMPARE(field("Conv 3", 5, 5).height(), 10);
        QVERIFY((field("Dense 1", 0, 0).clipped(32, 32) == PixelRect{0, 0, 31, 31}));
    }

    void aValueInThePaddingSeesNothing() {
        using I = std::vector<std::int64_t>;
        const NetworkSpec spec = ChainBuilder("Padding")
                                     .input({1, 6, 6})
                                     .add("conv2d")
                                     .add("conv2d", {{"kernel", I{1, 1}}, {"pads", I{2, 2, 2, 2}}})
                                     .classifier(3)
                                     .build();
        const PixelRect nothing =
            receptiveField(spec, analyze(spec), {spec.nodeByName("Conv 2")->id, 0, 1, 1}).value();
        QVERIFY(nothing == PixelRect{});
        QCOMPARE(nothing.height(), 0);
    }

    void refusesWhatIsNotThere() {
        const NetworkSpec spec = residualNetwork();
        const Analysis analysis = analyze(spec);
        const NodeId conv = spec.nodeByName("Conv 2")->id;
        QCOMPARE(receptiveField(spec, analysis, {conv, 16, 0, 0}).error().code, ErrorCode::InvalidArgument);
        QCOMPARE(receptiveField(spec, analysis, {conv, 0, 16, 0}).error().node, std::string("Conv 2"));
        QCOMPARE(receptiveField(spec, analysis, {NodeId{77}, 0, 0, 0}).error().code, ErrorCode::NotFound);
        QVERIFY(!receptiveField(NetworkSpec{}, analyze(NetworkSpec{}), {conv, 0, 0, 0}).ok());
    }

    void deepNetworksAreQuick() {
        const NetworkSpec spec = inspectedNetwork("conv32-conv64");
        const Analysis analysis = analyze(spec);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 20; ++i)
            QVERIFY(receptiveField(spec, analysis, {analysis.output, i % 10, 0, 0}).ok());
        QVERIFY2(timer.elapsed() < 320, qPrintable(QString::number(timer.elapsed())));
        // The inspector asks while a slider is dragged.
        const NetworkSpec large = makePreset("resnet-152").value();
        const Analysis all = analyze(large);
        timer.restart();
        for (int i = 0; i < 10; ++i) QVERIFY(layerField(large, all, all.output)->wholeImage);
        QVERIFY2(timer.elapsed() < 400, qPrintable(QString::number(timer.elapsed())));
    }
};

QTEST_GUILESS_MAIN(TestReceptiveField)
#include "tst_receptive_field.moc"
