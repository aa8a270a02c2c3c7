#include "app/cli/train_options.h"

#include "core/util/text.h"

namespace convolab {

void addTrainOptions(CLI::App& app, TrainOptions& options) {
    app.add_option("MODEL", options.model, "A preset's name, a .convolab document or a .json spec")->required();
    addDataOptions(app, options.data);
    app.add_option("--epochs", options.epochs, "Passes over the training images (default 5)");
    app.add_option("--steps", options.steps, "Stop after this many batches instead");
    app.add_option("--batch", options.batch, "Images per step (default 64)");
    app.add_option("--optimizer", options.optimizer, "sgd, adam or adamw; parts as sgd:momentum=0.9,nesterov=true (default adam)");
    app.add_option("--lr", options.rate, "Learning rate (default 1e-3)");
    app.add_option("--schedule", options.schedule, "constant, step or cosine; parts as cosine:warmup_steps=200 (default constant)");
    app.add_option("--weight-decay", options.weightDecay, "λ: adds λ w to the gradient, decoupled with adamw (default 0)");
    app.add_option("--momentum", options.momentum, "Momentum of sgd (default 0.9)");
    app.add_option("--loss", options.loss, "cross-entropy or mse (default cross-entropy)");
    app.add_option("--validation-every", options.validationEvery, "Steps between validations (default a fifth of an epoch)");
    app.add_option("--limit", options.limit, "Train on the first N images");
    app.add_option("--sample", options.sample, "Train on a seeded sample of N images, balanced by class");
    app.add_option("--classes", options.classes, "Classes in place of the preset's")->check(CLI::Range(2, 100000));
    app.add_option("--input", options.input, "Input shape in place of the preset's: C,H,W");
    app.add_option("--width", options.width, "Width n of the preset dense-n")->check(CLI::Range(1, 65536));
    app.add_option("--seed", options.seed, "Decides weights, order and dropout (default 42)");
    app.add_option("--threads", options.threads, "Compute threads; default: one per physical core")->check(CLI::Range(1, 256));
    app.add_option("--device", options.device, "Where to train: convolab devices lists them (default cpu)");
    app.add_flag("--resume", options.resume, "Go on from the last checkpoint in --out");
    app.add_option("--out", options.out, "Folder for NAME.convolab, NAME.onnx, history.csv and report.html (default convolab-out)");
}

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
    if (options.loss) {
        if (*options.loss != "cross-entropy" && *options.loss != "mse") {
            return Error{ErrorCode::InvalidArgument, "unknown loss \"" + *options.loss + "\"", {},
                         "did you mean " + nearestWord(*options.loss, {"cross-entropy", "mse"}) + "?"};
        }
        recipe.loss = *options.loss == "mse" ? LossKind::MeanSquaredError : LossKind::CrossEntropy;
    }
    if (options.rate) recipe.rate = *options.rate;
    if (options.weightDecay) recipe.weightDecay = *options.weightDecay;
    if (options.momentum) recipe.optimizer.momentum = *options.momentum;
    if (options.validationEvery) {
        if (*options.validationEvery < 1) {
            return Error{ErrorCode::InvalidArgument, "--validation-every must be at least 1 step", {}, {}};
        }
        recipe.validationEvery = *options.validationEvery;
    }
    if (options.seed) recipe.seed = *options.seed;
    if (options.limit && *options.limit < 1) return Error{ErrorCode::InvalidArgument, "--limit must be at least 1 image", {}, {}};
    if (options.sample && *options.sample < 1) return Error{ErrorCode::InvalidArgument, "--sample must be at least 1 image", {}, {}};
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(recipe));
    return recipe;
}

}  // namespace convolab
