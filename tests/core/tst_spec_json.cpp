#include <QtTest>

#include "core/graph/presets.h"
#include "core/graph/spec_json.h"
#include "core/layers/layer_kind.h"
#include "core/util/random.h"
#include "tests/core/spec_case.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

constexpr const char* kInput = R"({"id": 1, "kind": "input", "name": "Input"})";
constexpr const char* kRelu = R"({"id": 2, "kind": "relu", "name": "R"})";

QString file(const std::string& nodes, const std::string& edges = "") {
    return QString::fromStdString(R"({"format": 1, "nodes": [)" + nodes + R"(], "edges": [)" + edges + "]}");
}

}  // namespace

class TestSpecJson : public QObject {
    Q_OBJECT

  private slots:
    void presetsComeBackEqual() {
        for (const PresetInfo& info : presets()) {
            const NetworkSpec spec = makePreset(info.name).value();
            const auto again = specFromJson(specToJson(spec));
            QVERIFY2(again.ok(), again ? "" : again.error().sentence().c_str());
            QVERIFY(*again == spec);
        }
    }

    void everyExampleComesBackEqual() {
        for (const LayerKind* kind : layerKinds()) {
            for (const LayerExample& example : kind->examples) {
                NetworkSpec spec;
                const NodeId id = spec.addNode(kind->id, example.attributes, "“Ünï”", {1.5, -2.25});
                spec.blocks().push_back({"Block", {id}});
                const auto again = specFromJson(specToJson(spec));
                QVERIFY2(again.ok(), again ? "" : again.error().sentence().c_str());
                QVERIFY2(*again == spec, kind->id.c_str());
            }
        }
    }

    void loopsAndMergesAreRead() {
        const auto spec = specFromJson(file(std::string(kInput) + R"(,{"id": 3, "kind": "add", "name": "A"},)" + kRelu,
                                            R"({"from": [2, 0], "to": [3, 4]}, {"from": [1, 0], "to": [3, 1]},
                                               {"from": [3, 0], "to": [2, 0]})").toStdString());
        QVERIFY2(spec.ok(), spec ? "" : spec.error().sentence().c_str());
        QCOMPARE(spec->edgeInto({NodeId{3}, 0})->from.node, NodeId{1});
        QCOMPARE(spec->edgeInto({NodeId{3}, 1})->from.node, NodeId{2});
    }

    void wrongFilesAreAnswered_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const QString& text, const char* said) {
            QTest::newRow(name) << text << QString::fromUtf8(said);
        };
        const std::string input = kInput;
        row("empty", "", "ends too early");
        row("truncated", R"({"format": 1, "nodes": [)", "ends too early");
        row("not JSON", "\n\nhello", "line 3 is not valid JSON");
        row("a list", "[]", "should be an object");
        row("no format", "{}", "\"format\" is missing");
        row("newer", R"({"format": 2, "layers": []})", "format 2");
        row("unknown key", R"({"format": 1, "node": []})", "did you mean \"nodes\"?");
        row("key twice", R"({"format": 1, "format": 1})", "stands twice");
        row("nodes an object", R"({"format": 1, "nodes": {}})", "\"nodes\" should be a list, but is an object");
        row("unknown kind", file(R"({"id": 1, "kind": "conv", "name": "C"})"), "unknown kind \"conv\": did you mean");
        row("unknown attribute", file(R"({"id": 1, "kind": "dense", "name": "D", "attributes": {"unit": 3}})"),
            "[D] unknown key \"unit\" in \"attributes\": did you mean \"units\"?");
        row("attribute of a kind without", file(R"({"id": 1, "kind": "relu", "name": "R", "attributes": {"x": 3}})"),
            "have none");
        row("wrong type", file(R"({"id": 1, "kind": "dense", "name": "D", "attributes": {"units": "ten"}})"),
            "[D] \"units\" should be a whole number, but is a text");
        row("a fraction", file(R"({"id": 1, "kind": "dense", "name": "D", "attributes": {"units": 1.5}})"),
            "a number with a fraction");
        row("too few elements", file(R"({"id": 1, "kind": "conv2d", "name": "C", "attributes": {"kernel": [3]}})"),
            "two whole numbers");
        row("too large an integer",
            file(R"({"id": 1, "kind": "dense", "name": "D", "attributes": {"units": 18446744073709551615}})"),
            "too large");
        row("too large a real", file(R"({"id": 1, "kind": "relu", "name": "R", "position": [1e999, 0]})"), "too large");
        row("not finite", file(R"({"id": 1, "kind": "relu", "name": "R", "position": [NaN, 0]})"), "not valid JSON");
        row("id of 0", file(R"({"id": 0, "kind": "relu", "name": "R"})"), "ids lie from 1");
        row("id twice", file(input + R"(,{"id": 1, "kind": "relu", "name": "R"})"), "which Input has already");
        row("name twice", file(input + R"(,{"id": 2, "kind": "relu", "name": "input"})"), "two layers have this name");
        row("unknown id", file(input, R"({"from": [1, 0], "to": [7, 0]})"), "no layer with id 7");
        row("unknown port", file(input + "," + kRelu, R"({"from": [1, 0], "to": [2, 1]})"), "no input number 1");
        row("port twice", file(input + "," + kRelu, R"({"from": [1, 0], "to": [2, 0]}, {"from": [1, 0], "to": [2, 0]})"),
            "two connections end at");
        row("deep", QString(100000, '['), "nested");
        row("block of nothing", R"({"format": 1, "blocks": [{"name": "B", "nodes": [3]}]})", "does not exist");
    }
    void wrongFilesAreAnswered() {
        QFETCH(QString, text);
        QFETCH(QString, said);
        const auto spec = specFromJson(text.toStdString());
        QVERIFY(!spec.ok());
        QVERIFY2(QString::fromStdString(spec.error().sentence()).contains(said), spec.error().sentence().c_str());
    }

    // 2,000 damaged files: a sentence or a network that can be written and analysed, never a crash.
    void damagedFilesNeverCrash() {
        const std::string valid = specToJson(makePreset("conv32-conv64").value());
        int accepted = 0;
        for (std::uint64_t seed = 0; seed < 2000; ++seed) {
            RandomSequence random(seed, RandomStreamId::Analysis);
            std::string text = valid;
            const auto place = [&] { return random.below(static_cast<std::uint32_t>(text.size())); };
            if (random.below(4) == 0) text.resize(place());
            const std::uint32_t flips = text.empty() ? 0 : 1 + random.below(3);
            for (std::uint32_t i = 0; i < flips; ++i) {
                const auto bit = static_cast<char>(1U << random.below(8));
                char& byte = text[place()];
                byte = random.below(2) == 0 ? static_cast<char>(byte ^ bit) : static_cast<char>('0' + random.below(10));
            }
            const auto spec = specFromJson(text);
            if (!spec) {
                QVERIFY(!spec.error().sentence().empty());
                continue;
            }
            ++accepted;
            static_cast<void>(analyze(*spec));
            const std::string written = specToJson(*spec);
            const auto again = specFromJson(written);
            QVERIFY2(again.ok(), again ? "" : again.error().sentence().c_str());
            QCOMPARE(specToJson(*again), written);
        }
        QVERIFY2(accepted > 50, qPrintable(QString::number(accepted)));
    }
};

QTEST_GUILESS_MAIN(TestSpecJson)
#include "tst_spec_json.moc"
