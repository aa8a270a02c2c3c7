// Compiled into the module only, where NCCL has its headers: nccl_table.h says what nccl.h says.
#include <nccl.h>

#include "gpu/libraries/nccl_table.h"
#include "gpu/libraries/plain_types.h"

namespace convolab::gpu {

CONVOLAB_PLAIN(ncclComm_t, void*)
CONVOLAB_PLAIN(ncclComm_t*, void**)
CONVOLAB_PLAIN(cudaStream_t, void*)

namespace {

CONVOLAB_SAME(NcclTable, version, ncclGetVersion);
CONVOLAB_SAME(NcclTable, errorString, ncclGetErrorString);
CONVOLAB_SAME(NcclTable, createAll, ncclCommInitAll);
CONVOLAB_SAME(NcclTable, destroy, ncclCommDestroy);
CONVOLAB_SAME(NcclTable, groupStart, ncclGroupStart);
CONVOLAB_SAME(NcclTable, groupEnd, ncclGroupEnd);
CONVOLAB_SAME(NcclTable, allReduce, ncclAllReduce);

static_assert(kNcclSuccess == ncclSuccess && kNcclFloat32 == ncclFloat32 && kNcclSum == ncclSum);

}  // namespace

}  // namespace convolab::gpu
