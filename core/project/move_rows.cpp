#include "core/project/move_rows.h"

#include "core/project/project_schema.h"

namespace convolab {

Status insertMoves(SqliteConnection& connection, std::int64_t run, const History& rows) {
    if (!rows.steps.empty()) {
        SqliteStatement remove(connection, "DELETE FROM moves WHERE run = ? AND step >= ?");
        remove.bind(run).bind(rows.steps.front().step).run();
        CONVOLAB_RETURN_IF_ERROR(remove.status());
    }
    SqliteStatement insert(connection, "INSERT INTO moves(run, step, epoch, from_device, to_device) VALUES(?,?,?,?,?)");
    for (const DeviceMove& move : rows.moves) {
        insert.bind(run).bind(move.step).bind(move.epoch).bind(move.from).bind(move.to).run();
    }
    return insert.status();
}

Status readMoves(SqliteConnection& connection, std::int64_t run, History& history) {
    CONVOLAB_ASSIGN(const bool there, hasTable(connection, "moves"));
    if (!there) return {};
    SqliteStatement select(connection, "SELECT step, epoch, from_device, to_device FROM moves WHERE run = ? ORDER BY id");
    select.bind(run);
    while (select.next()) history.moves.push_back({select.integer(0), select.real(1), select.text(2), select.text(3)});
    return select.status();
}

}  // namespace convolab
