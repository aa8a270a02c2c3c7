// The report: structure, both themes, safety of odd names, no link outside; the CSV.
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>
#include <cmath>
#include <limits>

#include "app/cli/console.h"
#include "app/cli/train_options.h"
#include "app/report/report.h"
#include "app/report/run_curves.h"
#include "core/graph/presets.h"

using namespace convolab;

namespace {

const std::string kOddName = "a<b>&\"c\"' – Ä";

DatasetPtr smallDataset(const std::string& className) {
    DatasetInfo info{.id = "small",
                     .title = "Small & odd",
                     .imageShape = Shape({1, 32, 32}),
                     .classNames = {},
                     .source = {}};
    for (int i = 0; i < 10; ++i) info.classNames.push_back(i == 3 ? className : std::to_string(i));
    const ImageStore store{std::vector<std::uint8_t>(20 * 1024), std::vector<std::uint8_t>(20)};
    return std::make_shared<MemoryDataset>(info, store, store, store);
}

History someHistory(int steps) {
    History history;
    for (int i = 1; i <= steps; ++i) {
        const double epoch = i / 20.0;
        history.steps.push_back({.step = i,
                                 .epoch = epoch,
                                 .loss = 2.0 / i,
                                 .accuracy = 1.0 - 0.5 / i,
                                 .rate = 1e-3,
                                 .seconds = 0.01 * i,
                                 .images = 64});
        if (i % 10 != 0) continue;
        history.validation.push_back(
            {.step = i, .epoch = epoch, .loss = 2.5 / i, .accuracy = 1.0 - 0.7 / i, .images = 2000});
        history.trainClean.push_back(
            {.step = i, .epoch = epoch, .loss = 1.5 / i, .accuracy = 1.0, .images = 2000});
    }
    return history;
}

Evaluation someEvaluation() {
    Evaluation evaluation{.loss = 0.05, .accuracy = 0.985, .top5 = 1.0, .images = 2000, .confusion = {}};
    evaluation.confusion.assign(10, std::vector<std::int64_t>(10, 0));
    for (std::size_t i = 0; i < 10; ++i) evaluation.confusion[i][i] = 197;
    evaluation.confusion[4][9] = 30;
    return evaluation;
}

std::string report(const std::string& preset, const std::string& name, const std::string& className,
                   int steps = 100) {
    const NetworkSpec spec = *makePreset(preset, {.input = Shape({1, 32, 32}), .classes = {}, .width = {}});
    const WeightSet weights = initialWeights(spec, analyze(spec), 1);
    Recipe recipe;
    recipe.dataset = "small & odd";
    recipe.schedule.kind = "cosine";
    recipe.weightDecay = 1e-4;
    const History history = someHistory(steps);
    const Evaluation evaluation = someEvaluation();
    const DatasetPtr dataset = smallDataset(className);
    return htmlReport({.name = name,
                       .spec = spec,
                       .weights = weights,
                       .recipe = recipe,
                       .history = history,
                       .validation = evaluation,
                       .test = evaluation,
                       .dataset = *dataset,
                       .device = "Processor <x> · 2 threads",
                       .command = trainCommandText("my net.json", recipe),
                       .date = "2026-01-31",
                       .seconds = 75.0,
                       .imagesPerSecond = 12345.0,
                       .bestStep = 90});
}

QStringList pictures(const QString& html) {
    QStringList list;
    static const QRegularExpression kSvg(QStringLiteral("<svg.*?</svg>"),
                                         QRegularExpression::DotMatchesEverythingOption);
    for (auto matches = kSvg.globalMatch(html); matches.hasNext();) list.append(matches.next().captured(0));
    return list;
}

QString readProblem(const QString& xml) {
    QXmlStreamReader reader(xml);
    while (!reader.atEnd()) reader.readNext();
    return reader.hasError() ? reader.errorString() : QString();
}

}  // namespace

class TestReport : public QObject {
    Q_OBJECT

