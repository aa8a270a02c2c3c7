#include "core/project/checkpoint_rows.h"

#include "core/project/project_schema.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr const char* kInsert =
    "INSERT OR REPLACE INTO checkpoints(run, role, step, position_epoch, position_batch, seconds, "
    "best_accuracy, "
    "best_step, parameters, statistics, optimizer) VALUES(?,?,?,?,?,?,?,?,?,?,?)";
constexpr const char* kSelect =
    "SELECT step, parameters, statistics, position_epoch, position_batch, seconds, best_accuracy, best_step, "
    "optimizer "
    "FROM checkpoints WHERE run = ? AND role = ?";

Status requireCount(const SqliteConnection& connection, std::int64_t run, std::size_t found,
                    std::size_t wanted) {
    if (found == wanted) return {};
    return Error{ErrorCode::CorruptFile,
                 connection.file().string() + ": the checkpoint of run " + std::to_string(run) + " has " +
                     withThousands(static_cast<std::int64_t>(found)) + " values, its network needs " +
                     withThousands(static_cast<std::int64_t>(wanted)),
                 {},
                 "the file is damaged; train that run again"};
}

Result<WeightSet> readWeights(SqliteConnection& connection, std::int64_t run, const SqliteStatement& row,
                              const LayoutPtr& layout) {
    WeightSet weights;
    weights.layout = layout;
    weights.step = row.integer(0);
    weights.parameters = row.floats(1);
    weights.statistics = row.floats(2);
    CONVOLAB_RETURN_IF_ERROR(
        requireCount(connection, run, weights.parameters.size(), layout->parameterCount));
    CONVOLAB_RETURN_IF_ERROR(
        requireCount(connection, run, weights.statistics.size(), layout->statisticCount));
    return weights;
}

Status writeMemory(SqliteConnection& connection, std::int64_t run, const Checkpoint& checkpoint) {
    SqliteStatement insert(connection,
                           "INSERT OR REPLACE INTO training_memory(run, averaged, plateau_factor, plateau_best, plateau_waited, "
                           "plateau_cooldown, stopping_best, stopping_waited) VALUES(?,?,?,?,?,?,?,?)");
    insert.bind(run).bind(std::span(checkpoint.averaged));
    insert.bind(checkpoint.plateau.factor).bind(checkpoint.plateau.best).bind(checkpoint.plateau.waited);
    insert.bind(checkpoint.plateau.cooldown).bind(checkpoint.stopping.best).bind(checkpoint.stopping.waited);
    insert.run();
    return insert.status();
}

// Documents of formats before 4, and runs of theirs, have none: the defaults stay.
Status readMemory(SqliteConnection& connection, std::int64_t run, Checkpoint& checkpoint) {
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "training_memory"));
    if (!there) return {};
    SqliteStatement select(connection,
                           "SELECT averaged, plateau_factor, plateau_best, plateau_waited, plateau_cooldown, stopping_best, "
                           "stopping_waited FROM training_memory WHERE run = ?");
    select.bind(run);
    if (!select.next()) return select.status();
    checkpoint.averaged = select.floats(0);
    checkpoint.plateau = {select.real(1), select.real(2), select.integer(3), select.integer(4)};
    checkpoint.stopping = {select.real(5), select.integer(6)};
    const std::size_t averaged = checkpoint.averaged.size();
    if (averaged == 0) return {};
    return requireCount(connection, run, averaged,
                        checkpoint.weights.layout->parameterCount + checkpoint.weights.layout->statisticCount);
}

// Of runs in fp16 alone: the table is made for the first of them.
Status writeScaling(SqliteConnection& connection, std::int64_t run, const std::optional<LossScaling>& scaling) {
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "loss_scaling"));
    if (!there && !scaling) return {};
    if (!there) {
        CONVOLAB_RETURN_IF_ERROR(connection.execute("CREATE TABLE loss_scaling(run INTEGER PRIMARY KEY, scale REAL NOT NULL, good_steps INTEGER NOT NULL, "
                                                    "skipped_steps INTEGER NOT NULL)"));
    }
    SqliteStatement change(connection, scaling ? "INSERT OR REPLACE INTO loss_scaling(run, scale, good_steps, skipped_steps) VALUES(?,?,?,?)"
                                               : "DELETE FROM loss_scaling WHERE run = ?");
    change.bind(run);
    if (scaling) change.bind(scaling->scale).bind(scaling->goodSteps).bind(scaling->skippedSteps);
    change.run();
    return change.status();
}

