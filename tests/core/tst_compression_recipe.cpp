// Compression recipes: their JSON and what is refused, and a whole run on a network that learns in milliseconds.
#include <QDir>
#include <QFile>
#include <QTest>

#include <cmath>

#include "core/compress/compression_run.h"
#include "core/compress/quantization/quantized_model.h"
#include "core/graph/analysis.h"
#include "core/graph/presets.h"
#include "tests/core/coding_case.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;

namespace {

const WeightSet& trainedWeights() {
    static const WeightSet weights = [] {
        Recipe recipe = tinyRecipe();
        recipe.steps = 60;
        const auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), recipe).value();
        while (!loop->finished()) {
            if (!loop->runStep().ok()) qFatal("the training failed");
        }
        return *loop->publish();
    }();
    return weights;
}

Recipe shortTraining() {
    Recipe recipe = tinyRecipe();
    recipe.steps = 8;
    return recipe;
}

CompressionStep pruneStep(double sparsity) {
    CompressionStep step{.action = CompressionAction::Prune, .plan = planOfAll(tinyNetwork(), sparsity, kFloatBits)};
    for (auto& [layer, how] : step.plan.layers) how.levels = WeightLevels::Uniform;
    return step;
}

CompressionRecipe wholeRecipe() {
    CompressionRecipe recipe;
    recipe.name = "tiny";
    CompressionStep pruning = pruneStep(0.7);
    pruning.schedule = PruningSchedule::Gradual;
    pruning.pruneEvery = 2;
    pruning.rampShare = 0.5;
    pruning.training = shortTraining();
    recipe.steps = {pruning,
                    {.action = CompressionAction::Train, .training = shortTraining()},
                    {.action = CompressionAction::Share, .plan = planOfAll(tinyNetwork(), 0.0, 3)},
                    {.action = CompressionAction::Train, .training = shortTraining()},
                    {.action = CompressionAction::Code}};
    return recipe;
}

std::string errorOf(const std::string& json) {
    const auto recipe = compressionRecipeFromJson(json, tinyNetwork());
    return recipe.ok() ? std::string{} : recipe.error().sentence();
}

}  // namespace

class TestCompressionRecipe : public QObject {
    Q_OBJECT

  private slots:
    void thereAndBack();
    void readsShortForms();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void runsWhatItSays();
    void repeatsToTheByte();
    void watchesAndCancels();
    void withoutPruningOrSharing();
    void quantisesAndRunsInIntegers();
    void finetunesOnItsGrids();
    void shippedRecipesFitTheirPresets();
};

void TestCompressionRecipe::thereAndBack() {
    CompressionRecipe recipe = wholeRecipe();
    recipe.steps[2].start = CodebookStart::PlusPlus;
    recipe.steps[4].coder = "packed";
    const std::string json = compressionRecipeToJson(recipe, tinyNetwork());
    const auto back = compressionRecipeFromJson(json, tinyNetwork());
    QVERIFY2(back.ok(), back.ok() ? "" : back.error().sentence().c_str());
    QCOMPARE(compressionRecipeToJson(*back, tinyNetwork()), json);
    QVERIFY(back->steps.size() == 5 && back->steps[4].training == std::nullopt);
    QVERIFY(back->steps[0].plan == recipe.steps[0].plan);
    QVERIFY(back->steps[0].schedule == PruningSchedule::Gradual);
    QCOMPARE(back->steps[0].pruneEvery, std::int64_t{2});
    QCOMPARE(back->steps[0].rampShare, 0.5);
    QVERIFY(back->steps[2].start == CodebookStart::PlusPlus);
    QCOMPARE(back->steps[4].coder, std::string("packed"));
    // The data set is said when the recipe is replayed.
    QVERIFY(json.find("dataset") == std::string::npos);
}

void TestCompressionRecipe::readsShortForms() {
    const auto recipe = compressionRecipeFromJson(
        R"({"steps": [{"step": "prune", "plan": {"layers": {"conv_1": {"sparsity": 0.5}}}},
                      {"step": "share", "plan": {"layers": {"dense 1": {"bits": 4, "levels": "kmeans"}}}}]})",
        tinyNetwork());
    QVERIFY2(recipe.ok(), recipe.ok() ? "" : recipe.error().sentence().c_str());
    QCOMPARE(recipe->steps[0].plan.of(tinyNetwork().nodeByName("Conv 1")->id).sparsity, 0.5);
    QVERIFY(recipe->steps[1].start == CodebookStart::Linear);
}

