// What the kinds that move, resize and enlarge maps say: refusals with their numbers, and the short text of a card.
#include <QTest>

#include <tuple>

#include "core/layers/layer_kind.h"

using namespace convolab;

namespace {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

std::string rejection(const std::string& kindId, const Attributes& given, const std::vector<Shape>& inputs) {
    const LayerKind& kind = *findLayerKind(kindId);
    const auto shape = kind.outputShape(completeAttributes(kind.attributes, given).value(), inputs);
    return shape.ok() ? std::string{} : shape.error().sentence();
}

}  // namespace

class TestShapeKinds : public QObject {
    Q_OBJECT

  private slots:
    void rejectionsNameTheNumbers_data();
    void rejectionsNameTheNumbers();
    void fixesLeadToAcceptedLayers();
    void summaries_data();
    void summaries();
};

void TestShapeKinds::rejectionsNameTheNumbers_data() {
    QTest::addColumn<QString>("sentence");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const std::string& sentence, const char* expected) {
        QTest::newRow(name) << QString::fromStdString(sentence) << QString::fromUtf8(expected);
    };
    row("groups of a transposed convolution", rejection("conv_transpose2d", {{"groups", std::int64_t{3}}}, {Shape{16, 9, 9}}),
        "16 input channels cannot be divided into 3 equal groups: set groups to 2");
    row("output padding", rejection("conv_transpose2d", {{"output_padding", Integers{2, 0}}}, {Shape{3, 4, 4}}),
        "an output padding of 2×0 is not smaller than the stride or the dilation: use a smaller output padding");
    row("nothing left", rejection("conv_transpose2d", {{"pads", Integers{4, 4, 4, 4}}}, {Shape{3, 2, 2}}),
        "the padding cuts off all of the output: use less padding or a larger kernel");
    row("table", rejection("conv2d_table", {}, {Shape{4, 14, 14}}),
        "the table names input map 5, but the 4 maps are counted from 0 to 3: give it 6 maps, or change the table");
    row("mirror", rejection("pad", {{"sides", Integers{3, 0, 0, 0}}, {"mode", std::string("reflect")}}, {Shape{3, 3, 9}}),
        "a map of 3×9 cannot be mirrored by 3, 0, 0, 0 pixels: reflect needs fewer pixels than the map has; mode edge takes any number");
    row("crop", rejection("crop", {{"sides", Integers{2, 0, 2, 0}}}, {Shape{3, 4, 9}}),
        "nothing is left of a map of 4×9 without 4 rows and 0 columns: cut off less");
    row("vector into resize", rejection("resize", {}, {Shape{12}}),
        "an image is needed, a vector of 12 values arrives: put it before flatten and dense layers");
    row("slice begins late", rejection("slice", {{"first", std::int64_t{8}}}, {Shape{8, 2, 2}}),
        "it begins with channel 8, but the 8 channels are counted from 0 to 7: begin with an earlier channel");
    row("slice too long", rejection("slice", {{"first", std::int64_t{6}}, {"channels", std::int64_t{4}}}, {Shape{8, 2, 2}}),
        "4 channels from channel 6 on are more than the 2 that are there: keep 2, or set channels to 0 for all that follow");
    row("reshape", rejection("reshape", {{"shape", Integers{2, 5, 5}}}, {Shape{48}}),
        "48 values do not fill a shape of 2×5×5: the product of the extents must be 48");
    row("shuffle", rejection("channel_shuffle", {{"groups", std::int64_t{4}}}, {Shape{6, 2, 2}}),
        "6 channels cannot be divided into 4 equal groups: set groups to 3");
    row("image into RBF", rejection("rbf_output", {}, {Shape{84, 1, 1}}),
        "a vector is needed, an image of 84×1×1 arrives: insert flatten before it");
}

void TestShapeKinds::rejectionsNameTheNumbers() {
    QFETCH(QString, sentence);
    QFETCH(QString, expected);
    QCOMPARE(sentence, expected);
}

