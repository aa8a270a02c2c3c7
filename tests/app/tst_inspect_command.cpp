// `convolab inspect` as a child process: every view, its files and JSON against core's own numbers, and bad
// input.
#include <QImage>
#include <QTest>
#include <cstring>

#include "core/inspect/attribution.h"
#include "core/inspect/receptive_field.h"
#include "core/project/project_file.h"
#include "datasets/catalogue.h"
#include "tests/app/run_program.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

// The document of a short training, shared by all tests.
struct Trained {
    Workplace place;
    NetworkSpec spec;
    WeightSetPtr weights;
    Tensor image;  // digits, test image 7
    int label = -1;

    Trained() {
        const ProgramResult result = place.run(kTinyTraining);
        if (result.exitCode != 0) qFatal("%s", result.err.constData());
        const auto file = ProjectFile::open(document().toStdString()).value();
        spec = file->readSpec().value();
        weights = std::make_shared<WeightSet>(file->readBestWeights(file->readRuns()->back().id)->value());
        const DatasetPtr digits =
            fitted(openDataset({.name = "digits"}).value(), *analyze(spec).inputShape).value();
        image = Tensor(digits->info().imageShape);
        digits->image(Split::Test, 7, image.span());
        label = digits->label(Split::Test, 7);
    }
    QString document() const { return place.path("convolab-out/lenet-like.convolab"); }
    AttributionRequest request() const {
        AttributionRequest wanted;
        wanted.weights = weights;
        wanted.image = image.view();
        return wanted;
    }
};

// The values of an NPY file, behind its header.
std::vector<float> npyValues(const QByteArray& bytes) {
    const int start = 10 + static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
    std::vector<float> values(static_cast<std::size_t>(bytes.size() - start) / 4);
    std::memcpy(values.data(), bytes.constData() + start, 4 * values.size());
    return values;
}

double largestDifference(const std::vector<float>& a, std::span<const float> b) {
    if (a.size() != b.size()) return INFINITY;
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
    return largest;
}

}  // namespace

