#pragma once

#include <cstddef>
#include <string>

namespace convolab::gpu {

/// The functions of NCCL 2 that are called, with their own names behind; results are ncclResult_t values, enumerations ints,
/// communicators and streams pointers (NCCL documentation, "Collective Communication Functions", "Group Calls").
struct NcclTable {
    int (*version)(int* version) = nullptr;                                    // ncclGetVersion
    const char* (*errorString)(int status) = nullptr;                          // ncclGetErrorString
    int (*createAll)(void** communicators, int count, const int* ordinals) = nullptr;  // ncclCommInitAll
    int (*destroy)(void* communicator) = nullptr;                              // ncclCommDestroy
    int (*groupStart)() = nullptr;                                             // ncclGroupStart
    int (*groupEnd)() = nullptr;                                               // ncclGroupEnd
    int (*allReduce)(const void* from, void* to, std::size_t count, int type, int operation, void* communicator, void* stream) = nullptr;  // ncclAllReduce
};

inline constexpr int kNcclSuccess = 0;
inline constexpr int kNcclFloat32 = 7;  ///< ncclFloat32
inline constexpr int kNcclSum = 0;      ///< ncclSum

struct NcclLibrary {
    const NcclTable* table = nullptr;
    int version = 0;      ///< 22809 for 2.28.9
    std::string problem;
};

/// Opens libnccl.so.2, once; it stays open.
const NcclLibrary& ncclLibrary();

}  // namespace convolab::gpu
