// What the compress lens writes and reads: the forms of export, the four stages, recipes and commands that give the same
// again, and packed files as documents.
#include <QClipboard>
#include <QDir>
#include <QFile>
#include <QGuiApplication>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/export_session.h"
#include "app/lenses/compress/plan_files.h"
#include "app/lenses/compress/recipe_session.h"
#include "app/lenses/compress/stage_session.h"
#include "app/lenses/compress/tune_session.h"
#include "app/packed_document.h"
#include "app/weights_command.h"
#include "core/compress/quantization/quantized_model.h"
#include "core/train/training_loop.h"
#include "core/util/atomic_file.h"
#include "tests/app/image_bench.h"
#include "tests/app/run_program.h"
#include "tests/support/python.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

struct Bench : ImageBench {
    CompressSession compress{document, session, desk};
    TuneSession tune{document, session, desk, compress};
    StageSession stages{document, desk, compress};
    RecipeSession recipe{document, session, desk, compress, stages};
    ExportSession exports{document, desk, compress, stages};
    QTemporaryDir folder;

    void begin(std::int64_t steps = 150) {
        openPreset("lenet-like");
        train(steps);
        compress.setActive(true);
        settle();
    }
    void settle() {
        QTRY_VERIFY_WITH_TIMEOUT(compress.problem().isEmpty() && compress.laid() && !compress.laidWaits() && compress.accuracy() && !compress.accuracyWaits(), kPatience);
    }
    void lay(const CompressionPlan& plan) {
        compress.setPlan(plan, QStringLiteral("Plan"));
        settle();
    }
    CompressionPlan cut(double sparsity) const {
        CompressionPlan plan;
        for (const NodeId layer : compressibleLayers(document.network().spec())) plan.layers[layer].sparsity = sparsity;
        return plan;
    }
    CompressionPlan bits(CompressionPlan plan, int bits, WeightLevels levels) const {
        for (const NodeId layer : compressibleLayers(document.network().spec())) {
            plan.layers[layer].bits = bits;
            plan.layers[layer].levels = levels;
        }
        return plan;
    }
    void fineTune() {
        tune.start({.gradual = false, .epochs = 1, .rate = 1e-3});
        QTRY_VERIFY_WITH_TIMEOUT(!tune.isRunning(), kPatience);
        QCOMPARE(tune.job().state(), BackgroundJob::State::Done);
        settle();
    }
    QString path(const char* name) const { return folder.filePath(QLatin1String(name)); }
    /// Exports, and returns what the window says; empty: nothing was said.
    QString exported(const char* form, const QString& file, bool* problem = nullptr) {
        QSignalSpy said(&exports, &ExportSession::message);
        exports.run(*findExportForm(form), file);
        if (!QTest::qWaitFor([&] { return !said.isEmpty(); }, kPatience)) return {};
        if (problem != nullptr) *problem = said.front().at(1).toBool();
        return said.front().at(0).toString();
    }
    QString obstacle(const char* form) const { return findExportForm(form)->obstacle(exports.ground()); }
    /// A copy of the document, as a command would find it.
    QString saved(const char* name) {
        document.flush();
        const QString file = path(name);
        if (!document.file()->saveCopy(file.toStdString()).ok()) qFatal("the document cannot be copied");
        return file;
    }
};

QByteArray contents(const QString& file) {
    QFile opened(file);
    return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
}

ProgramResult program(const QString& folder, const QStringList& arguments) {
    QProcess process;
    process.setProcessEnvironment(programEnvironment(folder));
    process.setWorkingDirectory(folder);
    process.start(programPath(), arguments);
    return Workplace::finish(process);
}

WeightSet bestWeightsOf(const QString& document) {
    auto file = ProjectFile::open(document.toStdString());
    if (!file.ok()) qFatal("%s", file.error().sentence().c_str());
    const auto runs = (*file)->readRuns();
    return **(*file)->readBestWeights(runs->back().id);
}

}  // namespace

class CompressFilesTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { prepareApplication(); }

    void aPackedFileReadsBackToTheSameAccuracy() {
        Bench bench;
        bench.begin();
        QVERIFY(!bench.stages.canCode());
        QVERIFY2(bench.obstacle("packed").contains(QStringLiteral("nothing is pruned")), qPrintable(bench.obstacle("packed")));
        bench.lay(bench.bits(bench.cut(0.6), 5, WeightLevels::KMeans));
        std::vector<Stage> stages = bench.stages.stages();
        QCOMPARE(stages.size(), std::size_t{4});
        QVERIFY(stages[0].exact && !stages[3].exact);
        const std::int64_t estimate = stages[3].bytes;
        QVERIFY(stages[0].bytes > stages[1].bytes && stages[1].bytes > stages[2].bytes && stages[2].bytes > stages[3].bytes);
        bool problem = true;
        const QString said = bench.exported("packed", bench.path("net.packed"), &problem);
        QVERIFY2(!problem && said.contains(QStringLiteral("read back")), qPrintable(said));
        // The stages are counted now, and the last is the file.
        stages = bench.stages.stages();
        QCOMPARE(stages[3].bytes, static_cast<std::int64_t>(contents(bench.path("net.packed")).size()));
        QVERIFY(stages[1].exact && stages[2].exact && stages[3].exact);
        QVERIFY2(std::abs(static_cast<double>(estimate - stages[3].bytes)) < 0.1 * static_cast<double>(stages[3].bytes),
                 qPrintable(QStringLiteral("%1 estimated, %2 counted").arg(estimate).arg(stages[3].bytes)));
        const auto back = readPackedFile(bench.path("net.packed").toStdString());
        QVERIFY(back.ok());
        const auto evaluated = evaluate(back->spec, back->weights, *bench.desk.image.dataset(), Split::Validation);
        QVERIFY(evaluated.ok());
        QCOMPARE(evaluated->accuracy, *stages[3].accuracy);
        QVERIFY2(said.contains(QString::number(100.0 * evaluated->accuracy, 'f', 2)), qPrintable(said));
        // Another plan is an estimate again; the coder decides how far the file goes, and is remembered.
        bench.stages.setCoder("sparse");
        QVERIFY(bench.stages.stages()[3].bytes > bench.stages.stages()[2].bytes);
        bench.lay(bench.bits(bench.cut(0.7), 5, WeightLevels::KMeans));
        QVERIFY(!bench.stages.stages()[3].exact);
        bench.stages.code();
        QTRY_VERIFY_WITH_TIMEOUT(bench.stages.coded() != nullptr, kPatience);
        QCOMPARE(bench.stages.stages()[3].bytes, bench.stages.coded()->bytes);
        QCOMPARE(bench.stages.coded()->coder, std::string("sparse"));
        const QString file = QString::fromStdString(bench.document.path());
        bench.document.flush();
        bench.openPreset("mlp-512-256");
        QCOMPARE(bench.stages.coder(), std::string("huffman"));
        QVERIFY(bench.document.openFile(file).ok());
        QCOMPARE(bench.stages.coder(), std::string("sparse"));
    }

    void everyFormSaysWhyItDoesNotApply() {
        Bench bench;
        bench.begin();
        QVERIFY(bench.obstacle("onnx").isEmpty() && bench.obstacle("plan").isEmpty());
        QVERIFY(bench.obstacle("onnx-qdq").contains(QStringLiteral("8 bits or fewer")));
        QVERIFY(bench.obstacle("onnx-codebook").contains(QStringLiteral("k-means")));
        QVERIFY(bench.obstacle("recipe").contains(QStringLiteral("nothing to repeat")));
        bench.lay(bench.bits(bench.cut(0.5), 8, WeightLevels::Uniform));
        QVERIFY(bench.obstacle("onnx-qdq").isEmpty() && bench.obstacle("recipe").isEmpty());
        QVERIFY(bench.obstacle("packed").contains(QStringLiteral("k-means levels")));
        CompressionPlan plan = bench.compress.plan();
        plan.quantization.activationBits = 4;
        bench.compress.setPlan(plan, QStringLiteral("Activations"));
        QTRY_VERIFY_WITH_TIMEOUT(bench.compress.laid() && !bench.compress.laidWaits(), kPatience);
        QVERIFY(bench.obstacle("onnx-qdq").contains(QStringLiteral("activations of 8 bits")));
        // A folder that is not there, a full disk: a sentence, and the next one works.
        bool problem = false;
        const QString said = bench.exported("plan", QStringLiteral("/nowhere/at/all/plan.json"), &problem);
        QVERIFY2(problem && said.contains(QStringLiteral("/nowhere/at/all")), qPrintable(said));
        QVERIFY(bench.exported("plan", bench.path("plan.json"), &problem).startsWith(QStringLiteral("Saved")));
        QVERIFY(!problem);
        bench.compress.setPlan({}, QStringLiteral("Clear"));
        bench.settle();
        QVERIFY(readPlanFile(bench.compress, bench.path("plan.json")).ok());
        QVERIFY(bench.compress.plan() == plan);
        bench.document.flush();
    }

    void integersGoToOnnxRuntime() {
        CONVOLAB_NEEDS_ONNX_RUNTIME();
        Bench bench;
        bench.begin(300);
        CompressionPlan plan = bench.bits({}, 7, WeightLevels::Uniform);  // 7: processors without VNNI saturate products of 8
        plan.quantization.calibrationImages = 128;
        bench.lay(plan);
        bool problem = true;
        const QString said = bench.exported("onnx-qdq", bench.path("net.onnx"), &problem);
        QVERIFY2(!problem && said.startsWith(QStringLiteral("Exported")), qPrintable(said));
        const NetworkSpec& spec = *bench.compress.network();
        const Dataset& dataset = *bench.desk.image.dataset();
        constexpr std::int64_t kImages = 256;
        const auto seen = observeActivations(spec, *bench.compress.base(), dataset, plan.quantization, plan.seed);
        QVERIFY(seen.ok());
        auto model = QuantizedModel::make(spec, *bench.compress.base(), plan, chooseRanges(*seen, plan.quantization).value(), {.maximumBatch = kImages});
        QVERIFY(model.ok());
        Tensor images((*model)->inputShape().withBatch(kImages));
        const auto pixels = static_cast<std::size_t>((*model)->inputShape().size());
        for (std::int64_t i = 0; i < kImages; ++i) dataset.image(Split::Test, i, images.span().subspan(static_cast<std::size_t>(i) * pixels, pixels));
        QFile raw(bench.path("images.f32"));
        QVERIFY(raw.open(QIODevice::WriteOnly));
        raw.write(reinterpret_cast<const char*>(images.data()), static_cast<qint64>(images.span().size_bytes()));
        raw.close();
        const ScriptResult ran = runOnnx(bench.path("net.onnx"), raw.fileName(), QStringLiteral("%1,1,32,32").arg(kImages), bench.path("out"), nullptr);
        QVERIFY2(ran.ok, ran.errors.constData());
        const QByteArray bytes = contents(bench.path("out/1.f32"));
        const auto ours = (*model)->forward(images.view()).span();
        static_cast<void>(ours);
        const auto logits = (*model)->logits().span();
        QCOMPARE(static_cast<std::size_t>(bytes.size()), logits.size() * sizeof(float));
        const auto* theirs = reinterpret_cast<const float*>(bytes.constData());
        int same = 0;
        const std::size_t classes = logits.size() / kImages;
        for (std::size_t i = 0; i < kImages; ++i) {
            const auto best = [&](const float* values) { return std::max_element(values + i * classes, values + (i + 1) * classes) - (values + i * classes); };
            same += best(logits.data()) == best(theirs) ? 1 : 0;
        }
        QVERIFY2(same >= 255, qPrintable(QStringLiteral("%1 of 256 classes agree").arg(same)));
    }

    /// Pruned, fine-tuned, shared: the recipe that the window writes gives the same file on the command line, to the byte.
    void theRecipeReplaysOnTheCommandLine() {
        Bench bench;
        bench.begin();
        bench.lay(bench.cut(0.8));
        bench.fineTune();
        bench.lay(bench.bits(bench.compress.plan(), 4, WeightLevels::KMeans));
        QVERIFY(bench.compress.overlay().tuned != nullptr);
        const QString document = bench.saved("net.convolab");
        QVERIFY(!bench.exported("packed", bench.path("window.packed")).isEmpty());
        QVERIFY(!bench.exported("recipe", bench.path("recipe.json")).isEmpty());
        const ProgramResult ran = program(bench.folder.path(), {QStringLiteral("compress"), document, QStringLiteral("--recipe"), bench.path("recipe.json"),
                                                                QStringLiteral("--data"), QStringLiteral("digits"), QStringLiteral("--threads"), QStringLiteral("1"),
                                                                QStringLiteral("--out"), QStringLiteral("out"), QStringLiteral("--json")});
        QVERIFY2(ran.exitCode == 0, ran.err.constData());
        QVERIFY(!contents(bench.path("window.packed")).isEmpty());
        QCOMPARE(contents(bench.path("out/net.packed")), contents(bench.path("window.packed")));
        const QJsonArray stages = ran.lastObject().value(QStringLiteral("stages")).toArray();
        QCOMPARE(stages.last().toObject().value(QStringLiteral("accuracy")).toDouble(), *bench.stages.stages()[3].accuracy);
        QCOMPARE(stages.size(), 4);
    }

    void theCopiedCommandGivesTheSameWeights() {
        Bench bench;
        bench.begin();
        Recipe recipe = bench.document.recipe();
        recipe.batchSize = 48;
        recipe.seed = 7;
        recipe.schedule.kind = "cosine";
        recipe.optimizer = parseOptimizer("sgd:momentum=0.8").value();
        recipe.rate = 0.0333333333;
        recipe.steps.reset();
        bench.document.setRecipe(recipe);
        bench.lay(bench.cut(0.9));
        bench.fineTune();
        const auto copied = copyPlanCommand(bench.document, bench.compress, bench.exports.recipe());
        QVERIFY2(copied.ok(), copied.ok() ? "" : copied.error().sentence().c_str());
        QCOMPARE(QGuiApplication::clipboard()->text(), *copied);
        for (const char* part : {"convolab prune ", "--plan ", "--finetune 1", "--lr ", "--batch 48", "sgd:momentum=0.8", "--schedule cosine", "--seed 7", "--data digits"}) {
            QVERIFY2(copied->contains(QLatin1String(part)), qPrintable(*copied + QStringLiteral(" lacks ") + QLatin1String(part)));
        }
        // The words as a shell gives them to the program; the document is open here, so that a copy stands in for it.
        QStringList words = QProcess::splitCommand(QString(*copied).replace(QLatin1Char('\''), QLatin1Char('"')));
        words.removeFirst();
        words[1] = bench.saved("net.convolab");
        words << QStringLiteral("--threads") << QStringLiteral("1");
        const ProgramResult ran = program(bench.folder.path(), words);
        QVERIFY2(ran.exitCode == 0, ran.err.constData());
        const QString out = bench.path(qPrintable(words[words.indexOf(QStringLiteral("--out")) + 1]));
        QVERIFY(bestWeightsOf(out).parameters == bench.compress.overlay().tuned->parameters);
        // Bits on top are another command, with a recipe.
        bench.lay(bench.bits(bench.compress.plan(), 8, WeightLevels::Uniform));
        const auto recipeCommand = copyPlanCommand(bench.document, bench.compress, bench.exports.recipe());
        QVERIFY(recipeCommand.ok());
        QVERIFY2(recipeCommand->startsWith(QStringLiteral("convolab compress ")) && recipeCommand->contains(QStringLiteral("--recipe ")), qPrintable(*recipeCommand));
        bench.document.flush();
    }

    void aRecipeRunsAndIsOneStepBack() {
        Bench bench;
        bench.begin();
        CompressionRecipe recipe;
        Recipe training = bench.document.recipe();
        training.steps = 30;
        recipe.steps = {{.action = CompressionAction::Prune, .plan = bench.cut(0.8), .training = training},
                        {.action = CompressionAction::Share, .plan = bench.bits({}, 3, WeightLevels::KMeans)},
                        {.action = CompressionAction::Train, .training = training},
                        {.action = CompressionAction::Code}};
        QVERIFY(writeFileAtomically(bench.path("recipe.json").toStdString(), compressionRecipeToJson(recipe, *bench.compress.network())).ok());
        QSignalSpy shown(&bench.stages, &StageSession::changed);
        QVERIFY(bench.recipe.runFile(bench.path("recipe.json")).ok());
        QVERIFY(!bench.recipe.canRun());
        QTRY_VERIFY_WITH_TIMEOUT(bench.stages.stages().size() == 4 && bench.stages.stages()[1].there(), kPatience);  // live
        QTRY_COMPARE_WITH_TIMEOUT(bench.recipe.job().state(), BackgroundJob::State::Done, kPatience);
        bench.settle();
        const CompressSession::Overlay after = bench.compress.overlay();
        QVERIFY(after.tuned && after.steps && after.steps->size() == 3);
        for (const auto& [layer, how] : after.plan.layers) QVERIFY(how.sparsity == 0.8 && how.bits == 3 && how.levels == WeightLevels::KMeans);
        const auto again = runCompression(*bench.compress.network(), *bench.compress.base(), bench.desk.image.dataset(), recipe);
        QVERIFY(again.ok());
        QVERIFY(again->network.weights.parameters == after.tuned->parameters);
        // What lies there weighs what the recipe's file does, and is coded already.
        QVERIFY(bench.stages.coded() != nullptr);
        QCOMPARE(bench.stages.stages()[3].bytes, static_cast<std::int64_t>(again->file.size()));
        QCOMPARE(bench.compress.accuracy()->share(), again->stages.back().accuracy);
        QVERIFY(!bench.exported("packed", bench.path("net.packed")).isEmpty());
        QCOMPARE(contents(bench.path("net.packed")).toStdString(), again->file);
        // Its steps are kept with the point, so that it can be written as a recipe another day.
        QTRY_VERIFY(bench.compress.currentPoint() != nullptr);
        const std::int64_t point = bench.compress.currentPoint()->id;
        bench.document.network().undoStack().undo();
        QVERIFY(!bench.compress.plan().prunes() && !bench.compress.overlay().tuned);
        bench.settle();
        QVERIFY(bench.compress.restore(point).ok());
        QVERIFY(bench.compress.overlay().steps && *bench.compress.overlay().steps == *after.steps);
        const auto made = bench.exports.recipe();
        QVERIFY(made.ok());
        QVERIFY(made->steps == recipe.steps);
        // Cancelled, nothing changes.
        bench.settle();
        const CompressSession::Overlay before = bench.compress.overlay();
        bench.recipe.run(recipe);
        bench.recipe.job().cancel();
        QTRY_COMPARE_WITH_TIMEOUT(bench.recipe.job().state(), BackgroundJob::State::Cancelled, kPatience);
        QVERIFY(bench.compress.overlay() == before);
        QVERIFY(bench.stages.stages()[0].there());
        // What is no recipe, or one for other layers, is a sentence.
        QVERIFY(writeFileAtomically(bench.path("bad.json").toStdString(), R"({"steps": [{"step": "prune", "plan": {"layers": {"Conv 9": {"sparsity": 0.5}}}}]})").ok());
        const Status bad = bench.recipe.runFile(bench.path("bad.json"));
        QVERIFY(!bad.ok() && bad.error().sentence().find("Conv 9") != std::string::npos);
        QVERIFY(!bench.recipe.runFile(bench.path("absent.json")).ok());
        QVERIFY(!bench.recipe.job().isRunning());
        bench.document.flush();
    }

    void packedFilesAreDocuments() {
        Bench bench;
        bench.begin();
        bench.lay(bench.bits(bench.cut(0.7), 4, WeightLevels::KMeans));
        QVERIFY(!bench.exported("packed", bench.path("net.packed")).isEmpty());
        const double accuracy = *bench.stages.stages()[3].accuracy;
        const auto packed = readPackedFile(bench.path("net.packed").toStdString());
        const Status opened = bench.document.openFile(bench.path("net.packed"));
        QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().sentence().c_str());
        QVERIFY(!bench.document.isNamed());
        bench.settle();
        QVERIFY(bench.session.bestWeights()->parameters == packed->weights.parameters);
        QVERIFY(bench.session.keepsZeros());
        QCOMPARE(bench.compress.accuracy()->share(), accuracy);
        QVERIFY(packed->codebooks.size() >= 3);
        for (const NodeId layer : compressibleLayers(packed->spec)) {
            const LayerCompression& how = bench.compress.plan().of(layer);
            // The smallest tensors are smaller without a codebook, and are written so.
            if (packed->codebooks.contains(layer)) QVERIFY(how.bits == 4 && how.levels == WeightLevels::KMeans);
            QVERIFY(std::abs(how.sparsity - 0.7) < 0.01);
        }
        // Written again, it is the same file.
        QVERIFY(!bench.exported("packed", bench.path("again.packed")).isEmpty());
        QCOMPARE(contents(bench.path("again.packed")), contents(bench.path("net.packed")));
        // A broken and a newer one: a sentence, and what was open stays.
        const NetworkSpec spec = bench.document.network().spec();
        QByteArray bytes = contents(bench.path("net.packed"));
        QByteArray newer = bytes, cut = bytes.left(bytes.size() / 2);
        newer[4] = 9;
        QVERIFY(writeFileAtomically(bench.path("newer.packed").toStdString(), newer.toStdString()).ok());
        QVERIFY(writeFileAtomically(bench.path("cut.packed").toStdString(), cut.toStdString()).ok());
        const Status fresh = bench.document.openFile(bench.path("newer.packed")), broken = bench.document.openFile(bench.path("cut.packed"));
        QVERIFY(!fresh.ok() && fresh.error().sentence().find("newer version") != std::string::npos);
        QVERIFY(!broken.ok() && broken.error().sentence().find("checksum") != std::string::npos);
        QVERIFY(bench.document.network().spec() == spec);
        bench.document.flush();
    }

    void undoKeepsFineTunedWeightsWithinItsMemory() {
        Bench bench;
        bench.begin();
        const std::int64_t before = undoWeightBytes();
        bench.lay(bench.cut(0.8));
        bench.fineTune();
        const WeightSetPtr tuned = bench.compress.overlay().tuned;
        const std::vector<float> own = tuned->parameters;
        QTRY_VERIFY(bench.compress.currentPoint() != nullptr && bench.compress.currentPoint()->hasWeights);
        QCOMPARE(undoWeightBytes(), before + weightBytes(*tuned));
        undoWeightBytes() += kWeightsInMemory;  // as if others had filled it
        bench.lay(bench.cut(0.5));
        QCOMPARE(undoWeightBytes(), before + kWeightsInMemory);
        bench.document.network().undoStack().undo();
        undoWeightBytes() -= kWeightsInMemory;
        QVERIFY(bench.compress.overlay().tuned != nullptr);
        QVERIFY(bench.compress.overlay().tuned->parameters == own);  // from the document
        QCOMPARE(undoWeightBytes(), before + weightBytes(*tuned));
        bench.settle();
        bench.document.network().undoStack().clear();
    }

    void theBudgetIsRemembered() {
        Bench bench;
        bench.begin();
        QCOMPARE(bench.compress.budget(), 0.01);
        QSignalSpy changed(&bench.compress, &CompressSession::pointsChanged);
        bench.compress.setBudget(0.002);
        QCOMPARE(changed.size(), 1);
        for (const double wrong : {0.0, -1.0, 0.9, std::nan("")}) bench.compress.setBudget(wrong);
        QCOMPARE(bench.compress.budget(), 0.002);
        const QString file = QString::fromStdString(bench.document.path());
        bench.document.flush();
        bench.openPreset("mlp-512-256");
        QCOMPARE(bench.compress.budget(), 0.01);
        QVERIFY(bench.document.openFile(file).ok());
        QCOMPARE(bench.compress.budget(), 0.002);
    }
};

QTEST_MAIN(CompressFilesTest)
#include "tst_compress_files.moc"
