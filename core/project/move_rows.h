#pragma once

#include "core/project/sqlite_connection.h"
#include "core/train/history.h"

namespace convolab {

/// Where a run went on on another device (History::moves), in a document.

/// What is there behind the first of the new steps belonged to steps that are made again: it goes.
Status insertMoves(SqliteConnection& connection, std::int64_t run, const History& rows);
/// Appends to `history`; nothing in documents of older formats.
Status readMoves(SqliteConnection& connection, std::int64_t run, History& history);

}  // namespace convolab
