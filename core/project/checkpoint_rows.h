#pragma once

#include <memory>
#include <optional>

#include "core/project/sqlite_connection.h"
#include "core/train/training_loop.h"

namespace convolab {

// The rows of the table `checkpoints`: per run one "last", from which it goes on, and one "best".

Status writeLastCheckpoint(SqliteConnection& connection, std::int64_t run, const Checkpoint& checkpoint);
Status writeBestCheckpoint(SqliteConnection& connection, std::int64_t run, const WeightSet& weights);

using LayoutPtr = std::shared_ptr<const ParameterLayout>;

/// `layout` is that of the network as the run trained it; an error if the number of values disagrees.
Result<std::optional<Checkpoint>> readLastRow(SqliteConnection& connection, std::int64_t run,
                                              const LayoutPtr& layout);
Result<std::optional<WeightSet>> readBestRow(SqliteConnection& connection, std::int64_t run,
                                             const LayoutPtr& layout);

}  // namespace convolab