Status readScaling(SqliteConnection& connection, std::int64_t run, std::optional<LossScaling>& scaling) {
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "loss_scaling"));
    if (!there) return {};
    SqliteStatement select(connection, "SELECT scale, good_steps, skipped_steps FROM loss_scaling WHERE run = ?");
    select.bind(run);
    if (select.next()) scaling = LossScaling{select.real(0), select.integer(1), select.integer(2)};
    return select.status();
}

}  // namespace

Status writeLastCheckpoint(SqliteConnection& connection, std::int64_t run, const Checkpoint& checkpoint) {
    SqliteStatement insert(connection, kInsert);
    const std::string role = "last";
    insert.bind(run)
        .bind(role)
        .bind(checkpoint.step)
        .bind(checkpoint.position.epoch)
        .bind(checkpoint.position.batch);
    insert.bind(checkpoint.seconds).bind(checkpoint.bestAccuracy).bind(checkpoint.bestStep);
    insert.bind(std::span(checkpoint.weights.parameters)).bind(std::span(checkpoint.weights.statistics));
    insert.bind(std::span(checkpoint.optimizerState));
    insert.run();
    CONVOLAB_RETURN_IF_ERROR(insert.status());
    CONVOLAB_RETURN_IF_ERROR(writeScaling(connection, run, checkpoint.lossScaling));
    return writeMemory(connection, run, checkpoint);
}

Status writeBestCheckpoint(SqliteConnection& connection, std::int64_t run, const WeightSet& weights) {
    SqliteStatement insert(connection, kInsert);
    const std::string role = "best";
    const std::int64_t none = 0;
    insert.bind(run).bind(role).bind(weights.step).bind(none).bind(none).bind(0.0).bind(0.0).bind(none);
    insert.bind(std::span(weights.parameters))
        .bind(std::span(weights.statistics))
        .bind(std::span<const float>{});
    insert.run();
    return insert.status();
}

Result<std::optional<WeightSet>> readBestRow(SqliteConnection& connection, std::int64_t run,
                                             const LayoutPtr& layout) {
    SqliteStatement select(connection, kSelect);
    const std::string role = "best";
    select.bind(run).bind(role);
    if (!select.next()) {
        CONVOLAB_RETURN_IF_ERROR(select.status());
        return std::optional<WeightSet>{};
    }
    CONVOLAB_ASSIGN(WeightSet weights, readWeights(connection, run, select, layout));
    return std::optional(std::move(weights));
}

Result<std::optional<Checkpoint>> readLastRow(SqliteConnection& connection, std::int64_t run,
                                              const LayoutPtr& layout) {
    SqliteStatement select(connection, kSelect);
    const std::string role = "last";
    select.bind(run).bind(role);
    if (!select.next()) {
        CONVOLAB_RETURN_IF_ERROR(select.status());
        return std::optional<Checkpoint>{};
    }
    Checkpoint checkpoint;
    CONVOLAB_ASSIGN(checkpoint.weights, readWeights(connection, run, select, layout));
    checkpoint.step = checkpoint.weights.step;
    checkpoint.position = {select.integer(3), select.integer(4)};
    checkpoint.seconds = select.real(5);
    checkpoint.bestAccuracy = select.real(6);
    checkpoint.bestStep = select.integer(7);
    checkpoint.optimizerState = select.floats(8);
    CONVOLAB_RETURN_IF_ERROR(readMemory(connection, run, checkpoint));
    CONVOLAB_RETURN_IF_ERROR(readScaling(connection, run, checkpoint.lossScaling));
    CONVOLAB_ASSIGN(std::optional<WeightSet> best, readBestRow(connection, run, layout));
    if (best && best->step == checkpoint.bestStep) {
        checkpoint.best = std::make_shared<const WeightSet>(std::move(*best));
    }
    return std::optional(std::move(checkpoint));
}

}  // namespace convolab
