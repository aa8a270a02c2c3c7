#include "gpu/libraries/nccl_table.h"
#include "gpu/libraries/open_library.h"

namespace convolab::gpu {

namespace {

constexpr int kMajor = 2;

struct Opened {
    NcclTable table;
    NcclLibrary library;

    Opened() {
        OpenLibrary file("libnccl.so.2");
        file.take(table.version, "ncclGetVersion");
        file.take(table.errorString, "ncclGetErrorString");
        file.take(table.createAll, "ncclCommInitAll");
        file.take(table.destroy, "ncclCommDestroy");
        file.take(table.groupStart, "ncclGroupStart");
        file.take(table.groupEnd, "ncclGroupEnd");
        file.take(table.allReduce, "ncclAllReduce");
        library.problem = file.problem();
        if (!library.problem.empty()) return;
        const bool told = table.version(&library.version) == kNcclSuccess;
        if (told && library.version / 10000 == kMajor) library.table = &table;
        else library.problem = "libnccl.so.2 says that it is version " + std::to_string(library.version);
    }
};

}  // namespace

const NcclLibrary& ncclLibrary() {
    static const Opened opened;
    return opened.library;
}

}  // namespace convolab::gpu
