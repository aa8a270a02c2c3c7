#include "app/cli/train_options.h"

#include <algorithm>
#include <cctype>

#include "app/cli/option_checks.h"
#include "app/cli/preset_data.h"
#include "core/layers/weight_attributes.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kLargestBatch = 65536;
constexpr std::int64_t kMostEpochs = 1'000'000;
constexpr std::int64_t kMostSteps = 1'000'000'000'000;

void addTraining(CLI::App& app, TrainOptions& options) {
    const auto group = [](CLI::Option* option, const char* takes) {
        option->group("Training")->option_text(takes);
    };
    group(app.add_option("--epochs", options.epochs, "Passes over the training images (default 5)")
              ->check(wholeNumber(1, kMostEpochs)),
          "N");
    group(app.add_option("--steps", options.steps, "Stop after this many steps, of one batch each, instead")
              ->check(wholeNumber(1, kMostSteps)),
          "N");
    group(app.add_option("--batch", options.batch, "Images per step (default 64)")
              ->check(wholeNumber(1, kLargestBatch)),
          "N");
    group(app.add_option("--optimizer", options.optimizer,
                         "Which rule changes the weights (default adam); see below")
              ->check(optimizerWord()),
          "NAME[:key=value,…]");
    group(app.add_option("--lr", options.rate, "Learning rate: how far one step goes (default 1e-3)")
              ->check(notNegative()),
          "X");
    group(app.add_option("--schedule", options.schedule,
                         "How the rate changes over time (default constant); see below")
              ->check(scheduleWord()),
          "NAME[:key=value,…]");
    group(app.add_option("--weight-decay", options.weightDecay,
                         "λ: pulls every weight towards 0 by adding λ w to its gradient (adamw: apart from "
                         "it; default 0)")
              ->check(notNegative()),
          "X");
    group(app.add_option("--momentum", options.momentum,
                         "The share of the last step that goes on, 0 to below 1 (default 0.9 for sgd, 0 for rmsprop)")
              ->check(shareBelowOne()),
          "X");
    group(app.add_option("--loss", options.loss,
                         "What is made small: cross-entropy or mse (default cross-entropy)")
              ->check(oneOf({"cross-entropy", "mse"})),
          "NAME");
    group(app.add_option("--adversarial", options.adversarial,
                         "Attack the images of each batch before training on them; the attacks are listed below; "
                         "none turns it off (default none)")
              ->check(adversarialWord()),
          "NAME[:key=value,…]");
    group(app.add_option("--init", options.init,
                         "How fresh weights are drawn in every layer, in place of the network's own choice: " +
                             join(initAttribute().choices, ", "))
              ->check(oneOf(initAttribute().choices)),
          "NAME");
    group(app.add_option("--validation-every", options.validationEvery,
                         "Measure on the validation images every N steps (default: five times an epoch)")
              ->check(wholeNumber(1, kMostSteps)),
          "N");
    group(app.add_option("--seed", options.seed,
                         "Decides the first weights, the order of images and dropout; same seed, same curve "
                         "(default 42)")
              ->check(wholeNumber(0)),
          "N");
}

