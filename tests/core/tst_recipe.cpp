// Recipes: JSON, "NAME:key=value" texts, and a sentence for everything that is wrong.
#include <QTest>

#include <clocale>
#include <cmath>

#include "core/train/recipe.h"

using namespace convolab;

namespace {

template <class T>
QString sentence(const Result<T>& result) {
    return result.ok() ? QStringLiteral("(no error)") : QString::fromStdString(result.error().sentence());
}

Recipe unusualRecipe() {
    Recipe recipe;
    recipe.dataset = "a folder/with \"quotes\" and ü";
    recipe.batchSize = 17;
    recipe.epochs = 3;
    recipe.steps = 123456789012;
    recipe.optimizer = {
        .kind = "sgd", .momentum = 0.85, .nesterov = true, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-7,
        .alpha = 0.95, .rmspropMomentum = 0.3, .centered = true, .rateDecay = 0.01};
    recipe.rate = 0.1 + 0.2;
    recipe.weightDecay = 5e-4;
    recipe.schedule = {
        .kind = "step", .warmupSteps = 12, .stepEpochs = 2.5, .factor = 0.3, .finalShare = 0.01,
        .milestones = {1.5, 3, 10}, .decay = 0.7, .riseShare = 0.4, .startShare = 0.1, .patience = 3,
        .threshold = 0.01, .cooldown = 2};
    recipe.l1 = 1e-5;
    recipe.l2 = 2e-4;
    recipe.clipNorm = 1.5;
    recipe.clipValue = 0.25;
    recipe.averaging = 0.995;
    recipe.earlyStopping = 7;
    recipe.augmentations = {*parseAugmentation("shift:x=0.2"), *parseAugmentation("flip")};
    recipe.loss = LossKind::MeanSquaredError;
    recipe.seed = 0xFFFFFFFFFFFFFFFFULL;
    recipe.validationEvery = 100;
    recipe.keepBest = false;
    return recipe;
}

}  // namespace

class TestRecipe : public QObject {
    Q_OBJECT

  private slots:
    void jsonKeepsEveryField() {
        for (const Recipe& recipe : {Recipe{}, unusualRecipe()}) {
            const auto read = recipeFromJson(recipeToJson(recipe));
            QVERIFY2(read.ok(), qPrintable(sentence(read)));
            QVERIFY(*read == recipe);
        }
    }

    void jsonKeepsTargetsOfTheCrossEntropy() {
        Recipe recipe;
        recipe.labelSmoothing = 0.1;
        for (const ClassWeights& weights : {ClassWeights{.balanced = true}, ClassWeights{.values = {1, 0.5, 2}}}) {
            recipe.classWeights = weights;
            const auto read = recipeFromJson(recipeToJson(recipe));
            QVERIFY2(read.ok(), qPrintable(sentence(read)));
            QVERIFY(*read == recipe);
            const auto text = parseClassWeights(classWeightsText(weights));
            QVERIFY(text.ok() && *text == weights);
        }
        QVERIFY(!parseClassWeights("none")->isOn());
    }