void TestCompressionRecipe::saysWhatIsWrong_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("sentence");
    const auto row = [](const char* name, const char* json, const char* sentence) {
        QTest::newRow(name) << QByteArray(json) << QByteArray(sentence);
    };
    row("no JSON", "{\"steps\": [", "the compression recipe is not a JSON object: is the file complete?");
    row("another layer", R"({"steps": [{"step": "prune", "plan": {"layers": {"Conv 3": {"sparsity": 0.5}}}}]})",
        "step 1: unknown layer \"Conv 3\": did you mean \"Conv 1\"?");
    row("another step", R"({"steps": [{"step": "prun"}]})", "step 1: unknown step \"prun\": did you mean \"prune\"?");
    row("no step", R"({"steps": [{"plan": {}}]})", "step 1: it has no \"step\"");
    row("another key", R"({"steps": [{"step": "code", "coders": "huffman"}]})",
        "step 1: unknown key of the step \"coders\": did you mean \"coder\"?");
    row("another coder", R"({"steps": [{"step": "code", "coder": "hufman"}]})",
        "step 1 (code): unknown coder \"hufman\": did you mean \"huffman\"?");
    row("another key above", R"({"step": []})", "unknown key of the compression recipe \"step\": did you mean \"steps\"?");
    row("newer", R"({"format": 2})", "the compression recipe has format 2, this version reads format 1");
    row("nothing to do", R"({"steps": []})", "the compression recipe has no steps");
    row("nothing pruned", R"({"steps": [{"step": "prune", "plan": {}}]})", "step 1 (prune): the plan prunes nothing");
    row("nothing shared", R"({"steps": [{"step": "share", "plan": {"layers": {"Conv 1": {"bits": 4}}}}]})",
        "step 1 (share): the plan shares no weights");
    row("gradual without training",
        R"({"steps": [{"step": "prune", "schedule": "gradual", "plan": {"layers": {"Conv 1": {"sparsity": 0.5}}}}]})",
        "step 1 (prune): gradual pruning needs a training");
    row("another schedule", R"({"steps": [{"step": "prune", "schedule": "gradually"}]})",
        "step 1: unknown pruning schedule \"gradually\": did you mean \"gradual\"?");
    row("no number", R"({"steps": [{"step": "prune", "prune_every": "two"}]})", "step 1: \"prune_every\" is \"two\"");
    row("no training", R"({"steps": [{"step": "train"}]})", "step 1 (train): it has no training");
    row("bad training", R"({"steps": [{"step": "train", "training": {"rate": -1}}]})", "step 1: the learning rate");
    row("after the code", R"({"steps": [{"step": "code"}, {"step": "code"}]})", "step 2 (code): it stands behind the coding");
    row("pruning what is shared",
        R"({"steps": [{"step": "share", "plan": {"layers": {"Conv 1": {"bits": 4, "levels": "kmeans"}}}},
                      {"step": "prune", "plan": {"layers": {"Conv 1": {"sparsity": 0.5}}}}]})",
        "step 2 (prune): it prunes weights that are shared already: prune first, then share");
    const char* grid = R"({"steps": [{"step": "quantize", "plan": {"layers": {"Conv 1": {"bits": 8}}}}, %s]})";
    const auto behindGrid = [&](const char* name, const char* step, const char* sentence) {
        QTest::newRow(name) << QByteArray(grid).replace("%s", step) << QByteArray(sentence);
    };
    row("no grid", R"({"steps": [{"step": "quantize", "plan": {"layers": {"Conv 1": {"bits": 4, "levels": "kmeans"}}}}]})",
        "step 1 (quantize): the plan puts no layer on a grid");
    behindGrid("pruning what is on grids", R"({"step": "prune", "plan": {"layers": {"Conv 1": {"sparsity": 0.5}}}})",
               "step 2 (prune): it prunes weights that are on grids already: prune first, then quantise");
    behindGrid("sharing what is on grids", R"({"step": "share", "plan": {"layers": {"Dense 1": {"bits": 4, "levels": "kmeans"}}}})",
               "step 2 (share): codebooks and uniform grids have no form together: share or quantise, not both");
    behindGrid("coding integers", R"({"step": "code"})", "step 2 (code): weights on uniform grids have no packed file");
    behindGrid("a key of another step", R"({"step": "quantize", "start": "linear"})", "step 2: unknown key of the step \"start\"");
}

void TestCompressionRecipe::saysWhatIsWrong() {
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, sentence);
    const std::string found = errorOf(json.toStdString());
    QVERIFY2(found.starts_with(sentence.toStdString()), found.c_str());
}