void addRegularisation(CLI::App& app, TrainOptions& options) {
    const auto group = [](CLI::Option* option, const char* takes) {
        option->group("Regularisation")->option_text(takes);
    };
    group(app.add_option("--augment", options.augment,
                         "Change the training images at random, anew in every epoch; may be given several times; see below; "
                         "none turns all off (default none)")
              ->allow_extra_args(false)
              ->check(augmentationWord()),
          "NAME[:key=value,…]");
    group(app.add_option("--l1", options.l1, "λ of the penalty λ Σ |w| over the weights of layers, biases left out (default 0)")
              ->check(notNegative()),
          "X");
    group(app.add_option("--l2", options.l2,
                         "λ of the penalty λ Σ w² over the same: adds 2 λ w to the gradient, where --weight-decay adds λ w "
                         "(default 0)")
              ->check(notNegative()),
          "X");
    group(app.add_option("--clip-norm", options.clipNorm, "Shorten the gradient to this length; 0 = off (default 0)")
              ->check(notNegative()),
          "X");
    group(app.add_option("--clip-value", options.clipValue, "Cut each number of the gradient off at ± this; 0 = off (default 0)")
              ->check(notNegative()),
          "X");
    group(app.add_option("--ema", options.averaging,
                         "Decay of an exponential moving average of the weights, such as 0.999; validated and kept are then "
                         "the averaged ones; 0 = off (default 0)")
              ->check(shareBelowOne()),
          "X");
    group(app.add_option("--label-smoothing", options.labelSmoothing,
                         "Share of the target that is spread evenly over all classes (cross-entropy; default 0)")
              ->check(shareBelowOne()),
          "X");
    group(app.add_option("--class-weights", options.classWeights,
                         "What an image of each class counts in the loss: balanced (rare classes count more), none, or one "
                         "number for each class (cross-entropy; default none)")
              ->check(classWeightsWord()),
          "balanced|W,W,…");
    group(app.add_option("--early-stopping", options.earlyStopping,
                         "End after N validations in a row without a lower loss; 0 = off (default 0)")
              ->check(wholeNumber(0, kMostSteps)),
          "N");
    group(app.add_option("--keep", options.keep, "Which weights to keep: the best by validation accuracy, or the last (default best)")
              ->check(oneOf({"best", "last"})),
          "NAME");
}

void addRunning(CLI::App& app, TrainOptions& options) {
    const auto group = [](CLI::Option* option) { return option->group("Running"); };
    addDeviceOption(app, options.device, "Where to train; cuda:0,cuda:1 or cuda:all: GPUs that share each batch");
    group(app.add_option("--precision", options.precision,
                         "On a GPU: convolutions and dense layers in float32, tf32, or in mixed precision, bf16 or fp16 (with loss scaling); weights "
                         "and everything else stay float32 (default float32; with --resume that of the run)")
              ->check(precisionWord()))
        ->option_text("NAME");
    group(app.add_option("--threads", options.threads, "Compute threads (default: one per physical core)")
              ->check(wholeNumber(1, 256)))
        ->option_text("N");
    group(app.add_option(
              "--out", options.out,
              "Folder for NAME.convolab, NAME.onnx, history.csv and report.html (default convolab-out)"))
        ->option_text("DIR");
    options.rangeOption = app.add_option("--lr-range-test", options.rangeTest,
                   "Instead of training: let the rate of a copy rise step by step and say where the loss falls fastest (Smith "
                   "2017); the curve goes to --out (default min=1e-6,max=1,steps=100)")
        ->expected(0, 1)
        ->check(rangeTestWord())
        ->group("Running")
        ->option_text("[min=X,max=X,steps=N]");
    group(app.add_flag("--resume", options.resume,
                       "Go on from the last checkpoint in --out, with its network, recipe and seed; "
                       "with a larger --epochs, train a finished run further"));
}

template <class Spec>
std::string optionText(const RecipeOption<Spec>& option) {
    const Spec defaults;
    std::string value;
    if (const auto* flag = std::get_if<bool Spec::*>(&option.field))
        value = defaults.*(*flag) ? "true" : "false";
    if (const auto* whole = std::get_if<std::int64_t Spec::*>(&option.field))
        value = std::to_string(defaults.*(*whole));
    if (const auto* real = std::get_if<double Spec::*>(&option.field))
        value = formatNumber(defaults.*(*real));
    if (const auto* list = std::get_if<std::vector<double> Spec::*>(&option.field)) {
        std::vector<std::string> numbers;
        for (const double number : defaults.*(*list)) numbers.push_back(formatNumber(number));
        value = join(numbers, "+");
    }
    return option.key + "=" + value;
}

std::string optionText(const AugmentationOption& option) { return option.key + "=" + formatNumber(option.standard); }