  private slots:
    void saysWhatWasDone();
    void picturesInBothThemes();
    void isSelfContained();
    void oddNamesAreEscaped();
    void networksWithoutConvolution();
    void emptyRun();
    void historyHasOneRowPerStep();
    void adversarialTrainingIsReported();
    void regressionsHaveTheirErrorInPlaceOfAnAccuracy();
    void zeroOneLossReachesZero();
    void accuracyCarriesItsInterval();
    void commandsAreQuoted();
};

void TestReport::saysWhatWasDone() {
    const QString html = QString::fromStdString(report("lenet-like", "my net", "three"));
    QVERIFY(html.startsWith("<!DOCTYPE html>"));
    QVERIFY(html.trimmed().endsWith("</html>"));
    for (const char* text : {"98.50 ± 0.54 %",
                             "test accuracy on 2,000 images, 95 % interval",
                             "validation accuracy on 2,000 images",
                             "81,194",
                             "1 min 15 s",
                             "12,345",
                             "Recipe",
                             "Optimizer",
                             "cosine",
                             "weight decay 1e−4",
                             "64 images",
                             "5.0 epochs, 100 steps",
                             "of step 90, the best by validation accuracy",
                             "2026-01-31",
                             "Kernels of Conv 1",
                             "Confusion matrix, 2,000 test images",
                             "274,656",
                             "Repeat this run",
                             "--schedule cosine",
                             "--seed 42",
                             "the end of the scale"}) {
        QVERIFY2(html.contains(QString::fromUtf8(text)), text);
    }
    // Apart from the doctype and the void tags it is XML, so that every tag is closed.
    QString xml = html.mid(html.indexOf('\n'));
    xml.replace(QRegularExpression(QStringLiteral("<meta([^>]*)>")), QStringLiteral("<meta\\1/>"));
    QCOMPARE(readProblem(xml), QString());
}

void TestReport::picturesInBothThemes() {
    const QString html = QString::fromStdString(report("lenet-like", "my net", "three"));
    // Two plots in two sizes, the confusion matrix and the kernels, each light and dark.
    const QStringList all = pictures(html);
    QCOMPARE(all.size(), 12);
    for (const QString& picture : all) QCOMPARE(readProblem(picture), QString());
    QCOMPARE(html.count("<div class=\"light\">"), 6);
    QCOMPARE(html.count("<div class=\"dark\">"), 6);
    QVERIFY(html.contains("prefers-color-scheme:dark"));
    for (int i = 0; i < all.size(); i += 2) QVERIFY(all[i] != all[i + 1]);
}

void TestReport::isSelfContained() {
    QString html = QString::fromStdString(report("lenet-like", "my net", "three"));
    html.remove(
        QStringLiteral("http://www.w3.org/2000/svg"));  // the name of a language, which nobody fetches
    for (const char* word :
         {"http", "//", "src=", "href=", "@import", "url(", "<script", "<link", "<iframe"}) {
        QVERIFY2(!html.contains(QLatin1String(word)), word);
    }
}

void TestReport::oddNamesAreEscaped() {
    const QString html = QString::fromStdString(
        report("lenet-like", kOddName + "</title><script>alert(1)</script>", kOddName));
    QVERIFY(!html.contains("<script"));
    QVERIFY(!html.contains("<b>&"));
    QVERIFY(html.contains("a&lt;b&gt;&amp;"));
    QVERIFY(html.contains("Processor &lt;x&gt;"));
    QVERIFY(html.contains("Small &amp; odd"));
    for (const QString& picture : pictures(html)) QCOMPARE(readProblem(picture), QString());
}

void TestReport::networksWithoutConvolution() {
    const QString html = QString::fromStdString(report("mlp-512-256", "mlp", "three"));
    QVERIFY(!html.contains("Kernels of"));
    QCOMPARE(pictures(html).size(), 10);
}

void TestReport::emptyRun() {
    const QString html = QString::fromStdString(report("lenet-like", "fresh", "three", 0));
    QVERIFY(html.contains("0.0 epochs, 0 steps"));
    for (const QString& picture : pictures(html)) QCOMPARE(readProblem(picture), QString());
}