void TestCompressionRecipe::runsWhatItSays() {
    const NetworkSpec spec = tinyNetwork();
    const auto result = runCompression(spec, trainedWeights(), tinyDataset(), wholeRecipe());
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().sentence().c_str());
    QStringList names;
    for (const CompressionStage& stage : result->stages) names << QString::fromStdString(stage.name);
    QCOMPARE(names, QStringList({"dense", "pruned", "shared", "coded"}));
    QCOMPARE(result->stages[0].bytes, 4 * static_cast<std::int64_t>(trainedWeights().parameters.size()));
    QCOMPARE(result->stages[3].bytes, static_cast<std::int64_t>(result->file.size()));
    QCOMPARE(result->stages[3].bytes, result->size.bytes());
    QVERIFY(result->stages[0].accuracy > 0.9);
    QCOMPARE(result->stages[3].accuracy, result->stages[2].accuracy);
    const PackedNetwork& network = result->network;
    for (const NodeId layer : compressibleLayers(spec)) {
        const Codebook& codebook = network.codebooks.at(layer);
        const auto weights = static_cast<double>(codebook.codes.size());
        QCOMPARE(static_cast<double>(codebook.kept()), weights - std::floor(0.7 * weights + 0.5));
        QVERIFY(codebook.centroids.size() <= 8);
    }
    QVERIFY(requireShared(network.weights, network.codebooks).ok());
    QVERIFY(std::abs(result->sparsity - 0.7) < 0.02);
    QCOMPARE(result->parametersKept, result->size.kept);
    const auto evaluated = evaluate(spec, network.weights, *tinyDataset(), Split::Validation);
    QVERIFY(evaluated.ok());
    QCOMPARE(evaluated->accuracy, result->stages[3].accuracy);
}

void TestCompressionRecipe::repeatsToTheByte() {
    const NetworkSpec spec = tinyNetwork();
    const auto first = runCompression(spec, trainedWeights(), tinyDataset(), wholeRecipe());
    const auto replayed = compressionRecipeFromJson(compressionRecipeToJson(wholeRecipe(), spec), spec);
    QVERIFY(first.ok() && replayed.ok());
    const auto again = runCompression(spec, trainedWeights(), tinyDataset(), *replayed);
    QVERIFY(again.ok());
    QVERIFY(again->file == first->file);
}

void TestCompressionRecipe::watchesAndCancels() {
    double before = 0.0;
    int stages = 0;
    int sharedSteps = 0;
    CompressionWatch watch;
    watch.progress = [&](double share, const std::string& what) {
        const bool forward = share >= before && share <= 1.0 && !what.empty();
        before = share;
        return forward;
    };
    watch.stage = [&](const CompressionStage&) { ++stages; };
    watch.trained = [&](const TrainingLoop& loop, const Codebooks& codebooks) {
        if (codebooks.empty()) return;
        ++sharedSteps;
        const WeightSetPtr now = loop.publish();
        if (!requireShared(*now, withTrainedCentroids(codebooks, *now)).ok()) qFatal("a centroid's members drifted apart");
    };
    QVERIFY(runCompression(tinyNetwork(), trainedWeights(), tinyDataset(), wholeRecipe(), watch).ok());
    QCOMPARE(before, 1.0);
    QCOMPARE(stages, 4);
    QCOMPARE(sharedSteps, 8);
    int left = 10;
    watch = {};
    watch.progress = [&](double, const std::string&) { return --left > 0; };
    const auto stopped = runCompression(tinyNetwork(), trainedWeights(), tinyDataset(), wholeRecipe(), watch);
    QVERIFY(!stopped.ok());
    QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
}

void TestCompressionRecipe::withoutPruningOrSharing() {
    CompressionRecipe recipe;
    recipe.steps = {{.action = CompressionAction::Share, .plan = planOfAll(tinyNetwork(), 0.0, 4)}};
    const auto shared = runCompression(tinyNetwork(), trainedWeights(), tinyDataset(0), recipe);
    QVERIFY(shared.ok());
    QCOMPARE(shared->stages.size(), std::size_t{3});
    QCOMPARE(shared->stages[2].images, std::int64_t{20});  // no validation images: test
    QCOMPARE(shared->sparsity, 0.0);
    recipe.steps = {pruneStep(0.5), {.action = CompressionAction::Code, .coder = "sparse"}};
    const auto pruned = runCompression(tinyNetwork(), trainedWeights(), tinyDataset(), recipe);
    QVERIFY(pruned.ok());
    QCOMPARE(pruned->stages.size(), std::size_t{3});
    QVERIFY(pruned->network.codebooks.empty());
    QCOMPARE(pruned->stages[1].bytes, pruned->stages[2].bytes);
}

