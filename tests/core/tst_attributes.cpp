#include <QtTest>
#include <clocale>
#include <limits>

#include "core/graph/padding.h"
#include "core/layers/layer_kind.h"
#include "core/util/check.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

AttributeSchema schemaOf(AttributeType type, double minimum = 0, double maximum = 0) {
    AttributeSchema schema;
    schema.key = "size";
    schema.type = type;
    schema.minimum = minimum;
    schema.maximum = maximum;
    schema.choices = {"he_uniform", "xavier_uniform"};
    return schema;
}

QString reason(const Status& status) { return status ? QString() : QString::fromStdString(status.error().sentence()); }

}  // namespace

class TestAttributes : public QObject {
    Q_OBJECT

  private slots:
    void valuesAreChecked_data() {
        QTest::addColumn<int>("type");
        QTest::addColumn<int>("which");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, AttributeType type, int which, const char* said) {
            QTest::newRow(name) << static_cast<int>(type) << which << QString::fromUtf8(said);
        };
        row("integer", AttributeType::Integer, 0, "");
        row("integer below the range", AttributeType::Integer, 1, "\"size\" is −3: choose 1 to 1,000");
        row("integer above the range", AttributeType::Integer, 2, "\"size\" is 4,000: choose 1 to 1,000");
        row("real for an integer", AttributeType::Integer, 3, "\"size\" is 0.5: it needs one whole number");
        row("integer for a real", AttributeType::Real, 0, "");
        row("not a number", AttributeType::Real, 4, "\"size\" is NaN: give a finite number");
        row("pair", AttributeType::IntegerPair, 5, "");
        row("three for a pair", AttributeType::IntegerPair, 6,
            "\"size\" is 3×3×3: it needs two whole numbers (height, width)");
        row("one bad element", AttributeType::IntegerPair, 7, "\"size\" is 3×0: choose 1 to 1,000");
        row("two for an image", AttributeType::ImageShape, 5,
            "\"size\" is 3×3: it needs one whole number or three (channels, height, width)");
        row("choice", AttributeType::Choice, 8, "");
        row("unknown choice", AttributeType::Choice, 9, "\"size\" is \"he_uniorm\": did you mean \"he_uniform\"?");
        row("text for a flag", AttributeType::Bool, 8, "\"size\" is he_uniform: it needs true or false");
        row("empty list", AttributeType::RealList, 10, "\"size\" is : it needs a list of numbers");
    }
    void valuesAreChecked() {
        QFETCH(int, type);
        QFETCH(int, which);
        QFETCH(QString, said);
        const std::vector<AttributeValue> values{
            std::int64_t{7},      std::int64_t{-3},    std::int64_t{4000}, 0.5, std::numeric_limits<double>::quiet_NaN(),
            Integers{3, 3},       Integers{3, 3, 3},   Integers{3, 0},     std::string("he_uniform"),
            std::string("he_uniorm"), Reals{}};
        const AttributeSchema schema = schemaOf(static_cast<AttributeType>(type), 1, 1000);
        QCOMPARE(reason(validateAttribute(schema, values[static_cast<std::size_t>(which)])), said);
    }

    void completeFillsInDefaults() {
        const LayerKind& conv = *findLayerKind("conv2d");
        const auto complete = completeAttributes(conv.attributes, {{"filters", std::int64_t{6}}});
        QVERIFY(complete.ok());
        QCOMPARE(complete->integer("filters"), std::int64_t{6});
        QCOMPARE(complete->integers("kernel"), (Integers{3, 3}));
        QCOMPARE(complete->flag("bias"), true);
        QCOMPARE(complete->text("init"), std::string("he_uniform"));
    }

    void completeNamesTheNearestKey() {
        const auto complete = completeAttributes(findLayerKind("conv2d")->attributes, {{"kernal", Integers{3, 3}}});
        QVERIFY(!complete.ok());
        QCOMPARE(complete.error().sentence(), std::string("unknown attribute \"kernal\": did you mean \"kernel\"?"));
    }

    void wholeNumbersBecomeReals() {
        const auto complete = completeAttributes(findLayerKind("input")->attributes, {{"mean", Integers{0}}});
        QVERIFY(complete.ok());
        QCOMPARE(complete->reals("mean"), (Reals{0.0}));
    }

    void everyDefaultIsValid() {
        for (const LayerKind* kind : layerKinds()) {
            for (const AttributeSchema& schema : kind->attributes) {
                const Status status = validateAttribute(schema, schema.defaultValue);
                QVERIFY2(status.ok(), qPrintable(QString::fromStdString(kind->id) + ": " + reason(status)));
            }
        }
    }

    void missingValuesAreBrokenInvariants() {
        const Attributes attributes{{"rate", 0.5}};
        QCOMPARE(attributes.real("rate"), 0.5);
        QVERIFY_EXCEPTION_THROWN(attributes.integer("units"), InvariantError);
        QVERIFY_EXCEPTION_THROWN(attributes.integer("rate"), InvariantError);
    }

    void textDoesNotDependOnTheLocale() {
        const char* const found = std::setlocale(LC_ALL, "de_DE.UTF-8");
        QCOMPARE(attributeText(0.4), std::string("0.4"));
        QCOMPARE(attributeText(Integers{3, 3}), std::string("3×3"));
        QCOMPARE(attributeText(Integers{1, 28, 28}), std::string("1×28×28"));
        QCOMPARE(attributeText(Integers{1, 1, 2, 2}), std::string("1, 1, 2, 2"));
        QCOMPARE(attributeText(true), std::string("true"));
        QCOMPARE(attributeText(Reals{0.5, -1.0}), std::string("0.5, −1"));
        if (found != nullptr) std::setlocale(LC_ALL, "C");
    }

    // Expected pads by hand from ONNX's definition of SAME_UPPER.
    void samePadsAreUpper() {
        QCOMPARE(samePads({1, 28, 28}, {{5, 5}, {1, 1}, {1, 1}}), (Integers{2, 2, 2, 2}));
        QCOMPARE(samePads({1, 28, 27}, {{2, 2}, {1, 1}, {1, 1}}), (Integers{0, 0, 1, 1}));
        QCOMPARE(samePads({3, 224, 224}, {{3, 3}, {2, 2}, {1, 1}}), (Integers{0, 0, 1, 1}));
        QCOMPARE(samePads({3, 7, 9}, {{3, 1}, {2, 3}, {2, 1}}), (Integers{2, 0, 2, 0}));
        QCOMPARE(samePads({3, 8, 8}, {{1, 1}, {2, 2}, {1, 1}}), (Integers{0, 0, 0, 0}));
    }

    void editsKeepSamePadding() {
        NetworkSpec spec;
        const Shape input{1, 28, 28};
        const NodeId conv = spec.addNode("conv2d", {{"pads", Integers{1, 1, 1, 1}}});
        QCOMPARE(paddingText(*spec.node(conv), input), std::string("same"));
        setAttributeKeepingSame(spec, conv, "kernel", Integers{5, 5}, input);
        QCOMPARE(*spec.node(conv)->attributes.find("pads"), AttributeValue(Integers{2, 2, 2, 2}));
        setAttributeKeepingSame(spec, conv, "stride", Integers{2, 2}, input);
        QCOMPARE(*spec.node(conv)->attributes.find("pads"), AttributeValue(Integers{1, 1, 2, 2}));
        setAttributeKeepingSame(spec, conv, "pads", validPads(), input);
        setAttributeKeepingSame(spec, conv, "kernel", Integers{3, 3}, input);
        QCOMPARE(paddingText(*spec.node(conv), input), std::string("valid"));
        setAttributeKeepingSame(spec, conv, "pads", Integers{3, 3, 0, 0}, input);
        setAttributeKeepingSame(spec, conv, "kernel", Integers{7, 7}, input);
        QCOMPARE(paddingText(*spec.node(conv), input), std::string("3, 3, 0, 0"));
        QCOMPARE(paddingText(*spec.node(spec.addNode("relu")), input), std::string());
    }
};

QTEST_GUILESS_MAIN(TestAttributes)
#include "tst_attributes.moc"
