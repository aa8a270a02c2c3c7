#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/weights.h"
#include "core/project/kept_version.h"
#include "core/project/sqlite_connection.h"

namespace convolab {

// The rows of the tables `versions` and `tried`. The tables are missing in a document of an older format that is open
// for reading only: then there are none.

Status insertVersion(SqliteConnection& connection, const VersionInfo& version, const WeightSet& weights);
Result<std::vector<VersionInfo>> selectVersions(SqliteConnection& connection);
/// NotFound where there is none; CorruptFile where the number of values disagrees with its network.
Result<WeightSet> selectVersionWeights(SqliteConnection& connection, std::int64_t id);

Status insertTried(SqliteConnection& connection, const TriedPoint& point, const WeightSet* weights);
Result<std::vector<TriedPoint>> selectTried(SqliteConnection& connection);
/// `layout` is that of the network that the point was tried on.
Result<WeightSet> selectTriedWeights(SqliteConnection& connection, std::int64_t id,
                                     const std::shared_ptr<const ParameterLayout>& layout);
/// Fine-tuned weights of the oldest points go until the others take at most `bytes`; the points stay.
Status thinTried(SqliteConnection& connection, std::int64_t bytes);

/// The layout of a network that a document holds as text.
Result<std::shared_ptr<const ParameterLayout>> layoutOfSpec(const std::string& specJson);

}  // namespace convolab
