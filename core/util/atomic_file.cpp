#include "core/util/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace convolab {

namespace fs = std::filesystem;

namespace {

Error ioError(const fs::path& file, int code) {
    std::string hint = "check the path and its permissions";
    if (code == ENOSPC || code == EDQUOT) hint = "the disk is full: make room, or write somewhere else";
    if (code == EACCES || code == EPERM || code == EROFS) hint = "the folder is not writable: choose another one";
    if (code == ENOENT) hint = "the folder does not exist";
    return {ErrorCode::IoFailure, "cannot write \"" + file.string() + "\" (" + std::strerror(code) + ")", {}, hint};
}

bool writeAll(int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Status writeFileAtomically(const fs::path& file, std::string_view content) {
    std::string temporary = file.string() + ".XXXXXX";
    const int descriptor = ::mkstemp(temporary.data());
    if (descriptor < 0) return ioError(file, errno);
    ::fchmod(descriptor, 0644);
    const bool written = writeAll(descriptor, content) && ::fsync(descriptor) == 0;
    int code = written ? 0 : errno;
    if (::close(descriptor) != 0 && code == 0) code = errno;
    if (code == 0 && ::rename(temporary.c_str(), file.c_str()) != 0) code = errno;
    if (code != 0) {
        ::unlink(temporary.c_str());
        return ioError(file, code);
    }
    return {};
}

Status makeFolder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (fs::is_directory(folder)) {
        if (::access(folder.c_str(), W_OK) == 0) return {};
        return Error{ErrorCode::IoFailure, "the folder \"" + folder.string() + "\" is not writable", {}, "choose another one"};
    }
    if (fs::exists(folder)) {
        return Error{ErrorCode::IoFailure, "\"" + folder.string() + "\" is a file, not a folder", {}, "choose another name"};
    }
    return Error{ErrorCode::IoFailure, "cannot make the folder \"" + folder.string() + "\" (" + error.message() + ")", {},
                 "choose another one"};
}

}  // namespace convolab
