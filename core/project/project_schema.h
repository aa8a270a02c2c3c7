#pragma once

#include <filesystem>
#include <string>

#include "core/project/sqlite_connection.h"

namespace convolab {

/// An ordinary file that is there and not empty; else the reason.
Status requireDocumentFile(const std::filesystem::path& file);
/// The open database is a document of a version that this program reads; else the reason.
Status requireDocument(SqliteConnection& connection);
/// Brings a document of an older version, open for writing, to this one's.
Status migrateDocument(SqliteConnection& connection);
/// False for a table that came with a later format, in an older document that is open for reading only.
Result<bool> hasTable(SqliteConnection& connection, const std::string& name);
/// Writes an empty document to a new file.
Status writeEmptyDocument(const std::filesystem::path& file);
/// Nobody holds `file` (which need not exist) open for writing.
Status requireNotOpen(const std::filesystem::path& file);
/// A name beside `file` for something that will be renamed to it.
std::filesystem::path temporaryBeside(const std::filesystem::path& file);
/// Renames; a log that a crash left beside the old `file` goes with it.
Status replaceFile(const std::filesystem::path& from, const std::filesystem::path& file);
/// WAL needs shared memory or a local disk: a document on NFS, SMB or FUSE keeps a rollback journal.
bool onNetworkFileSystem(const std::filesystem::path& file);

}  // namespace convolab