/// "  sgd:momentum=0.9,nesterov=false" and what it is, one item after the other.
template <class Item>
std::string itemsText(const std::string& title, const std::vector<const Item*>& items) {
    std::string text = title + ", each with its parts and their defaults:\n";
    for (const Item* item : items) {
        std::vector<std::string> parts;
        for (const auto& option : item->options) parts.push_back(optionText(option));
        text +=
            "  " + item->id + (parts.empty() ? "" : ":" + join(parts, ",")) + "\n      " + item->help + "\n";
    }
    return text;
}

}  // namespace

void addTrainOptions(CLI::App& app, TrainOptions& options) {
    app.add_option("MODEL", options.model,
                   "A preset's name (\"convolab presets\"), a .convolab document or a .json spec")
        ->required()
        ->check(modelWord());
    addPresetOptions(app, options.preset);
    addDataOptions(app, options.data);
    letPresetsBringData(app, options.data, options.model);
    app.add_option("--limit", options.limit, "Only the first N images of each split")
        ->check(wholeNumber(1))
        ->group("Data")
        ->option_text("N");
    app.add_option("--sample", options.sample, "Train on a seeded sample of N images, balanced by class")
        ->check(wholeNumber(1))
        ->group("Data")
        ->option_text("N");
    addTraining(app, options);
    addRegularisation(app, options);
    addRunning(app, options);
}

std::string trainHelp() {
    return itemsText("Optimizers", optimizers()) + "\n" + itemsText("Schedules", schedules()) + "\n" +
           itemsText("Augmentations", augmentations()) +
           "\nAdversarial training, with eps (such as 0.3 or 8/255), norm (linf, l2), step, steps, random_start, mix "
           "(share of\neach batch that is attacked, default 1) and warmup (share of the run over which eps grows from 0):\n"
           "  fgsm:eps=0.3,step=0.375,random_start=true,warmup=0.5\n      one step from a random start: fast (Wong et al. 2020);\n"
           "      begin with --init torch_uniform: from larger weights it learns to hide its gradient instead\n"
           "  pgd:eps=0.3,steps=7,step=0.1\n      many steps: slower, stronger (Madry et al. 2018)\n"
           "Accuracy under FGSM and under PGD-10 is then measured at every validation, and decides which weights are "
           "the best.\n"
           "\nhistory.csv has one row per step: step, epoch (passes so far), train_loss and train_accuracy "
           "(of that batch),\n"
           "learning_rate, seconds (of training), and where they were measured validation_loss, "
           "validation_accuracy,\n"
           "clean_loss and clean_accuracy (training images without dropout); of an adversarial training also "
           "fgsm_accuracy\nand pgd_accuracy. Accuracies are fractions from 0 to 1; of a regression there are none.\n"
           "\nCtrl+C writes a checkpoint and ends with exit code 130; --resume goes on exactly as if nothing "
           "had happened.\n";
}

namespace {

Status addRegularisationTo(Recipe& recipe, const TrainOptions& options) {
    if (options.l1) recipe.l1 = *options.l1;
    if (options.l2) recipe.l2 = *options.l2;
    if (options.clipNorm) recipe.clipNorm = *options.clipNorm;
    if (options.clipValue) recipe.clipValue = *options.clipValue;
    if (options.averaging) recipe.averaging = *options.averaging;
    if (options.labelSmoothing) recipe.labelSmoothing = *options.labelSmoothing;
    if (options.classWeights) {
        CONVOLAB_ASSIGN(recipe.classWeights, parseClassWeights(*options.classWeights));
    }
    if (options.earlyStopping) recipe.earlyStopping = *options.earlyStopping;
    if (options.keep) recipe.keepBest = *options.keep == "best";
    if (!options.augment.empty()) recipe.augmentations.clear();
    for (const std::string& text : options.augment) {
        if (text == "none") continue;
        CONVOLAB_ASSIGN(AugmentationSpec spec, parseAugmentation(text));
        recipe.augmentations.push_back(std::move(spec));
    }
    return {};
}

std::string regularisationText(const Recipe& recipe) {
    std::string text;
    const auto number = [&text](const char* option, double value) {
        if (value > 0.0) text += std::string(" --") + option + " " + formatNumber(value);
    };
    for (const AugmentationSpec& spec : recipe.augmentations) text += " --augment " + shellWord(augmentationText(spec));
    number("l1", recipe.l1);
    number("l2", recipe.l2);
    number("clip-norm", recipe.clipNorm);
    number("clip-value", recipe.clipValue);
    number("ema", recipe.averaging);
    number("label-smoothing", recipe.labelSmoothing);
    if (recipe.classWeights.isOn()) text += " --class-weights " + shellWord(classWeightsText(recipe.classWeights));
    if (recipe.earlyStopping > 0) text += " --early-stopping " + std::to_string(recipe.earlyStopping);
    if (!recipe.keepBest) text += " --keep last";
    return text;
}

}  // namespace