namespace {

CompressionRecipe integerRecipe(int bits) {
    CompressionRecipe recipe;
    CompressionStep quantise{.action = CompressionAction::Quantize};
    for (const NodeId layer : compressibleLayers(tinyNetwork())) quantise.plan.layers[layer].bits = bits;
    quantise.plan.quantization.calibrationImages = 64;
    recipe.steps = {pruneStep(0.5), quantise};
    return recipe;
}

}  // namespace

void TestCompressionRecipe::quantisesAndRunsInIntegers() {
    const NetworkSpec spec = tinyNetwork();
    const CompressionRecipe recipe = integerRecipe(8);
    const auto replayed = compressionRecipeFromJson(compressionRecipeToJson(recipe, spec), spec);
    QVERIFY2(replayed.ok(), replayed.ok() ? "" : replayed.error().sentence().c_str());
    QVERIFY(replayed->steps[1].plan == recipe.steps[1].plan);
    const auto result = runCompression(spec, trainedWeights(), tinyDataset(), *replayed);
    QVERIFY2(result.ok(), result.ok() ? "" : result.error().sentence().c_str());
    QStringList names;
    for (const CompressionStage& stage : result->stages) names << QString::fromStdString(stage.name);
    QCOMPARE(names, QStringList({"dense", "pruned", "quantised"}));
    QVERIFY(result->file.empty());
    QVERIFY(result->quantization && !result->quantization->ranges.ranges.empty());
    QVERIFY(result->stages[2].bytes < result->stages[1].bytes);
    QVERIFY(std::abs(result->sparsity - 0.5) < 0.02);
    // What it says is what the integer network gives.
    const auto model = QuantizedModel::make(spec, result->network.weights, result->quantization->plan, result->quantization->ranges);
    QVERIFY(model.ok());
    const auto evaluated = evaluateQuantized(**model, *tinyDataset(), Split::Validation);
    QVERIFY(evaluated.ok());
    QCOMPARE(result->stages[2].accuracy, evaluated->accuracy);
    QVERIFY(result->stages[2].accuracy > result->stages[1].accuracy - 0.1);
    const auto again = runCompression(spec, trainedWeights(), tinyDataset(), recipe);
    QVERIFY(again.ok());
    QVERIFY(again->quantization->ranges == result->quantization->ranges);
}

void TestCompressionRecipe::finetunesOnItsGrids() {
    const NetworkSpec spec = tinyNetwork();
    CompressionRecipe recipe = integerRecipe(2);
    const auto before = runCompression(spec, trainedWeights(), tinyDataset(), recipe);
    Recipe training = shortTraining();
    training.steps = 40;
    recipe.steps.push_back({.action = CompressionAction::Train, .training = training});
    const auto after = runCompression(spec, trainedWeights(), tinyDataset(), recipe);
    QVERIFY(before.ok() && after.ok());
    QVERIFY(after->network.weights.parameters != before->network.weights.parameters);
    QVERIFY2(after->stages.back().accuracy >= before->stages.back().accuracy,
             qPrintable(QStringLiteral("%1 before, %2 after").arg(before->stages.back().accuracy).arg(after->stages.back().accuracy)));
    // Pruned weights stay 0 in all of it.
    const Masks zeros = masksOfZeros(before->network.weights);
    for (std::size_t i = 0; i < zeros.keep.size(); ++i) QVERIFY(zeros.keep[i] != 0 || after->network.weights.parameters[i] == 0.0F);
}

// The name of each file ends with its preset's.
void TestCompressionRecipe::shippedRecipesFitTheirPresets() {
    const QDir folder(QStringLiteral(CONVOLAB_SOURCE_DIR "/assets/recipes"));
    const QStringList files = folder.entryList({"*.json"});
    QVERIFY(!files.isEmpty());
    for (const QString& name : files) {
        QFile file(folder.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        bool found = false;
        for (const PresetInfo& preset : presets()) {
            if (!name.endsWith(QString::fromStdString("-" + preset.name + ".json"))) continue;
            found = true;
            const auto recipe = compressionRecipeFromJson(file.readAll().toStdString(), makePreset(preset.name).value());
            QVERIFY2(recipe.ok(), recipe.ok() ? "" : recipe.error().sentence().c_str());
        }
        QVERIFY2(found, qPrintable(name));
    }
}

QTEST_GUILESS_MAIN(TestCompressionRecipe)
#include "tst_compression_recipe.moc"