void TestReport::historyHasOneRowPerStep() {
    History history = someHistory(20);
    history.steps[1].loss = std::numeric_limits<double>::quiet_NaN();
    const QStringList rows = QString::fromStdString(historyCsv(history)).split("\r\n");
    QCOMPARE(rows.size(), 22);
    QCOMPARE(rows[0].count(','), 9);
    QCOMPARE(rows[1], "1,0.05,2,0.5,0.001,0.01,,,,");
    QCOMPARE(rows[2].split(',').at(2), QString());
    QCOMPARE(rows[10].split(',').mid(6), (QStringList{"0.25", "0.93", "0.15", "1"}));
    QCOMPARE(rows[21], QString());
}

void TestReport::adversarialTrainingIsReported() {
    History history = someHistory(20);
    history.robust = {{.step = 10, .epoch = 0.5, .fgsm = 0.8, .pgd = 0.7, .images = 256},
                      {.step = 20, .epoch = 1.0, .fgsm = 0.95, .pgd = 0.05, .images = 256}};
    const QStringList rows = QString::fromStdString(historyCsv(history)).split("\r\n");
    QVERIFY(rows[0].endsWith(",clean_accuracy,fgsm_accuracy,pgd_accuracy"));
    QCOMPARE(rows[1], "1,0.05,2,0.5,0.001,0.01,,,,,,");
    QCOMPARE(rows[10].split(',').mid(10), (QStringList{"0.8", "0.7"}));

    RunCurves curves;
    curves.update(someHistory(20), 1.0);
    QCOMPARE(curves.accuracy().series.size(), std::size_t{3});
    curves.update(history, 1.0);
    QCOMPARE(curves.accuracy().series.size(), std::size_t{5});
    QCOMPARE(curves.accuracy().series[3].name, std::string("under FGSM"));
    QCOMPARE(curves.accuracy().series[4].name, std::string("under PGD-10"));
    QCOMPARE(curves.accuracy().series[4].x, (std::vector<double>{0.5, 1.0}));
    QCOMPARE(curves.accuracy().series[4].y, (std::vector<double>{0.7, 0.05}));
    QCOMPARE(curves.loss().series.size(), std::size_t{3});
    curves.update(history, 1.0);
    QCOMPARE(curves.accuracy().series[3].y.size(), std::size_t{2});

    const NetworkSpec spec = *makePreset("lenet-like", {.input = Shape({1, 32, 32}), .classes = {}, .width = {}});
    Recipe recipe;
    recipe.adversarial = *parseAdversarial("fgsm:eps=0.3,step=0.375,random_start=true");
    const Evaluation evaluation = someEvaluation();
    const DatasetPtr dataset = smallDataset("three");
    const std::string name = "hard";
    const QString html = QString::fromStdString(htmlReport({.name = name,
                                                            .spec = spec,
                                                            .weights = initialWeights(spec, analyze(spec), 1),
                                                            .recipe = recipe,
                                                            .history = history,
                                                            .validation = evaluation,
                                                            .test = evaluation,
                                                            .dataset = *dataset,
                                                            .device = "cpu",
                                                            .command = trainCommandText("lenet-like", recipe),
                                                            .date = "2026-01-31",
                                                            .bestStep = 10}));
    for (const char* text : {"fgsm:eps=0.3,step=0.375,random_start=true", "under PGD-10, 80.00 ± ", "on 256 validation images", "the best by validation accuracy under PGD-10",
                             "catastrophic overfitting: since step 10", "under PGD-10</text>", "--adversarial fgsm:eps=0.3"}) {
        QVERIFY2(html.contains(QString::fromUtf8(text)), text);
    }
    for (const QString& picture : pictures(html)) QCOMPARE(readProblem(picture), QString());
}

