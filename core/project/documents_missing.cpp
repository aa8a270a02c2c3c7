// In place of this folder's other files where the program is built without SQLite: a document is answered with a sentence.
#include "core/project/documents.h"
#include "core/project/project_file.h"
#include "core/util/left_out.h"

namespace convolab {

std::optional<Error> documentsMissing() {
    return leftOutError("SQLite", "a .convolab document", "keep networks as .json and .packed files");
}

Result<std::unique_ptr<ProjectFile>> ProjectFile::open(const std::filesystem::path& /*file*/) { return *documentsMissing(); }
Result<std::unique_ptr<ProjectFile>> ProjectFile::create(const std::filesystem::path& /*file*/) { return *documentsMissing(); }

}  // namespace convolab