    /// As it was written before regularisation and augmentation.
    void olderJsonIsRead() {
        const auto read = recipeFromJson(R"({"dataset": "mnist", "batch_size": 64, "epochs": 5, "steps": null,
            "optimizer": {"kind": "adam", "momentum": 0.9, "nesterov": false, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-08},
            "rate": 0.001, "weight_decay": 0.0005, "schedule": {"kind": "cosine", "warmup_steps": 5, "step_epochs": 10.0,
            "factor": 0.1, "final_share": 0.0}, "loss": "cross_entropy", "seed": 42, "validation_every": 0, "keep_best": true})");
        QVERIFY2(read.ok(), qPrintable(sentence(read)));
        Recipe expected;
        expected.dataset = "mnist";
        expected.weightDecay = 0.0005;
        expected.schedule = {.kind = "cosine", .warmupSteps = 5};
        QVERIFY(*read == expected);
    }

    void liveFieldsAreTakenOver() {
        Recipe live = unusualRecipe();
        live.loss = LossKind::CrossEntropy;
        live.labelSmoothing = 0.2;
        const Recipe taken = withLiveFields(Recipe{}, live);
        QCOMPARE(taken.rate, live.rate);
        QCOMPARE(taken.clipNorm, 1.5);
        QCOMPARE(taken.labelSmoothing, 0.2);
        QVERIFY(taken.augmentations == live.augmentations);
        QCOMPARE(taken.averaging, 0.0);  // the average begins with a run
        QCOMPARE(taken.optimizer.kind, std::string("adam"));
    }

    void jsonDoesNotDependOnTheLocale() {
        const std::string before = recipeToJson(unusualRecipe());
        const std::string old = std::setlocale(LC_ALL, nullptr);
        if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr)
            QSKIP("the locale de_DE.UTF-8 is not installed");
        const std::string there = recipeToJson(unusualRecipe());
        const auto read = recipeFromJson(before);
        const auto parsed = parseOptimizer("sgd:momentum=0.85");
        std::setlocale(LC_ALL, old.c_str());
        QCOMPARE(there, before);
        QVERIFY(read.ok() && *read == unusualRecipe());
        QCOMPARE(parsed->momentum, 0.85);
    }

    void missingKeysAreTheDefaults() {
        const auto read = recipeFromJson(R"({"rate": 0.5, "optimizer": {"kind": "sgd"}})");
        QVERIFY(read.ok());
        Recipe expected;
        expected.rate = 0.5;
        expected.optimizer.kind = "sgd";
        QVERIFY(*read == expected);
    }

    void wrongJsonIsExplained_data() {
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("part");
        QTest::newRow("no JSON") << "rate=3"
                                 << "not a JSON object";
        QTest::newRow("unknown key") << R"({"batchsize": 3})"
                                     << "did you mean \"batch_size\"";
        QTest::newRow("unknown option") << R"({"optimizer": {"momentun": 0.9}})"
                                        << "did you mean \"momentum\"";
        QTest::newRow("unknown kind") << R"({"optimizer": {"kind": "adan"}})"
                                      << "did you mean \"adam\"";
        QTest::newRow("unknown schedule") << R"({"schedule": {"kind": "cosin"}})"
                                          << "did you mean \"cosine\"";
        QTest::newRow("unknown loss") << R"({"loss": "crossentropy"})"
                                      << "did you mean \"cross_entropy\"";
        QTest::newRow("text for a number") << R"({"rate": "fast"})"
                                           << "\"rate\" of the recipe is \"fast\"";
        QTest::newRow("half a batch") << R"({"batch_size": 2.5})"
                                      << "a whole number";
        QTest::newRow("number for a switch") << R"({"keep_best": 1})"
                                             << "true or false";
        QTest::newRow("negative seed") << R"({"seed": -1})"
                                       << "not negative";
        QTest::newRow("unknown augmentation") << R"({"augment": ["shfit"]})"
                                              << "unknown augmentation \"shfit\": did you mean \"shift\"";
        QTest::newRow("no list") << R"({"augment": "shift"})"
                                 << "a list of texts";
        QTest::newRow("milestones") << R"({"schedule": {"milestones": [1, "2"]}})"
                                    << "a list of numbers";
        QTest::newRow("class weights") << R"({"class_weights": "even"})"
                                       << "write balanced, none, or one number";
        QTest::newRow("batch 0") << R"({"batch_size": 0})"
                                 << "the batch size is 0: it has to be at least 1";
    }
    void wrongJsonIsExplained() {
        QFETCH(QString, json);
        QFETCH(QString, part);
        const auto read = recipeFromJson(json.toStdString());
        QVERIFY(!read.ok());
        QVERIFY2(sentence(read).contains(part), qPrintable(sentence(read)));
    }

    void wrongValuesAreExplained() {
        const auto problem = [](auto change) {
            Recipe recipe;
            change(recipe);
            return sentence(validateRecipe(recipe));
        };
        QCOMPARE(problem([](Recipe& r) { r.batchSize = 0; }), "the batch size is 0: it has to be at least 1");
        QVERIFY(problem([](Recipe& r) { r.batchSize = 1'000'000; }).contains("at most 65,536"));
        QCOMPARE(problem([](Recipe& r) { r.epochs = 0; }),
                 "the number of epochs is 0: it has to be at least 1");
        QCOMPARE(problem([](Recipe& r) { r.steps = 0; }),
                 "the number of steps is 0: it has to be at least 1");
        QCOMPARE(problem([](Recipe& r) { r.rate = -0.1; }),
                 "the learning rate is -0.1: it has to be a number that is not negative");
        QVERIFY(problem([](Recipe& r) { r.rate = NAN; }).startsWith("the learning rate is NaN"));
        QVERIFY(problem([](Recipe& r) { r.rate = INFINITY; }).startsWith("the learning rate is infinity"));
        QVERIFY(problem([](Recipe& r) { r.weightDecay = -1; }).startsWith("the weight decay is -1"));
        QVERIFY(problem([](Recipe& r) { r.validationEvery = -5; }).startsWith("the validation interval"));
        QVERIFY(problem([](Recipe& r) { r.optimizer.beta1 = 1.0; }).contains("adam's beta1 is 1"));
        QVERIFY(problem([](Recipe& r) { r.optimizer.beta2 = NAN; }).contains("adam's beta2 is NaN"));
        QVERIFY(problem([](Recipe& r) {
                    r.schedule = {.kind = "step", .stepEpochs = 0};
                }).contains("step_epochs"));
        QVERIFY(problem([](Recipe& r) { r.schedule.warmupSteps = -1; }).contains("warmup_steps"));
        QVERIFY(problem([](Recipe& r) { r.l1 = -1; }).startsWith("the L1 penalty is -1"));
        QVERIFY(problem([](Recipe& r) { r.l2 = NAN; }).startsWith("the L2 penalty is NaN"));
        QVERIFY(problem([](Recipe& r) { r.clipNorm = -1; }).startsWith("the largest gradient norm"));
        QVERIFY(problem([](Recipe& r) { r.averaging = 1; }).contains("averaged weights is 1: give a number from 0 to below 1"));
        QVERIFY(problem([](Recipe& r) { r.earlyStopping = -1; }).startsWith("the patience of early stopping"));
        QVERIFY(problem([](Recipe& r) { r.labelSmoothing = 1; }).startsWith("the label smoothing is 1"));
        QVERIFY(problem([](Recipe& r) { r.classWeights.values = {0, 0}; }).startsWith("all class weights are 0"));
        QVERIFY(problem([](Recipe& r) {
                    r.loss = LossKind::MeanSquaredError;
                    r.labelSmoothing = 0.1;
                }).startsWith("label smoothing needs the cross-entropy"));
        QVERIFY(problem([](Recipe& r) {
                    r.schedule = {.kind = "multi_step", .milestones = {3, 2}};
                }).contains("milestones do not ascend"));
        QVERIFY(problem([](Recipe& r) { r.schedule = {.kind = "multi_step", .milestones = {}}; }).contains("no milestones"));
        QVERIFY(problem([](Recipe& r) { r.augmentations = {{"shift", {0.1}}}; }).contains("has 2 options"));
        QVERIFY(problem([](Recipe& r) { r.augmentations = {{"scale", {1.2, 0.8}}}; }).contains("give the smaller size first"));
        QVERIFY(validateRecipe(Recipe{}).ok());
        QVERIFY(validateRecipe(unusualRecipe()).ok());
    }

    void optionsOfOtherKindsAreNotChecked() {
        Recipe recipe;
        recipe.optimizer.kind = "adam";
        recipe.optimizer.momentum = 7.0;  // sgd's
        QVERIFY(validateRecipe(recipe).ok());
    }

    void textsAreRead() {
        const auto sgd = parseOptimizer("SGD:momentum=0.95,nesterov=true");
        QVERIFY2(sgd.ok(), qPrintable(sentence(sgd)));
        QVERIFY(*sgd == (OptimizerSpec{.kind = "sgd", .momentum = 0.95, .nesterov = true}));
        const auto kept = parseOptimizer("adam:beta2=0.98", OptimizerSpec{.kind = "sgd", .beta1 = 0.5});
        QVERIFY(kept.ok() && *kept == (OptimizerSpec{.kind = "adam", .beta1 = 0.5, .beta2 = 0.98}));
        const auto cosine = parseSchedule("cosine:warmup-steps=100,final_share=0.01");
        QVERIFY2(cosine.ok(), qPrintable(sentence(cosine)));
        QVERIFY(*cosine == (ScheduleSpec{.kind = "cosine", .warmupSteps = 100, .finalShare = 0.01}));
        QVERIFY(parseSchedule("constant").ok());
    }

    void textsGoBothWays() {
        for (const char* text : {"sgd", "sgd:momentum=0.95,nesterov=true", "adamw:beta1=0.8,epsilon=1e-07",
                                 "rmsprop:alpha=0.9,momentum=0.9,centered=true", "adagrad:lr_decay=0.001"}) {
            QCOMPARE(optimizerText(*parseOptimizer(text)), std::string(text));
        }
        for (const char* text : {"constant:warmup_steps=100", "step:step_epochs=2.5,factor=0.3", "cosine",
                                 "multi_step:milestones=10+20.5,factor=0.5", "exponential:decay=0.8", "one_cycle:rise_share=0.4",
                                 "plateau:factor=0.5,patience=3,threshold=0.001"}) {
            QCOMPARE(scheduleText(*parseSchedule(text)), std::string(text));
        }
    }

    void wrongTextsAreExplained_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("part");
        QTest::newRow("name")
            << "agam"
            << "unknown optimizer \"agam\": did you mean \"adam\"? There are sgd, adam, adamw, ";
        QTest::newRow("empty") << ""
                               << "unknown optimizer \"\"";
        QTest::newRow("key") << "sgd:nestrov=true"
                             << "unknown option of sgd \"nestrov\": did you mean \"nesterov\"?";
        QTest::newRow("other's key") << "adam:momentum=0.9"
                                     << "unknown option of adam \"momentum\"";
        QTest::newRow("no value") << "sgd:nesterov"
                                  << "\"nesterov\" in \"sgd:nesterov\" has no value";
        QTest::newRow("no number") << "sgd:momentum=high"
                                   << "sgd's momentum is \"high\": give a number such as 0.9";
        QTest::newRow("half a number") << "sgd:momentum=0.9x"
                                       << "sgd's momentum is \"0.9x\"";
        QTest::newRow("no switch") << "sgd:nesterov=maybe"
                                   << "give true or false";
        QTest::newRow("range") << "sgd:momentum=1"
                               << "sgd's momentum is 1: give a number from 0 to below 1";
        QTest::newRow("NaN") << "adam:epsilon=nan"
                             << "adam's epsilon is NaN";
        QTest::newRow("nesterov alone") << "sgd:momentum=0,nesterov=true"
                                        << "nesterov needs a momentum";
    }
    void wrongTextsAreExplained() {
        QFETCH(QString, text);
        QFETCH(QString, part);
        const auto parsed = parseOptimizer(text.toStdString());
        QVERIFY(!parsed.ok());
        QVERIFY2(sentence(parsed).contains(part), qPrintable(sentence(parsed)));
    }

    void wrongSchedulesAreExplained() {
        QVERIFY(sentence(parseSchedule("cosinus"))
                    .contains("did you mean \"cosine\"? There are constant, step, multi_step, "));
        QVERIFY(sentence(parseSchedule("step:factor=3"))
                    .contains("step's factor is 3: give a number from 0 to 1"));
        QVERIFY(sentence(parseSchedule("multi_step:milestones=1+x")).contains("numbers joined by +"));
        QVERIFY(sentence(parseSchedule("multi_step:milestones=2+-1")).contains("milestones is -1"));
        QVERIFY(sentence(parseSchedule("cosine:warmup_steps=1.5")).contains("give a whole number"));
    }
};

QTEST_GUILESS_MAIN(TestRecipe)
#include "tst_recipe.moc"