// Every repair that a kind offers for what it has refused, applied one after the other, ends in a layer that is accepted.
void TestShapeKinds::fixesLeadToAcceptedLayers() {
    const std::string reflect = "reflect";
    const std::vector<std::tuple<std::string, Attributes, Shape>> broken{
        {"conv_transpose2d", {{"groups", std::int64_t{3}}}, Shape{16, 3, 3}},
        {"conv_transpose2d", {{"output_padding", Integers{5, 0}}, {"pads", Integers{9, 9, 9, 9}}}, Shape{2, 3, 3}},
        {"conv2d_table", {{"table", Reals{1}}}, Shape{1, 3, 3}},
        {"subsampling", {{"pads", Integers{2, 2, 2, 2}}}, Shape{2, 4, 4}},
        {"pad", {{"sides", Integers{4, 4, 4, 4}}, {"mode", reflect}}, Shape{2, 3, 3}},
        {"crop", {{"sides", Integers{2, 2, 2, 2}}}, Shape{2, 3, 3}},
        {"resize", {{"scale", Reals{1, 2, 3}}}, Shape{2, 3, 3}},
        {"slice", {{"first", std::int64_t{9}}, {"channels", std::int64_t{9}}}, Shape{4, 2, 2}},
        {"reshape", {{"shape", Integers{7, 7, 7}}}, Shape{4, 2, 2}},
        {"channel_shuffle", {{"groups", std::int64_t{4}}}, Shape{6, 2, 2}},
    };
    for (const auto& [id, attributes, input] : broken) {
        const LayerKind& kind = *findLayerKind(id);
        const std::vector<Shape> inputs{input};
        NetworkSpec spec;
        const NodeId node = spec.addNode(id, attributes);
        int steps = 0;
        while (true) {
            const Attributes complete = completeAttributes(kind.attributes, spec.node(node)->attributes).value();
            const bool accepted = kind.outputShape(complete, inputs).ok();
            const std::vector<Fix> fixes = kind.fixes(*spec.node(node), complete, inputs);
            QVERIFY2(accepted == fixes.empty(), id.c_str());
            if (accepted) break;
            QVERIFY2(++steps < 4, id.c_str());
            fixes.front().apply(spec);
        }
        QVERIFY2(steps > 0, id.c_str());
    }
}

void TestShapeKinds::summaries_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* kindId, const Attributes& given, const char* expected) {
        const LayerKind& kind = *findLayerKind(kindId);
        const std::string text = kind.summary(completeAttributes(kind.attributes, given).value());
        QTest::newRow(expected) << QString::fromStdString(text) << QString::fromUtf8(expected);
    };
    row("conv_transpose2d", {}, "16 @ 2×2, stride 2");
    row("conv_transpose2d", {{"pads", Integers{1, 1, 1, 1}}, {"groups", std::int64_t{4}}}, "16 @ 2×2, stride 2, padding 1, 4 groups");
    row("conv2d_table", {}, "16 @ 5×5, 60 connections");
    row("subsampling", {}, "Trained average 2×2");
    row("rbf_output", {}, "10 prototypes");
    row("pad", {}, "constant, 1");
    row("crop", {{"sides", Integers{0, 1, 0, 1}}}, "0, 1, 0, 1");
    row("resize", {{"mode", std::string("bilinear")}, {"size", Integers{14, 14}}}, "bilinear 14×14");
    row("resize", {{"scale", Reals{1.5}}, {"size", Integers{7, 0}}}, "nearest 7, ×1.5");
    row("slice", {{"first", std::int64_t{2}}, {"channels", std::int64_t{3}}}, "channels 2–4");
    row("reshape", {{"shape", Integers{16, 0, 4}}}, "16×…×4");
    row("permute", {}, "to CWH");
    row("channel_shuffle", {}, "2 groups");
}

void TestShapeKinds::summaries() {
    QFETCH(QString, text);
    QFETCH(QString, expected);
    QCOMPARE(text, expected);
}

QTEST_GUILESS_MAIN(TestShapeKinds)
#include "tst_shape_kinds.moc"