Result<Recipe> recipeFrom(const TrainOptions& options, Recipe recipe) {
    recipe.dataset = options.data.name;
    if (options.epochs) {
        recipe.epochs = *options.epochs;
        recipe.steps.reset();
    }
    if (options.steps) recipe.steps = options.steps;
    if (options.batch) recipe.batchSize = *options.batch;
    if (options.optimizer) {
        CONVOLAB_ASSIGN(recipe.optimizer, parseOptimizer(*options.optimizer, recipe.optimizer));
    }
    if (options.schedule) {
        CONVOLAB_ASSIGN(recipe.schedule, parseSchedule(*options.schedule, recipe.schedule));
    }
    if (options.loss)
        recipe.loss = *options.loss == "mse" ? LossKind::MeanSquaredError : LossKind::CrossEntropy;
    if (options.rate) recipe.rate = *options.rate;
    if (options.weightDecay) recipe.weightDecay = *options.weightDecay;
    if (options.momentum) {
        const bool rmsprop = recipe.optimizer.kind == "rmsprop";
        (rmsprop ? recipe.optimizer.rmspropMomentum : recipe.optimizer.momentum) = *options.momentum;
    }
    CONVOLAB_RETURN_IF_ERROR(addRegularisationTo(recipe, options));
    if (options.validationEvery) recipe.validationEvery = *options.validationEvery;
    if (options.seed) recipe.seed = *options.seed;
    if (options.adversarial) {
        recipe.adversarial.reset();
        if (*options.adversarial != "none") {
            CONVOLAB_ASSIGN(recipe.adversarial, parseAdversarial(*options.adversarial));
        }
    }
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(recipe));
    return recipe;
}

std::string shellWord(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c >= 0x80 ||
               std::string_view("-_./:=,+").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (plain) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string trainCommandText(const std::string& model, const Recipe& recipe) {
    std::string text = "convolab train " + shellWord(model) + " --data " + shellWord(recipe.dataset);
    text += recipe.steps ? " --steps " + std::to_string(*recipe.steps)
                         : " --epochs " + std::to_string(recipe.epochs);
    text += " --batch " + std::to_string(recipe.batchSize) + " --optimizer " +
            optimizerText(recipe.optimizer) + " --lr " + formatNumber(recipe.rate);
    if (recipe.weightDecay > 0) text += " --weight-decay " + formatNumber(recipe.weightDecay);
    if (!(recipe.schedule == ScheduleSpec{})) text += " --schedule " + scheduleText(recipe.schedule);
    if (recipe.loss == LossKind::MeanSquaredError) text += " --loss mse";
    text += regularisationText(recipe);
    if (recipe.adversarial) text += " --adversarial " + shellWord(adversarialText(*recipe.adversarial));
    if (recipe.validationEvery > 0) text += " --validation-every " + std::to_string(recipe.validationEvery);
    return text + " --seed " + std::to_string(recipe.seed);
}

}  // namespace convolab