class TestInspectCommand : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { m_trained = std::make_unique<Trained>(); }
    void cleanupTestCase() { m_trained.reset(); }

    void everyViewLeavesItsFiles_data() {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<QStringList>("files");
        QTest::addColumn<QStringList>("keys");
        const auto row = [](const char* arguments, const QStringList& files, const QStringList& keys) {
            QTest::newRow(arguments) << arguments << files << keys;
        };
        row("maps --image digits:7",
            {"maps-conv_1.npy", "maps-conv_1.png", "maps-conv_2.npy", "maps-conv_2.png", "maps-pool_1.npy",
             "maps-pool_1.png", "maps-pool_2.npy", "maps-pool_2.png", "maps-relu_1.npy", "maps-relu_1.png",
             "maps-relu_2.npy", "maps-relu_2.png"},
            {"layers"});
        row("maps --image digits:7 --layer Conv_2", {"maps-conv_2.npy", "maps-conv_2.png"}, {"layers"});
        row("maps --image digits:7 --layer relu1 --unit 5", {"maps-relu_1-5.csv", "maps-relu_1-5.png"},
            {"layers"});
        row("maps --image digits:7 --layer dense_2", {"maps-dense_2.npy", "maps-dense_2.png"}, {"layers"});
        row("kernels", {"kernels-conv_1.npy", "kernels-conv_1.png"}, {"layer", "shape", "limit"});
        row("kernels --layer conv_2 --unit 3", {"kernels-conv_2-3.csv", "kernels-conv_2-3.png"},
            {"layer", "shape", "limit"});
        for (const AttributionMethod* method : attributionMethods()) {
            const QString id = QString::fromStdString(method->id);
            row(qPrintable(id + " --image digits:7"), {id + ".csv", id + ".npy", id + ".png"},
                {"class", "score", "note"});
        }
        row("maximize --layer conv_1 --unit 2 --steps 5", {"maximize-conv_1-2.npy", "maximize-conv_1-2.png"},
            {"layer", "unit", "start", "activation", "steps"});
        row("receptive-field --image digits:7 --layer conv_2 --at 0,12", {"receptive-field-conv_2.png"},
            {"layer", "unit", "row", "column", "top", "left", "bottom", "right"});
    }
    void everyViewLeavesItsFiles() {
        QFETCH(QString, arguments);
        QFETCH(QStringList, files);
        QFETCH(QStringList, keys);
        const ProgramResult result = inspect(arguments + " --out o --json");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QCOMPARE(result.err, QByteArray());
        const QJsonObject done = result.lastObject();
        QCOMPARE(done["event"].toString(), QString("done"));
        QCOMPARE(done["what"].toString(), arguments.section(' ', 0, 0));
        QCOMPARE(done["trained"].toBool(), true);
        for (const QString& key : keys) QVERIFY2(done.contains(key), qPrintable(key));
        QStringList named;
        for (const QJsonValue& file : done["files"].toArray()) named << file.toString().section('/', -1);
        named.sort();
        QCOMPARE(named, files);
        QCOMPARE(place().list("o"), files);
        for (const QString& file : files) {
            if (!file.endsWith(".png")) continue;
            const QImage picture = QImage::fromData(place().read("o/" + file));
            QVERIFY2(picture.width() >= 32 && picture.height() >= 4, qPrintable(file));
        }
        if (!arguments.contains("--image")) return;
        QCOMPARE(done["label"].toInt(), m_trained->label);
        QCOMPARE(done["image"].toString(), QString("digits test image 7"));
        QCOMPARE(done["probabilities"].toArray().size(), 10);
    }

    void mapsAreThoseOfTheProbe() {
        QCOMPARE(inspect("maps --image digits:7 --layer conv_2 --out o").exitCode, 0);
        const auto probe = ActivationProbe::create(m_trained->spec).value();
        QVERIFY(probe->bind(m_trained->weights).ok());
        const auto snapshot = probe->run(m_trained->image.view()).value();
        const Tensor& maps = snapshot->outputs.at(m_trained->spec.nodeByName("conv_2")->id);
        QVERIFY(largestDifference(npyValues(place().read("o/maps-conv_2.npy")), maps.span()) < 1e-6);
        const ProgramResult text = inspect("maps --image digits:7 --layer conv_2 --out o");
        QVERIFY2(text.out.contains("Conv 2  16×13×13"), text.out.constData());
        QVERIFY2(text.out.contains(QString("predicted %1").arg(snapshot->predicted).toUtf8()),
                 text.out.constData());
    }

    void attributionsAreThoseOfCore_data() {
        QTest::addColumn<QString>("method");
        for (const AttributionMethod* method : attributionMethods())
            QTest::newRow(method->id.c_str()) << QString::fromStdString(method->id);
    }
    void attributionsAreThoseOfCore() {
        QFETCH(QString, method);
        QCOMPARE(inspect(method + " --image digits:7 --unit 4 --out o").exitCode, 0);
        AttributionRequest request = m_trained->request();
        request.target = 4;
        const Attribution expected =
            findAttributionMethod(method.toStdString())->run(m_trained->spec, request, {}).value();
        QVERIFY(largestDifference(npyValues(place().read("o/" + method + ".npy")), expected.map.span()) <
                1e-6);
        const QList<QByteArray> rows = place().read("o/" + method + ".csv").trimmed().split('\n');
        QCOMPARE(rows.size(), 32);
        QCOMPARE(rows[3].split(',').size(), 32);
        QVERIFY(std::abs(rows[3].split(',')[9].toDouble() - expected.map.data()[3 * 32 + 9]) < 1e-6);
    }

    void theFieldIsThatOfCore() {
        const ProgramResult result =
            inspect("receptive-field --image digits:7 --layer conv_2 --at 0,12 --out o --json");
        const QJsonObject done = result.lastObject();
        const PixelRect field = receptiveField(m_trained->spec, analyze(m_trained->spec),
                                               {m_trained->spec.nodeByName("conv_2")->id, 0, 0, 12})
                                    .value();
        const PixelRect got{done["top"].toInt(-9), done["left"].toInt(-9), done["bottom"].toInt(-9),
                            done["right"].toInt(-9)};
        QVERIFY(got == field);
        // The frame is where the field is: enlarged eight times, in the accent colour.
        const QImage picture = QImage::fromData(place().read("o/receptive-field-conv_2.png"));
        QCOMPARE(picture.width(), 256);
        const auto left = static_cast<int>(field.left) * 8;
        const QRgb frame = picture.pixel(left, 8);
        QVERIFY(qGreen(frame) > qRed(frame) + 40);
        QVERIFY(picture.pixel(left - 1, 8) != frame && picture.pixel(left + 2, 10) != frame);
    }

    void maximizeRaisesAndRepeats() {
        const QString arguments = "maximize --layer dense_1 --unit 6 --steps 30 --json --out ";
        const QJsonObject first = inspect(arguments + "a").lastObject();
        QVERIFY(first["activation"].toDouble() > first["start"].toDouble());
        QCOMPARE(first["steps"].toInt(), 30);
        inspect(arguments + "b");
        QCOMPARE(place().read("a/maximize-dense_1-6.npy"), place().read("b/maximize-dense_1-6.npy"));
        inspect(arguments + "c --seed 8");
        QVERIFY(place().read("a/maximize-dense_1-6.npy") != place().read("c/maximize-dense_1-6.npy"));
    }

    void filesAreFitted() {
        QImage photograph(90, 60, QImage::Format_ARGB32);
        photograph.fill(QColor(200, 100, 50, 128));
        QVERIFY(photograph.save(place().path("photo.png")));
        const ProgramResult result = inspect("saliency --image photo.png --out o --json");
        QVERIFY2(result.exitCode == 0, result.err.constData());
        QVERIFY2(result.err.contains("90×60"), result.err.constData());
        QVERIFY(result.lastObject()["label"].isNull());
        QCOMPARE(result.lastObject()["image"].toString(), QString("photo.png"));
    }

    void otherSplitsAreOpened() {
        const QJsonObject done = inspect("saliency --image digits:validation:3 --out o --json").lastObject();
        QCOMPARE(done["image"].toString(), QString("digits validation image 3"));
        const DatasetPtr digits = openDataset({.name = "digits"}).value();
        QCOMPARE(done["label"].toInt(), digits->label(Split::Validation, 3));
    }

    void untrainedWeightsAreSaid() {
        const ProgramResult result = place().run("inspect lenet-like --what kernels --out o --json --seed 5");
        QCOMPARE(result.exitCode, 0);
        QVERIFY(result.err.contains("has no trained weights: looking at fresh ones, seed 5"));
        QCOMPARE(result.lastObject()["trained"].toBool(), false);
    }

    void denseNetworksShowWhatTheyCan() {
        const ProgramResult maps =
            place().run("inspect mlp-512-256 --what maps --image digits:0 --out o --json");
        QVERIFY2(maps.exitCode == 0, maps.err.constData());
        QVERIFY(place().list("o").contains("maps-dense_1.npy"));
        for (const char* what : {"kernels", "gradcam", "receptive-field"}) {
            const ProgramResult refused =
                place().run(QStringList{"inspect", "mlp-512-256", "--image", "digits:0", "--what", what});
            QCOMPARE(refused.exitCode, 1);
            QVERIFY2(refused.err.contains("choose --what maps, saliency, integrated-gradients, maximize"),
                     refused.err.constData());
        }
    }

    void badInputIsAnsweredInOneSentence_data() {
        QTest::addColumn<QString>("arguments");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* arguments, int exitCode, const char* says) {
            QTest::newRow(arguments) << arguments << exitCode << says;
        };
        row("map --image digits:7", 2, "did you mean maps?");
        row("gradcan --image digits:7", 2, "did you mean gradcam?");
        row("maps", 2, "needs an image");
        row("maps --image digits:7 --layer conv_9", 2, "did you mean Conv ");
        row("maps --image digits:7 --layer conv_1 --unit 6", 1, "no map 6, they are counted from 0 to 5");
        row("kernels --layer conv_1 --unit 6", 1, "no filter 6, they are counted from 0 to 5");
        row("kernels --layer dense_1", 1, "has no kernels: choose Conv 1, Conv 2");
        row("saliency --image digits:7 --unit 10", 1, "no class 10, they are counted from 0 to 9");
        row("maximize --layer conv_1 --unit 6", 1, "no map 6, they are counted from 0 to 5");
        row("maximize --layer input", 1, "choose a layer behind it");
        row("maximize --layer conv_1 --at 40,1", 1, "30×30");
        row("maximize --layer conv_1 --at 40", 2, "is not a place");
        row("maximize --layer conv_1 --unit -1", 2, "is not a whole number");
        row("receptive-field --image digits:7 --at 99,0", 1, "no value (0, 99, 0)");
        row("gradcam --image digits:7 --layer dense_1", 1, "Grad-CAM weighs maps");
        row("integrated-gradients --image digits:7 --steps 2000", 1, "choose 1 to 1,000");
        row("saliency --image digits:2000000", 1, "not image 2,000,000: choose 0 to ");
        row("saliency --image digits:tets:7", 1, "did you mean \"test\"?");
        row("saliency --image digist:7", 1, "digits");
        row("saliency --image nothing.png", 1, "there is no file \"nothing.png\"");
        row("saliency --image broken.png", 1, "broken.png");
        row("kernels --out broken.png", 1, "broken.png");
    }
    void badInputIsAnsweredInOneSentence() {
        QFETCH(QString, arguments);
        QFETCH(int, exitCode);
        QFETCH(QString, says);
        place().write("broken.png", "\x89PNG\r\n\x1a\n and nothing more");
        const ProgramResult result = inspect(arguments);
        QCOMPARE(result.exitCode, exitCode);
        QVERIFY2(QString::fromUtf8(result.err).contains(says), result.err.constData());
        QVERIFY(result.errorLines().size() <= 3);
    }

    void lookingChangesNothing() {
        for (const char* what : {"maps --image digits:7", "gradcam --image digits:7", "maximize --steps 3"}) {
            QCOMPARE(inspect(QString(what) + " --out o").exitCode, 0);
        }
        const auto file = ProjectFile::open(m_trained->document().toStdString()).value();
        QVERIFY(file->readSpec().value() == m_trained->spec);
        const auto runs = file->readRuns().value();
        QCOMPARE(runs.size(), std::size_t{1});
        const auto weights = file->readBestWeights(runs.back().id)->value();
        QVERIFY(weights.parameters == m_trained->weights->parameters);
        QVERIFY(weights.statistics == m_trained->weights->statistics);
    }

  private:
    const Workplace& place() const { return m_trained->place; }
    // `arguments` begins with the view. Each run finds an empty folder "o".
    ProgramResult inspect(const QString& arguments) const {
        QDir(place().path("o")).removeRecursively();
        const QStringList words = arguments.split(' ', Qt::SkipEmptyParts);
        return place().run(QStringList{"inspect", m_trained->document(), "--threads", "1", "--what"} + words);
    }

    std::unique_ptr<Trained> m_trained;
};

QTEST_GUILESS_MAIN(TestInspectCommand)
#include "tst_inspect_command.moc"
