#include "core/project/version_rows.h"

#include "core/graph/spec_json.h"
#include "core/project/project_schema.h"
#include "core/util/text.h"

namespace convolab {

namespace {

Status requireCount(const SqliteConnection& connection, const std::string& what, std::size_t found, std::size_t wanted) {
    if (found == wanted) return {};
    return Error{ErrorCode::CorruptFile,
                 connection.file().string() + ": " + what + " has " + withThousands(static_cast<std::int64_t>(found)) +
                     " values, its network needs " + withThousands(static_cast<std::int64_t>(wanted)),
                 {},
                 "the file is damaged; use a copy from before"};
}

// Of a row with the columns step, parameters, statistics from `first` on.
Result<WeightSet> weightsOf(const SqliteConnection& connection, const std::string& what, const SqliteStatement& row, int first,
                            const std::shared_ptr<const ParameterLayout>& layout) {
    WeightSet weights;
    weights.layout = layout;
    weights.step = row.integer(first);
    weights.parameters = row.floats(first + 1);
    weights.statistics = row.floats(first + 2);
    CONVOLAB_RETURN_IF_ERROR(requireCount(connection, what, weights.parameters.size(), layout->parameterCount));
    CONVOLAB_RETURN_IF_ERROR(requireCount(connection, what, weights.statistics.size(), layout->statisticCount));
    return weights;
}

}  // namespace

Result<std::shared_ptr<const ParameterLayout>> layoutOfSpec(const std::string& specJson) {
    CONVOLAB_ASSIGN(const NetworkSpec spec, specFromJson(specJson));
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    return std::make_shared<const ParameterLayout>(makeParameterLayout(spec, analysis));
}

Status insertVersion(SqliteConnection& connection, const VersionInfo& version, const WeightSet& weights) {
    SqliteStatement insert(connection,
                           "INSERT OR REPLACE INTO versions(id, name, kind, spec, plan, note, created_at, step, parameters, "
                           "statistics) VALUES(?,?,?,?,?,?,?,?,?,?)");
    insert.bind(version.id).bind(version.name).bind(version.kind).bind(version.specJson).bind(version.planJson);
    insert.bind(version.noteJson).bind(version.createdAt).bind(weights.step);
    insert.bind(std::span(weights.parameters)).bind(std::span(weights.statistics));
    insert.run();
    return insert.status();
}

Result<std::vector<VersionInfo>> selectVersions(SqliteConnection& connection) {
    std::vector<VersionInfo> versions;
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "versions"));
    if (!there) return versions;
    SqliteStatement select(connection, "SELECT id, name, kind, spec, plan, note, created_at FROM versions ORDER BY id");
    while (select.next()) {
        versions.push_back({select.integer(0), select.text(1), select.text(2), select.text(3), select.text(4), select.text(5),
                            select.text(6)});
    }
    CONVOLAB_RETURN_IF_ERROR(select.status());
    return versions;
}

Result<WeightSet> selectVersionWeights(SqliteConnection& connection, std::int64_t id) {
    const Error none{ErrorCode::NotFound, connection.file().string() + " has no version " + std::to_string(id), {}, {}};
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "versions"));
    if (!there) return none;
    SqliteStatement select(connection, "SELECT spec, name, step, parameters, statistics FROM versions WHERE id = ?");
    select.bind(id);
    if (!select.next()) {
        CONVOLAB_RETURN_IF_ERROR(select.status());
        return none;
    }
    CONVOLAB_ASSIGN(const auto layout, layoutOfSpec(select.text(0)));
    return weightsOf(connection, "the version \"" + select.text(1) + "\"", select, 2, layout);
}

Status insertTried(SqliteConnection& connection, const TriedPoint& point, const WeightSet* weights) {
    SqliteStatement insert(connection,
                           "INSERT OR REPLACE INTO tried(id, network, base, plan, bytes, accuracy, split, images, fine_tuned, "
                           "created_at, step, parameters, statistics) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
    const std::int64_t fineTuned = point.fineTuned ? 1 : 0;
    insert.bind(point.id).bind(point.network).bind(point.base).bind(point.planJson).bind(point.bytes).bind(point.accuracy);
    insert.bind(point.split).bind(point.images).bind(fineTuned).bind(point.createdAt);
    insert.bind(weights != nullptr ? weights->step : std::int64_t{0});
    insert.bind(weights != nullptr ? std::span(weights->parameters) : std::span<const float>{});
    insert.bind(weights != nullptr ? std::span(weights->statistics) : std::span<const float>{});
    insert.run();
    return insert.status();
}

Result<std::vector<TriedPoint>> selectTried(SqliteConnection& connection) {
    std::vector<TriedPoint> points;
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "tried"));
    if (!there) return points;
    SqliteStatement select(connection,
                           "SELECT id, network, base, plan, bytes, accuracy, split, images, fine_tuned, length(parameters) > 0, "
                           "created_at FROM tried ORDER BY id");
    while (select.next()) {
        points.push_back({select.integer(0), select.text(1), select.text(2), select.text(3), select.integer(4), select.real(5),
                          select.text(6), select.integer(7), select.integer(8) != 0, select.integer(9) != 0, select.text(10)});
    }
    CONVOLAB_RETURN_IF_ERROR(select.status());
    return points;
}

Result<WeightSet> selectTriedWeights(SqliteConnection& connection, std::int64_t id,
                                     const std::shared_ptr<const ParameterLayout>& layout) {
    const Error none{ErrorCode::NotFound,
                     connection.file().string() + " does not hold the weights of point " + std::to_string(id) + " any more",
                     {},
                     "fine-tune its plan again"};
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "tried"));
    if (!there) return none;
    SqliteStatement select(connection,
                           "SELECT step, parameters, statistics FROM tried WHERE id = ? AND length(parameters) > 0");
    select.bind(id);
    if (!select.next()) {
        CONVOLAB_RETURN_IF_ERROR(select.status());
        return none;
    }
    return weightsOf(connection, "point " + std::to_string(id), select, 0, layout);
}

Status thinTried(SqliteConnection& connection, std::int64_t bytes) {
    SqliteStatement update(connection,
                           "UPDATE tried SET parameters = x'', statistics = x'' WHERE id IN (SELECT id FROM (SELECT id, "
                           "sum(length(parameters) + length(statistics)) OVER (ORDER BY id DESC) AS total FROM tried) "
                           "WHERE total > ?)");
    update.bind(bytes).run();
    return update.status();
}

}  // namespace convolab
