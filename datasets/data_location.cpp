#include "datasets/data_location.h"

#include <algorithm>
#include <cstdlib>

#include "core/util/text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

fs::path environmentPath(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? fs::path{} : fs::path(value);
}

}  // namespace

std::vector<fs::path> dataRoots(const fs::path& dataDir) {
    std::vector<fs::path> roots;
    const auto add = [&](const fs::path& root) {
        if (!root.empty() && std::find(roots.begin(), roots.end(), root) == roots.end())
            roots.push_back(root);
    };
    add(dataDir);
    add(environmentPath("CONVOLAB_DATA"));
    if (const fs::path share = environmentPath("XDG_DATA_HOME"); share.is_absolute()) {
        add(share / "convolab" / "data");
    } else if (const fs::path home = environmentPath("HOME"); !home.empty()) {
        add(home / ".local" / "share" / "convolab" / "data");
    }
    return roots;
}

Result<fs::path> findDataFolder(const fs::path& dataDir, const std::string& title,
                                const std::string& subfolder, const std::vector<std::string>& fileNames,
                                const std::string& howToGet) {
    std::vector<std::string> tried;
    for (const fs::path& root : dataRoots(dataDir)) {
        const fs::path folder = root / subfolder;
        std::error_code ignored;
        for (const std::string& name : fileNames) {
            if (fs::exists(folder / name, ignored)) return folder;
        }
        tried.push_back(folder.string());
    }
    const std::string where =
        tried.empty() ? "no folder is known to look in" : "looked in " + join(tried, ", ");
    return Error{ErrorCode::NotFound, title + " was not found (" + where + ")", {}, howToGet};
}

}  // namespace convolab