void TestReport::regressionsHaveTheirErrorInPlaceOfAnAccuracy() {
    const History history = someHistory(20);
    const QStringList rows = QString::fromStdString(historyCsv(history, true)).split("\r\n");
    QVERIFY(rows[0].contains("train_rmse") && rows[0].endsWith("clean_rmse") && !rows[0].contains("accuracy"));
    QCOMPARE(rows[1].split(',').mid(2, 2), (QStringList{"2", "1.41421356"}));
    RunCurves curves;
    curves.setGoal(false, "k$");
    curves.update(history, 1.0);
    QCOMPARE(curves.loss().title, std::string("Mean squared error, k$²"));
    QCOMPARE(curves.accuracy().title, std::string("Root mean squared error, k$"));
    QCOMPARE(curves.accuracy().yAxis.scale, PlotScale::Log);
    QCOMPARE(curves.accuracy().series[1].y, (std::vector<double>{std::sqrt(0.25), std::sqrt(0.125)}));
    curves.setGoal(false, "k$");  // the same: nothing is lost
    QCOMPARE(curves.accuracy().series[1].y.size(), std::size_t{2});
    curves.setGoal(false, {});
    QVERIFY(isEmpty(curves.accuracy()) && curves.accuracy().title == "Accuracy" && curves.accuracy().yAxis.scale == PlotScale::ErrorLog);
}

// One image a step is right or wrong: the running accuracy is a mean of these, and 0 has no place on a logarithmic axis.
void TestReport::zeroOneLossReachesZero() {
    History history;
    for (int i = 1; i <= 400; ++i) {
        const bool wrong = i < 100 && i % 2 == 0;
        history.steps.push_back({.step = i, .epoch = i / 100.0, .loss = wrong ? 1.0 : 0.0, .accuracy = wrong ? 0.0 : 1.0, .rate = 1.0, .seconds = 0.001 * i, .images = 1});
    }
    RunCurves curves;
    curves.setGoal(true, {});
    curves.update(history, 4.0);
    QCOMPARE(curves.loss().yAxis.scale, PlotScale::Linear);
    QCOMPARE(curves.loss().title, std::string("Zero–one loss"));
    QVERIFY(curves.loss().series[0].y.back() < 1e-3);
    QVERIFY(std::abs(curves.accuracy().series[0].y[97] - 0.5) < 0.1);
    QVERIFY(curves.accuracy().series[0].y.back() > 0.97);
}

void TestReport::accuracyCarriesItsInterval() {
    // E. B. Wilson 1927: half width at 98.62 % of 10,000 images 0.23, of 1,000 images 0.75.
    QCOMPARE(QString::fromStdString(accuracyText(0.9862, 10000)), QStringLiteral("98.62 ± 0.23 %"));
    QCOMPARE(QString::fromStdString(accuracyText(0.9862, 1000)), QStringLiteral("98.62 ± 0.75 %"));
    QCOMPARE(QString::fromStdString(accuracyText(0.5, 0)), QStringLiteral("–"));
    QCOMPARE(QString::fromStdString(durationText(185)), QStringLiteral("3 min 05 s"));
    QCOMPARE(QString::fromStdString(durationText(7380)), QStringLiteral("2 h 03 min"));
}

void TestReport::commandsAreQuoted() {
    Recipe recipe;
    recipe.dataset = "it's here";
    recipe.steps = 7;
    QCOMPARE(QString::fromStdString(trainCommandText("my net.json", recipe)),
             QStringLiteral("convolab train 'my net.json' --data 'it'\\''s here' --steps 7 --batch 64 "
                            "--optimizer adam --lr 0.001 "
                            "--seed 42"));
    recipe.dataset = "digits";
    recipe.steps.reset();
    recipe.optimizer.kind = "sgd";
    recipe.optimizer.nesterov = true;
    recipe.loss = LossKind::MeanSquaredError;
    QCOMPARE(
        QString::fromStdString(trainCommandText("lenet-like", recipe)),
        QStringLiteral(
            "convolab train lenet-like --data digits --epochs 5 --batch 64 --optimizer sgd:nesterov=true "
            "--lr 0.001 --loss mse --seed 42"));
}

QTEST_GUILESS_MAIN(TestReport)
#include "tst_report.moc"
